#include "mint/lab.h"

#include <openssl/x509v3.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "crypto/key_pool.h"
#include "crypto/pem.h"
#include "mint/cert.h"
#include "mint/profile.h"

#define YEAR_S (365 * INT64_C(86400))

enum { HOST_MAX_B = 253, LABEL_MAX_B = 63, SUBJECT_SIZE_B = 128 };

/* Each level outlives what stands under it, on both sides, and however long a server runs. */
static const struct lab_span root_span = {-3 * YEAR_S, 20 * YEAR_S};
const struct lab_span lab_intermediate_span = {-2 * YEAR_S, 3 * YEAR_S};

/* Intermediates have no common name: wolfSSL takes it for a DNS name, which the root's constraints do not permit. */
static const struct authority_row {
    const char *subject;
    enum key_role role;
    const struct lab_span *span;
    enum mint_place place;
    bool is_constrained, has_fleeting_key;
} rows[AUTHORITY_COUNT] = {
    [AUTHORITY_ROOT] = {"/O=Doormat/CN=Doormat lab root", KEY_ROLE_ROOT, &root_span,
                        MINT_PLACE_ROOT, true, false},
    [AUTHORITY_INTERMEDIATE] = {LAB_INTERMEDIATE_SUBJECT, KEY_ROLE_INTERMEDIATE,
                                &lab_intermediate_span, MINT_PLACE_ISSUER, false, false},
    [AUTHORITY_INTERMEDIATE_OPEN] = {LAB_INTERMEDIATE_SUBJECT, KEY_ROLE_INTERMEDIATE,
                                     &lab_intermediate_span, MINT_PLACE_UPPER, false, false},
    [AUTHORITY_UPPER] = {"/O=Doormat/OU=Doormat lab upper intermediate", KEY_ROLE_INTERMEDIATE,
                         &lab_intermediate_span, MINT_PLACE_UPPER, false, true},
    [AUTHORITY_UPPER_LAST] = {"/O=Doormat/OU=Doormat lab upper intermediate", KEY_ROLE_INTERMEDIATE,
                              &lab_intermediate_span, MINT_PLACE_ISSUER, false, true},
    [AUTHORITY_STRANGER] = {"/O=Stranger/CN=Stranger root", KEY_ROLE_STRANGER, &root_span,
                            MINT_PLACE_ROOT, true, false},
    [AUTHORITY_STRANGER_INTERMEDIATE] = {"/O=Stranger/OU=Stranger intermediate",
                                         KEY_ROLE_STRANGER_INTERMEDIATE, &lab_intermediate_span,
                                         MINT_PLACE_ISSUER, false, false},
};

static const struct key_spec root_key = {KEY_EC, 0, KEY_CURVE_P384};
static const struct key_spec default_key = {KEY_DEFAULT, 0, 0};
static const struct mint_cert sound;
static const char root_usage[] = "serverAuth,OCSPSigning";

void authority_fini(struct authority *authority) {
    X509_free(authority->cert);
    EVP_PKEY_free(authority->key);
    *authority = (struct authority){0};
}

struct lab_span lab_span_of(const struct mint_validity *validity, struct lab_span usual,
                            int64_t now_s) {
    switch (validity->time) {
    case MINT_TIME_RELATIVE:
        return (struct lab_span){now_s + validity->not_before_s, now_s + validity->not_after_s};
    case MINT_TIME_ABSOLUTE:
        return (struct lab_span){validity->not_before_s, validity->not_after_s};
    default:
        return (struct lab_span){now_s + usual.from_s, now_s + usual.until_s};
    }
}

int lab_other_key(const struct mint_lab *lab, const struct mint_cert *as,
                  const struct key_spec *issuer_spec, EVP_PKEY **out, struct err *err) {
    *out = NULL;
    if (as->tamper == MINT_TAMPER_OTHER_KEY)
        return key_pool_get(lab->pool, KEY_ROLE_STRANGER_INTERMEDIATE, issuer_spec, out, err);
    if (as->tamper == MINT_TAMPER_KEY_SWAPPED)
        return key_pool_get(lab->pool, KEY_ROLE_STRANGER_INTERMEDIATE, &as->key, out, err);
    return 0;
}

static int get_key(const struct mint_lab *lab, const struct authority_row *row,
                   const struct mint_cert *as, EVP_PKEY **out, struct err *err) {
    bool is_root = row->place == MINT_PLACE_ROOT;

    if (!row->has_fleeting_key)
        return key_pool_get(lab->pool, row->role, is_root ? &root_key : &as->key, out, err);
    *out = EVP_EC_gen("P-256");
    return *out != NULL ? 0 : err_openssl(err, "cannot make a key");
}

static void name_authority(const struct authority_row *row, const struct authority_order *order,
                           const struct mint_cert *as, char out[SUBJECT_SIZE_B]) {
    if (as->subject != NULL)
        snprintf(out, SUBJECT_SIZE_B, "%s", as->subject);
    else if (order->number != 0)
        snprintf(out, SUBJECT_SIZE_B, "%s %u", row->subject, order->number);
    else
        snprintf(out, SUBJECT_SIZE_B, "%s", row->subject);
}

