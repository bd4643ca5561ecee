#include "mint/cert.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "mint/edit.h"
#include "mint/sign.h"
#include "mint/text.h"

enum {
    CERT_SERIAL_BITS = 159, /* 20 bytes and never negative */
    CERT_LONG_SERIAL_BITS = 319,
    CERT_MAX_ATTRIBUTE_B = 1024,
    CERT_TIME_SIZE_B = 32
};

void cert_plan_add(struct cert_plan *plan, const char *name, const char *value) {
    for (size_t i = 0; i < CERT_MAX_EXTENSIONS; i++)
        if (plan->extensions[i].value == NULL) {
            plan->extensions[i].name = name;
            plan->extensions[i].value = mem_strdup(value);
            return;
        }
    assert(!"room for another extension");
}

void cert_plan_fini(struct cert_plan *plan) {
    for (size_t i = 0; i < CERT_MAX_EXTENSIONS; i++) {
        free(plan->extensions[i].value);
        plan->extensions[i].value = NULL;
    }
}

/* The mark becomes what it stands for where length and text have parted. */
static void reveal_nul(unsigned char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if (text[i] == MINT_TEXT_NUL)
            text[i] = '\0';
}

/* attribute: "CN=abc.xy" */
static int add_attribute(X509_NAME *name, const char *attribute, size_t len, struct err *err) {
    char type[CERT_MAX_ATTRIBUTE_B], value[CERT_MAX_ATTRIBUTE_B];
    const char *equals = memchr(attribute, '=', len);

    if (equals == NULL || len >= sizeof type)
        return err_set(err, "'%.*s' is no attribute of a name, such as CN=mail.test", (int)len,
                       attribute);
    int type_len = (int)(equals - attribute), value_len = (int)len - type_len - 1;
    snprintf(type, sizeof type, "%.*s", type_len, attribute);
    snprintf(value, sizeof value, "%.*s", value_len, equals + 1);
    reveal_nul((unsigned char *)value, (size_t)value_len);
    if (X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const unsigned char *)value,
                                   value_len, -1, 0) != 1)
        return err_openssl(err, "cannot put '%.*s' into a name", (int)len, attribute);
    return 0;
}

static int set_subject(X509 *cert, const char *subject, struct err *err) {
    X509_NAME *name = X509_NAME_new();
    int rc = name != NULL ? 0 : err_openssl(err, "cannot make a name");

    while (rc == 0 && *subject != '\0') {
        subject += *subject == '/';
        size_t len = strcspn(subject, "/");
        rc = add_attribute(name, subject, len, err);
        subject += len;
    }
    if (rc == 0 && X509_set_subject_name(cert, name) != 1)
        rc = err_openssl(err, "cannot set the subject of a certificate");
    X509_NAME_free(name);
    return rc;
}

static int set_serial(X509 *cert, enum mint_serial kind) {
    BIGNUM *serial = BN_new();
    int bits = kind == MINT_SERIAL_LONG ? CERT_LONG_SERIAL_BITS : CERT_SERIAL_BITS;
    int ok = serial != NULL && (kind == MINT_SERIAL_ZERO ||
                                BN_rand(serial, bits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);

    if (ok && kind == MINT_SERIAL_NEGATIVE)
        BN_set_negative(serial, 1);
    ok = ok && BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(cert)) != NULL;
    BN_free(serial);
    return ok;
}

static const struct date_form {
    int type; /* 0: as ASN1_TIME_set writes it */
    bool has_seconds;
    const char *end;
} date_forms[MINT_DATE_COUNT] = {
    [MINT_DATE_SOUND] = {0, true, "Z"},
    [MINT_DATE_GENERALIZED] = {V_ASN1_GENERALIZEDTIME, true, "Z"},
    [MINT_DATE_FRACTION] = {V_ASN1_GENERALIZEDTIME, true, ".5Z"},
    [MINT_DATE_NO_SECONDS] = {V_ASN1_UTCTIME, false, "Z"},
    [MINT_DATE_OFFSET] = {V_ASN1_UTCTIME, true, "+0000"},
};

static void write_date(const struct date_form *form, const struct tm *tm, struct buf *out) {
    int year = tm->tm_year + 1900;

    buf_printf(out, form->type == V_ASN1_UTCTIME ? "%02d" : "%04d",
               form->type == V_ASN1_UTCTIME ? year % 100 : year);
    buf_printf(out, "%02d%02d%02d%02d", tm->tm_mon + 1, tm->tm_mday, tm->tm_hour, tm->tm_min);
    if (form->has_seconds)
        buf_printf(out, "%02d", tm->tm_sec);
    buf_puts(out, form->end);
}

