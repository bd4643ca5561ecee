/* serve_zone - `doormat serve --zone`: each fault is a mail domain. */
#include <errno.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "cmd/serve_internal.h"
#include "net/idn.h"

enum {
    DNS_NUMBER = 53,
    QUIET_NUMBER = 54, /* of the name server of domains that may not answer */
    WEB_NUMBER = 80,
    DNS_PORT = 53,
    HTTP_PORT = 80,
};

static const char usual_network[] = "127.1.0.0/16";

static int take_network(struct zone_place *zone, const char *text, struct err *err) {
    struct network network;

    if (network_parse(text, &network, err) != 0)
        return err_prefix(err, "--listen");
    struct network *place = &zone->networks[network.len != NUMERIC_IPV4_B];
    if (place->len != 0)
        return err_set(err, "--listen %.60s: with --zone, one network of each family", text);
    if (network_size(&network) <= SERVE_FIRST_HOST)
        return err_set(err,
                       "--listen %.60s: too small, for mail hosts have the addresses from the %dth "
                       "on: /%u at most",
                       text, SERVE_FIRST_HOST, network.len * 8 - 9);
    *place = network;
    return 0;
}

/* "192.0.2.53", "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:5353" */
static int take_dns(struct zone_place *zone, struct err *err) {
    const char *text = zone->dns, *last = strrchr(text, ':');
    bool is_bracketed = text[0] == '[', is_ipv6 = strchr(text, ':') != last && !is_bracketed;
    size_t len = last != NULL && !is_ipv6 ? (size_t)(last - text) : strlen(text);
    char address[NUMERIC_SIZE_B + 2];
    long port = DNS_PORT;

    snprintf(address, sizeof address, "%.*s", (int)len, text);
    if (is_bracketed && len > 1 && text[len - 1] == ']')
        snprintf(address, sizeof address, "%.*s", (int)len - 2, text + 1);
    if (numeric_parse(address, zone->dns_text) != 0 || len >= sizeof address ||
        (text[len] == ':' && ascii_number(text + len + 1, 0, 65535, &port) != 0))
        return err_set(err, "--dns %.60s: neither an address, nor one with a port, 192.0.2.53:5353",
                       text);
    zone->dns_port = (unsigned)port;
    return 0;
}

static const struct network *first_network(const struct zone_place *zone) {
    return &zone->networks[zone->networks[0].len == 0];
}

static int settle_addresses(struct zone_place *zone, struct err *err) {
    const struct network *network = first_network(zone);

    zone->dns_port = DNS_PORT;
    if (zone->dns != NULL && take_dns(zone, err) != 0)
        return -1;
    if ((zone->dns == NULL && network_address(network, DNS_NUMBER, zone->dns_text) != 0) ||
        network_address(network, QUIET_NUMBER, zone->quiet_text) != 0 ||
        network_address(network, WEB_NUMBER, zone->web_text) != 0)
        return err_set(err, "--listen: the network is too small");
    zone->dns_addresses[0] = zone->dns_text;
    return 0;
}

/* DNS and mail have ports below 1024. */
static int add_hint(struct err *err) {
    const struct err cause = *err;

    if (strstr(cause.text, strerror(EACCES)) == NULL)
        return -1;
    return err_set(err, "%s; ports below 1024 need root, or CAP_NET_BIND_SERVICE", cause.text);
}

int serve_zone_settle(struct server *server, struct err *err) {
    struct zone_place *zone = &server->zone;

    size_t len = strlen(zone->apex);

    len -= len > 0 && zone->apex[len - 1] == '.';
    if (idn_to_ascii(zone->apex, len, zone->name, err) != 0)
        return err_prefix(err, "--zone");
    if (strchr(zone->name, ' ') != NULL)
        return err_set(err, "--zone %.60s: not a name for mail domains", zone->name);
    zone->apex = server->host = zone->name;
    for (size_t i = 0; i < server->address_count; i++)
        if (take_network(zone, server->addresses[i], err) != 0)
            return -1;
    if (server->address_count == 0 && take_network(zone, usual_network, err) != 0)
        return -1;
    if (settle_addresses(zone, err) != 0)
        return -1;
    server->addresses[0] = zone->web_text;
    server->addresses[1] = NULL;
    server->address_count = 1;
    server->web_port = HTTP_PORT;
    return 0;
}

int serve_zone_open(struct server *server, struct err *err) {
    struct zone_place *zone = &server->zone;
    const struct world_setup setup = {.site = &server->site,
                                      .apex = zone->apex,
                                      .dns_addresses = zone->dns_addresses,
                                      .quiet_address = zone->quiet_text,
                                      .dns_port = zone->dns_port,
                                      .networks = {zone->networks[0], zone->networks[1]},
                                      .first_host = SERVE_FIRST_HOST,
                                      .web_address = zone->web_text,
                                      .on_question = server->quiet ? NULL : serve_on_question,
                                      .on_fetch = server->quiet ? NULL : serve_on_fetch,
                                      .arg = server};
    char *web = mem_printf("web.%s", zone->apex);

    mint_lab_set_web_host(server->site.lab, web);
    free(web);
    zone->domains = mem_zalloc(server->scenarios.count * sizeof *zone->domains);
    return world_new(&setup, &zone->world, err) == 0 ? 0 : add_hint(err);
}

int serve_zone_add(struct server *server, size_t index, struct err *err) {
    const struct scenario *scenario = &server->scenarios.items[index];
    struct world_domain **domain = &server->zone.domains[index];

    if (world_add(server->zone.world, scenario, NULL, domain, err) != 0)
        return -1;
    world_serve(*domain, server->endpoints[index]);
    if (world_needs_papers(scenario))
        endpoint_prepare(server->endpoints[index]);
    return world_open(*domain, err) == 0 ? 0 : add_hint(err);
}

void serve_zone_close(struct server *server) {
    world_free(&server->zone.world);
    free(server->zone.domains);
}
