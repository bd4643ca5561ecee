#include "base/mem.h"
#include "check/internal.h"

enum { HOST_LANES = 2 /* connections at a time, and the most to one address */, HOST_PATIENCE = 4 };

/* A group that is looked into, in a thread. */
struct group_test {
    const atomic_bool *stop;
    struct host_check *host; /* NULL: it was given up */
    enum check_view view;    /* in whose handshake it was */
    struct dh_group *group;
    enum dh_flaw found;
};

/* A place for one connection; what it is for, until that is known. */
struct lane {
    struct host_check *host;
    struct probe *probe;
    struct timer *timer; /* the rest before another try, and the wake-up where it waits */
    bool is_busy;
    enum check_view view;
    unsigned tries; /* of this view */
};

struct host_check {
    struct check_run_state *run;
    const struct host_key *key;
    struct check_host **made;
    struct check_host *out; /* NULL until it is its turn */
    struct visit visit;
    struct lane lanes[HOST_LANES];
    bool begun[VIEW_COUNT];
    struct group_test *group_tests[VIEW_COUNT]; /* under way, or not yet; they free themselves */
    unsigned testing_groups;
    bool is_turned_away;
    int64_t waiting_since_us; /* ... until there is room, which need not be at once; 0: does not */
    int64_t started_us;       /* put off by what it waited */
    host_done_fn *fn;
    void *arg;
};

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
    host->visit.wants_room = true;
    if (host->waiting_since_us == 0)
        host->waiting_since_us = now_us(host);
}

static void end_waiting(struct host_check *host) {
    if (host->waiting_since_us == 0)
        return;
    host->started_us += now_us(host) - host->waiting_since_us;
    host->waiting_since_us = 0;
}

static bool is_completed(const struct facts_handshake *handshake) {
    return handshake->handshake == TLS_HANDSHAKE_COMPLETED;
}

static bool is_busy(const struct host_check *host) {
    for (size_t i = 0; i < HOST_LANES; i++)
        if (host->lanes[i].is_busy)
            return true;
    return false;
}

/* ---- the end ---- */

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

static void test_group(void *arg) {
    struct group_test *group_test = arg;

    group_test->found = dh_group_judge(group_test->group, group_test->stop);
}

static void on_group_tested(void *arg) {
    struct group_test *group_test = arg;
    struct host_check *host = group_test->host;

    if (host != NULL) {
        view_handshake(host->out, group_test->view)->dh = group_test->found;
        host->group_tests[group_test->view] = NULL;
        host->testing_groups--;
    }
    dh_group_free(&group_test->group);
    free(group_test);
    if (host != NULL && host->testing_groups == 0)
        conclude(host);
}

static void note_unlooked(struct host_check *host) {
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (!host->begun[view_at(i)] && view_is_due(host->run, host->out, view_at(i)))
            view_note_unknown(host->out, view_at(i), "the time limit for the host ended");
}

static void finish(struct host_check *host) {
    note_unlooked(host);
    visit_end(&host->visit, elapsed_ms(host));
    for (size_t i = 0; i < VIEW_COUNT; i++)
        host->testing_groups += host->group_tests[i] != NULL;
    if (host->testing_groups == 0) {
        conclude(host);
        return;
    }
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (host->group_tests[i] != NULL)
            work_submit(host->run->work, test_group, on_group_tested, host->group_tests[i]);
}

static void keep_group(struct host_check *host, enum check_view view, struct dh_group *group) {
    if (group == NULL)
        return;
    host->group_tests[view] = mem_zalloc(sizeof *host->group_tests[view]);
    *host->group_tests[view] = (struct group_test){
        .stop = &host->run->stopping, .host = host, .view = view, .group = group};
}

/* ---- one connection ---- */

/* Who has let us in before and does not now has had enough of us for a while: it is given more time. */
static int64_t rest_ms(const struct lane *lane) {
    int64_t rest = lane->host->run->options->retry_ms * lane->tries;

    return lane->view > VIEW_WIDE && lane->tries > 1 ? rest * HOST_PATIENCE / 2 : rest;
}

static unsigned tries_of(const struct lane *lane) {
    unsigned tries = lane->host->run->options->tries;

    return lane->view > VIEW_WIDE && tries > 1 ? tries + 1 : tries;
}

/* A time-out may cost as much again.  Of the first views all depends; for another there must be time enough. */
static bool is_worth_another_try(const struct lane *lane, const struct probe_outcome *outcome) {
    const struct check_options *options = lane->host->run->options;
    int64_t needed_ms = outcome->timed_out && lane->view > VIEW_WIDE ? options->step_ms : 0;

    return outcome->transient && lane->tries < tries_of(lane) &&
           elapsed_ms(lane->host) + rest_ms(lane) + needed_ms < options->host_ms;
}

static void on_probe_done(struct probe_outcome *outcome, void *arg) {
    struct lane *lane = arg;
    struct host_check *host = lane->host;

    probe_free(&lane->probe);
    visit_disconnect(&host->visit);
    if (is_worth_another_try(lane, outcome)) {
        facts_chain_fini(&outcome->chain);
        dh_group_free(&outcome->group);
        timer_set(lane->timer, rest_ms(lane));
        return;
    }
    keep_group(host, lane->view, outcome->group);
    view_note(host->out, lane->view, outcome);
    lane->is_busy = false;
    step(host);
}

