#include "dns/zone.h"

#include "base/buf.h"
#include "base/mem.h"
#include "dns/denial.h"
#include "dns/own.h"
#include "dns/zone_internal.h"
#include "net/numeric.h"

enum { MAX_ALIASES = 8 };

/* --- knobs --- */

static bool is_at(unsigned where, unsigned type) {
    static const struct {
        unsigned type, where;
    } places[] = {
        {DNS_TYPE_MX, DNS_AT_MX},        {DNS_TYPE_A, DNS_AT_ADDRESS},
        {DNS_TYPE_AAAA, DNS_AT_ADDRESS}, {DNS_TYPE_TLSA, DNS_AT_TLSA},
        {DNS_TYPE_TXT, DNS_AT_TXT},      {DNS_TYPE_DNSKEY, DNS_AT_KEY},
        {DNS_TYPE_DS, DNS_AT_DS},        {DNS_TYPE_CNAME, DNS_AT_ALIAS},
        {DNS_TYPE_SOA, DNS_AT_SOA},
    };

    for (size_t i = 0; i < ARRAY_LEN(places); i++)
        if (places[i].type == type)
            return where == 0 || (where & places[i].where) != 0;
    return where == 0;
}

static enum dns_reply_how reply_how(const struct dns_node *node, unsigned type) {
    const struct dns_knobs *knobs = node->knobs;

    return knobs != NULL && is_at(knobs->reply.where, type) ? knobs->reply.how : DNS_REPLY_SOUND;
}

static enum dns_signature_how signature_how(const struct dns_node *node, unsigned type) {
    const struct dns_knobs *knobs = node->knobs;

    return knobs != NULL && is_at(knobs->signature.where, type) ? knobs->signature.how
                                                                : DNS_SIGNATURE_SOUND;
}

/* --- records into sections --- */

struct asking {
    struct zone *zone;
    const struct dns_question *question;
    const char *local;
    struct dns_reply *reply;
};

static bool is_signed(const struct asking *asking, const struct zone_place *place) {
    return asking->question->dnssec_ok && !place->cut.is_unsigned;
}

/* Delegations are not signed (RFC 4035 2.2). */
static bool is_delegation(const struct zone_place *place, unsigned type) {
    return type == DNS_TYPE_NS && !dns_name_is_equal(&place->name, &place->zone);
}

static void add_set(const struct asking *asking, const struct zone_place *place, unsigned type,
                    uint32_t ttl_s, ldns_rr_list *out) {
    struct sign_order order = {
        .zone = &place->zone, .cut = &place->cut, .how = signature_how(&place->node, type)};
    struct sign_set set = {.owner = &place->name,
                           .type = type,
                           .ttl_s = ttl_s,
                           .records = place->node.records,
                           .count = place->node.count};
    bool signs = is_signed(asking, place) && !is_delegation(place, type);

    signer_add_set(asking->zone->signer, signs ? &order : NULL, &set, out);
}

/* The SOA record of the zone that denies, or the NS records of that which answers. */
static void add_of_zone(const struct asking *asking, const struct zone_place *place, unsigned type,
                        uint32_t ttl_s) {
    struct zone_place apex;

    zone_find(asking->zone, &place->zone, type, NULL, &apex);
    add_set(asking, &apex, type, ttl_s, asking->reply->authority);
    dns_node_fini(&apex.node);
}

/* A resolver that was not sent from above to below learns from its name servers that there is a zone of its own; else it takes
 * the want of signatures for that of the zone above. */
static void add_servers(const struct asking *asking, const struct zone_place *place) {
    if (!dns_name_is_equal(&place->zone, &asking->zone->apex) &&
        ldns_rr_list_rr_count(asking->reply->authority) == 0)
        add_of_zone(asking, place, DNS_TYPE_NS, asking->zone->setup.ttl_s);
}

