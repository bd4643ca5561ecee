/* serve_say - what `doormat serve` prints. */
#include "base/log.h"
#include "cmd/serve_internal.h"
#include "report/event.h"

enum { LINE_MAX_B = 64 * 1024, ANNOUNCEMENT_MAX_B = 16 * 1024 * 1024 };

/* Lines that nobody took, since the reader had stopped. */
static void say_dropped(struct server *server) {
    char line[128];

    server->dropped += sink_take_dropped(server->outlet.out);
    if (server->dropped == 0 || sink_is_full(server->outlet.out))
        return;
    int len = snprintf(line, sizeof line,
                       server->json ? "{\"dropped\": %zu}\n"
                                    : "%zu lines were dropped, since nobody read them\n",
                       server->dropped);
    sink_put(server->outlet.out, line, (size_t)len);
    server->dropped = 0;
}

void serve_on_bell(void *arg) {
    struct server *server = arg;
    struct err err;

    sink_answer(server->outlet.out);
    say_dropped(server);
    if (server->has_failed || sink_failures(server->outlet.out, &err) == 0)
        return;
    server->has_failed = true;
    log_error("%s; what cannot be written is lost, and the server goes on", err.text);
}

static void print_line(struct server *server, struct buf *line) {
    say_dropped(server);
    sink_offer(server->outlet.out, line->data, line->len);
    buf_fini(line);
}

void serve_on_query(struct endpoint *endpoint, enum place_kind kind, void *arg) {
    struct server *server = arg;
    struct buf line;

    if (server->quiet)
        return;
    buf_init(&line, LINE_MAX_B);
    (server->json ? event_query_json : event_query_text)(
        endpoint_scenario(endpoint)->name, kind, clock_wall_s(loop_clock(server->loop)), &line);
    print_line(server, &line);
}

void serve_on_attempt(struct endpoint *endpoint, struct attempt *attempt, void *arg) {
    struct server *server = arg;
    struct buf line;

    if (!server->quiet) {
        buf_init(&line, LINE_MAX_B);
        (server->json ? event_attempt_json : event_attempt_text)(endpoint_scenario(endpoint)->name,
                                                                 attempt, &line);
        print_line(server, &line);
    }
    attempt_free(&attempt);
}

void serve_on_question(const struct dns_asked *asked, struct world_domain *domain,
                       const char *token, void *arg) {
    struct server *server = arg;
    const char *name = domain != NULL ? world_domain_scenario(domain)->name : NULL;
    struct buf line;

    buf_init(&line, LINE_MAX_B);
    (server->json ? event_question_json : event_question_text)(name, token, asked, &line);
    print_line(server, &line);
}

void serve_on_fetch(const struct sts_fetch *fetch, struct world_domain *domain, void *arg) {
    struct server *server = arg;
    struct buf line;

    buf_init(&line, LINE_MAX_B);
    (server->json ? event_fetch_json : event_fetch_text)(world_domain_scenario(domain)->name, fetch,
                                                         &line);
    print_line(server, &line);
}

static void announce_domain_json(const struct server *server, size_t index, struct buf *out) {
    const struct world_domain *domain = server->zone.domains[index];
    struct event_domain line = {.fault = server->scenarios.items[index].name,
                                .domain = world_domain_name(domain),
                                .host = world_domain_host(domain),
                                .addresses = world_domain_addresses(domain),
                                .ca = server->anchor};

    event_domain_json(&line, out);
}

/* What a resolver, or the zone above, has to know. */
static void announce_zone(const struct server *server, struct buf *out) {
    const struct dns_server *dns = world_dns(server->zone.world);

    buf_printf(out, "\nThe DNS server of %s listens on %s, port %u; the zone above needs\n",
               server->zone.apex, server->zone.dns_text, dns_server_port(dns));
    zone_format_ds(dns_server_zone(dns), out);
    buf_puts(out, "\n");
}

static void announce_domains(const struct server *server, struct buf *out) {
    buf_printf(out, "%-40s %-16s %s\n", "mail domain", "address", "what is wrong");
    for (size_t i = 0; i < server->scenarios.count; i++) {
        const struct scenario *scenario = &server->scenarios.items[i];
        const struct world_domain *domain = server->zone.domains[i];
        buf_printf(
            out, "%-40s %-16s %s\n", world_domain_name(domain), world_domain_addresses(domain)[0],
            scenario->fault_count == 1 ? scenario->faults[0]->title : "all of these at once");
    }
    announce_zone(server, out);
    buf_printf(out, "Trust anchor: %s\nReady; Ctrl-C ends it.\n", server->anchor);
}

static void announce_json(const struct server *server, struct buf *out) {
    for (size_t i = 0; i < server->scenarios.count; i++) {
        struct endpoint *endpoint = server->endpoints[i];
        if (server->zone.world != NULL) {
            announce_domain_json(server, i, out);
            continue;
        }
        struct event_endpoint line = {.fault = endpoint_scenario(endpoint)->name,
                                      .address = server->site.addresses[0],
                                      .port = endpoint_port(endpoint),
                                      .tls_port = endpoint_tls_port(endpoint),
                                      .host = mint_lab_host(server->site.lab),
                                      .ca = server->anchor};
        event_endpoint_json(&line, out);
    }
    if (server->site.web != NULL)
        buf_printf(out, "{\"ready\": true, \"web_port\": %u}\n", web_port(server->site.web));
    else
        buf_puts(out, "{\"ready\": true}\n");
}

static void announce_text(const struct server *server, struct buf *out) {
    buf_printf(out, "%-24s %5s %8s  %s\n", "fault", "port", "TLS port", "what is wrong");
    for (size_t i = 0; i < server->scenarios.count; i++) {
        const struct scenario *scenario = &server->scenarios.items[i];
        buf_printf(out, "%-24s %5u %8u  %s\n", scenario->name, endpoint_port(server->endpoints[i]),
                   endpoint_tls_port(server->endpoints[i]),
                   scenario->fault_count == 1 ? scenario->faults[0]->title
                                              : "all of these at once");
    }
    buf_puts(out, "\nListening on");
    for (const char *const *a = server->site.addresses; *a != NULL; a++)
        buf_printf(out, " %s", *a);
    if (server->site.web != NULL)
        buf_printf(out, ", web port %u,", web_port(server->site.web));
    buf_printf(out, " as %s; trust anchor: %s\nReady; Ctrl-C ends it.\n",
               mint_lab_host(server->site.lab), server->anchor);
}

void serve_announce(struct server *server) {
    struct buf out;
    struct err err;

    buf_init(&out, ANNOUNCEMENT_MAX_B);
    if (server->json)
        announce_json(server, &out);
    else
        (server->zone.world != NULL ? announce_domains : announce_text)(server, &out);
    if (server->log_path == NULL)
        sink_put(server->outlet.out, out.data, out.len);
    else if (cmd_write_output(NULL, out.data, out.len, &err) != 0)
        log_error("%s", err.text);
    buf_fini(&out);
}
