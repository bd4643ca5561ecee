/* world - a DNS server for the tests: mail domains below an apex, one for each knob, all with the same hosts.
 *
 * usage: world APEX [ADDRESS [trusting|rooted|delegating]]
 *
 * trusting: nobody is a stranger.  rooted: the server has all names, from the root down, and those of the domains among them.
 * delegating: likewise, at port 53 of all addresses; the apex begins a zone, and domains that are zones have their name server at
 * 127.0.1.1.
 * Prints a line of JSON when it is ready, and then one for each question; ends with its standard input. */
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "dns/domain.h"
#include "dns/server.h"
#include "net/watch.h"

enum { LINE_B = 2048 };

/* clang-format off */
static const struct world_row {
    const char *name;
    struct dns_knobs knobs;
} rows[] = {
    {"sound", {.reply = {0}}},
    {"own-zone", {.domain_cut = {.is_zone = true}}},
    {"host-zone", {.host_cut = {.is_zone = true}}},
    {"nsec3", {.denial = {.by = DNS_DENIAL_BY_NSEC3}}},
    {"nsec3-iterations", {.denial = {.by = DNS_DENIAL_BY_NSEC3, .iterations = 20}}},

    {"reply-none", {.reply = {.how = DNS_REPLY_NONE}}},
    {"reply-servfail", {.reply = {.how = DNS_REPLY_SERVFAIL}}},
    {"reply-refused", {.reply = {.how = DNS_REPLY_REFUSED}}},
    {"reply-nodata", {.reply = {.how = DNS_REPLY_NODATA, .where = DNS_AT_MX}}},
    {"reply-tcp-only", {.reply = {.how = DNS_REPLY_TCP_ONLY}}},
    {"reply-truncated", {.reply = {.how = DNS_REPLY_TRUNCATED}}},
    {"reply-no-edns", {.reply = {.how = DNS_REPLY_NO_EDNS}}},
    {"reply-no-edns-unsigned", {.reply = {.how = DNS_REPLY_NO_EDNS, .where = DNS_AT_MX | DNS_AT_ADDRESS | DNS_AT_TLSA},
                                .domain_cut = {.is_zone = true, .is_unsigned = true, .ds = DNS_DS_ABSENT}}},
    {"mx-servfail", {.reply = {.how = DNS_REPLY_SERVFAIL, .where = DNS_AT_MX}}},

    {"signature-expired", {.signature = {.how = DNS_SIGNATURE_EXPIRED}}},
    {"signature-early", {.signature = {.how = DNS_SIGNATURE_EARLY}}},
    {"signature-inverted", {.signature = {.how = DNS_SIGNATURE_INVERTED}}},
    {"signature-other-key", {.signature = {.how = DNS_SIGNATURE_OTHER_KEY}}},
    {"signature-other-key-same-tag", {.signature = {.how = DNS_SIGNATURE_OTHER_KEY_SAME_TAG}}},
    {"signature-missing", {.signature = {.how = DNS_SIGNATURE_MISSING}}},
    {"signature-broken", {.signature = {.how = DNS_SIGNATURE_BROKEN}}},
    {"signature-labels", {.signature = {.how = DNS_SIGNATURE_LABELS}}},
    {"signature-signer", {.signature = {.how = DNS_SIGNATURE_SIGNER}}},
    {"signature-ttl", {.signature = {.how = DNS_SIGNATURE_TTL}}},
    {"signature-algorithm", {.signature = {.how = DNS_SIGNATURE_ALGORITHM}}},
    {"signature-beside-algorithm", {.signature = {.how = DNS_SIGNATURE_BESIDE_ALGORITHM}}},
    {"signature-capitals", {.signature = {.how = DNS_SIGNATURE_CAPITALS}}},
    {"signature-wildcard", {.signature = {.how = DNS_SIGNATURE_WILDCARD, .where = DNS_AT_MX | DNS_AT_ADDRESS}}},
    {"signature-wildcard-nsec3", {.signature = {.how = DNS_SIGNATURE_WILDCARD, .where = DNS_AT_MX | DNS_AT_ADDRESS},
                                  .denial = {.by = DNS_DENIAL_BY_NSEC3}}},
    {"signature-wildcard-bare", {.signature = {.how = DNS_SIGNATURE_WILDCARD_BARE, .where = DNS_AT_MX | DNS_AT_ADDRESS}}},
    {"signature-standby", {.domain_cut = {.is_zone = true, .key = DNS_KEY_STANDBY},
                           .signature = {.how = DNS_SIGNATURE_OTHER_KEY, .where = DNS_AT_MX | DNS_AT_ADDRESS}}},
    {"address-signature-broken", {.signature = {.how = DNS_SIGNATURE_BROKEN, .where = DNS_AT_ADDRESS}}},
    {"key-signature-broken", {.domain_cut = {.is_zone = true},
                              .signature = {.how = DNS_SIGNATURE_BROKEN, .where = DNS_AT_KEY}}},

    {"denial-missing", {.denial = {.how = DNS_DENIAL_MISSING}}},
    {"denial-unsigned", {.denial = {.how = DNS_DENIAL_UNSIGNED}}},
    {"denial-broken", {.denial = {.how = DNS_DENIAL_BROKEN}}},
    {"denial-other-name", {.denial = {.how = DNS_DENIAL_OTHER_NAME}}},
    {"denial-type-present", {.denial = {.how = DNS_DENIAL_TYPE_PRESENT}}},
    {"nsec3-missing", {.denial = {.how = DNS_DENIAL_MISSING, .by = DNS_DENIAL_BY_NSEC3}}},
    {"nsec3-unsigned", {.denial = {.how = DNS_DENIAL_UNSIGNED, .by = DNS_DENIAL_BY_NSEC3}}},
    {"nsec3-broken", {.denial = {.how = DNS_DENIAL_BROKEN, .by = DNS_DENIAL_BY_NSEC3}}},
    {"nsec3-other-name", {.denial = {.how = DNS_DENIAL_OTHER_NAME, .by = DNS_DENIAL_BY_NSEC3}}},
    {"nsec3-no-encloser", {.denial = {.how = DNS_DENIAL_NO_ENCLOSER, .by = DNS_DENIAL_BY_NSEC3}}},
    {"nsec3-hash", {.denial = {.how = DNS_DENIAL_HASH, .by = DNS_DENIAL_BY_NSEC3}}},
    {"nsec3-type-present", {.denial = {.how = DNS_DENIAL_TYPE_PRESENT, .by = DNS_DENIAL_BY_NSEC3}}},

    {"unsigned", {.domain_cut = {.is_zone = true, .is_unsigned = true, .ds = DNS_DS_ABSENT}}},
    {"unsigned-with-ds", {.domain_cut = {.is_zone = true, .is_unsigned = true}}},
    {"host-unsigned", {.host_cut = {.is_zone = true, .is_unsigned = true, .ds = DNS_DS_ABSENT}}},
    {"ds-absent", {.domain_cut = {.is_zone = true, .ds = DNS_DS_ABSENT}}},
    {"ds-digest", {.domain_cut = {.is_zone = true, .ds = DNS_DS_DIGEST}}},
    {"ds-other-key", {.domain_cut = {.is_zone = true, .ds = DNS_DS_OTHER_KEY}}},
    {"ds-tag", {.domain_cut = {.is_zone = true, .ds = DNS_DS_TAG}}},
    {"ds-algorithm", {.domain_cut = {.is_zone = true, .ds = DNS_DS_ALGORITHM}}},
    {"ds-unknown-digest", {.domain_cut = {.is_zone = true, .ds = DNS_DS_UNKNOWN_DIGEST}}},
    {"ds-unknown-beside", {.domain_cut = {.is_zone = true, .ds = DNS_DS_UNKNOWN_BESIDE}}},
    {"ds-sha1", {.domain_cut = {.is_zone = true, .ds = DNS_DS_SHA1}}},
    {"ds-sha384", {.domain_cut = {.is_zone = true, .ds = DNS_DS_SHA384}}},
    {"key-absent", {.domain_cut = {.is_zone = true, .key = DNS_KEY_ABSENT}}},
    {"key-no-zone-bit", {.domain_cut = {.is_zone = true, .key = DNS_KEY_NO_ZONE_BIT}}},
    {"key-revoked", {.domain_cut = {.is_zone = true, .key = DNS_KEY_REVOKED}}},
    {"key-protocol", {.domain_cut = {.is_zone = true, .key = DNS_KEY_PROTOCOL}}},
    {"key-algorithm", {.domain_cut = {.is_zone = true, .key = DNS_KEY_ALGORITHM}}},
    {"key-algorithm-rsamd5", {.domain_cut = {.is_zone = true, .key = DNS_KEY_ALGORITHM, .algorithm = 1}}},
    {"key-algorithm-gost", {.domain_cut = {.is_zone = true, .key = DNS_KEY_ALGORITHM, .algorithm = 12}}},
    {"key-algorithm-private", {.domain_cut = {.is_zone = true, .key = DNS_KEY_ALGORITHM, .algorithm = 253}}},
    {"key-standby", {.domain_cut = {.is_zone = true, .key = DNS_KEY_STANDBY}}},

    {"alias", {.domain_alias = DNS_ALIAS_SOUND}},
    {"alias-loop", {.domain_alias = DNS_ALIAS_LOOP}},
    {"host-alias", {.host_alias = DNS_ALIAS_SOUND, .tlsa = {{.is_there = true, 3, 1, 1}},
                    .alias_tlsa = {{.is_there = true, 3, 1, 1, DNS_TLSA_OF_STRANGER}}}},
    {"host-alias-loop", {.host_alias = DNS_ALIAS_LOOP}},
    {"host-alias-unsigned", {.host_alias = DNS_ALIAS_SOUND,
                             .host_cut = {.is_zone = true, .is_unsigned = true, .ds = DNS_DS_ABSENT}}},
    {"tlsa-alias", {.tlsa_alias = DNS_ALIAS_SOUND, .tlsa = {{.is_there = true, 3, 1, 1}}}},
    {"tlsa-alias-loop", {.tlsa_alias = DNS_ALIAS_LOOP}},

    {"mx-null", {.mx = {{DNS_MX_NULL, 0}}}},
    {"mx-null-and-other", {.mx = {{DNS_MX_NULL, 0}, {DNS_MX_HOST, 10}}}},
    {"mx-implicit", {.mx = {{DNS_MX_IMPLICIT}}, .tlsa = {{.is_there = true, 3, 1, 1}}}},
    {"mx-address", {.mx = {{DNS_MX_ADDRESS, 10}}}},
    {"mx-absent", {.mx = {{DNS_MX_ABSENT, 10}}}},
    {"mx-many", {.mx = {{DNS_MX_DEAD, 10, 16}, {DNS_MX_HOST, 20}}}},
    {"mx-second", {.mx = {{DNS_MX_HOST, 10}, {DNS_MX_SECOND, 20}}}},

    {"tlsa", {.tlsa = {{.is_there = true, 3, 1, 1}}}},
    {"tlsa-whole", {.tlsa = {{.is_there = true, 2, 0, 0, DNS_TLSA_OF_ROOT}}}},
    {"tlsa-sha512", {.tlsa = {{.is_there = true, 3, 0, 2}}}},
    {"tlsa-stranger", {.tlsa = {{.is_there = true, 3, 1, 1, DNS_TLSA_OF_STRANGER}}}},
    {"tlsa-odd", {.tlsa = {{.is_there = true, 255, 7, 9}}}},
    {"tlsa-shapes", {.tlsa = {{.is_there = true, 3, 1, 1, 0, DNS_TLSA_SHORT}, {.is_there = true, 3, 1, 1, 0, DNS_TLSA_LONG},
                              {.is_there = true, 3, 1, 1, 0, DNS_TLSA_EMPTY}}}},
    {"tlsa-fifty", {.tlsa = {{.is_there = true, 3, 1, 1, DNS_TLSA_OF_STRANGER, 0, 50}, {.is_there = true, 3, 1, 1}}}},
    {"forged-address", {.beside = DNS_BESIDE_FORGED_ADDRESS}},
    {"ipv4", {.family = DNS_FAMILY_IPV4}},
    {"ipv6", {.family = DNS_FAMILY_IPV6}},
};
/* clang-format on */

