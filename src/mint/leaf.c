#include "mint/leaf.h"

#include "base/mem.h"
#include "mint/cert.h"
#include "mint/profile.h"
#include "mint/text.h"

#define DAY_S INT64_C(86400)

enum { NAMES_MAX_B = 1024 * 1024, COMMON_NAME_MAX_B = 64 /* RFC 5280 A.1, ub-common-name */ };

const struct lab_span leaf_usual_span = {-1 * DAY_S, 89 * DAY_S};

/* An address is no common name: checkers would take it for a DNS name outside the root's constraints. */
static void put_subject(const struct mint_lab *lab, const struct mint_cert *as, struct buf *out) {
    if (as->subject != NULL)
        mint_expand(lab, as->subject, out);
    else if (lab->host_is_address)
        buf_puts(out, "/O=Doormat");
    else
        buf_printf(out, "/CN=%.*s", COMMON_NAME_MAX_B, lab->host);
}

/* The extension's text, or an empty one for a certificate without.  Critical where it is the only name (4.2.1.6). */
static void put_san(const struct mint_lab *lab, const struct mint_cert *as, bool has_subject,
                    struct buf *out) {
    static const char plain[] = "plain,", critical[] = "critical,";
    const char *san = as->san != NULL ? as->san : profile_names_host(as->profile) ? "{host}" : "";

    if (*san == '\0')
        return;
    if (strncmp(san, plain, strlen(plain)) == 0)
        san += strlen(plain);
    else if (!has_subject && strncmp(san, critical, strlen(critical)) != 0)
        buf_puts(out, critical);
    mint_expand(lab, san, out);
}

static void add_link(struct cert_plan *plan, const char *extension, const char *kind,
                     const char *url) {
    if (url == NULL)
        return;
    char *value = mem_printf("%s:%s", kind, url);
    cert_plan_add(plan, extension, value);
    free(value);
}

static void add_links(struct cert_plan *plan, const struct leaf_links *links) {
    if (links == NULL)
        return;
    add_link(plan, "authorityInfoAccess", "OCSP;URI", links->ocsp);
    add_link(plan, "crlDistributionPoints", "URI", links->crl);
}

int leaf_make(const struct mint_lab *lab, const struct mint_cert *as, const struct leaf_keys *keys,
              const struct leaf_links *links, const struct authority *issuer, int64_t now_s,
              X509 **out, struct err *err) {
    struct lab_span span = lab_span_of(&as->validity, leaf_usual_span, now_s);
    struct buf subject, san;
    struct cert_plan plan = {
        .as = as,
        .key = keys->leaf,
        .not_before_s = span.from_s,
        .not_after_s = span.until_s,
        .issuer = issuer->cert,
        .issuer_key = issuer->cert != NULL ? issuer->key : keys->leaf,
        .other_key = keys->other,
    };

    buf_init(&subject, NAMES_MAX_B);
    buf_init(&san, NAMES_MAX_B);
    put_subject(lab, as, &subject);
    put_san(lab, as, subject.len > 0, &san);
    plan.subject = buf_text(&subject);
    profile_apply(lab, MINT_PLACE_SERVER, as->profile, &plan);
    if (san.len > 0)
        cert_plan_add(&plan, "subjectAltName", buf_text(&san));
    add_links(&plan, links);
    int rc = subject.overflow || san.overflow
                 ? err_set(err, "the names of a certificate take more than %d bytes", NAMES_MAX_B)
                 : cert_make(&plan, out, err);
    cert_plan_fini(&plan);
    buf_fini(&san);
    buf_fini(&subject);
    return rc;
}
