#include <openssl/bio.h>
#include <openssl/pem.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/pem.h"
#include "mint/identity_internal.h"

void identity_free(struct identity **identity) {
    if (*identity == NULL)
        return;
    X509_free((*identity)->leaf);
    sk_X509_pop_free((*identity)->chain, X509_free);
    X509_free((*identity)->anchor);
    EVP_PKEY_free((*identity)->key);
    revocation_free(&(*identity)->revocation);
    free(*identity);
    *identity = NULL;
}

int64_t identity_fresh_until(const struct identity *identity) {
    return identity->fresh_until;
}

struct revocation *identity_revocation(const struct identity *identity) {
    if (identity->revocation != NULL)
        revocation_ref(identity->revocation);
    return identity->revocation;
}

static X509 *part_of(const struct identity *identity, enum identity_part part) {
    if (part == IDENTITY_LEAF)
        return identity->leaf;
    if (part == IDENTITY_ISSUER && sk_X509_num(identity->chain) > 0)
        return sk_X509_value(identity->chain, 0);
    return identity->anchor;
}

int identity_der(const struct identity *identity, enum identity_part part, struct buf *whole,
                 struct buf *key, struct err *err) {
    X509 *cert = part_of(identity, part);
    uint8_t *der = NULL, *spki = NULL;
    int der_b = i2d_X509(cert, &der);
    int spki_b = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &spki);
    int rc = -1;

    if (der_b <= 0 || spki_b <= 0)
        err_openssl(err, "cannot encode a certificate");
    else if (buf_append(whole, der, (size_t)der_b) != 0 ||
             buf_append(key, spki, (size_t)spki_b) != 0)
        err_set(err, "a certificate of %d bytes is too long", der_b);
    else
        rc = 0;
    OPENSSL_free(der);
    OPENSSL_free(spki);
    return rc;
}

static int write_certs(const char *dir, const char *name, X509 *first, STACK_OF(X509) * rest,
                       struct err *err) {
    char *path = mem_printf("%s/%s", dir, name);
    int rc = pem_write_certs(path, first, rest, err);

    free(path);
    return rc;
}

static int write_key(const char *dir, EVP_PKEY *key, struct err *err) {
    char *path = mem_printf("%s/key.pem", dir);
    int rc = pem_write_key(path, key, err);

    free(path);
    return rc;
}

int identity_write(const struct identity *identity, const char *dir, struct err *err) {
    if (write_certs(dir, "leaf.pem", identity->leaf, NULL, err) != 0 ||
        write_certs(dir, "chain.pem", identity->leaf, identity->chain, err) != 0 ||
        write_certs(dir, "root.pem", identity->anchor, NULL, err) != 0)
        return -1;
    return write_key(dir, identity->key, err);
}

int identity_print(const struct identity *identity, struct buf *out, struct err *err) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    int rc = -1;

    if (bio == NULL || X509_print_ex(bio, identity->leaf, XN_FLAG_ONELINE, 0) != 1 ||
        PEM_write_bio_X509(bio, identity->leaf) != 1) {
        err_openssl(err, "cannot print a certificate");
        goto out;
    }
    long len = BIO_get_mem_data(bio, &text);
    rc = buf_append(out, text, (size_t)len);
    if (rc != 0)
        err_set(err, "cannot print a certificate: its text takes %ld bytes", len);
out:
    BIO_free(bio);
    return rc;
}
