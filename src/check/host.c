#include "base/mem.h"
#include "check/internal.h"

enum { HOST_MAX_CONNECTIONS = 2 /* at a time, to one address */ };

/* A group that is looked into, in a thread. */
struct inquiry {
    struct host_check *host; /* NULL: it was given up */
    struct tls_group *group;
    enum facts_dh found;
};

struct host_check {
    struct check_run_state *run;
    struct check_host *out;
    TAILQ_ENTRY(host_check) link;
    struct probe *probe;
    struct timer *timer;     /* the first step, and the rest before another try */
    struct tls_group *group; /* of the handshake that counts, if somebody has to look into it */
    struct inquiry *inquiry; /* under way; it frees itself */
    enum probe_kind kind;
    bool done[PROBE_COUNT];
    bool waits;               /* for room at the address, until it is woken */
    int64_t waiting_since_us; /* ... until there is room, which need not be at once; 0: does not */
    unsigned tries;           /* of this kind */
    int64_t started_us;       /* put off by what it waited */
    host_done_fn *fn;
    void *arg;
};

static const struct {
    enum probe_kind kind;
    uint16_t version;
} versions[] = {
    {PROBE_TLS10, 0x0301}, {PROBE_TLS11, 0x0302}, {PROBE_TLS12, 0x0303}, {PROBE_TLS13, 0x0304}};

static void step(struct host_check *host);

static int64_t now_us(const struct host_check *host) {
    return clock_mono_us(loop_clock(host->run->loop));
}

/* The queue at an address that many share is not the host's fault: it does not count. */
static int64_t elapsed_ms(const struct host_check *host) {
    int64_t until_us = host->waiting_since_us != 0 ? host->waiting_since_us : now_us(host);

    return (until_us - host->started_us) / 1000;
}

static void begin_waiting(struct host_check *host) {
    host->waits = true;
    if (host->waiting_since_us == 0)
        host->waiting_since_us = now_us(host);
}

static void end_waiting(struct host_check *host) {
    if (host->waiting_since_us != 0)
        host->started_us += now_us(host) - host->waiting_since_us;
    host->waiting_since_us = 0;
}

static bool is_completed(const struct facts_handshake *handshake) {
    return handshake->handshake == TLS_HANDSHAKE_COMPLETED;
}

static void conclude(struct host_check *host) {
    const struct check_options *options = host->run->options;
    struct check_host *out = host->out;

    out->seconds = (double)elapsed_ms(host) / 1000;
    if (is_completed(&out->facts.strict))
        out->facts.wide = out->facts.strict;
    if (out->facts.reached)
        policy_judge(options->policy, &out->facts, options->date_s, &out->findings);
    host->fn(host->arg);
}

static void inquire(void *arg) {
    struct inquiry *inquiry = arg;

    inquiry->found = tls_group_judge(inquiry->group);
}

static void on_inquired(void *arg) {
    struct inquiry *inquiry = arg;
    struct host_check *host = inquiry->host;

    if (host != NULL) {
        struct host_facts *facts = &host->out->facts;
        struct facts_handshake *judged =
            is_completed(&facts->strict) ? &facts->strict : &facts->wide;
        judged->dh = inquiry->found;
        host->inquiry = NULL;
    }
    tls_group_free(&inquiry->group);
    free(inquiry);
    if (host != NULL)
        conclude(host);
}

static void finish(struct host_check *host) {
    if (host->group == NULL) {
        conclude(host);
        return;
    }
    host->inquiry = mem_zalloc(sizeof *host->inquiry);
    *host->inquiry = (struct inquiry){.host = host, .group = host->group};
    host->group = NULL;
    work_submit(host->run->work, inquire, on_inquired, host->inquiry);
}

static bool has_begun_tls(enum smtp_client_starttls starttls) {
    return starttls == SMTP_CLIENT_STARTTLS_ACCEPTED || starttls == SMTP_CLIENT_STARTTLS_IMPLICIT;
}

/* The version that has neither been negotiated nor tried alone; PROBE_COUNT when all are known. */
static enum probe_kind unknown_version(const struct host_check *host) {
    for (size_t i = 0; i < ARRAY_LEN(versions); i++)
        if (!host->out->facts.tried_version[i] && !host->done[versions[i].kind])
            return versions[i].kind;
    return PROBE_COUNT;
}

static enum probe_kind next_kind(const struct host_check *host) {
    const struct host_facts *facts = &host->out->facts;

    if (!host->done[PROBE_STRICT])
        return PROBE_STRICT;
    if (!has_begun_tls(facts->starttls))
        return PROBE_COUNT;
    if (!is_completed(&facts->strict) && !host->done[PROBE_WIDE])
        return PROBE_WIDE;
    if (!host->run->options->thorough ||
        (!is_completed(&facts->strict) && !is_completed(&facts->wide)))
        return PROBE_COUNT;
    return unknown_version(host);
}

