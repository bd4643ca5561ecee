#include "harness/stage.h"

#include "base/log.h"
#include "base/mem.h"
#include "room/room.h"
#include "route/recursor.h"

enum { DNS_PORT = 53, FIRST_HOST = 256, KEY_MAX_B = 4096 };

#define DNS_ADDRESS      "198.18.0.53"
#define QUIET_ADDRESS    "198.18.0.54"
#define RESOLVER_ADDRESS "198.18.0.1"
#define WEB_ADDRESS      "198.18.0.80"

const char stage_apex[] = "doormat.test";
const char *const stage_web_addresses[] = {WEB_ADDRESS, NULL};

struct stage {
    struct world *world;
    struct recursor *recursor;
    struct room *room;
    world_question_fn *on_question;
    world_fetch_fn *on_fetch;
    void *arg;
};

int stage_enter(struct err *err) {
    if (room_enter_world(err) != 0)
        return -1;
    if (err->text[0] != '\0')
        log_warn("%s", err->text);
    return 0;
}

static void on_question(const struct dns_asked *asked, struct world_domain *domain,
                        const char *token, void *arg) {
    struct stage *stage = arg;

    if (!asked->is_answered && stage->recursor != NULL)
        recursor_give_up(stage->recursor, asked->name, asked->type);
    stage->on_question(asked, domain, token, stage->arg);
}

static void on_fetch(const struct sts_fetch *fetch, struct world_domain *domain, void *arg) {
    struct stage *stage = arg;

    stage->on_fetch(fetch, domain, stage->arg);
}

static int open_world(struct stage *stage, struct site *site, struct err *err) {
    static const char *const dns_addresses[] = {DNS_ADDRESS, NULL};
    struct world_setup setup = {.site = site,
                                .apex = stage_apex,
                                .has_root = true,
                                .trusts_peers = true,
                                .dns_addresses = dns_addresses,
                                .quiet_address = QUIET_ADDRESS,
                                .dns_port = DNS_PORT,
                                .first_host = FIRST_HOST,
                                .web_address = WEB_ADDRESS,
                                .on_question = on_question,
                                .on_fetch = on_fetch,
                                .arg = stage};

    if (network_parse(ROOM_WORLD_IPV4, &setup.networks[0], err) != 0 ||
        network_parse(ROOM_WORLD_IPV6, &setup.networks[1], err) != 0)
        return -1;
    mint_lab_set_web_host(site->lab, "web.doormat.test");
    return world_new(&setup, &stage->world, err);
}

static int open_recursor(struct stage *stage, struct site *site, const char *anchor,
                         struct err *err) {
    static const char *const addresses[] = {RESOLVER_ADDRESS, NULL};
    const struct recursor_setup setup = {.addresses = addresses,
                                         .port = DNS_PORT,
                                         .root = DNS_ADDRESS "@53",
                                         .trust_anchor = anchor,
                                         .acceptor = site->acceptor};

    return recursor_new(site->loop, &setup, &stage->recursor, err);
}

/* For a resolver that begins at the root. */
static const char hints[] = ". 60 IN NS ns.\nns. 60 IN A " DNS_ADDRESS "\n";

static int open_room(struct stage *stage, const struct workdir *workdir, const char *helo,
                     const char *anchor, struct err *err) {
    const char *const kept[] = {workdir->path, NULL};
    const struct room_setup setup = {.hostname = helo,
                                     .nameserver = RESOLVER_ADDRESS,
                                     .ca_file = workdir->ca,
                                     .ca_dir = workdir->ca_dir,
                                     .anchor = anchor,
                                     .hints = hints,
                                     .kept = kept};

    if (room_open(&setup, &stage->room, err) != 0)
        return -1;
    if (room_note(stage->room) != NULL)
        log_warn("%s", room_note(stage->room));
    return 0;
}

/* The room last: from then on a process waits in it. */
int stage_open(struct site *site, const struct workdir *workdir, const char *helo,
               world_question_fn *question_fn, world_fetch_fn *fetch_fn, void *arg,
               struct stage **out, struct err *err) {
    struct stage *stage = mem_zalloc(sizeof *stage);
    struct buf anchor;
    int rc = -1;

    buf_init(&anchor, KEY_MAX_B);
    *stage = (struct stage){.on_question = question_fn, .on_fetch = fetch_fn, .arg = arg};
    if (open_world(stage, site, err) == 0) {
        zone_format_key(dns_server_zone(world_dns(stage->world)), &anchor);
        rc = open_recursor(stage, site, buf_text(&anchor), err);
    }
    if (rc == 0)
        rc = open_room(stage, workdir, helo, buf_text(&anchor), err);
    buf_fini(&anchor);
    if (rc != 0)
        stage_free(&stage);
    *out = stage;
    return rc;
}

void stage_free(struct stage **stage) {
    struct stage *dying = *stage;

    *stage = NULL;
    if (dying == NULL)
        return;
    room_close(&dying->room);
    recursor_free(&dying->recursor);
    world_free(&dying->world);
    free(dying);
}

struct world *stage_world(const struct stage *stage) {
    return stage->world;
}

pid_t stage_inside(const struct stage *stage) {
    return room_process(stage->room);
}
