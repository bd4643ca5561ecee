#include "sts/policy.h"

#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"

/* --- the policy --- */

struct page { /* a policy as it is written */
    enum sts_text text;
    struct buf *out;
    unsigned lines;
};

static void put_line(struct page *page, const char *key, const char *value) {
    bool is_lf = page->text == STS_TEXT_LF || (page->text == STS_TEXT_MIXED && page->lines % 2 > 0);

    buf_printf(page->out, "%s:%s%s%s", key, page->text == STS_TEXT_TABS ? "\t" : " ", value,
               is_lf ? "\n" : "\r\n");
    page->lines++;
}

static void put_version(struct page *page) {
    put_line(page, "version", page->text == STS_TEXT_VERSION_2 ? "STSv2" : "STSv1");
}

static void put_mode(struct page *page, enum sts_mode mode) {
    static const char *const modes[STS_MODE_COUNT] = {
        [STS_MODE_ENFORCE] = "enforce", [STS_MODE_TESTING] = "testing", [STS_MODE_NONE] = "none"};

    put_line(page, "mode", page->text == STS_TEXT_UNKNOWN_MODE ? "mandatory" : modes[mode]);
    if (page->text == STS_TEXT_DUPLICATE_MODE)
        put_line(page, "mode", modes[STS_MODE_NONE]);
}

static void put_max_age(struct page *page) {
    const char *age = "86400";

    if (page->text == STS_TEXT_LONG_MAX_AGE)
        age = "10000000000";
    if (page->text == STS_TEXT_NEGATIVE_MAX_AGE)
        age = "-1";
    put_line(page, "max_age", age);
}

/* Of which name a pattern is made. */
enum of { OF_HOST, OF_DOMAIN, OF_PARENT /* of the domain */ };

static const struct pattern {
    const char *key, *before;
    enum of of;
    const char *behind, *beside; /* beside: the value of a second line; or NULL */
} patterns[STS_MX_COUNT] = {
    [STS_MX_HOST] = {"mx", "", OF_HOST, "", NULL},
    [STS_MX_OTHER] = {"mx", "listed.", OF_DOMAIN, "", NULL},
    [STS_MX_NONE] = {NULL, "", OF_HOST, "", NULL},
    [STS_MX_WILDCARD] = {"mx", "*.", OF_DOMAIN, "", NULL},
    [STS_MX_WILDCARD_TWO_LABELS] = {"mx", "*.", OF_PARENT, "", NULL},
    [STS_MX_WILDCARD_APEX] = {"mx", "*.", OF_HOST, "", NULL},
    [STS_MX_TWO_WILDCARDS] = {"mx", "*.*.", OF_PARENT, "", NULL},
    [STS_MX_TYPO] = {"nmx", "", OF_HOST, "", NULL},
    [STS_MX_TRAILING_DOT] = {"mx", "", OF_HOST, ".", NULL},
    [STS_MX_ADDRESS_BESIDE] = {"mx", "", OF_HOST, "", "192.0.2.25"},
};

static const char *parent_of(const char *domain) {
    const char *dot = strchr(domain, '.');

    return dot != NULL ? dot + 1 : domain;
}

static void put_mx(struct page *page, const struct pattern *pattern, const char *domain,
                   const char *host) {
    const char *const names[] = {
        [OF_HOST] = host, [OF_DOMAIN] = domain, [OF_PARENT] = parent_of(domain)};

    if (pattern->key == NULL)
        return;
    char *value = mem_printf("%s%s%s", pattern->before, names[pattern->of], pattern->behind);
    put_line(page, pattern->key, value);
    free(value);
    if (pattern->beside != NULL)
        put_line(page, pattern->key, pattern->beside);
}

static const char html[] = "<!DOCTYPE html>\r\n<html><head><title>Welcome</title></head>\r\n"
                           "<body><h1>It works!</h1></body></html>\r\n";