static void note_version(struct host_facts *facts, const struct probe_outcome *outcome,
                         enum probe_kind kind) {
    bool asked = has_begun_tls(outcome->starttls);

    for (size_t i = 0; i < ARRAY_LEN(versions); i++) {
        bool agreed =
            is_completed(&outcome->handshake) && outcome->handshake.version == versions[i].version;
        facts->accepts_version[i] |= agreed;
        facts->tried_version[i] |= agreed || (asked && versions[i].kind == kind);
    }
}

static void note_outcome(struct host_check *host, struct probe_outcome *outcome) {
    struct check_host *out = host->out;
    struct host_facts *facts = &out->facts;

    if (host->kind == PROBE_STRICT) {
        facts->strict = outcome->handshake;
        facts->starttls = outcome->starttls;
        facts->behind_starttls_b = outcome->behind_starttls_b;
        facts->reached = outcome->starttls != SMTP_CLIENT_STARTTLS_UNKNOWN;
    }
    if (host->kind == PROBE_WIDE)
        facts->wide = outcome->handshake;
    note_version(facts, outcome, host->kind);
    if (outcome->has_chain) {
        facts->chain = outcome->chain;
        facts->has_chain = true;
    }
    if (outcome->group != NULL) {
        tls_group_free(&host->group);
        host->group = outcome->group;
    }
    if (outcome->err.text[0] != '\0' && out->err.text[0] == '\0')
        out->err = outcome->err;
    if (is_completed(&outcome->handshake))
        out->err.text[0] = '\0';
}

static int64_t rest_ms(const struct host_check *host) {
    return host->run->options->retry_ms * host->tries;
}

static bool is_worth_another_try(const struct host_check *host,
                                 const struct probe_outcome *outcome) {
    const struct check_options *options = host->run->options;

    return outcome->transient && host->tries < options->tries &&
           elapsed_ms(host) + rest_ms(host) < options->host_ms;
}

/* A connection to the address has ended: the one that has waited longest may go. */
static void wake_one(const struct host_check *ended) {
    struct host_check *host;

    TAILQ_FOREACH(host, &ended->run->hosts, link)
    if (host->waits && strcmp(host->out->address, ended->out->address) == 0) {
        host->waits = false;
        timer_set(host->timer, 0);
        return;
    }
}

static void on_probe_done(struct probe_outcome *outcome, void *arg) {
    struct host_check *host = arg;

    probe_free(&host->probe);
    wake_one(host);
    if (is_worth_another_try(host, outcome)) {
        facts_chain_fini(&outcome->chain);
        tls_group_free(&outcome->group);
        timer_set(host->timer, rest_ms(host));
        return;
    }
    note_outcome(host, outcome);
    host->done[host->kind] = true;
    host->tries = 0;
    step(host);
}

static bool has_room(const struct host_check *newcomer) {
    const struct host_check *host;
    unsigned count = 0;

    TAILQ_FOREACH(host, &newcomer->run->hosts, link)
    count += host->probe != NULL && strcmp(host->out->address, newcomer->out->address) == 0;
    return count < HOST_MAX_CONNECTIONS;
}

static void start_probe(struct host_check *host) {
    const struct check_options *options = host->run->options;

    end_waiting(host);
    struct probe_spec spec = {
        .kind = host->kind,
        .address = host->out->address,
        .sni = strcmp(host->out->host, host->out->address) != 0 ? host->out->host : NULL,
        .port = host->out->port,
        .want_chain = !host->out->facts.has_chain,
        .life_ms = options->host_ms - elapsed_ms(host),
    };

    host->tries++;
    host->out->connections++;
    host->probe = probe_new(host->run, &spec, on_probe_done, host);
}

static void step(struct host_check *host) {
    host->kind = next_kind(host);
    if (host->kind == PROBE_COUNT || elapsed_ms(host) >= host->run->options->host_ms)
        finish(host);
    else if (!has_room(host))
        begin_waiting(host);
    else
        start_probe(host);
}

static void on_timer(void *arg) {
    step(arg);
}

struct host_check *host_check_new(struct check_run_state *run, struct check_host *out,
                                  host_done_fn *fn, void *arg) {
    struct host_check *host = mem_zalloc(sizeof *host);

    *host = (struct host_check){.run = run, .out = out, .fn = fn, .arg = arg};
    TAILQ_INSERT_TAIL(&run->hosts, host, link);
    host->started_us = clock_mono_us(loop_clock(run->loop));
    findings_init(&out->findings);
    out->facts.reference = out->host;
    out->facts.implicit_tls = run->options->implicit_tls;
    out->facts.strict.alert_read = out->facts.wide.alert_read = TLS_NO_ALERT;
    host->timer = timer_new(run->loop, on_timer, host);
    timer_set(host->timer, 0);
    return host;
}

void host_check_free(struct host_check **host) {
    struct host_check *dying = *host;

    *host = NULL;
    if (dying == NULL)
        return;
    TAILQ_REMOVE(&dying->run->hosts, dying, link);
    probe_free(&dying->probe);
    tls_group_free(&dying->group);
    if (dying->inquiry != NULL)
        dying->inquiry->host = NULL;
    timer_free(&dying->timer);
    free(dying);
}