static int set_time(ASN1_TIME *time, int64_t at_s, enum mint_date date) {
    const struct date_form *form = &date_forms[date];
    struct buf text;
    struct tm tm;

    if (ASN1_TIME_set(time, at_s) == NULL || ASN1_TIME_to_tm(time, &tm) != 1)
        return 0;
    if (form->type == 0)
        return 1;
    buf_init(&text, CERT_TIME_SIZE_B);
    write_date(form, &tm, &text);
    time->type = form->type;
    int ok = !text.overflow && ASN1_STRING_set(time, text.data, (int)text.len);
    buf_fini(&text);
    return ok;
}

static int set_validity(X509 *cert, const struct cert_plan *plan, struct err *err) {
    return set_time(X509_getm_notBefore(cert), plan->not_before_s, plan->as->date) &&
                   set_time(X509_getm_notAfter(cert), plan->not_after_s, plan->as->date)
               ? 0
               : err_openssl(err, "cannot set the validity of a certificate");
}

static X509_EXTENSION *with_nul(X509_EXTENSION *names) {
    GENERAL_NAMES *list = X509V3_EXT_d2i(names);
    int critical = X509_EXTENSION_get_critical(names);

    for (int i = 0; i < sk_GENERAL_NAME_num(list); i++) {
        GENERAL_NAME *name = sk_GENERAL_NAME_value(list, i);
        if (name->type == GEN_DNS)
            reveal_nul(name->d.dNSName->data, (size_t)name->d.dNSName->length);
    }
    X509_EXTENSION_free(names);
    X509_EXTENSION *made =
        list != NULL ? X509V3_EXT_i2d(NID_subject_alt_name, critical, list) : NULL;
    sk_GENERAL_NAME_pop_free(list, GENERAL_NAME_free);
    return made;
}

static int add_extension(X509 *cert, X509V3_CTX *ctx, const char *name, const char *value,
                         struct err *err) {
    X509_EXTENSION *made = X509V3_EXT_nconf(NULL, ctx, name, value);

    if (made != NULL && strchr(value, MINT_TEXT_NUL) != NULL)
        made = with_nul(made);
    int ok = made != NULL && X509_add_ext(cert, made, -1) == 1;
    X509_EXTENSION_free(made);
    return ok ? 0 : err_openssl(err, "cannot make the extension %s = %.80s", name, value);
}

static int add_extensions(X509 *cert, const struct cert_plan *plan, struct err *err) {
    X509V3_CTX ctx;

    X509V3_set_ctx(&ctx, plan->issuer != NULL ? plan->issuer : cert, cert, NULL, NULL, 0);
    for (size_t i = 0; i < CERT_MAX_EXTENSIONS && plan->extensions[i].value != NULL; i++)
        if (add_extension(cert, &ctx, plan->extensions[i].name, plan->extensions[i].value, err) !=
            0)
            return -1;
    return 0;
}

static int fill(X509 *cert, const struct cert_plan *plan, struct err *err) {
    enum mint_version version = plan->as->version;

    if (X509_set_version(cert, version == MINT_VERSION_3 ? X509_VERSION_3 : X509_VERSION_1) != 1 ||
        !set_serial(cert, plan->as->serial) || X509_set_pubkey(cert, plan->key) != 1)
        return err_openssl(err, "cannot make a certificate");
    if (set_subject(cert, plan->subject, err) != 0)
        return -1;
    if (X509_set_issuer_name(cert, X509_get_subject_name(plan->issuer ? plan->issuer : cert)) != 1)
        return err_openssl(err, "cannot set the issuer of a certificate");
    if (set_validity(cert, plan, err) != 0)
        return -1;
    return version == MINT_VERSION_1 ? 0 : add_extensions(cert, plan, err);
}

/* Setting the key leaves the signature as it is. */
static int sign(X509 *cert, const struct cert_plan *plan, struct err *err) {
    bool swap = plan->as->tamper == MINT_TAMPER_KEY_SWAPPED;

    if (swap && X509_set_pubkey(cert, plan->other_key) != 1)
        return err_openssl(err, "cannot swap the key of a certificate");
    if (mint_sign(cert, plan->as->signature,
                  plan->as->tamper == MINT_TAMPER_OTHER_KEY ? plan->other_key : plan->issuer_key,
                  err) != 0)
        return -1;
    if (swap && X509_set_pubkey(cert, plan->key) != 1)
        return err_openssl(err, "cannot swap the key of a certificate");
    return 0;
}

int cert_make(const struct cert_plan *plan, X509 **out, struct err *err) {
    X509 *cert = X509_new();

    if (cert == NULL)
        return err_openssl(err, "cannot make a certificate");
    if (fill(cert, plan, err) != 0 || sign(cert, plan, err) != 0 ||
        cert_edit(&cert, plan->as, plan->issuer_key, err) != 0) {
        X509_free(cert);
        return -1;
    }
    *out = cert;
    return 0;
}
