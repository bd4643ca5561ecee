#include "tls/mint_lab.h"

#include <openssl/x509v3.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/mem.h"
#include "tls/err_openssl.h"
#include "tls/key_pool.h"
#include "tls/mint_cert.h"
#include "tls/pem.h"

#define YEAR_S (365 * INT64_C(86400))

enum { HOST_MAX_B = 253, LABEL_MAX_B = 63 };

/* Each level outlives what stands under it, on both sides, and however long a server runs. */
static const struct level {
    int64_t before_s, after_s; /* the validity, from now */
    bool is_constrained;
    struct cert_extension extensions[4];
} root_level = {3 * YEAR_S,
                20 * YEAR_S,
                true,
                {{NID_subject_key_identifier, "hash"},
                 {NID_basic_constraints, "critical,CA:TRUE"},
                 {NID_key_usage, "critical,keyCertSign,cRLSign"}}},
  intermediate_level = {2 * YEAR_S,
                        3 * YEAR_S,
                        false,
                        {{NID_subject_key_identifier, "hash"},
                         {NID_authority_key_identifier, "keyid:always"},
                         {NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                         {NID_key_usage, "critical,keyCertSign,cRLSign"}}};

static const struct authority_row {
    const char *subject;
    enum key_role role;
    const struct level *level;
} rows[AUTHORITY_COUNT] = {
    [AUTHORITY_ROOT] = {"/O=Doormat/CN=Doormat lab root", KEY_ROLE_ROOT, &root_level},
    [AUTHORITY_INTERMEDIATE] = {"/O=Doormat/CN=Doormat lab intermediate", KEY_ROLE_INTERMEDIATE,
                                &intermediate_level},
    [AUTHORITY_STRANGER] = {"/O=Stranger/CN=Stranger root", KEY_ROLE_STRANGER, &root_level},
    [AUTHORITY_STRANGER_INTERMEDIATE] = {"/O=Stranger/CN=Stranger intermediate",
                                         KEY_ROLE_STRANGER_INTERMEDIATE, &intermediate_level},
};

static const struct key_spec root_key = {KEY_EC, 0, KEY_CURVE_P384};

void authority_fini(struct authority *authority) {
    X509_free(authority->cert);
    EVP_PKEY_free(authority->key);
    *authority = (struct authority){0};
}

int64_t lab_intermediate_until(int64_t now_s) {
    return now_s + intermediate_level.after_s;
}

int authority_make(const struct mint_lab *lab, enum authority_kind kind,
                   const struct key_spec *spec, const struct authority *issuer, int64_t now_s,
                   struct authority *out, struct err *err) {
    const struct authority_row *row = &rows[kind];

    *out = (struct authority){0};
    if (key_pool_get(lab->pool, row->role, spec, &out->key, err) != 0)
        return -1;
    struct cert_plan plan = {
        .subject = row->subject,
        .key = out->key,
        .not_before_s = now_s - row->level->before_s,
        .not_after_s = now_s + row->level->after_s,
        .issuer = issuer != NULL ? issuer->cert : NULL,
        .issuer_key = issuer != NULL ? issuer->key : out->key,
    };
    memcpy(plan.extensions, row->level->extensions, sizeof row->level->extensions);
    if (row->level->is_constrained)
        cert_plan_add(&plan, NID_name_constraints, lab->constraints);
    if (cert_make(&plan, &out->cert, err) == 0)
        return 0;
    authority_fini(out);
    return -1;
}

int lab_make_intermediate(const struct mint_lab *lab, bool stranger, const struct key_spec *spec,
                          int64_t now_s, struct authority *out, struct err *err) {
    struct authority root;

    if (!stranger)
        return authority_make(lab, AUTHORITY_INTERMEDIATE, spec, &lab->root, now_s, out, err);
    if (authority_make(lab, AUTHORITY_STRANGER, &root_key, NULL, now_s, &root, err) != 0)
        return -1;
    int rc = authority_make(lab, AUTHORITY_STRANGER_INTERMEDIATE, spec, &root, now_s, out, err);
    authority_fini(&root);
    return rc;
}

/* Letters, digits, hyphens and, since names in real networks have them, underscores.  Nothing that would end an item of
 * an extension's text. */
static bool is_dns_name(const char *name) {
    size_t label_b = 0, len = strlen(name);

    if (len > HOST_MAX_B)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool dot = name[i] == '.';
        if (dot ? label_b == 0
                : !ascii_is_alpha((unsigned char)name[i]) &&
                      !ascii_is_digit((unsigned char)name[i]) && name[i] != '-' && name[i] != '_')
            return false;
        label_b = dot ? 0 : label_b + 1;
        if (label_b > LABEL_MAX_B)
            return false;
    }
    return label_b > 0;
}

