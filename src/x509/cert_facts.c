#include "x509/cert_facts.h"

#include <limits.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ct.h>
#include <openssl/x509v3.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "x509/cert_encoding.h"
#include "x509/cert_key.h"
#include "x509/cert_names.h"
#include "x509/cert_signature.h"

enum { FEATURE_STATUS_REQUEST = 5 /* RFC 7633 */ };

static void print_hex(char *out, size_t size_b, const uint8_t *data, size_t len) {
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;

    for (size_t i = 0; i < len && n + 2 < size_b; i++) {
        out[n++] = digits[data[i] >> 4];
        out[n++] = digits[data[i] & 0xf];
    }
    out[n] = '\0';
}

/* RFC 2253 in ASCII: what is not is escaped. */
static void read_name(const X509_NAME *name, char *out, size_t size_b) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;

    if (bio == NULL || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0) {
        err_openssl_drop();
    } else {
        long len = BIO_get_mem_data(bio, &text);
        ascii_copy_clean(out, size_b, text, len > 0 ? (size_t)len : 0);
    }
    BIO_free(bio);
}

/* The last one is the most specific. */
static void read_common_name(const X509_NAME *name, char *out, size_t size_b) {
    int at = -1;
    unsigned char *text = NULL;

    for (int next; (next = X509_NAME_get_index_by_NID(name, NID_commonName, at)) >= 0;)
        at = next;
    if (at < 0)
        return;
    int len = ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (len < 0) {
        err_openssl_drop();
        return;
    }
    ascii_copy_clean(out, size_b, (const char *)text, (size_t)len);
    OPENSSL_free(text);
}

static void read_serial(const ASN1_INTEGER *serial, char *out, size_t size_b) {
    bool negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;

    if (negative)
        *out++ = '-';
    print_hex(out, size_b - negative, ASN1_STRING_get0_data(serial),
              (size_t)ASN1_STRING_length(serial));
}

static int64_t seconds_of(const ASN1_TIME *time) {
    struct tm tm;

    if (ASN1_TIME_to_tm(time, &tm) != 1) {
        err_openssl_drop();
        return 0;
    }
    return timegm(&tm);
}

void cert_facts_fingerprint(X509 *cert, char *out, size_t size_b) {
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    *out = '\0';
    if (X509_digest(cert, EVP_sha256(), digest, &len) == 1)
        print_hex(out, size_b, digest, len);
}

/* The field of Edwards curves is no property of the key. */
static const struct key_row {
    const char *algorithm;
    enum facts_key key;
    unsigned field_bits;
} key_rows[] = {
    {"RSA", FACTS_KEY_RSA, 0}, {"RSA-PSS", FACTS_KEY_RSA_PSS, 0},   {"EC", FACTS_KEY_EC, 0},
    {"DSA", FACTS_KEY_DSA, 0}, {"ED25519", FACTS_KEY_ED25519, 255}, {"ED448", FACTS_KEY_ED448, 448},
};

static const struct key_row *find_key(const EVP_PKEY *key) {
    for (size_t i = 0; i < ARRAY_LEN(key_rows); i++)
        if (EVP_PKEY_is_a(key, key_rows[i].algorithm))
            return &key_rows[i];
    return NULL;
}

/* Not EVP_PKEY_get_bits, which gives the order's: 161 for secp160r1.  A binary field's polynomial has a bit more. */
static unsigned curve_bits(const EVP_PKEY *key) {
    BIGNUM *field = NULL;
    char type[32] = "";
    unsigned bits = 0;

    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_EC_P, &field) == 1 &&
        EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_EC_FIELD_TYPE, type, sizeof type,
                                       NULL) == 1)
        bits = (unsigned)BN_num_bits(field);
    if (bits > 0 && strcmp(type, SN_X9_62_characteristic_two_field) == 0)
        bits--;
    BN_free(field);
    err_openssl_drop();
    return bits;
}

unsigned cert_key_bits(const EVP_PKEY *key) {
    const struct key_row *row = find_key(key);

    if (row == NULL)
        return 0;
    if (row->field_bits != 0)
        return row->field_bits;
    if (row->key == FACTS_KEY_EC)
        return curve_bits(key);
    int bits = EVP_PKEY_get_bits(key);
    return bits > 0 ? (unsigned)bits : 0;
}

