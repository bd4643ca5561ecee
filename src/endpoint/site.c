#include "endpoint/site.h"

#include "net/limits.h"

const char *const site_loopback[] = {"127.0.0.1", "::1", NULL};

static void set_limits(struct site *site) {
    site->stream = (struct stream_limits){
        .idle_ms = 60 * 1000,
        .life_ms = 300 * 1000,
        .insecure_ms = 20 * 1000,
        .output_b = 256 * 1024,
    };
    site->smtp = smtp_limits_default;
    site->max_open = 256;
    site->max_open_per_peer = 64;
}

/* Making keys is all that the threads do: one a core; and as many as there are keys that take a minute, behind which the
 * others would wait. */
enum { SLOW_KEYS = 2 };

int site_init(struct site *site, struct loop *loop, const char *host, struct err *err) {
    *site = (struct site){.loop = loop, .addresses = site_loopback};
    set_limits(site);
    site->turns = turns_new(loop);
    if (key_pool_new("default", &site->keys, err) != 0 ||
        mint_lab_new(host, site->keys, clock_wall_s(loop_clock(loop)), &site->lab, err) != 0 ||
        acceptor_new(loop, &site->acceptor, err) != 0 ||
        work_new(loop, work_core_count() + SLOW_KEYS, &site->work, err) != 0) {
        site_fini(site);
        return -1;
    }
    return 0;
}

int site_open_web(struct site *site, unsigned port, struct err *err) {
    if (web_new(site->loop, site->acceptor, site->addresses, port, &site->web, err) != 0)
        return -1;
    mint_lab_set_web_port(site->lab, web_port(site->web));
    if (site->quota != NULL)
        web_limit_peers(site->web, site->quota);
    return 0;
}

/* A connection costs 60 KB at most: a gigabyte in all, and 15 MB for a peer. */
enum { CONNECTIONS_MAX = 16 * 1024, CONNECTIONS_MIN = 16, CONNECTIONS_PER_PEER = 256 };

void site_limit_peers(struct site *site, size_t spare_files) {
    size_t files = limits_count_files(), left = files > spare_files ? files - spare_files : 0;

    if (left > CONNECTIONS_MAX)
        left = CONNECTIONS_MAX;
    site->quota =
        quota_new(loop_clock(site->loop), left > CONNECTIONS_MIN ? (unsigned)left : CONNECTIONS_MIN,
                  CONNECTIONS_PER_PEER);
}

void site_fini(struct site *site) {
    web_free(&site->web);
    if (site->keys != NULL)
        key_pool_stop(site->keys); /* nobody waits for a key any more */
    work_free(&site->work);
    acceptor_free(&site->acceptor);
    mint_lab_free(&site->lab);
    key_pool_free(&site->keys);
    quota_free(&site->quota);
    turns_free(&site->turns);
}
