/* serve - `doormat serve`: every fault at a port of its own, until it is told to stop. */
#include <signal.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/listen.h"
#include "cmd/serve_internal.h"
#include "net/limits.h"
#include "net/numeric.h"
#include "net/special.h"

enum {
    BASE_PORT = 20000,
    TLS_PORT_OFFSET = 1000, /* implicit TLS: base port + 1000 + number */
    COMPOSED_NUMBER =
        900, /* recipes have no number of their own: 900, 901 ... in the order given */
    MAX_NUMBER = 999,
    SPARE_FILES = 64, /* for keys, threads and what is being turned away */
};

static const struct cmd_option options[] = {
    {"listen", 'l', "ADDRESS", "listen there, also several times (default: loopback)",
     .repeats = true},
    {"base-port", 'b', "N", "a fault's port is N + its number; 0: free", "20000"},
    {"tls-base-port", 'B', "N", "the same for implicit TLS (default: base port + 1000)"},
    {"web-port", 'w', "N", "port of OCSP and CRLs (default: base port)"},
    {"faults", 'f', "LIST", "names, recipes and @groups; '-' removes", "@all"},
    {"host", 'H', "NAME", "the name in certificates", "localhost"},
    {"json", 'j', NULL, "print JSON: endpoints, {\"ready\": true}, connections"},
    {"quiet", 'q', NULL, "do not report attempts"},
    {"out", 'o', "DIR", "write the trust anchor there, root.pem and ca/, and leave it there"},
    {"zone", 1001, "APEX", "each fault is a mail domain below it, served by DNS and MX"},
    {"dns", 1002, "ADDRESS[:PORT]", "--zone: where the DNS server listens"},
    {"log", 'L', "FILE", "append attempts to this file; SIGHUP opens it again"},
    {NULL, 0, NULL, NULL},
};

static const struct cmd_spec spec = {
    .usage = "serve [OPTION...]",
    .summary =
        "Runs the bad mail server: each fault at its own port, with STARTTLS, and at a second port "
        "with implicit TLS. It relays nothing and keeps no message. Ends on SIGINT and SIGTERM.",
    .options = options,
};

static int parse_port(const char *name, long *out) {
    if (ascii_number(optarg, 0, 65535 - MAX_NUMBER, out) != 0)
        return cmd_usage_error(&spec, "--%s %s: not a port from 0 to %d", name, optarg,
                               65535 - MAX_NUMBER);
    return 0;
}

static int add_address(struct server *server) {
    if (server->address_count == SERVE_MAX_ADDRESSES)
        return cmd_usage_error(&spec, "more than %d addresses to listen on", SERVE_MAX_ADDRESSES);
    server->addresses[server->address_count++] = optarg;
    return 0;
}

static int parse_option(int key, struct server *server) {
    switch (key) {
    case 'l':
        return add_address(server);
    case 'b':
        return parse_port("base-port", &server->base_port);
    case 'B':
        return parse_port("tls-base-port", &server->tls_base_port);
    case 'w':
        return parse_port("web-port", &server->web_port);
    case 'f':
        server->list = optarg;
        return 0;
    case 'H':
        server->host = optarg;
        return names_take_host(&spec, "host", &server->host, server->name);
    case 'j':
        server->json = true;
        return 0;
    case 'q':
        server->quiet = true;
        return 0;
    case 'o':
        server->out = optarg;
        return 0;
    case 1001:
        server->zone.apex = optarg;
        return 0;
    case 1002:
        server->zone.dns = optarg;
        return 0;
    case 'L':
        server->log_path = optarg;
        return strcmp(optarg, "-") != 0
                   ? 0
                   : cmd_usage_error(&spec, "--log -: without --log they go to standard output");
    }
    return EXIT_USAGE;
}

/* Each mail host has the ports that mail hosts have. */
static int check_zone_options(const struct server *server) {
    struct err err;

    if (server->base_port != BASE_PORT || server->tls_base_port >= 0 || server->web_port >= 0)
        return cmd_usage_error(&spec, "--zone has the usual ports, 25, 465, 587 and 80: no other "
                                      "ports beside it");
    for (size_t i = 0; i < server->address_count; i++) {
        struct network network;
        if (network_parse(server->addresses[i], &network, &err) != 0)
            return cmd_usage_error(&spec, "--listen %s", err.text);
    }
    return 0;
}

static int check_address(const struct server *server, size_t index) {
    const char *const *addresses = server->addresses;
    char canonical[NUMERIC_SIZE_B];

    if (numeric_parse(addresses[index], canonical) != 0)
        return cmd_usage_error(&spec, "--listen %s: not an IPv4 or IPv6 address", addresses[index]);
    for (size_t i = 0; i < index; i++)
        if (listen_is_covered(addresses[i], addresses[index]))
            return cmd_usage_error(&spec, "--listen %s and --listen %s: one covers the other",
                                   addresses[i], addresses[index]);
    return 0;
}