int authority_make(const struct mint_lab *lab, const struct authority_order *order, int64_t now_s,
                   struct authority *out, struct err *err) {
    const struct authority_row *row = &rows[order->kind];
    const struct mint_cert *as = order->as != NULL ? order->as : &sound;
    const struct authority *issuer = order->issuer;
    struct lab_span span = lab_span_of(&as->validity, *row->span, now_s);
    struct cert_plan plan = {.as = as, .not_before_s = span.from_s, .not_after_s = span.until_s};
    char subject[SUBJECT_SIZE_B];

    *out = (struct authority){0};
    if (get_key(lab, row, as, &out->key, err) != 0)
        return -1;
    int rc = lab_other_key(lab, as, &default_key, &plan.other_key, err);
    name_authority(row, order, as, subject);
    plan.subject = subject;
    plan.key = out->key;
    plan.issuer = issuer != NULL ? issuer->cert : NULL;
    plan.issuer_key = issuer != NULL ? issuer->key : out->key;
    profile_apply(lab, row->place, as->profile, &plan);
    if (row->is_constrained) {
        cert_plan_add(&plan, "nameConstraints", lab->constraints);
        cert_plan_add(&plan, "extendedKeyUsage", root_usage);
    }
    if (rc == 0)
        rc = cert_make(&plan, &out->cert, err);
    cert_plan_fini(&plan);
    EVP_PKEY_free(plan.other_key);
    if (rc != 0)
        authority_fini(out);
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

/* What an anchor that somebody installs can be used for: these names in each kind of name, for servers, and for what is said
 * of their revocation.  RFC 5280 4.2.1.10 wants name constraints to be critical; mbed TLS and wolfSSL can read no anchor in
 * which they are, and those that apply them do so either way. */
static const char always[] =
    "permitted;DNS:localhost,permitted;DNS:test,permitted;DNS:127.0.0.1,"
    "permitted;IP:127.0.0.0/255.0.0.0,"
    "permitted;IP:" LOOPBACK_V6 ",permitted;email:localhost,permitted;email:test,"
    "permitted;email:.test,permitted;URI:localhost,permitted;URI:.test";

static char *constraints_for(const char *host, int address_b) {
    if (address_b != 0)
        return mem_printf("%s,permitted;DNS:%s,permitted;IP:%s/%s", always, host, host,
                          address_b == 4 ? "255.255.255.255" : strchr(LOOPBACK_V6, '/') + 1);
    if (strcmp(host, "localhost") == 0)
        return mem_strdup(always);
    return mem_printf("%s,permitted;DNS:%s,permitted;email:%s,permitted;URI:%s", always, host, host,
                      host);
}

static int check_host(const char *host, struct err *err) {
    char shown[80];

    if (address_length(host) != 0 || is_dns_name(host))
        return 0;
    ascii_copy_clean(shown, sizeof shown, host, strlen(host));
    return err_set(err, "'%s' is neither a host name nor an address", shown);
}

/* Without a root. */
static struct mint_lab *lab_of(const char *host, struct key_pool *pool) {
    struct mint_lab *lab = mem_zalloc(sizeof *lab);
    int address_b = address_length(host);

    *lab = (struct mint_lab){
        .host = mem_strdup(host),
        .host_is_address = address_b != 0,
        .host_san = mem_printf("%s:%s", address_b != 0 ? "IP" : "DNS", host),
        .constraints = constraints_for(host, address_b),
        .pool = pool,
    };
    return lab;
}

int mint_lab_new(const char *host, struct key_pool *pool, int64_t now_s, struct mint_lab **out,
                 struct err *err) {
    if (check_host(host, err) != 0)
        return -1;
    struct mint_lab *lab = lab_of(host, pool);
    if (authority_make(lab, &(struct authority_order){.kind = AUTHORITY_ROOT}, now_s, &lab->root,
                       err) != 0) {
        mint_lab_free(&lab);
        return -1;
    }
    *out = lab;
    return 0;
}

int mint_lab_for(const struct mint_lab *lab, const char *host, struct mint_lab **out,
                 struct err *err) {
    if (check_host(host, err) != 0)
        return -1;
    struct mint_lab *other = lab_of(host, lab->pool);
    free(other->constraints);
    other->constraints = mem_strdup(lab->constraints);
    other->web_port = lab->web_port;
    other->web_host = lab->web_host != NULL ? mem_strdup(lab->web_host) : NULL;
    other->root = lab->root;
    X509_up_ref(other->root.cert);
    EVP_PKEY_up_ref(other->root.key);
    *out = other;
    return 0;
}

void mint_lab_free(struct mint_lab **lab) {
    if (*lab == NULL)
        return;
    authority_fini(&(*lab)->root);
    free((*lab)->host);
    free((*lab)->host_san);
    free((*lab)->constraints);
    free((*lab)->web_host);
    free(*lab);
    *lab = NULL;
}

const char *mint_lab_host(const struct mint_lab *lab) {
    return lab->host;
}

const char *mint_lab_sni(const struct mint_lab *lab) {
    return lab->host_is_address ? NULL : lab->host;
}

void mint_lab_set_web_port(struct mint_lab *lab, unsigned port) {
    lab->web_port = port;
}

void mint_lab_set_web_host(struct mint_lab *lab, const char *host) {
    free(lab->web_host);
    lab->web_host = mem_strdup(host);
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