static const struct dns_knobs *
denial_knobs(const struct asking *asking, const struct zone_place *place, struct dns_knobs *sound) {
    const struct dns_knobs *knobs = place->node.knobs;

    if (knobs == NULL || is_at(knobs->denial.where, asking->question->type))
        return knobs;
    *sound = *knobs;
    sound->denial.how = DNS_DENIAL_SOUND;
    return sound;
}

static struct denial denial_of(const struct asking *asking, const struct zone_place *place,
                               const struct dns_name *name, struct dns_knobs *sound) {
    return (struct denial){.signer = asking->zone->signer,
                           .zone = &place->zone,
                           .cut = &place->cut,
                           .knobs = denial_knobs(asking, place, sound),
                           .type = asking->question->type,
                           .name = name,
                           .encloser = &place->name,
                           .at_encloser = &place->node};
}

/* The place: as far as the way led; name: what is not there, or is there without the type. */
static void deny(const struct asking *asking, struct zone_place *place,
                 const struct dns_name *name) {
    struct dns_knobs sound;
    struct denial denial = denial_of(asking, place, name, &sound);

    add_of_zone(asking, place, DNS_TYPE_SOA, DNS_NEGATIVE_TTL_S);
    if (is_signed(asking, place))
        denial_add(&denial, asking->reply->authority);
}

/* What is signed as a wildcard's needs the proof that the name itself is not there. */
static void add_wildcard_proof(const struct asking *asking, const struct zone_place *place) {
    struct dns_knobs sound;
    struct denial denial = denial_of(asking, place, &place->name, &sound);

    if (is_signed(asking, place) &&
        signature_how(&place->node, asking->question->type) == DNS_SIGNATURE_WILDCARD)
        denial_add_wildcard(&denial, asking->reply->authority);
}

/* --- what is said --- */

static void say_nodata(const struct asking *asking, struct zone_place *place) {
    deny(asking, place, &place->name);
}

/* The name before some names cannot be written: of these it is said that they are there and have nothing. */
static void say_nxdomain(const struct asking *asking, struct zone_place *place,
                         const struct dns_name *name) {
    struct dns_name next_closer = dns_name_top(name, place->name.labels + 1u);

    if (!dns_name_has_before(&next_closer)) {
        const struct dns_knobs *knobs = place->node.knobs;
        dns_node_fini(&place->node);
        place->node.knobs = knobs;
        place->name = *name;
        say_nodata(asking, place);
        return;
    }
    asking->reply->rcode = DNS_NXDOMAIN;
    deny(asking, place, name);
}

/* To who asks for all there is nothing to tell (RFC 8482 4.2). */
static void say_any(const struct asking *asking, struct zone_place *place) {
    static const uint8_t data[] = "\7RFC8482";

    dns_node_add(&place->node, DNS_TYPE_HINFO, data, sizeof data);
    add_set(asking, place, DNS_TYPE_HINFO, asking->zone->setup.ttl_s, asking->reply->answer);
}

static void add_beside(const struct asking *asking, const struct dns_node *node) {
    if (node->beside.len > 0 && asking->question->type == DNS_TYPE_MX)
        own_push(asking->reply->additional,
                 own_record(&node->beside, DNS_TYPE_A, asking->zone->setup.ttl_s,
                            node->beside_address, sizeof node->beside_address));
}

/* Where the alias at the place leads to; false: nowhere that we know. */
static bool follow(const struct asking *asking, const struct zone_place *place,
                   struct dns_name *out) {
    for (size_t i = 0; i < place->node.count; i++)
        if (place->node.records[i].type == DNS_TYPE_CNAME)
            return dns_name_read(place->node.records[i].data, place->node.records[i].len, out) >
                       0 &&
                   dns_name_is_within(out, &asking->zone->apex);
    return false;
}

static bool is_alias(const struct zone_place *place, unsigned type) {
    return dns_node_has(&place->node, DNS_TYPE_CNAME) && type != DNS_TYPE_CNAME &&
           type != DNS_TYPE_ANY && !dns_node_has(&place->node, type);
}

