#include "dns/denial.h"

#include "base/buf.h"
#include "base/mem.h"
#include "dns/own.h"

enum {
    HASH_B = LDNS_SHA1_DIGEST_LENGTH,
    HASH_TEXT_B = 32,
    NSEC3_HEAD_B = 6, /* algorithm, flags, iterations, no salt, the hash's length */
    MAP_WINDOW_B = 32,
    HASH_UNKNOWN = 100,
};

/* --- the list of types (RFC 4034 4.1.2) --- */

struct type_map { /* of types below 256: there are no others here */
    uint8_t bits[MAP_WINDOW_B];
    size_t len;
};

static void add_type(struct type_map *map, unsigned type) {
    if (type >= MAP_WINDOW_B * 8)
        return;
    map->bits[type / 8] |= (uint8_t)(0x80 >> type % 8);
    if (map->len <= type / 8)
        map->len = type / 8 + 1;
}

/* A name that only leads to others has no records, not even signatures, in a zone with hashes (RFC 5155 7.1). */
static struct type_map map_of(const struct denial *denial, const struct dns_node *node) {
    bool is_hashed = denial->knobs != NULL && denial->knobs->denial.by == DNS_DENIAL_BY_NSEC3;
    struct type_map map = {.len = 0};

    for (size_t i = 0; node != NULL && i < node->count; i++)
        if (node->records[i].type !=
            denial->type) /* though it is there: it is denied all the same */
            add_type(&map, node->records[i].type);
    if (map.len > 0 || !is_hashed)
        add_type(&map, DNS_TYPE_RRSIG);
    if (!is_hashed)
        add_type(&map, DNS_TYPE_NSEC);
    return map;
}

static void put_map(struct buf *out, const struct type_map *map) {
    const uint8_t head[2] = {0, (uint8_t)map->len};

    if (map->len == 0)
        return;
    buf_append(out, head, sizeof head);
    buf_append(out, map->bits, map->len);
}

/* --- one record --- */

static enum dns_denial_how how_of(const struct denial *denial) {
    return denial->knobs != NULL ? denial->knobs->denial.how : DNS_DENIAL_SOUND;
}

static void add_record(const struct denial *denial, const struct dns_name *owner, unsigned type,
                       const struct buf *rdata, ldns_rr_list *out) {
    static const enum dns_signature_how hows[DNS_DENIAL_COUNT] = {
        [DNS_DENIAL_UNSIGNED] = DNS_SIGNATURE_MISSING,
        [DNS_DENIAL_BROKEN] = DNS_SIGNATURE_BROKEN,
    };
    struct sign_order order = {
        .zone = denial->zone, .cut = denial->cut, .how = hows[how_of(denial)], .is_denial = true};
    struct dns_record record = {.type = type, .data = rdata->data, .len = rdata->len};
    struct sign_set set = {
        .owner = owner, .type = type, .ttl_s = DNS_NEGATIVE_TTL_S, .records = &record, .count = 1};

    signer_add_set(denial->signer, &order, &set, out);
}

/* What is said of another name is sound, and says nothing of this one. */
static struct dns_name displaced(const struct denial *denial, const struct dns_name *name) {
    struct dns_name made;

    if (how_of(denial) == DNS_DENIAL_OTHER_NAME &&
        dns_name_join("elsewhere", denial->zone, &made) == 0)
        return made;
    return *name;
}

static void spoil_map(const struct denial *denial, struct type_map *map) {
    if (how_of(denial) == DNS_DENIAL_TYPE_PRESENT)
        add_type(map, denial->type);
}

/* --- NSEC --- */

static void add_nsec(const struct denial *denial, const struct dns_name *owner,
                     const struct dns_name *next, struct type_map map, ldns_rr_list *out) {
    uint8_t data[DNS_NAME_MAX_B + 2 + MAP_WINDOW_B];
    struct buf rdata;

    buf_init(&rdata, sizeof data);
    spoil_map(denial, &map);
    buf_append(&rdata, next->bytes, next->len);
    put_map(&rdata, &map);
    add_record(denial, owner, DNS_TYPE_NSEC, &rdata, out);
    buf_fini(&rdata);
}

/* The name is there, and nothing of it but these types. */
static void match_nsec(const struct denial *denial, const struct dns_name *name,
                       const struct dns_node *node, ldns_rr_list *out) {
    struct dns_name owner = displaced(denial, name), next = dns_name_first_below(&owner);

    add_nsec(denial, &owner, &next, map_of(denial, node), out);
}

static void cover_nsec(const struct denial *denial, const struct dns_name *name,
                       ldns_rr_list *out) {
    struct dns_name gone = displaced(denial, name), owner = dns_name_before(&gone),
                    next = dns_name_behind(&gone);

    add_nsec(denial, &owner, &next, map_of(denial, NULL), out);
}

/* --- NSEC3 --- */

struct hash {
    uint8_t bytes[HASH_B];
};

static unsigned iterations_of(const struct denial *denial) {
    return denial->knobs->denial.iterations;
}

static struct hash hash_of(const struct denial *denial, const struct dns_name *name) {
    struct dns_name lower = dns_name_lower(name);
    struct hash hash;

