#include "check/known.h"

#include <search.h>
#include <string.h>

#include "base/mem.h"
#include "check/internal.h"

enum {
    BLOCKED_MS = 50,      /* until it is asked again whether answers are wanted */
    ANSWERS_AT_ONCE = 16, /* between two turns of the loop */
    KEPT_UNREACHED_US =
        5 * 60 * 1000000, /* what was not wholly looked at is worth another look then */
};

TAILQ_HEAD(asks, ask);

struct known {
    struct host_key key;
    struct known_hosts *hosts;
    struct check_host *host;  /* once it is the host's turn */
    struct host_check *check; /* while it is looked at */
    struct asks asks;
    struct timer *timer; /* to answer them */
    unsigned references; /* asks, results, and one for being kept */
    bool is_finished, is_kept, is_listed;
    int64_t finished_us;
    size_t size_b;
    TAILQ_ENTRY(known) link;
};

struct ask {
    struct known *known;
    TAILQ_ENTRY(ask) link;
    ask_fn *fn;
    void *arg;
    bool is_first;
};

struct known_hosts {
    struct check_run_state *run;
    void *by_key;             /* tsearch(3) */
    TAILQ_HEAD(, known) kept; /* the longest unasked first */
    size_t kept_b;
};

static int compare(const void *a, const void *b) {
    const struct host_key *one = &((const struct known *)a)->key,
                          *other = &((const struct known *)b)->key;
    int by_host = strcmp(one->host, other->host), by_address = strcmp(one->address, other->address);

    if (by_host != 0 || by_address != 0)
        return by_host != 0 ? by_host : by_address;
    return one->port < other->port ? -1 : one->port > other->port;
}

struct known_hosts *known_hosts_new(struct check_run_state *run) {
    struct known_hosts *hosts = mem_zalloc(sizeof *hosts);

    hosts->run = run;
    TAILQ_INIT(&hosts->kept);
    return hosts;
}

/* Nobody new will find it. */
static void unlist(struct known *known) {
    if (known->is_listed)
        tdelete(known, &known->hosts->by_key, compare);
    known->is_listed = false;
}

void known_release(struct known **known) {
    struct known *dying = *known;

    *known = NULL;
    if (dying == NULL || --dying->references > 0)
        return;
    unlist(dying);
    host_check_free(&dying->check);
    timer_free(&dying->timer);
    if (dying->host != NULL)
        check_host_fini(dying->host);
    free(dying->host);
    free(dying);
}

static void drop(struct known *known) {
    struct known_hosts *hosts = known->hosts;

    TAILQ_REMOVE(&hosts->kept, known, link);
    hosts->kept_b -= known->size_b;
    known->is_kept = false;
    unlist(known);
    known_release(&known);
}

void known_hosts_free(struct known_hosts **hosts) {
    struct known_hosts *dying = *hosts;

    *hosts = NULL;
    if (dying == NULL)
        return;
    while (!TAILQ_EMPTY(&dying->kept))
        drop(TAILQ_FIRST(&dying->kept));
    free(dying);
}

static void keep(struct known *known) {
    struct known_hosts *hosts = known->hosts;

    known->size_b = sizeof *known + check_host_size_b(known->host);
    known->is_kept = true;
    known->references++;
    TAILQ_INSERT_TAIL(&hosts->kept, known, link);
    hosts->kept_b += known->size_b;
    while (hosts->kept_b > KNOWN_MAX_B)
        drop(TAILQ_FIRST(&hosts->kept));
}

static int64_t now_us(const struct known_hosts *hosts) {
    return clock_mono_us(loop_clock(hosts->run->loop));
}

/* A few at a time: thousands may have asked for the same host. */
static void on_timer(void *arg) {
    struct known *known = arg;
    const struct check_options *options = known->hosts->run->options;
    struct ask *ask;

    if (options->is_blocked != NULL && options->is_blocked(options->arg)) {
        timer_set(known->timer, BLOCKED_MS);
        return;
    }
    known->references++; /* the last who asked may be the last who holds it */
    for (int i = 0; i < ANSWERS_AT_ONCE && (ask = TAILQ_FIRST(&known->asks)) != NULL; i++) {
        TAILQ_REMOVE(&known->asks, ask, link);
        ask_fn *fn = ask->fn;
        void *fn_arg = ask->arg;
        bool is_first = ask->is_first;
        free(ask);
        fn(known, is_first, fn_arg); /* has the ask's reference now */
    }
    if (!TAILQ_EMPTY(&known->asks))
        timer_set(known->timer, 0);
    known_release(&known);
}

static void on_finished(void *arg) {
    struct known *known = arg;

    host_check_free(&known->check);
    known->is_finished = true;
    known->finished_us = now_us(known->hosts);
    keep(known);
    timer_set(known->timer, 0);
}

static bool is_stale(const struct known *known) {
    bool is_whole =
        known->is_finished && known->host->facts.reached && !check_host_has_gap(known->host);

    return known->is_finished && !is_whole &&
           now_us(known->hosts) - known->finished_us > KEPT_UNREACHED_US;
}

static struct known *list(struct known_hosts *hosts, const struct host_key *key) {
    struct known *known = mem_zalloc(sizeof *known);

    *known = (struct known){.key = *key, .hosts = hosts};
    TAILQ_INIT(&known->asks);
    struct known **found = tsearch(known, &hosts->by_key, compare);
    if (found == NULL)
        abort(); /* out of memory */
    if (*found != known) {
        free(known);
        return *found;
    }
    known->is_listed = true;
    return known;
}

static struct known *find(struct known_hosts *hosts, const struct host_key *key) {
    struct known *known = list(hosts, key);

    if (known->is_finished && is_stale(known)) {
        drop(known);
        known = list(hosts, key);
    }
    return known;
}

static void start(struct known *known) {
    known->timer = timer_new(known->hosts->run->loop, on_timer, known);
    known->check = host_check_new(known->hosts->run, &known->key, &known->host, on_finished, known);
}

static void refresh(struct known *known) {
    TAILQ_REMOVE(&known->hosts->kept, known, link);
    TAILQ_INSERT_TAIL(&known->hosts->kept, known, link);
}

struct ask *ask_new(struct known_hosts *hosts, const struct host_key *key, ask_fn *fn, void *arg) {
    struct known *known = find(hosts, key);
    struct ask *ask = mem_zalloc(sizeof *ask);

    *ask = (struct ask){.known = known, .fn = fn, .arg = arg, .is_first = known->timer == NULL};
    known->references++;
    TAILQ_INSERT_TAIL(&known->asks, ask, link);
    if (known->timer == NULL)
        start(known);
    if (known->is_kept)
        refresh(known);
    if (known->is_finished)
        timer_set(known->timer, 0);
    return ask;
}

void ask_free(struct ask **ask) {
    struct ask *dying = *ask;

    *ask = NULL;
    if (dying == NULL)
        return;
    TAILQ_REMOVE(&dying->known->asks, dying, link);
    known_release(&dying->known);
    free(dying);
}

const struct check_host *known_host(const struct known *known) {
    return known->host;
}