void sts_put_policy(const struct sts_knobs *knobs, const char *domain, const char *host,
                    struct buf *out) {
    struct page page = {.text = knobs->text, .out = out};

    if (page.text == STS_TEXT_EMPTY)
        return;
    if (page.text == STS_TEXT_HTML) {
        buf_puts(out, html);
        return;
    }
    if (page.text == STS_TEXT_BOM)
        buf_puts(out, "\xef\xbb\xbf");
    if (page.text != STS_TEXT_NO_VERSION && page.text != STS_TEXT_ORDER)
        put_version(&page);
    if (page.text != STS_TEXT_NO_MODE)
        put_mode(&page, knobs->mode);
    put_mx(&page, &patterns[knobs->mx], domain, host);
    if (page.text == STS_TEXT_UNKNOWN_KEY)
        put_line(&page, "extension", "a value that nobody knows");
    if (page.text != STS_TEXT_NO_MAX_AGE)
        put_max_age(&page);
    if (page.text == STS_TEXT_ORDER)
        put_version(&page);
    if (page.text == STS_TEXT_NO_LAST_NEWLINE)
        out->len -= strlen("\r\n");
}

/* --- the record --- */

#define RECORD_AT "_mta-sts"
#define ALIAS_AT  "_mta-sts-record"
#define ID        "20260101000000"

enum { STRINGS = 3, STRING_MAX_B = 255 };

static const struct record {
    const char *at, *strings[STRINGS]; /* no string: it is an alias of the other record */
} records[STS_RECORD_COUNT][STS_RECORDS] = {
    [STS_RECORD_SOUND] = {{RECORD_AT, {"v=STSv1; id=" ID ";"}}},
    [STS_RECORD_TWO] = {{RECORD_AT, {"v=STSv1; id=" ID ";"}},
                        {RECORD_AT, {"v=STSv1; id=20260101000001;"}}},
    [STS_RECORD_VERSION] = {{RECORD_AT, {"v=STSv2; id=" ID ";"}}},
    [STS_RECORD_NO_ID] = {{RECORD_AT, {"v=STSv1;"}}},
    [STS_RECORD_ID_LONG] = {{RECORD_AT, {"v=STSv1; id=" ID ID "00000;"}}},
    [STS_RECORD_ID_CHARACTER] = {{RECORD_AT, {"v=STSv1; id=2026-01-01;"}}},
    [STS_RECORD_VERSION_LAST] = {{RECORD_AT, {"id=" ID "; v=STSv1;"}}},
    [STS_RECORD_NO_SEMICOLON] = {{RECORD_AT, {"v=STSv1 id=" ID}}},
    [STS_RECORD_BESIDE_OTHER] = {{RECORD_AT, {"this text is of something else"}},
                                 {RECORD_AT, {"v=STSv1; id=" ID ";"}}},
    [STS_RECORD_SPLIT] = {{RECORD_AT, {"v=STS", "v1; id=2026", "0101000000;"}}},
    [STS_RECORD_EXTENSION] = {{RECORD_AT, {"v=STSv1; id=" ID "; extension=value;"}}},
    [STS_RECORD_SPACES] = {{RECORD_AT, {"v=STSv1 ;  id=" ID " ; "}}},
    [STS_RECORD_ALIAS] = {{RECORD_AT, {NULL}}, {ALIAS_AT, {"v=STSv1; id=" ID ";"}}},
};

static size_t write_text(const struct record *record, uint8_t *out) {
    size_t len = 0;

    for (size_t i = 0; i < STRINGS && record->strings[i] != NULL; i++) {
        size_t string_b = strlen(record->strings[i]);
        out[len++] = (uint8_t)string_b;
        memcpy(out + len, record->strings[i], string_b);
        len += string_b;
    }
    return len;
}

static size_t write_alias(const struct dns_name *domain, uint8_t *out) {
    struct dns_name name;

    if (dns_name_join(ALIAS_AT, domain, &name) != 0)
        return 0;
    memcpy(out, name.bytes, name.len);
    return name.len;
}

void sts_make_records(const struct sts_knobs *knobs, const struct dns_name *domain,
                      struct sts_records *out) {
    *out = (struct sts_records){.count = 0};
    for (size_t i = 0; i < STS_RECORDS; i++) {
        const struct record *record = &records[knobs->record][i];
        uint8_t *bytes = out->bytes[out->count];
        bool is_alias = record->strings[0] == NULL;

        if (record->at == NULL)
            continue;
        size_t len = is_alias ? write_alias(domain, bytes) : write_text(record, bytes);
        out->extras[out->count++] = (struct dns_extra){
            .at = record->at,
            .type = is_alias ? DNS_TYPE_CNAME : DNS_TYPE_TXT,
            .rdata = {bytes, len},
        };
    }
}
