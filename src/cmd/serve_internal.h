/* serve_internal - what the files of `doormat serve` share. */
#ifndef DOORMAT_CMD_SERVE_INTERNAL_H
#define DOORMAT_CMD_SERVE_INTERNAL_H

#include "base/buf.h"
#include "cmd/cmd.h"
#include "cmd/names.h"
#include "cmd/outlet.h"
#include "cmd/serve_log.h"
#include "endpoint/endpoint.h"
#include "net/watch.h"
#include "world/world.h"

/* In each network the addresses before the first host are for what is no mail host. */
enum { SERVE_MAX_ADDRESSES = 8, SERVE_FIRST_HOST = 256 };

/* Mail domains instead of ports: --zone, --dns, and --listen of networks. */
struct zone_place {
    const char *apex, *dns; /* as they were given; dns NULL: the usual address */
    char name[IDN_SIZE_B];  /* apex as DNS has it */
    struct network networks[2];
    unsigned dns_port;
    char dns_text[NUMERIC_SIZE_B], quiet_text[NUMERIC_SIZE_B], web_text[NUMERIC_SIZE_B];
    const char *dns_addresses[2];
    struct world *world;
    struct world_domain **domains; /* one for each endpoint */
};

struct server {
    const char *addresses[SERVE_MAX_ADDRESSES + 1];
    size_t address_count;
    long base_port, tls_base_port, web_port;
    const char *list, *host, *out, *log_path;
    char name[IDN_SIZE_B]; /* host as DNS has it */
    bool json, quiet;

    struct loop *loop;
    struct outlet outlet;
    struct serve_log log; /* if there is one */
    struct watch *bell;   /* the output's */
    size_t dropped;       /* lines, and not told yet */
    bool has_failed;      /* to write, and has told so */
    struct site site;
    struct scenario_list scenarios;
    struct endpoint **endpoints;
    char *anchor_dir, *anchor;
    struct zone_place zone; /* with --zone */
};

/* serve_say.c: the announcement, and a line for each event. */
void serve_announce(struct server *server);
void serve_on_bell(void *arg);
void serve_on_query(struct endpoint *endpoint, enum place_kind kind, void *arg);
void serve_on_attempt(struct endpoint *endpoint, struct attempt *attempt, void *arg);
void serve_on_question(const struct dns_asked *asked, struct world_domain *domain,
                       const char *token, void *arg);
void serve_on_fetch(const struct sts_fetch *fetch, struct world_domain *domain, void *arg);

/* serve_zone.c: with --zone.  serve_zone_settle looks at the options, before anything is opened; serve_zone_open makes the DNS
 * server, behind the site; serve_zone_add gives the endpoint of a scenario its names and addresses, and listens there. */
int serve_zone_settle(struct server *server, struct err *err) MUST_USE;
int serve_zone_open(struct server *server, struct err *err) MUST_USE;
int serve_zone_add(struct server *server, size_t index, struct err *err) MUST_USE;
void serve_zone_close(struct server *server);

#endif
