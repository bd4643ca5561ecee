#include "mint/text.h"

#include <fnmatch.h>

#include "base/ascii.h"
#include "base/mem.h"

enum { NAMES_MAX_B = 4096 };

static bool is_item(const char *text, const char *at) {
    return at == text || at[-1] == ',' || at[-1] == ';';
}

static void put_host(const struct mint_lab *lab, bool item, struct buf *out) {
    buf_puts(out, item ? lab->host_san : lab->host);
}

static void put_capitals(const struct mint_lab *lab, bool item, struct buf *out) {
    const char *san = lab->host_san;

    buf_append(out, san, item ? (size_t)(strchr(san, ':') + 1 - san) : 0);
    for (const char *c = lab->host; *c != '\0'; c++)
        buf_printf(out, "%c", *c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
}

static void put_initial(const struct mint_lab *lab, bool item, struct buf *out) {
    (void)item;
    buf_append(out, lab->host, 1);
}

static void put_label(const struct mint_lab *lab, bool item, struct buf *out) {
    (void)item;
    buf_append(out, lab->host, strcspn(lab->host, ".:"));
}

static bool is_below_test(const struct mint_lab *lab) {
    const char *end = strrchr(lab->host, '.');

    return !lab->host_is_address && end != NULL && strcmp(end, ".test") == 0;
}

static void put_parent(const struct mint_lab *lab, bool item, struct buf *out) {
    (void)item;
    buf_puts(out, is_below_test(lab) ? strchr(lab->host, '.') + 1 : "test");
}

static void put_subtree(const struct mint_lab *lab, bool item, struct buf *out) {
    bool is_v6 = strchr(lab->host, ':') != NULL;

    (void)item;
    buf_puts(out, lab->host_san);
    if (lab->host_is_address)
        buf_printf(out, "/%s",
                   is_v6 ? "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "255.255.255.255");
}

static void put_domain(const struct mint_lab *lab, bool item, struct buf *out) {
    const char *dot = lab->host_is_address ? NULL : strchr(lab->host, '.');

    if (dot != NULL)
        buf_printf(out, "DNS:%s", dot + 1);
    else
        put_subtree(lab, item, out);
}

/* Before which no asterisk is taken: what has one label alone, as all names of .test have together. */
static const char *domain_of_two_labels(const struct mint_lab *lab) {
    const char *dot = lab->host_is_address ? NULL : strchr(lab->host, '.');

    return dot != NULL && strchr(dot + 1, '.') != NULL ? dot + 1 : NULL;
}

static void put_wildcard(const struct mint_lab *lab, bool item, struct buf *out) {
    const char *domain = domain_of_two_labels(lab);

    (void)item;
    if (domain != NULL)
        buf_printf(out, "DNS:*.%s", domain);
    else if (lab->host_is_address)
        buf_printf(out, "%s,DNS:*.test", lab->host_san);
    else
        buf_printf(out, "%s,DNS:*.%s", lab->host_san, lab->host);
}

static void put_below(const struct mint_lab *lab, bool item, struct buf *out) {
    const char *dot = lab->host_is_address ? NULL : strchr(lab->host, '.');

    if (dot != NULL)
        buf_printf(out, "DNS:%s", dot);
    else
        put_subtree(lab, item, out);
}

static void put_other(const struct mint_lab *lab, bool item, struct buf *out) {
    bool is_v6 = strchr(lab->host, ':') != NULL;

    (void)item;
    if (!lab->host_is_address)
        buf_puts(out, "DNS:somebody-else.test");
    else
        buf_puts(out, is_v6 ? "IP:2001:db8::/ffff:ffff::" : "IP:192.0.2.0/255.255.255.0");
}

static void put_loopback(const struct mint_lab *lab, bool item, struct buf *out) {
    (void)item;
    buf_puts(out, lab->host_is_address ? "DNS:localhost" : "IP:127.0.0.1,IP:::1");
}

static void put_address(const struct mint_lab *lab, bool item, struct buf *out) {
    (void)item;
    buf_puts(out, lab->host_is_address ? lab->host : "127.0.0.1");
}

static void put_nul(const struct mint_lab *lab, bool item, struct buf *out) {
    (void)lab, (void)item;
    buf_append(out, &(const char){MINT_TEXT_NUL}, 1);
}

static void put_many(struct buf *out, const char *kind, unsigned count) {
    for (unsigned i = 0; i < count; i++)
        buf_printf(out, "%s%sn%u.test", i > 0 ? "," : "", kind, i);
}

static void put_1000(const struct mint_lab *lab, bool item, struct buf *out) {
    (void)lab, (void)item;
    put_many(out, "DNS:", 1000);
}

static void put_10000(const struct mint_lab *lab, bool item, struct buf *out) {
    (void)lab, (void)item;
    put_many(out, "DNS:", 10000);
}

static void put_excluded(const struct mint_lab *lab, bool item, struct buf *out) {
    (void)lab, (void)item;
    put_many(out, "excluded;DNS:x", 2000);
}

static const struct mark {
    const char *text;
    void (*put)(const struct mint_lab *lab, bool item, struct buf *out);
} marks[] = {
    {"{host}", put_host},         {"{HOST}", put_capitals},     {"{initial}", put_initial},
    {"{label}", put_label},       {"{parent}", put_parent},     {"{loopback}", put_loopback},
    {"{nul}", put_nul},           {"{1000}", put_1000},         {"{10000}", put_10000},
    {"{excluded}", put_excluded}, {"{subtree}", put_subtree},   {"{domain}", put_domain},
    {"{other}", put_other},       {"{wildcard}", put_wildcard}, {"{below}", put_below},
    {"{address}", put_address},
};

static const struct mark *mark_at(const char *at) {
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (strncmp(at, marks[i].text, strlen(marks[i].text)) == 0)
            return &marks[i];
    return NULL;
}

void mint_expand(const struct mint_lab *lab, const char *text, struct buf *out) {
    for (const char *at = text; *at != '\0';) {
        size_t plain_b = strcspn(at, "{");
        const struct mark *mark = plain_b == 0 ? mark_at(at) : NULL;

        if (mark != NULL) {
            mark->put(lab, is_item(text, at), out);
            at += strlen(mark->text);
        } else {
            plain_b += plain_b == 0; /* a brace that is none of ours */
            buf_append(out, at, plain_b);
            at += plain_b;
        }
    }
}

/* As the least careful of readers would: an asterisk stands for anything, dots included. */
static bool can_match(const struct mint_lab *lab, const char *san) {
    static const char dns[] = "DNS:";
    struct buf names;

    buf_init(&names, NAMES_MAX_B);
    mint_expand(lab, san, &names);
    const char *name = buf_text(&names);
    bool can = strncmp(name, dns, strlen(dns)) != 0 ||
               fnmatch(name + strlen(dns), lab->host, FNM_CASEFOLD) == 0;
    buf_fini(&names);
    return can;
}

bool mint_names_can_show(const struct mint_lab *lab, const struct mint_cert *cert) {
    const char *san = cert->san;

    if (san == NULL || strstr(san, "{host}") != NULL)
        return true;
    if (strstr(san, "{address}") != NULL)
        return lab->host_is_address;
    if (strchr(san, '*') != NULL)
        return can_match(lab, san);
    return strstr(san, "{parent}") == NULL || is_below_test(lab);
}
