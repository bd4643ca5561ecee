#include "dns/domain.h"

#include <ldns/sha2.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/mem.h"

enum { SOUND_PREFERENCE = 10, MATCHING_WHOLE = 0, MATCHING_SHA256 = 1, MATCHING_SHA512 = 2 };

#define HOST   "mx"
#define SECOND "mx2"
#define DEAD   "dead" /* dead1, dead2 ... */
#define ABSENT "absent"
#define THERE  "there"
#define BACK   "back"

struct look { /* one look-up */
    const struct dns_domain *domain;
    const struct dns_knobs *knobs;
    const char *at; /* the name's text in front of the domain's */
    struct dns_node *node;
};

/* --- addresses --- */

static void add_address(struct dns_node *node, const char *text) {
    uint8_t bytes[NUMERIC_IPV6_B];
    size_t len = text != NULL ? numeric_bytes(text, bytes) : 0;

    if (len > 0)
        dns_node_add(node, len == NUMERIC_IPV4_B ? DNS_TYPE_A : DNS_TYPE_AAAA, bytes, len);
}

static void add_host(const struct look *look, enum dns_host_which which) {
    const struct dns_host *host = &look->domain->hosts[which];

    look->node->exists = true;
    if (look->knobs->family != DNS_FAMILY_IPV6)
        add_address(look->node, host->ipv4);
    if (look->knobs->family != DNS_FAMILY_IPV4)
        add_address(look->node, host->ipv6);
}

static void add_alias(const struct look *look, const char *to) {
    struct dns_name name;

    if (dns_name_join(to, &look->domain->name, &name) == 0)
        dns_node_add_name(look->node, DNS_TYPE_CNAME, &name);
}

/* --- MX --- */

static void add_mx_to(const struct look *look, unsigned preference, const char *to) {
    const struct dns_domain *domain = look->domain;
    struct dns_name name;

    if (dns_name_join(to, domain->hosts_at != NULL ? domain->hosts_at : &domain->name, &name) == 0)
        dns_node_add_mx(look->node, preference, &name);
}

static void add_mx_text(const struct look *look, unsigned preference, const char *text) {
    struct dns_name name;

    if (text != NULL && dns_name_parse(text, &name) == 0)
        dns_node_add_mx(look->node, preference, &name);
}

static void add_dead(const struct look *look, const struct dns_mx_knob *mx) {
    char text[16];

    for (unsigned i = 1; i <= mx->copies || i == 1; i++) {
        snprintf(text, sizeof text, DEAD "%u", i);
        add_mx_to(look, mx->preference, text);
    }
}

static void add_mx(const struct look *look, const struct dns_mx_knob *mx) {
    switch (mx->to) {
    case DNS_MX_HOST:
        add_mx_to(look, mx->preference, HOST);
        break;
    case DNS_MX_SECOND:
        add_mx_to(look, mx->preference, SECOND);
        break;
    case DNS_MX_DEAD:
        add_dead(look, mx);
        break;
    case DNS_MX_ABSENT:
        add_mx_to(look, mx->preference, ABSENT);
        break;
    case DNS_MX_NULL:
        add_mx_text(look, mx->preference, "");
        break;
    case DNS_MX_ADDRESS:
        add_mx_text(look, mx->preference, look->domain->hosts[DNS_HOST_MX].ipv4);
        break;
    default:
        break;
    }
}

static bool is_implicit(const struct dns_knobs *knobs) {
    return knobs->mx[0].to == DNS_MX_IMPLICIT;
}

static void forge_address(const struct look *look) {
    uint8_t bytes[NUMERIC_IPV6_B];
    const char *text = look->domain->forged_ipv4;

    if (look->knobs->beside != DNS_BESIDE_FORGED_ADDRESS || text == NULL ||
        numeric_bytes(text, bytes) != NUMERIC_IPV4_B ||
        dns_name_join(HOST, &look->domain->name, &look->node->beside) != 0)
        return;
    memcpy(look->node->beside_address, bytes, NUMERIC_IPV4_B);
}

static void add_domain(const struct look *look) {
    static const struct dns_mx_knob sound = {.to = DNS_MX_HOST, .preference = SOUND_PREFERENCE};

    look->node->exists = true;
    if (is_implicit(look->knobs))
        add_host(look, DNS_HOST_MX);
    if (look->knobs->mx[0].to == DNS_MX_END)
        add_mx(look, &sound);
    for (size_t i = 0; i < DNS_MX_KNOBS && look->knobs->mx[i].to != DNS_MX_END; i++)
        add_mx(look, &look->knobs->mx[i]);
    forge_address(look);
}

/* --- TLSA --- */

static void add_digest(const struct dns_bytes *of, unsigned matching, struct buf *out) {
    uint8_t digest[LDNS_SHA512_DIGEST_LENGTH];

    switch (matching) {
    case MATCHING_WHOLE:
        buf_append(out, of->data, of->len);
        break;
    case MATCHING_SHA512:
        ldns_sha512(of->data, (unsigned)of->len, digest);
        buf_append(out, digest, LDNS_SHA512_DIGEST_LENGTH);
        break;
    default: /* what nobody knows has a digest of the usual length */
        ldns_sha256(of->data, (unsigned)of->len, digest);
        buf_append(out, digest, LDNS_SHA256_DIGEST_LENGTH);
    }
}