    ldns_sha1(lower.bytes, lower.len, hash.bytes);
    for (unsigned i = 0; i < iterations_of(denial); i++) {
        struct hash last = hash;
        ldns_sha1(last.bytes, HASH_B, hash.bytes);
    }
    return hash;
}

/* The one before or behind. */
static struct hash neighbour(struct hash hash, bool is_behind) {
    for (size_t i = HASH_B; i-- > 0;) {
        hash.bytes[i] = (uint8_t)(hash.bytes[i] + (is_behind ? 1 : -1));
        if (hash.bytes[i] != (is_behind ? 0 : 0xff))
            break;
    }
    return hash;
}

/* In base 32 with the extended hex alphabet (RFC 4648 7), as a label of the zone. */
static struct dns_name owner_of(const struct denial *denial, const struct hash *hash) {
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    char text[HASH_TEXT_B];
    struct dns_name name = *denial->zone;

    for (size_t i = 0; i < HASH_TEXT_B; i++) {
        size_t bit = 5 * i, at = bit / 8;
        unsigned pair =
            (unsigned)hash->bytes[at] << 8 | (at + 1 < HASH_B ? hash->bytes[at + 1] : 0u);
        text[i] = digits[pair >> (11 - bit % 8) & 0x1f];
    }
    (void)!dns_name_add_label(denial->zone, text, sizeof text, &name); /* zones' names are short */
    return name;
}

static void add_nsec3(const struct denial *denial, const struct hash *at, const struct hash *next,
                      struct type_map map, ldns_rr_list *out) {
    unsigned iterations = iterations_of(denial);
    bool is_unknown = how_of(denial) == DNS_DENIAL_HASH;
    const uint8_t head[NSEC3_HEAD_B] = {is_unknown ? HASH_UNKNOWN : LDNS_SHA1,
                                        0,
                                        (uint8_t)(iterations >> 8),
                                        (uint8_t)iterations,
                                        0,
                                        HASH_B};
    struct dns_name owner = owner_of(denial, at);
    struct buf rdata;

    buf_init(&rdata, DNS_RDATA_MAX_B);
    spoil_map(denial, &map);
    buf_append(&rdata, head, sizeof head);
    buf_append(&rdata, next->bytes, HASH_B);
    put_map(&rdata, &map);
    add_record(denial, &owner, DNS_TYPE_NSEC3, &rdata, out);
    buf_fini(&rdata);
}

static void match_nsec3(const struct denial *denial, const struct dns_name *name,
                        const struct dns_node *node, ldns_rr_list *out) {
    struct dns_name owner = displaced(denial, name);
    struct hash hash = hash_of(denial, &owner), next = neighbour(hash, true);

    add_nsec3(denial, &hash, &next, map_of(denial, node), out);
}

static void cover_nsec3(const struct denial *denial, const struct dns_name *name,
                        ldns_rr_list *out) {
    struct dns_name gone = displaced(denial, name);
    struct hash hash = hash_of(denial, &gone), before = neighbour(hash, false),
                next = neighbour(hash, true);

    add_nsec3(denial, &before, &next, (struct type_map){.len = 0}, out);
}

/* --- the whole --- */

static bool is_at_wildcard(const struct dns_name *next_closer) {
    return next_closer->bytes[0] == 1 && next_closer->bytes[1] == '*';
}

/* Neither the name below the encloser is there, nor a wildcard that would take its place. */
static void deny_name(const struct denial *denial, bool is_hashed, ldns_rr_list *out) {
    struct dns_name next_closer = dns_name_top(denial->name, denial->encloser->labels + 1u),
                    wildcard;

    if (is_hashed && how_of(denial) != DNS_DENIAL_NO_ENCLOSER)
        match_nsec3(denial, denial->encloser, denial->at_encloser, out);
    (is_hashed ? cover_nsec3 : cover_nsec)(denial, &next_closer, out);
    if (how_of(denial) == DNS_DENIAL_OTHER_NAME || is_at_wildcard(&next_closer) ||
        dns_name_add_label(denial->encloser, "*", 1, &wildcard) != 0)
        return;
    (is_hashed ? cover_nsec3 : cover_nsec)(denial, &wildcard, out);
}

void denial_add(const struct denial *denial, ldns_rr_list *out) {
    bool is_hashed = denial->knobs != NULL && denial->knobs->denial.by == DNS_DENIAL_BY_NSEC3;

    if (how_of(denial) == DNS_DENIAL_MISSING)
        return;
    if (!dns_name_is_equal(denial->name, denial->encloser))
        deny_name(denial, is_hashed, out);
    else if (is_hashed)
        match_nsec3(denial, denial->name, denial->at_encloser, out);
    else
        match_nsec(denial, denial->name, denial->at_encloser, out);
}

void denial_add_wildcard(const struct denial *denial, ldns_rr_list *out) {
    bool is_hashed = denial->knobs != NULL && denial->knobs->denial.by == DNS_DENIAL_BY_NSEC3;

    (is_hashed ? cover_nsec3 : cover_nsec)(denial, denial->name, out);
}
