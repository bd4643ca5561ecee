#include "base/mem.h"
#include "dns/zone_internal.h"
#include "net/numeric.h"

enum { SOA_NUMBERS_B = 20, SERIAL = 1, REFRESH_S = 3600 };

struct dns_name zone_server_of(const struct zone *zone, const struct dns_name *apex,
                               const struct dns_node *node) {
    struct dns_name server;

    if (node->servers != NULL && dns_name_join(ZONE_SERVER, apex, &server) == 0)
        return server;
    return zone->server;
}

static void put_u32(uint8_t *out, uint32_t value) {
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(value >> (24 - 8 * i));
}

static void add_soa(const struct zone *zone, const struct dns_name *server, struct dns_node *node) {
    static const uint32_t numbers[] = {SERIAL, REFRESH_S, REFRESH_S, 7 * 24 * REFRESH_S,
                                       DNS_NEGATIVE_TTL_S};
    uint8_t data[2 * DNS_NAME_MAX_B + SOA_NUMBERS_B];
    struct dns_name mailbox = zone->apex;
    size_t len = server->len;

    (void)!dns_name_join("hostmaster", &zone->apex, &mailbox); /* zone_new has tried a longer one */
    memcpy(data, server->bytes, len);
    memcpy(data + len, mailbox.bytes, mailbox.len);
    len += mailbox.len;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        put_u32(data + len + 4 * i, numbers[i]);
    dns_node_add(node, DNS_TYPE_SOA, data, len + SOA_NUMBERS_B);
}

/* What every zone has at its apex. */
static void add_apex(const struct zone *zone, const struct dns_name *apex,
                     const struct dns_cut *cut, struct dns_node *node) {
    struct dns_name server = zone_server_of(zone, apex, node);

    add_soa(zone, &server, node);
    dns_node_add_name(node, DNS_TYPE_NS, &server);
    if (!cut->is_unsigned)
        signer_add_keys(zone->signer, cut, node);
}

static void add_addresses(const struct zone *zone, struct dns_node *node) {
    uint8_t bytes[NUMERIC_IPV6_B];

    for (const char *const *text = zone->setup.addresses; *text != NULL; text++) {
        size_t len = numeric_bytes(*text, bytes);
        if (len > 0)
            dns_node_add(node, len == NUMERIC_IPV4_B ? DNS_TYPE_A : DNS_TYPE_AAAA, bytes, len);
    }
}

static bool begins_zone(const struct zone *zone, const struct dns_name *name,
                        const struct dns_node *node) {
    return name->labels == zone->apex.labels || (node->cut != NULL && node->cut->is_zone);
}

static struct dns_cut cut_of(const struct zone *zone, const struct dns_name *name,
                             const struct dns_node *node) {
    if (name->labels == zone->apex.labels || node->cut == NULL)
        return (struct dns_cut){.is_zone = true};
    return *node->cut;
}

static void look_up(const struct zone *zone, const struct dns_name *name, struct dns_node *node) {
    struct dns_name lower = dns_name_lower(name);

    dns_node_init(node);
    zone->setup.look_up(&lower, node, zone->setup.arg);
    if (dns_name_is_equal(name, &zone->server))
        add_addresses(zone, node);
    if (name->labels == zone->apex.labels)
        node->exists = true;
}

/* A zone is seen from above in the place of what is at its apex: where it is delegated to. */
static void see_from_above(const struct zone *zone, const struct dns_name *name,
                           struct dns_node *node) {
    const struct dns_node seen = *node;
    struct dns_name server = zone_server_of(zone, name, node);

    dns_node_fini(node);
    node->knobs = seen.knobs;
    node->servers = seen.servers;
    dns_node_add_name(node, DNS_TYPE_NS, &server);
    signer_add_ds(zone->signer, name, seen.cut, node);
}

/* The zone has servers of its own, and they are not those at the address. */
static bool is_elsewhere(const struct dns_node *node, const char *local) {
    if (node->servers == NULL || local == NULL || *local == '\0')
        return false;
    for (const char *const *text = node->servers; *text != NULL; text++)
        if (strcmp(*text, local) == 0)
            return false;
    return true;
}

struct step {
    const struct zone *zone;
    const char *local;
    bool is_for_ds; /* the last one, to a name whose DS record is wanted */
};

/* One step down: is it there? */
static bool take(const struct step *step, const struct dns_name *name, struct zone_place *place) {
    const struct zone *zone = step->zone;
    struct dns_node node;

    look_up(zone, name, &node);
    if (!node.exists) {
        dns_node_fini(&node);
        return false;
    }
    bool begins = begins_zone(zone, name, &node);
    bool is_below = begins && name->labels > zone->apex.labels;
    place->is_referral = is_below && !step->is_for_ds && is_elsewhere(&node, step->local);
    if (is_below && (step->is_for_ds || place->is_referral)) {
        see_from_above(zone, name, &node);
    } else if (begins) {
        place->zone = dns_name_lower(name);
        place->cut = cut_of(zone, name, &node);
        add_apex(zone, name, &place->cut, &node);
    }
    dns_node_fini(&place->node);
    place->node = node;
    place->name = *name;
    return true;
}

void zone_find(const struct zone *zone, const struct dns_name *name, unsigned type,
               const char *local, struct zone_place *out) {
    struct step step = {.zone = zone, .local = local};

    *out = (struct zone_place){.is_found = false};
    dns_node_init(&out->node);
    for (unsigned labels = zone->apex.labels; labels <= name->labels; labels++) {
        struct dns_name at = dns_name_top(name, labels);
        step.is_for_ds = type == DNS_TYPE_DS && labels == name->labels;
        if (!take(&step, &at, out) || out->is_referral)
            return;
    }
    out->is_found = true;
}