static void reshape(enum dns_tlsa_shape shape, struct buf *data) {
    if (shape == DNS_TLSA_EMPTY)
        data->len = 0;
    if (shape == DNS_TLSA_SHORT && data->len > 0)
        data->len--;
    if (shape == DNS_TLSA_LONG)
        buf_append(data, "", 1);
}

static void add_tlsa(const struct look *look, const struct dns_tlsa_knob *tlsa, unsigned copy,
                     const struct dns_certificate *certificate) {
    const uint8_t parameters[3] = {tlsa->usage, tlsa->selector, tlsa->matching};
    struct buf data;

    buf_init(&data, DNS_RDATA_MAX_B - sizeof parameters);
    add_digest(tlsa->selector == 0 ? &certificate->whole : &certificate->key, tlsa->matching,
               &data);
    if (copy > 0 && data.len > 0)
        data.data[0] = (uint8_t)(data.data[0] + copy);
    reshape(tlsa->shape, &data);
    dns_node_add_tlsa(look->node, parameters, data.data, data.len);
    buf_fini(&data);
}

static void add_tlsas(const struct look *look, const struct dns_tlsa_knob *list,
                      const struct dns_host *host) {
    look->node->exists = true;
    for (size_t i = 0; i < DNS_TLSA_KNOBS && list[i].is_there; i++) {
        const struct dns_certificate *certificate = &host->certificates[list[i].of];
        for (unsigned copy = 0; copy == 0 || copy < list[i].copies; copy++)
            if (certificate->whole.len > 0)
                add_tlsa(look, &list[i], copy, certificate);
    }
}

/* --- which name is it? --- */

/* "_25._tcp", "_465._tcp" or "_587._tcp" in front of a host; then *host is the host's name, else NULL.  "_tcp" alone is there, too:
 * it leads to them. */
static bool is_service(const char *at, const char **host) {
    static const char *const services[] = {"_25._tcp", "_465._tcp", "_587._tcp", "_tcp"};

    for (size_t i = 0; i < ARRAY_LEN(services); i++) {
        size_t len = strlen(services[i]);
        if (strncmp(at, services[i], len) == 0 && (at[len] == '.' || at[len] == '\0')) {
            *host = at[len] == '.' ? at + len + 1 : "";
            return true;
        }
    }
    return false;
}

/* The name that has the host's addresses. */
static const char *true_host(const struct dns_knobs *knobs) {
    if (is_implicit(knobs))
        return knobs->domain_alias == DNS_ALIAS_SOUND ? THERE : "";
    return knobs->host_alias == DNS_ALIAS_SOUND ? THERE : HOST;
}

static bool is_alias_of_host(const struct dns_knobs *knobs, const char *host) {
    return knobs->host_alias == DNS_ALIAS_SOUND && strcmp(host, HOST) == 0;
}

static bool is_second(const struct dns_knobs *knobs, const char *host) {
    for (size_t i = 0; i < DNS_MX_KNOBS; i++)
        if (knobs->mx[i].to == DNS_MX_SECOND && strcmp(host, SECOND) == 0)
            return true;
    return false;
}

static bool is_dead(const struct dns_knobs *knobs, const char *host) {
    size_t len = strlen(DEAD);
    long number;

    if (strncmp(host, DEAD, len) != 0 || ascii_number(host + len, 1, 255, &number) != 0)
        return false;
    for (size_t i = 0; i < DNS_MX_KNOBS; i++)
        if (knobs->mx[i].to == DNS_MX_DEAD && (number <= knobs->mx[i].copies || number == 1))
            return true;
    return false;
}

/* The second host is always right. */
static void look_up_service(const struct look *look, const char *host, bool is_leaf) {
    static const struct dns_tlsa_knob none[DNS_TLSA_KNOBS] = {{.is_there = false}};
    const struct dns_knobs *knobs = look->knobs;
    const struct dns_host *hosts = look->domain->hosts;

    if (strcmp(host, true_host(knobs)) == 0)
        add_tlsas(look, is_leaf ? knobs->tlsa : none, &hosts[DNS_HOST_MX]);
    else if (is_alias_of_host(knobs, host))
        add_tlsas(look, is_leaf ? knobs->alias_tlsa : none, &hosts[DNS_HOST_MX]);
    else if (is_second(knobs, host))
        add_tlsas(look, is_leaf ? knobs->tlsa : none, &hosts[DNS_HOST_SECOND]);
}

/* The TLSA name itself may be an alias. */
static bool look_up_tlsa_alias(const struct look *look, const char *host) {
    const struct dns_knobs *knobs = look->knobs;

    if (knobs->tlsa_alias == DNS_ALIAS_NONE || strcmp(host, true_host(knobs)) != 0)
        return false;
    add_alias(look, knobs->tlsa_alias == DNS_ALIAS_LOOP ? BACK : "_tlsa");
    return true;
}