static int check_addresses(const struct server *server) {
    int rc = 0;

    for (size_t i = 0; i < server->address_count && rc == 0; i++)
        rc = check_address(server, i);
    return rc;
}

static int parse_options(int argc, char **argv, struct server *server) {
    int key;

    *server = (struct server){.base_port = BASE_PORT,
                              .tls_base_port = -1,
                              .web_port = -1,
                              .list = "@all",
                              .host = "localhost"};
    while ((key = cmd_next_option(argc, argv, &spec, false)) != CMD_DONE)
        if (key == CMD_BAD || parse_option(key, server) != 0)
            return EXIT_USAGE;
    if (optind < argc)
        return cmd_usage_error(&spec, "%s: `serve` takes no argument", argv[optind]);
    if (server->zone.apex != NULL)
        return check_zone_options(server);
    if (server->zone.dns != NULL)
        return cmd_usage_error(&spec, "--dns goes with --zone");
    if (check_addresses(server) != 0)
        return EXIT_USAGE;
    if (server->tls_base_port < 0)
        server->tls_base_port = server->base_port == 0 ? 0 : server->base_port + TLS_PORT_OFFSET;
    if (server->tls_base_port > 65535 - MAX_NUMBER)
        return cmd_usage_error(&spec,
                               "--base-port %ld: the ports of implicit TLS would go beyond 65535; "
                               "give --tls-base-port too",
                               server->base_port);
    if (server->web_port < 0)
        server->web_port = server->base_port;
    return 0;
}

/* A second one, while what is under way is given up, ends the process at once: see loop_on_signal. */
static void on_signal(int signo, void *arg) {
    struct server *server = arg;

    (void)signo;
    loop_stop(server->loop);
}

/* Without a log there is nothing to open again, and the terminal has gone. */
static void on_hangup(int signo, void *arg) {
    struct server *server = arg;
    struct err err;

    if (server->log_path == NULL)
        on_signal(signo, arg);
    else if (serve_log_reopen(&server->log, &err) != 0)
        log_error("%s; the old log stays open", err.text);
}

/* A recipe of several faults takes the next number from COMPOSED_NUMBER on. */
static unsigned number_of(const struct scenario *scenario, unsigned *composed) {
    return scenario->fault_count == 1 ? scenario->faults[0]->number
                                      : COMPOSED_NUMBER + (*composed)++;
}

static unsigned port_of(long base_port, unsigned number) {
    return base_port > 0 ? (unsigned)base_port + number : 0;
}

/* Most often another server has the ports.  Mail hosts of a zone have the usual ones, and no others. */
static int add_hint(const struct server *server, struct err *err) {
    const struct err cause = *err;

    if (server->zone.apex != NULL ||
        (server->base_port == 0 && server->tls_base_port == 0 && server->web_port == 0))
        return -1;
    return err_set(err,
                   "%s; --base-port N, --tls-base-port N and --web-port N take others, 0 free ones",
                   cause.text);
}

static int open_endpoints(struct server *server, struct err *err) {
    static const struct endpoint_ops ops = {.on_query = serve_on_query,
                                            .on_attempt = serve_on_attempt};
    bool has_numbers = server->base_port > 0 || server->tls_base_port > 0;
    unsigned composed = 0;

    server->endpoints = mem_zalloc(server->scenarios.count * sizeof *server->endpoints);
    for (size_t i = 0; i < server->scenarios.count; i++) {
        const struct scenario *scenario = &server->scenarios.items[i];
        unsigned number = number_of(scenario, &composed);
        server->endpoints[i] = endpoint_new(&server->site, scenario, &ops, server);
        if (server->zone.apex != NULL) {
            if (serve_zone_add(server, i, err) != 0)
                return -1;
            continue;
        }
        if (has_numbers && number > MAX_NUMBER)
            return err_set(err, "more than %d composed recipes take free ports (--base-port 0)",
                           MAX_NUMBER - COMPOSED_NUMBER + 1);
        if (endpoint_listen(server->endpoints[i], port_of(server->base_port, number),
                            port_of(server->tls_base_port, number), err) != 0)
            return add_hint(server, err);
    }
    return 0;
}

/* Two ports each, at every address, and some to spare; a mail domain has four at two addresses, that of its policy among them. */
static size_t count_sockets(const struct server *server) {
    return (server->zone.apex != NULL ? 8 : 2 * server->address_count) * server->scenarios.count +
           64;
}

static int check_zone(const struct server *server, struct err *err) {
    const struct scenario *first = scenario_list_find_of_world(&server->scenarios);

    if (first == NULL || server->zone.apex != NULL)
        return 0;
    return err_set(err, "%.60s shows only with DNS: give --zone", first->name);
}