static void add_glue(const struct asking *asking, const struct zone_place *place) {
    struct dns_name server = zone_server_of(asking->zone, &place->name, &place->node);
    uint8_t bytes[NUMERIC_IPV6_B];

    for (const char *const *text = place->node.servers; *text != NULL; text++) {
        size_t len = numeric_bytes(*text, bytes);
        if (len > 0)
            own_push(asking->reply->additional,
                     own_record(&server, len == NUMERIC_IPV4_B ? DNS_TYPE_A : DNS_TYPE_AAAA,
                                asking->zone->setup.ttl_s, bytes, len));
    }
}

/* The zone below is elsewhere: its servers, and its DS record or the proof that there is none (RFC 4035 3.1.4). */
static void say_referral(const struct asking *asking, struct zone_place *place) {
    struct dns_knobs sound;
    struct denial denial = denial_of(asking, place, &place->name, &sound);

    denial.type = DNS_TYPE_DS;
    asking->reply->is_referral = true;
    add_set(asking, place, DNS_TYPE_NS, asking->zone->setup.ttl_s, asking->reply->authority);
    add_glue(asking, place);
    if (dns_node_has(&place->node, DNS_TYPE_DS) && asking->question->dnssec_ok)
        add_set(asking, place, DNS_TYPE_DS, asking->zone->setup.ttl_s, asking->reply->authority);
    else if (is_signed(asking, place))
        denial_add(&denial, asking->reply->authority);
}

/* True: an alias leads on to *name. */
static bool say_of(const struct asking *asking, struct zone_place *place, struct dns_name *name) {
    unsigned type = asking->question->type;
    bool is_first = ldns_rr_list_rr_count(asking->reply->answer) == 0;

    if (place->is_referral) {
        say_referral(asking, place);
    } else if (!place->is_found) {
        say_nxdomain(asking, place, name);
    } else if (is_alias(place, type)) {
        add_set(asking, place, DNS_TYPE_CNAME, asking->zone->setup.ttl_s, asking->reply->answer);
        return follow(asking, place, name);
    } else if (type == DNS_TYPE_ANY && is_first) {
        say_any(asking, place);
    } else if (dns_node_has(&place->node, type) &&
               reply_how(&place->node, type) != DNS_REPLY_NODATA) {
        add_set(asking, place, type, asking->zone->setup.ttl_s, asking->reply->answer);
        add_wildcard_proof(asking, place);
        add_servers(asking, place);
        add_beside(asking, &place->node);
    } else {
        say_nodata(asking, place);
    }
    return false;
}

static bool is_refused(const struct zone *zone, const struct dns_question *question) {
    bool is_foreign = !dns_name_is_within(&question->name, &zone->apex);
    /* Of the apex the zone above has the DS record. */
    bool is_above = question->type == DNS_TYPE_DS && question->name.labels == zone->apex.labels;

    return question->class != DNS_CLASS_IN || is_foreign || is_above ||
           question->type == DNS_TYPE_AXFR || question->type == DNS_TYPE_IXFR ||
           question->type == DNS_TYPE_RRSIG || question->type == DNS_TYPE_NSEC ||
           question->type == DNS_TYPE_NSEC3;
}

/* What the knob of the name itself does to the reply as a whole; true: there is nothing more to say. */
static bool take_reply_knob(const struct asking *asking, const struct zone_place *place) {
    struct dns_reply *reply = asking->reply;
    enum dns_reply_how how = reply_how(&place->node, asking->question->type);

    reply->is_silent = how == DNS_REPLY_NONE;
    reply->is_truncated = how == DNS_REPLY_TCP_ONLY || how == DNS_REPLY_TRUNCATED;
    reply->is_udp_only = how == DNS_REPLY_TRUNCATED;
    reply->lacks_edns = how == DNS_REPLY_NO_EDNS;
    if (how == DNS_REPLY_SERVFAIL || how == DNS_REPLY_REFUSED)
        reply->rcode = how == DNS_REPLY_SERVFAIL ? DNS_SERVFAIL : DNS_REFUSED;
    if (how == DNS_REPLY_NO_EDNS && asking->question->has_edns)
        reply->rcode = DNS_FORMERR;
    return reply->is_silent || reply->rcode != DNS_NOERROR;
}

