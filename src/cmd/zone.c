/* zone - `doormat zone`: what the zone above has to have for `doormat serve --zone`, and the zone itself as a file. */
#include "base/mem.h"
#include "cmd/serve_internal.h"
#include "net/loop.h"

enum { ZONE_MAX_B = 64 * 1024 * 1024, KEY_WHOLE = 1001, KEY_DNS = 1002 };

static const struct cmd_option options[] = {
    {"listen", 'l', "NETWORK", "as `serve --zone` has it, also several times", .repeats = true},
    {"dns", KEY_DNS, "ADDRESS[:PORT]", "likewise: the address of the name server"},
    {"faults", 'f', "LIST", "names, recipes and @groups; '-' removes", "@all"},
    {"whole", KEY_WHOLE, NULL, "print the zone itself as a file, signed"},
    {NULL, 0, NULL, NULL},
};

static const struct cmd_spec spec = {
    .usage = "zone APEX [OPTION...]",
    .summary = "Prints what the zone above APEX has to have so that `serve --zone APEX` is found: "
               "NS, the address of the name server, and DS. The whole zone has the domains of the "
               "faults that a sound name server can serve.",
    .options = options,
};

static int parse_option(int key, struct server *server, bool *is_whole) {
    switch (key) {
    case 'l':
        if (server->address_count == SERVE_MAX_ADDRESSES)
            return cmd_usage_error(&spec, "more than %d networks", SERVE_MAX_ADDRESSES);
        server->addresses[server->address_count++] = optarg;
        return 0;
    case 'f':
        server->list = optarg;
        return 0;
    case KEY_DNS:
        server->zone.dns = optarg;
        return 0;
    case KEY_WHOLE:
        *is_whole = true;
        return 0;
    }
    return EXIT_USAGE;
}

static int add_domains(struct server *server, struct err *err) {
    struct world_domain *domain;

    for (size_t i = 0; i < server->scenarios.count; i++)
        if (world_add(server->zone.world, &server->scenarios.items[i], NULL, &domain, err) != 0)
            return -1;
    return 0;
}

static int set_up(struct server *server, struct err *err) {
    struct zone_place *zone = &server->zone;

    if (serve_zone_settle(server, err) != 0 ||
        scenario_list_parse(server->list, &server->scenarios, err) != 0 ||
        loop_new(clock_system(), &server->loop, err) != 0 ||
        site_init(&server->site, server->loop, zone->apex, err) != 0)
        return -1;
    struct world_setup setup = {.site = &server->site,
                                .apex = zone->apex,
                                .name_addresses = zone->dns_addresses,
                                .networks = {zone->networks[0], zone->networks[1]},
                                .first_host = SERVE_FIRST_HOST,
                                .web_address = zone->web_text};
    if (world_new(&setup, &zone->world, err) != 0)
        return -1;
    return add_domains(server, err);
}

static int print(const struct server *server, bool is_whole, struct err *err) {
    struct buf out;
    int rc = 0;

    buf_init(&out, ZONE_MAX_B);
    if (is_whole)
        rc = world_write_zone(server->zone.world, &out, err);
    else
        world_write_delegation(server->zone.world, &out);
    if (rc == 0)
        rc = cmd_write_output(NULL, out.data, out.len, err);
    buf_fini(&out);
    return rc;
}

int cmd_zone(int argc, char **argv) {
    struct server server = {.list = "@all"};
    bool is_whole = false;
    struct err err;
    int key;

    while ((key = cmd_next_option(argc, argv, &spec, false)) != CMD_DONE)
        if (key == CMD_BAD || parse_option(key, &server, &is_whole) != 0)
            return EXIT_USAGE;
    if (optind + 1 != argc)
        return cmd_usage_error(&spec, optind == argc ? "no APEX, such as doormat.example.org"
                                                     : "more than one APEX");
    server.zone.apex = argv[optind];
    int rc = set_up(&server, &err);
    if (rc == 0)
        rc = print(&server, is_whole, &err);
    serve_zone_close(&server);
    site_fini(&server.site);
    loop_free(&server.loop);
    scenario_list_fini(&server.scenarios);
    return rc == 0 ? EXIT_OK : cmd_fail(&err);
}