/* X9.62 gave two of NIST's curves names of its own. */
static void read_curve(const EVP_PKEY *key, struct facts_cert *out) {
    static const char *const aliases[][2] = {{SN_X9_62_prime256v1, "secp256r1"},
                                             {SN_X9_62_prime192v1, "secp192r1"}};
    int is_explicit = 0;

    if (EVP_PKEY_get_group_name(key, out->curve, sizeof out->curve, NULL) != 1)
        out->curve[0] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(aliases); i++)
        if (strcmp(out->curve, aliases[i][0]) == 0)
            snprintf(out->curve, sizeof out->curve, "%s", aliases[i][1]);
    out->has_explicit_curve =
        EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
                               &is_explicit) == 1 &&
        is_explicit == 1;
    err_openssl_drop();
}

static void read_rsa(const EVP_PKEY *key, struct facts_cert *out) {
    BIGNUM *modulus = NULL, *exponent = NULL;

    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_N, &modulus) == 1)
        out->key_flaw = cert_key_flaw(modulus);
    if (EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
        BN_num_bits(exponent) <= 32)
        out->rsa_exponent = (unsigned)BN_get_word(exponent);
    BN_free(modulus);
    BN_free(exponent);
    err_openssl_drop();
}

static void read_key(X509 *cert, struct facts_cert *out) {
    const EVP_PKEY *key = X509_get0_pubkey(cert);
    const struct key_row *row = key != NULL ? find_key(key) : NULL;

    err_openssl_drop(); /* what cannot be decoded is FACTS_KEY_OTHER */
    if (row == NULL)
        return;
    out->key = row->key;
    out->key_bits = cert_key_bits(key);
    if (row->key == FACTS_KEY_EC)
        read_curve(key, out);
    if (row->key == FACTS_KEY_RSA || row->key == FACTS_KEY_RSA_PSS)
        read_rsa(key, out);
}

/* The first extension of that kind, decoded, also where there are several; NULL if there is none that makes sense. */
static void *decode_extension(const X509 *cert, int nid) {
    int at = X509_get_ext_by_NID(cert, nid, -1);
    void *decoded = at >= 0 ? X509V3_EXT_d2i(X509_get_ext(cert, at)) : NULL;

    err_openssl_drop();
    return decoded;
}

static void read_names(const X509 *cert, struct facts_cert *out) {
    GENERAL_NAMES *names = decode_extension(cert, NID_subject_alt_name);

    if (names != NULL)
        cert_names_read(names, out);
    GENERAL_NAMES_free(names);
}

static void read_key_usage(const X509 *cert, struct facts_cert *out) {
    static const struct {
        int bit;
        unsigned usage;
    } usages[] = {
        {0, FACTS_KU_DIGITAL_SIGNATURE}, {2, FACTS_KU_KEY_ENCIPHERMENT},
        {4, FACTS_KU_KEY_AGREEMENT},     {5, FACTS_KU_CERT_SIGN},
        {6, FACTS_KU_CRL_SIGN},
    };
    ASN1_BIT_STRING *bits = decode_extension(cert, NID_key_usage);

    out->has_key_usage = X509_get_ext_by_NID(cert, NID_key_usage, -1) >= 0;
    for (size_t i = 0; bits != NULL && i < ARRAY_LEN(usages); i++)
        if (ASN1_BIT_STRING_get_bit(bits, usages[i].bit) == 1)
            out->key_usage |= usages[i].usage;
    ASN1_BIT_STRING_free(bits);
}

static void read_extended_key_usage(const X509 *cert, struct facts_cert *out) {
    EXTENDED_KEY_USAGE *usages = decode_extension(cert, NID_ext_key_usage);

    out->has_eku = X509_get_ext_by_NID(cert, NID_ext_key_usage, -1) >= 0;
    for (int i = 0; usages != NULL && i < sk_ASN1_OBJECT_num(usages); i++) {
        int nid = OBJ_obj2nid(sk_ASN1_OBJECT_value(usages, i));
        out->eku_server_auth |= nid == NID_server_auth;
        out->eku_any |= nid == NID_anyExtendedKeyUsage;
    }
    EXTENDED_KEY_USAGE_free(usages);
}