static int check_files(const struct server *server, struct err *err) {
    size_t needed = count_sockets(server), allowed = limits_count_files();

    if (needed <= allowed)
        return 0;
    return err_set(
        err,
        "%zu faults need %zu open files, and `ulimit -n` allows %zu: raise it, or choose "
        "fewer with --faults or --listen",
        server->scenarios.count, needed, allowed);
}

/* What --listen names must be there; of the usual two, one may be missing. */
static int settle_addresses(struct server *server, struct err *err) {
    bool is_asked_for = server->address_count > 0, is_missing;
    const char *const *wanted = is_asked_for ? server->addresses : site_loopback;
    size_t count = 0;

    for (const char *const *a = wanted; *a != NULL; a++) {
        const char *address = *a;
        if (listener_probe(address, &is_missing, err) == 0)
            server->addresses[count++] = address;
        else if (is_asked_for || !is_missing)
            return is_asked_for ? err_prefix(err, "--listen") : -1;
    }
    server->addresses[count] = NULL;
    server->address_count = count;
    return count > 0 ? 0 : -1;
}

/* This server takes any mail, and its keys are known to all. */
static void warn_of_strangers(const struct server *server) {
    for (size_t i = 0; i < server->address_count; i++)
        if (special_of(server->addresses[i]) != SPECIAL_LOOPBACK) {
            log_warn("listening on %s: anybody who reaches this machine can connect to it",
                     server->addresses[i]);
            return;
        }
}

static int set_up_anchor(struct server *server, struct err *err) {
    const char *dir = server->out;

    if (dir == NULL && file_temp_dir(&server->anchor_dir, err) != 0)
        return -1;
    if (dir == NULL)
        dir = server->anchor_dir;
    server->anchor = mem_printf("%s/root.pem", dir);
    return mint_lab_write_anchor(server->site.lab, dir, err);
}

static int set_up_signals(struct server *server, struct err *err) {
    if (loop_on_signal(server->loop, SIGINT, on_signal, server, err) != 0 ||
        loop_on_signal(server->loop, SIGTERM, on_signal, server, err) != 0)
        return -1;
    return loop_on_signal(server->loop, SIGHUP, on_hangup, server, err);
}

static int set_up(struct server *server, struct err *err) {
    limits_raise_files();
    if ((server->zone.apex != NULL && serve_zone_settle(server, err) != 0) ||
        scenario_list_parse(server->list, &server->scenarios, err) != 0 ||
        check_zone(server, err) != 0 || settle_addresses(server, err) != 0 ||
        check_files(server, err) != 0)
        return -1;
    warn_of_strangers(server);
    limits_reserve_files(count_sockets(server));
    /* The signals first: what is made from here on is removed. */
    if (loop_new(clock_system(), &server->loop, err) != 0 || set_up_signals(server, err) != 0 ||
        site_init(&server->site, server->loop, server->host, err) != 0 ||
        set_up_anchor(server, err) != 0)
        return -1;
    server->site.addresses = server->addresses;
    site_limit_peers(&server->site, count_sockets(server) + SPARE_FILES);
    if (scenario_list_needs_web(&server->scenarios) &&
        site_open_web(&server->site, (unsigned)server->web_port, err) != 0)
        return add_hint(server, err);
    if (server->zone.apex != NULL && serve_zone_open(server, err) != 0)
        return -1;
    return open_endpoints(server, err);
}

static void tear_down(struct server *server) {
    for (size_t i = 0; server->endpoints != NULL && i < server->scenarios.count; i++)
        endpoint_free(&server->endpoints[i]);
    free(server->endpoints);
    serve_zone_close(server);
    watch_free(&server->bell);
    site_fini(&server->site);
    loop_free(&server->loop);
    scenario_list_fini(&server->scenarios);
    if (server->anchor_dir != NULL)
        file_remove_dir(server->anchor_dir);
    free(server->anchor_dir);
    free(server->anchor);
}

static int run(struct server *server, struct err *err) {
    serve_announce(server);
    server->bell = watch_new(server->loop, sink_bell(server->outlet.out), serve_on_bell, server);
    return loop_run(server->loop, err);
}

static int open_outlet(struct server *server, struct err *err) {
    if (server->log_path == NULL)
        return outlet_open(&server->outlet, sink_write_stdout, NULL, err);
    if (serve_log_open(&server->log, server->log_path, err) != 0)
        return -1;
    return outlet_open(&server->outlet, serve_log_write, &server->log, err);
}

int cmd_serve(int argc, char **argv) {
    struct server server;
    struct err err;
    int status = parse_options(argc, argv, &server);

    if (status != 0)
        return status;
    if (open_outlet(&server, &err) != 0)
        return cmd_fail(&err);
    if (set_up(&server, &err) != 0 || run(&server, &err) != 0)
        status = cmd_fail(&err);
    tear_down(&server);
    outlet_close(&server.outlet, OUTLET_HASTE_MS);
    serve_log_close(&server.log);
    return server.has_failed ? EXIT_USAGE : status;
}