struct world {
    struct loop *loop;
    struct dns_name apex;
    bool delegates;
};

#define BYTES(text)                                                                                \
    { (const uint8_t *)(text), sizeof(text) - 1 }
#define CERTIFICATE(name)                                                                          \
    { BYTES(name " certificate"), BYTES(name " key") }

static const struct dns_host hosts[DNS_HOST_COUNT] = {
    [DNS_HOST_MX] = {"192.0.2.1",
                     "2001:db8::1",
                     {CERTIFICATE("leaf"), CERTIFICATE("issuer"), CERTIFICATE("root"),
                      CERTIFICATE("stranger")}},
    [DNS_HOST_SECOND] = {"192.0.2.2", "2001:db8::2", {CERTIFICATE("second")}},
    [DNS_HOST_DEAD] = {"192.0.2.3", NULL, {{{NULL, 0}, {NULL, 0}}}},
};

static const struct world_row *find(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

static void look_up(const struct dns_name *name, struct dns_node *node, void *arg) {
    static const struct dns_extra extras[] = {{"", DNS_TYPE_TXT, BYTES("\2hi")},
                                              {"a.b._mta-sts", DNS_TYPE_TXT, BYTES("\2id")}};
    static const char *const servers[] = {"127.0.1.1", NULL};
    static const struct dns_cut zone = {.is_zone = true};
    const struct world *world = arg;
    char text[DNS_NAME_TEXT_SIZE_B];
    struct dns_domain domain = {
        .extras = extras, .extra_count = ARRAY_LEN(extras), .forged_ipv4 = "192.0.2.66"};

    if (name->labels <= world->apex.labels) {
        node->exists = dns_name_is_within(&world->apex, name);
        if (world->delegates && name->labels == world->apex.labels)
            node->cut = &zone;
        return;
    }
    if (!dns_name_is_within(name, &world->apex))
        return;
    domain.name = dns_name_top(name, world->apex.labels + 1u);
    const struct world_row *row = find(dns_name_format_prefix(&domain.name, 1, text));
    if (row == NULL)
        return;
    domain.knobs = &row->knobs;
    domain.servers = world->delegates ? servers : NULL;
    memcpy(domain.hosts, hosts, sizeof hosts);
    dns_domain_look_up(&domain, name, node);
}

static void on_question(const struct dns_asked *asked, void *arg) {
    char type[DNS_TYPE_NAME_SIZE_B];

    (void)arg;
    printf(
        "{\"name\": \"%s\", \"type\": \"%s\", \"do\": %d, \"ad\": %d, \"cd\": %d, \"tcp\": %d, \"tc\": %d, "
        "\"rcode\": \"%s\", \"peer\": \"%s\", \"local\": \"%s\"}\n",
        strchr(asked->name, '\\') == NULL ? asked->name : "odd", dns_type_name(asked->type, type),
        asked->dnssec_ok, asked->authentic_data, asked->checking_disabled, asked->is_tcp,
        asked->is_truncated, asked->is_answered ? dns_rcode_name(asked->rcode) : "", asked->peer,
        asked->local);
    fflush(stdout);
}

static void on_input(void *arg) {
    struct world *world = arg;
    char waste[256];

    if (read(STDIN_FILENO, waste, sizeof waste) <= 0)
        loop_stop(world->loop);
}

static void announce(const struct dns_server *server) {
    struct buf ds, key;

    buf_init(&ds, LINE_B);
    buf_init(&key, LINE_B);
    zone_format_ds(dns_server_zone(server), &ds);
    zone_format_key(dns_server_zone(server), &key);
    printf("{\"port\": %u, \"ds\": \"%s\", \"key\": \"%s\"}\n", dns_server_port(server),
           buf_text(&ds), buf_text(&key));
    fflush(stdout);
    buf_fini(&ds);
    buf_fini(&key);
}

int main(int argc, char **argv) {
    static const struct dns_ops ops = {.look_up = look_up, .on_question = on_question};
    const char *addresses[] = {argc > 2 ? argv[2] : "127.0.0.1", NULL};
    const char *mode = argc > 3 ? argv[3] : "";
    bool delegates = strcmp(mode, "delegating") == 0;
    bool is_rooted = delegates || strcmp(mode, "rooted") == 0;
    const char *const itself[] = {"127.0.0.1", NULL};
    struct dns_setup setup = {.apex = is_rooted ? "." : argv[1],
                              .port = delegates ? 53 : 0,
                              .name_addresses = delegates ? itself : NULL,
                              .addresses = addresses,
                              .ops = &ops,
                              .trusts_peers = strcmp(mode, "trusting") == 0};
    struct world world = {.delegates = delegates};
    struct acceptor *acceptor;
    struct dns_server *server;
    struct err err;

    setup.arg = &world;
    if (argc < 2 || dns_name_parse(argv[1], &world.apex) != 0 ||
        key_pool_new("default", &setup.keys, &err) != 0 ||
        loop_new(clock_system(), &world.loop, &err) != 0 ||
        acceptor_new(world.loop, &acceptor, &err) != 0)
        return 2;
    if (dns_server_new(world.loop, acceptor, &setup, &server, &err) != 0) {
        fprintf(stderr, "world: %s\n", err.text);
        return 2;
    }
    struct watch *input = watch_new(world.loop, STDIN_FILENO, on_input, &world);
    announce(server);
    int rc = loop_run(world.loop, &err);
    watch_free(&input);
    dns_server_free(&server);
    acceptor_free(&acceptor);
    key_pool_free(&setup.keys);
    loop_free(&world.loop);
    return rc == 0 ? 0 : 1;
}
