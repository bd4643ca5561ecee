#include "crypto/pem.h"

#include <openssl/bio.h>
#include <openssl/pem.h>

#include "base/file.h"
#include "crypto/err_openssl.h"

static int write_bio(const char *path, BIO *bio, mode_t mode, struct err *err) {
    char *data;
    long len = BIO_get_mem_data(bio, &data);

    return file_write(path, data, (size_t)len, mode, err);
}

int pem_write_certs(const char *path, X509 *first, STACK_OF(X509) * rest, struct err *err) {
    BIO *bio = BIO_new(BIO_s_mem());
    int rc = -1;
    int ok = bio != NULL && PEM_write_bio_X509(bio, first);

    for (int i = 0; ok && rest != NULL && i < sk_X509_num(rest); i++)
        ok = PEM_write_bio_X509(bio, sk_X509_value(rest, i));
    rc = ok ? write_bio(path, bio, 0644, err) : err_openssl(err, "%s", path);
    BIO_free(bio);
    return rc;
}

int pem_write_key(const char *path, EVP_PKEY *key, struct err *err) {
    BIO *bio = BIO_new(BIO_s_mem());
    int ok = bio != NULL && PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL);
    int rc = ok ? write_bio(path, bio, 0600, err) : err_openssl(err, "%s", path);

    BIO_free(bio);
    return rc;
}