static void say(const struct asking *asking) {
    struct dns_name name = asking->question->name;
    unsigned type = asking->question->type;
    bool leads_on = true;
    struct zone_place place;

    for (int i = 0; leads_on && i < MAX_ALIASES; i++) {
        zone_find(asking->zone, &name, type, asking->local, &place);
        leads_on = (i > 0 || place.is_referral || !take_reply_knob(asking, &place)) &&
                   say_of(asking, &place, &name);
        dns_node_fini(&place.node);
    }
}

void zone_answer(struct zone *zone, const struct dns_question *question, const char *local,
                 struct dns_reply *reply) {
    struct asking asking = {.zone = zone, .question = question, .local = local, .reply = reply};

    reply->rcode = question->rcode;
    if (reply->rcode == DNS_NOERROR && is_refused(zone, question))
        reply->rcode = DNS_REFUSED;
    if (reply->rcode != DNS_NOERROR)
        return;
    say(&asking);
    reply->is_authoritative =
        (reply->rcode == DNS_NOERROR || reply->rcode == DNS_NXDOMAIN) && !reply->is_referral;
}

/* --- life --- */

int zone_new(const struct zone_setup *setup, struct zone **out, struct err *err) {
    struct zone *zone = mem_zalloc(sizeof *zone);
    struct dns_name hashed;

    *zone = (struct zone){.setup = *setup};
    if (setup->ttl_s == 0)
        zone->setup.ttl_s = DNS_TTL_S;
    if (dns_name_parse(setup->apex, &zone->apex) != 0 ||
        dns_name_join(ZONE_SERVER, &zone->apex, &zone->server) != 0 ||
        dns_name_join("00000000000000000000000000000000.zone", &zone->apex, &hashed) != 0) {
        free(zone);
        return err_set(err, "%s: not a domain that names can be put below", setup->apex);
    }
    zone->apex = dns_name_lower(&zone->apex);
    zone->server = dns_name_lower(&zone->server);
    if (signer_new(setup->keys, setup->clock, &zone->signer, err) != 0) {
        free(zone);
        return -1;
    }
    *out = zone;
    return 0;
}

void zone_free(struct zone **zone) {
    if (*zone == NULL)
        return;
    signer_free(&(*zone)->signer);
    free(*zone);
    *zone = NULL;
}

static void format(const struct zone *zone, const struct dns_node *node, struct buf *out) {
    const struct dns_record *record = &node->records[0];
    ldns_rr *rr = own_record(&zone->apex, record->type, DNS_TTL_S, record->data, record->len);
    char *text = own_must(ldns_rr2str_fmt(ldns_output_format_nocomments, rr));

    text[strcspn(text, "\n")] = '\0';
    for (char *at = text; (at = strchr(at, '\t')) != NULL;)
        *at = ' ';
    buf_puts(out, text);
    free(text);
    ldns_rr_free(rr);
}

void zone_format_ds(const struct zone *zone, struct buf *out) {
    static const struct dns_cut cut = {.is_zone = true};
    struct dns_node node;

    dns_node_init(&node);
    signer_add_ds(zone->signer, &zone->apex, &cut, &node);
    format(zone, &node, out);
    dns_node_fini(&node);
}

void zone_format_key(const struct zone *zone, struct buf *out) {
    static const struct dns_cut cut = {.is_zone = true};
    struct dns_node node;

    dns_node_init(&node);
    signer_add_keys(zone->signer, &cut, &node);
    format(zone, &node, out);
    dns_node_fini(&node);
}

unsigned long zone_signature_count(const struct zone *zone) {
    return signer_count(zone->signer);
}