static void start_probe(struct lane *lane) {
    struct host_check *host = lane->host;
    const struct check_host *out = host->out;
    bool is_address = strcmp(out->host, out->address) == 0;

    end_waiting(host);
    struct probe_spec spec = {
        .view = lane->view,
        .address = out->address,
        .sni = is_address || lane->view == VIEW_NO_SNI ? NULL : out->host,
        .port = out->port,
        .known_leaf = view_leaf(out),
        .want_group = view_handshake(host->out, lane->view) != NULL,
        .is_curt = lane->view > VIEW_WIDE && *out->facts.within_tls != '\0',
        .life_ms = host->run->options->host_ms - elapsed_ms(host),
    };

    lane->tries++;
    host->out->connections++;
    visit_connect(&host->visit);
    lane->probe = probe_new(host->run, &spec, on_probe_done, lane);
}

/* ---- one after the other, and beside it another ---- */

static enum check_view next_view(const struct host_check *host) {
    if (host->lanes[0].is_busy && host->lanes[0].view <= VIEW_WIDE)
        return VIEW_COUNT; /* the rest depends on it */
    for (size_t i = 0; i < VIEW_COUNT; i++)
        if (!host->begun[view_at(i)] && view_is_due(host->run, host->out, view_at(i)))
            return view_at(i);
    return VIEW_COUNT;
}

static bool is_over(const struct host_check *host) {
    return elapsed_ms(host) >= host->run->options->host_ms;
}

/* False: nothing can be begun now. */
static bool begin_next(struct host_check *host, struct lane *lane) {
    enum check_view view = is_over(host) ? VIEW_COUNT : next_view(host);

    if (view == VIEW_COUNT)
        return false;
    if (!visit_has_room(&host->visit)) {
        if (!is_busy(host))
            begin_waiting(host);
        return false;
    }
    host->begun[view] = true;
    lane->is_busy = true;
    lane->view = view;
    lane->tries = 0;
    start_probe(lane);
    return true;
}

static void step(struct host_check *host) {
    for (size_t i = 0; i < HOST_LANES; i++)
        if (!host->lanes[i].is_busy && !begin_next(host, &host->lanes[i]))
            break;
    if (!is_busy(host) && !host->visit.wants_room)
        finish(host);
}

static void give_up(struct lane *lane) {
    static const char why[] = "the time limit for the host ended";
    struct check_host *out = lane->host->out;

    view_note_unknown(out, lane->view, why);
    if (lane->view <= VIEW_WIDE && out->err.text[0] == '\0')
        err_set(&out->err, "%s", why);
    lane->is_busy = false;
    step(lane->host);
}

static void try_again(struct lane *lane) {
    if (is_over(lane->host))
        give_up(lane);
    else if (visit_has_room(&lane->host->visit))
        start_probe(lane);
    else
        timer_set(lane->timer, rest_ms(lane));
}

/* ---- its turn ---- */

static void make(struct host_check *host) {
    struct check_host *out = mem_zalloc(sizeof *out);

    host->out = *host->made = out;
    snprintf(out->host, sizeof out->host, "%s", host->key->host);
    snprintf(out->address, sizeof out->address, "%s", host->key->address);
    out->port = host->key->port;
    findings_init(&out->findings);
    out->facts.reference = out->host;
    out->facts.implicit_tls = check_is_implicit(host->run->options, out->port);
    out->facts.strict.alert_read = out->facts.wide.alert_read = TLS_NO_ALERT;
}

static void turn_away(struct host_check *host) {
    if (host->out == NULL)
        make(host);
    host->out->reason = CHECK_REASON_ADDRESS_TIME;
    err_set(&host->out->err, "not tried: other hosts at this address took too long");
    visit_end(&host->visit, 0);
    host->fn(host->arg);
}

static void on_timer(void *arg) {
    struct lane *lane = arg;

    if (lane->host->is_turned_away)
        turn_away(lane->host);
    else if (lane->is_busy)
        try_again(lane);
    else
        step(lane->host);
}

static void on_turn(bool let_in, void *arg) {
    struct host_check *host = arg;

    host->is_turned_away = !let_in;
    if (let_in)
        make(host);
    host->started_us = now_us(host);
    timer_set(host->lanes[0].timer, 0);
}

static void on_room(void *arg) {
    struct host_check *host = arg;

    timer_set(host->lanes[0].timer, 0);
}

struct host_check *host_check_new(struct check_run_state *run, const struct host_key *key,
                                  struct check_host **out, host_done_fn *fn, void *arg) {
    struct host_check *host = mem_zalloc(sizeof *host);

    *host = (struct host_check){.run = run, .key = key, .made = out, .fn = fn, .arg = arg};
    host->visit = (struct visit){.on_turn = on_turn, .on_room = on_room, .arg = host};
    for (size_t i = 0; i < HOST_LANES; i++) {
        host->lanes[i].host = host;
        host->lanes[i].timer = timer_new(run->loop, on_timer, &host->lanes[i]);
    }
    visit_begin(&host->visit, run->places, key->address);
    return host;
}

static void give_up_group_test(struct host_check *host, size_t view) {
    struct group_test *group_test = host->group_tests[view];

    if (group_test == NULL)
        return;
    if (host->testing_groups > 0) { /* it is under way, and ends by itself */
        group_test->host = NULL;
        return;
    }
    dh_group_free(&group_test->group);
    free(group_test);
}

void host_check_free(struct host_check **host) {
    struct host_check *dying = *host;

    *host = NULL;
    if (dying == NULL)
        return;
    for (size_t i = 0; i < HOST_LANES; i++) {
        if (dying->lanes[i].probe != NULL)
            visit_disconnect(&dying->visit);
        probe_free(&dying->lanes[i].probe);
        timer_free(&dying->lanes[i].timer);
    }
    visit_end(&dying->visit, 0);
    for (size_t i = 0; i < VIEW_COUNT; i++)
        give_up_group_test(dying, i);
    free(dying);
}