static void read_basic_constraints(const X509 *cert, struct facts_cert *out) {
    BASIC_CONSTRAINTS *constraints = decode_extension(cert, NID_basic_constraints);

    out->path_length = -1;
    out->has_basic_constraints = X509_get_ext_by_NID(cert, NID_basic_constraints, -1) >= 0;
    if (constraints == NULL)
        return;
    out->is_ca = constraints->ca != 0;
    if (constraints->pathlen != NULL) {
        int64_t length;
        bool fits = ASN1_INTEGER_get_int64(&length, constraints->pathlen) == 1 && length >= 0 &&
                    length <= LONG_MAX;
        out->path_length = fits ? (long)length : LONG_MAX;
        err_openssl_drop();
    }
    BASIC_CONSTRAINTS_free(constraints);
}

static void read_must_staple(const X509 *cert, struct facts_cert *out) {
    TLS_FEATURE *features = decode_extension(cert, NID_tlsfeature);

    for (int i = 0; features != NULL && i < sk_ASN1_INTEGER_num(features); i++)
        out->must_staple |=
            ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == FEATURE_STATUS_REQUEST;
    TLS_FEATURE_free(features);
}

static void read_timestamps(const X509 *cert, struct facts_cert *out) {
    STACK_OF(SCT) *timestamps = decode_extension(cert, NID_ct_precert_scts);

    if (timestamps != NULL)
        out->sct_count = (unsigned)sk_SCT_num(timestamps);
    SCT_LIST_free(timestamps);
}

static int compare_objects(const void *a, const void *b) {
    return OBJ_cmp(*(const ASN1_OBJECT *const *)a, *(const ASN1_OBJECT *const *)b);
}

/* Sorted first, since a hostile certificate may hold thousands. */
static void read_extension_kinds(const X509 *cert, struct facts_cert *out) {
    int count = X509_get_ext_count(cert);
    ASN1_OBJECT **kinds = mem_zalloc((size_t)(count > 0 ? count : 0) * sizeof *kinds);

    for (int i = 0; i < count; i++) {
        X509_EXTENSION *extension = X509_get_ext(cert, i);
        kinds[i] = X509_EXTENSION_get_object(extension);
        out->has_unknown_critical |=
            X509_EXTENSION_get_critical(extension) && !X509_supported_extension(extension);
    }
    if (count > 1)
        qsort(kinds, (size_t)count, sizeof *kinds, compare_objects);
    for (int i = 1; i < count; i++)
        out->has_duplicate_extension |= OBJ_cmp(kinds[i - 1], kinds[i]) == 0;
    free(kinds);
}

static void read_extensions(const X509 *cert, struct facts_cert *out) {
    read_extension_kinds(cert, out);
    read_names(cert, out);
    read_key_usage(cert, out);
    read_extended_key_usage(cert, out);
    read_basic_constraints(cert, out);
    read_must_staple(cert, out);
    read_timestamps(cert, out);
    out->has_name_constraints = X509_get_ext_by_NID(cert, NID_name_constraints, -1) >= 0;
}

static int version_of(const X509 *cert) {
    long version = X509_get_version(cert);

    return version >= 0 && version < INT_MAX ? (int)version + 1 : 0;
}

void cert_facts_read(X509 *cert, struct facts_cert *out) {
    const X509_NAME *subject = X509_get_subject_name(cert), *issuer = X509_get_issuer_name(cert);

    *out = (struct facts_cert){.version = version_of(cert)};
    read_name(subject, out->subject, sizeof out->subject);
    read_name(issuer, out->issuer, sizeof out->issuer);
    read_common_name(subject, out->common_name, sizeof out->common_name);
    out->is_self_issued = X509_NAME_cmp(subject, issuer) == 0;
    read_serial(X509_get0_serialNumber(cert), out->serial, sizeof out->serial);
    cert_facts_fingerprint(cert, out->sha256, sizeof out->sha256);
    read_key(cert, out);
    cert_signature_read(cert, out);
    out->not_before_s = seconds_of(X509_get0_notBefore(cert));
    out->not_after_s = seconds_of(X509_get0_notAfter(cert));
    read_extensions(cert, out);
    cert_encoding_read(cert, out);
}

void cert_facts_fini(struct facts_cert *cert) {
    for (size_t i = 0; i < cert->name_count; i++)
        free(cert->names[i].text);
    free(cert->names);
    *cert = (struct facts_cert){0};
}