static void look_up_domain(const struct look *look) {
    const struct dns_knobs *knobs = look->knobs;

    if (knobs->domain_cut.is_zone) {
        look->node->cut = &knobs->domain_cut;
        look->node->servers = look->domain->servers;
    }
    if (knobs->domain_alias == DNS_ALIAS_NONE)
        add_domain(look);
    else
        add_alias(look, knobs->domain_alias == DNS_ALIAS_LOOP ? BACK : THERE);
}

/* mx., if it is the host's name, or an alias of it. */
static void look_up_mx(const struct look *look) {
    const struct dns_knobs *knobs = look->knobs;

    if (knobs->host_alias != DNS_ALIAS_NONE)
        add_alias(look, knobs->host_alias == DNS_ALIAS_LOOP ? BACK : THERE);
    else
        add_host(look, DNS_HOST_MX);
    if (knobs->host_cut.is_zone && knobs->host_alias == DNS_ALIAS_NONE)
        look->node->cut = &knobs->host_cut;
}

/* there. is a mail domain or a host, as the alias says that leads to it. */
static void look_up_there(const struct look *look) {
    if (look->knobs->domain_alias == DNS_ALIAS_SOUND) {
        add_domain(look);
        return;
    }
    if (look->knobs->host_alias != DNS_ALIAS_SOUND)
        return;
    add_host(look, DNS_HOST_MX);
    if (look->knobs->host_cut.is_zone)
        look->node->cut = &look->knobs->host_cut;
}

/* back. leads back to where it was met. */
static void look_up_back(const struct look *look) {
    const struct dns_knobs *knobs = look->knobs;
    char tlsa[32];

    snprintf(tlsa, sizeof tlsa, "_25._tcp%s%s", *true_host(knobs) != '\0' ? "." : "",
             true_host(knobs));
    if (knobs->domain_alias == DNS_ALIAS_LOOP)
        add_alias(look, "");
    else if (knobs->host_alias == DNS_ALIAS_LOOP)
        add_alias(look, HOST);
    else if (knobs->tlsa_alias == DNS_ALIAS_LOOP)
        add_alias(look, tlsa);
}

static void look_up_server(const struct look *look) {
    const char *const *text = look->domain->servers;

    for (; look->knobs->domain_cut.is_zone && text != NULL && *text != NULL; text++)
        add_address(look->node, *text);
}

static void look_up_tlsa_target(const struct look *look) {
    if (look->knobs->tlsa_alias == DNS_ALIAS_SOUND)
        add_tlsas(look, look->knobs->tlsa, &look->domain->hosts[DNS_HOST_MX]);
}

static const struct own_name {
    const char *at;
    void (*fn)(const struct look *look);
} own_names[] = {
    {"", look_up_domain},           {HOST, look_up_mx},
    {THERE, look_up_there},         {BACK, look_up_back},
    {"_tlsa", look_up_tlsa_target}, {"ns", look_up_server},
};

static void look_up_own(const struct look *look) {
    const char *host;

    for (size_t i = 0; i < ARRAY_LEN(own_names); i++)
        if (strcmp(look->at, own_names[i].at) == 0)
            own_names[i].fn(look);
    if (is_second(look->knobs, look->at))
        add_host(look, DNS_HOST_SECOND);
    if (is_dead(look->knobs, look->at))
        add_host(look, DNS_HOST_DEAD);
    if (!is_service(look->at, &host))
        return;
    bool is_leaf = strncmp(look->at, "_tcp", 4) != 0;
    if (!is_leaf || !look_up_tlsa_alias(look, host))
        look_up_service(look, host, is_leaf);
}

/* --- the owner's records --- */

/* Whether `at` is the name, or the name leads to it: "b" to "a.b". */
static bool leads_to(const char *name, const char *at) {
    size_t len = strlen(name), at_len = strlen(at);

    return len < at_len && strcmp(at + at_len - len, name) == 0 && at[at_len - len - 1] == '.';
}

static void look_up_extras(const struct look *look) {
    for (size_t i = 0; i < look->domain->extra_count; i++) {
        const struct dns_extra *extra = &look->domain->extras[i];
        if (strcmp(extra->at, look->at) == 0)
            dns_node_add(look->node, extra->type, extra->rdata.data, extra->rdata.len);
        else if (*look->at != '\0' && leads_to(look->at, extra->at))
            look->node->exists = true;
    }
}

void dns_domain_look_up(const struct dns_domain *domain, const struct dns_name *name,
                        struct dns_node *node) {
    char at[DNS_NAME_TEXT_SIZE_B];
    struct look look = {
        .domain = domain,
        .knobs = domain->knobs,
        .at = dns_name_format_prefix(name, (unsigned)(name->labels - domain->name.labels), at),
        .node = node};

    node->knobs = domain->knobs;
    look_up_own(&look);
    look_up_extras(&look);
}