/* The address' length in bytes, or 0 for what is none. */
static int address_length(const char *text) {
    ASN1_OCTET_STRING *address = a2i_IPADDRESS(text);
    int len = address != NULL ? ASN1_STRING_length(address) : 0;

    ASN1_OCTET_STRING_free(address);
    return len;
}

#define LOOPBACK_V6 "::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"

static char *constraints_for(const char *host, int address_b) {
    static const char always[] = "critical,permitted;DNS:localhost,permitted;DNS:test,"
                                 "permitted;IP:127.0.0.0/255.0.0.0,permitted;IP:" LOOPBACK_V6;

    if (address_b == 0)
        return strcmp(host, "localhost") == 0 ? mem_strdup(always)
                                              : mem_printf("%s,permitted;DNS:%s", always, host);
    return mem_printf("%s,permitted;IP:%s/%s", always, host,
                      address_b == 4 ? "255.255.255.255" : strchr(LOOPBACK_V6, '/') + 1);
}

int mint_lab_new(const char *host, struct key_pool *pool, int64_t now_s, struct mint_lab **out,
                 struct err *err) {
    int address_b = address_length(host);

    if (address_b == 0 && !is_dns_name(host)) {
        char shown[80];
        ascii_copy_clean(shown, sizeof shown, host, strlen(host));
        return err_set(err, "'%s' is neither a host name nor an address", shown);
    }
    struct mint_lab *lab = mem_zalloc(sizeof *lab);
    *lab = (struct mint_lab){
        .host = mem_strdup(host),
        .host_is_address = address_b != 0,
        .host_san = mem_printf("%s:%s", address_b != 0 ? "IP" : "DNS", host),
        .constraints = constraints_for(host, address_b),
        .pool = pool,
    };
    if (authority_make(lab, AUTHORITY_ROOT, &root_key, NULL, now_s, &lab->root, err) != 0) {
        mint_lab_free(&lab);
        return -1;
    }
    *out = lab;
    return 0;
}

void mint_lab_free(struct mint_lab **lab) {
    if (*lab == NULL)
        return;
    authority_fini(&(*lab)->root);
    free((*lab)->host);
    free((*lab)->host_san);
    free((*lab)->constraints);
    free(*lab);
    *lab = NULL;
}

const char *mint_lab_host(const struct mint_lab *lab) {
    return lab->host;
}

/* As `openssl rehash` names them: senders look a root up by the hash of its subject. */
int mint_lab_write_anchor(struct mint_lab *lab, const char *dir, struct err *err) {
    X509 *root = lab->root.cert;
    char *ca_dir = mem_printf("%s/ca", dir);
    char *plain = mem_printf("%s/root.pem", dir);
    char *hashed = mem_printf("%s/%08lx.0", ca_dir, X509_subject_name_hash(root));
    int rc = file_make_dir(ca_dir, 0755, err);

    if (rc == 0)
        rc = pem_write_certs(plain, root, NULL, err);
    if (rc == 0)
        rc = pem_write_certs(hashed, root, NULL, err);
    free(hashed);
    free(plain);
    free(ca_dir);
    return rc;
}
