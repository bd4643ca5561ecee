#include "check/check.h"

#include <signal.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check/internal.h"
#include "check/permit.h"
#include "net/watch.h"

enum {
    PULL_AT_ONCE = 64,
    TARGET_HOSTS = 4 /* the time for so many, all hosts of a target together */
};

struct check {
    struct check_run_state run;
    struct route *route;
    struct watch *input;  /* until input can be read; NULL when none is waited for */
    struct watch *output; /* until more results are wanted; NULL when they are */
    struct timer *pull;
    struct task *tasks;
    unsigned under_way, routing; /* ... of which that many are looked up */
    bool ended;
    int signo; /* that has ended it, or 0 */
};

/* A host of a target, before its result is made of it. */
struct item {
    struct host_key key;
    unsigned preference;
    struct known *known; /* once it is known; NULL: `err` and `reason` say why not */
    bool is_first;
    enum check_reason reason;
    struct err err;
};

/* One target under way: its route, then its hosts one after the other. */
struct task {
    struct check *check;
    struct check_result *result;
    bool is_routing;
    struct item *items;
    size_t item_count, next_item;
    struct ask *ask;  /* for the item before the next one */
    int64_t spent_ms; /* by hosts that were looked at for this target */
    int64_t started_us;
    struct task *next, *previous;
};

static void go_on(struct task *task);

static struct task *task_new(struct check *check, const struct target *target) {
    const struct check_options *options = check->run.options;
    struct task *task = mem_zalloc(sizeof *task);

    *task = (struct task){.check = check, .next = check->tasks};
    if (task->next != NULL)
        task->next->previous = task;
    check->tasks = task;
    check->under_way++;
    task->started_us = clock_mono_us(loop_clock(check->run.loop));
    task->result = mem_zalloc(sizeof *task->result);
    task->result->target = *target;
    task->result->policy = options->policy;
    task->result->date_s = options->date_s;
    task->result->terms = options->terms;
    task->result->is_quick = !options->thorough;
    return task;
}

static void task_free(struct task *task) {
    struct check *check = task->check;

    if (task->previous != NULL)
        task->previous->next = task->next;
    else
        check->tasks = task->next;
    if (task->next != NULL)
        task->next->previous = task->previous;
    check->under_way--;
    check->routing -= task->is_routing;
    ask_free(&task->ask);
    for (size_t i = 0; i < task->item_count; i++)
        known_release(&task->items[i].known);
    free(task->items);
    check_result_free(&task->result);
    free(task);
}

static bool is_all_known(const struct check_result *result) {
    for (size_t i = 0; i < result->host_count; i++)
        if (!result->hosts[i].facts.reached || check_host_has_gap(&result->hosts[i]))
            return false;
    return result->names_left_out == 0;
}

static bool is_broken(const struct check_result *result) {
    for (size_t i = 0; i < result->host_count; i++)
        if (result->hosts[i].facts.reached && !findings_meet(&result->hosts[i].findings))
            return true;
    return false;
}

static enum check_verdict verdict_of(const struct check_result *result) {
    if (result->route == ROUTE_NULL_MX)
        return CHECK_NO_MAIL;
    if (!result->reached)
        return CHECK_UNREACHED;
    if (is_broken(result))
        return CHECK_BREAKS;
    return is_all_known(result) ? CHECK_MEETS : CHECK_UNDECIDED;
}

static void sum_up(struct check_result *result) {
    for (size_t i = 0; i < result->host_count; i++) {
        const struct check_host *host = &result->hosts[i];
        result->reached |= host->facts.reached;
        if (!host->facts.reached && result->err.text[0] == '\0')
            result->err = host->err;
    }
    result->verdict = verdict_of(result);
    if (result->reached)
        result->err.text[0] = '\0';
}

static void make_host(struct item *item, struct check_host *out) {
    if (item->known != NULL) {
        *out = *known_host(item->known);
        out->known = item->known;
        out->is_shared = !item->is_first;
        out->facts.reference = out->host;
        item->known = NULL;
    } else {
        memcpy(out->host, item->key.host, sizeof out->host);
        memcpy(out->address, item->key.address, sizeof out->address);
        out->port = item->key.port;
        out->err = item->err;
        out->reason = item->reason;
    }
    out->preference = item->preference;
}

static void make_hosts(struct task *task) {
    struct check_result *result = task->result;

    result->hosts = mem_zalloc(task->item_count * sizeof *result->hosts);
    result->host_count = task->item_count;
    for (size_t i = 0; i < task->item_count; i++)
        make_host(&task->items[i], &result->hosts[i]);
}

static void finish(struct task *task) {
    struct check *check = task->check;
    const struct check_options *options = check->run.options;
    struct check_result *result = task->result;

    make_hosts(task);
    sum_up(result);
    result->seconds = (double)(clock_mono_us(loop_clock(check->run.loop)) - task->started_us) / 1e6;
    task->result = NULL;
    task_free(task);
    options->on_result(result, options->arg);
    timer_set(check->pull, 0);
}

static void on_known(struct known *known, bool is_first, void *arg) {
    struct task *task = arg;
    struct item *item = &task->items[task->next_item - 1];

    task->ask = NULL;
    item->known = known;
    item->is_first = is_first;
    if (is_first)
        task->spent_ms += (int64_t)(known_host(known)->seconds * 1000);
    timer_set(task->check->pull, 0);
    go_on(task);
}

/* Either why it is not to be looked at is known, or the target's time is over. */
static bool is_left_out(const struct task *task, struct item *item) {
    if (item->err.text[0] != '\0')
        return true;
    if (task->spent_ms < TARGET_HOSTS * task->check->run.options->host_ms)
        return false;
    item->reason = CHECK_REASON_TARGET_TIME;
    err_set(&item->err, "not tried: the time for the target was over");
    return true;
}

static void go_on(struct task *task) {
    while (task->next_item < task->item_count && is_left_out(task, &task->items[task->next_item]))
        task->next_item++;
    if (task->next_item == task->item_count) {
        finish(task);
        return;
    }
    task->ask =
        ask_new(task->check->run.hosts, &task->items[task->next_item++].key, on_known, task);
}

static bool is_ipv6(const char *address) {
    return strchr(address, ':') != NULL;
}

static struct item *add(struct task *task, const struct route_host *host, const char *address) {
    task->items = mem_resize(task->items, task->item_count + 1, sizeof *task->items);
    struct item *item = &task->items[task->item_count++];

    *item = (struct item){.key.port = task->result->target.port, .preference = host->preference};
    snprintf(item->key.host, sizeof item->key.host, "%s", host->name);
    snprintf(item->key.address, sizeof item->key.address, "%s", address);
    if (*address != '\0' && permit_address(task->check->run.options->allow_private,
                                           &task->result->target, address, &item->err) != 0)
        item->reason = CHECK_REASON_PRIVATE;
    return item;
}

/* One address of each family is enough: the others are the same server, or its twin.  What could not be looked up stands
 * there as not reached. */
static void add_host(struct task *task, const struct route_host *host) {
    bool seen[2] = {false, task->check->run.options->ipv4_only};
    size_t count = task->item_count;

    for (size_t i = 0; i < host->address_count; i++) {
        bool *is_seen = &seen[is_ipv6(host->addresses[i])];
        if (*is_seen)
            task->result->addresses_left_out++;
        else
            add(task, host, host->addresses[i]);
        *is_seen = true;
    }
    if (host->err.text[0] != '\0')
        add(task, host, "")->err = host->err;
    else if (task->item_count == count && host->address_count > 0)
        err_set(&add(task, host, "")->err, "%s has IPv6 addresses alone", host->name);
}

static void on_route(const struct route_answer *answer, void *arg) {
    struct task *task = arg;
    struct check_result *result = task->result;

    task->is_routing = false;
    task->check->routing--;
    result->route = answer->outcome;
    result->security = answer->security;
    result->names = answer->host_count;
    if (answer->host_count == ROUTE_MAX_HOSTS && answer->hosts_seen > answer->host_count)
        result->names_left_out = answer->hosts_seen - answer->host_count;
    if (answer->outcome != ROUTE_FOUND)
        result->err = answer->err;
    for (size_t i = 0; answer->outcome == ROUTE_FOUND && i < answer->host_count; i++)
        add_host(task, &answer->hosts[i]);
    if (answer->outcome == ROUTE_FOUND && task->item_count == 0)
        err_set(&result->err, "no host of %s has an address", result->target.host);
    timer_set(task->check->pull, 0);
    go_on(task);
}

static void start(struct check *check, const struct target *target) {
    struct task *task = task_new(check, target);

    task->is_routing = true;
    check->routing++;
    route_lookup(check->route, target->kind == TARGET_DOMAIN ? ROUTE_MX : ROUTE_HOST, target->host,
                 on_route, task);
}

static void refuse(struct check *check, const struct target *target, const struct err *err) {
    struct task *task = task_new(check, target);

    task->result->err = *err;
    task->result->route = ROUTE_FAILED;
    finish(task);
}

static void on_input(void *arg) {
    struct check *check = arg;

    watch_free(&check->input);
    timer_set(check->pull, 0);
}

static void on_written(void *arg) {
    struct check *check = arg;

    watch_free(&check->output);
    timer_set(check->pull, 0);
}

/* Asks, and if so waits for what is written. */
static bool waits_for_output(struct check *check, bool (*is_so)(void *arg)) {
    const struct check_options *options = check->run.options;

    if (is_so == NULL || !is_so(options->arg))
        return false;
    if (check->output == NULL)
        check->output = watch_new(check->run.loop, options->written_fd, on_written, check);
    return true;
}

/* Nobody takes the results: to begin more would only fill the memory. */
static bool is_blocked(struct check *check) {
    return waits_for_output(check, check->run.options->is_blocked);
}

static void take_one(struct check *check) {
    const struct check_options *options = check->run.options;
    struct target target = {0};
    struct err err;

    switch (options->next(&target, &err, options->arg)) {
    case CHECK_NEXT_TARGET:
        start(check, &target);
        break;
    case CHECK_NEXT_BAD:
        refuse(check, &target, &err);
        break;
    case CHECK_NEXT_NONE:
        break;
    case CHECK_NEXT_LATER:
        check->input = watch_new(check->run.loop, options->input_fd, on_input, check);
        break;
    case CHECK_NEXT_END:
        check->ended = true;
        break;
    }
}

/* Who waits for others at its address takes no job's place; there is a bound for the memory's sake. */
static bool has_room(const struct check *check) {
    const struct places *places = check->run.places;

    return !check->ended && check->input == NULL && check->under_way < CHECK_MAX_TARGETS &&
           !places_are_full(places) &&
           check->routing + places_taken(places) < check->run.options->jobs;
}

/* Bad targets and those left out take no room: so many in a row must not keep the loop from its signals. */
static void on_pull(void *arg) {
    struct check *check = arg;

    for (int i = 0; i < PULL_AT_ONCE && has_room(check) && !is_blocked(check); i++)
        take_one(check);
    if (has_room(check) && check->output == NULL)
        timer_set(check->pull, 0);
    if (check->ended && check->under_way == 0 &&
        !waits_for_output(check, check->run.options->is_writing))
        loop_stop(check->run.loop);
}

static void on_signal(int signo, void *arg) {
    struct check *check = arg;

    check->signo = signo;
    loop_stop(check->run.loop);
}

/* nohup(1) ignores SIGHUP for us, and so it stays. */
static bool is_hangup_ignored(void) {
    struct sigaction action;

    return sigaction(SIGHUP, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static int set_up_signals(struct check *check, struct err *err) {
    struct loop *loop = check->run.loop;

    if (loop_on_signal(loop, SIGINT, on_signal, check, err) != 0 ||
        loop_on_signal(loop, SIGTERM, on_signal, check, err) != 0)
        return -1;
    return is_hangup_ignored() ? 0 : loop_on_signal(loop, SIGHUP, on_signal, check, err);
}

static int make_trust(struct check_run_state *run, struct err *err) {
    const char *crl = run->options->crl;

    if (trust_new(run->options->ca, &run->trust, err) != 0)
        return -1;
    return crl != NULL ? trust_add_crls(run->trust, crl, err) : 0;
}

static int set_up(struct check *check, struct err *err) {
    struct check_run_state *run = &check->run;

    if (loop_new(clock_system(), &run->loop, err) != 0 ||
        work_new(run->loop, work_core_count(), &run->work, err) != 0 || make_trust(run, err) != 0 ||
        check_offers_make(run, err) != 0 ||
        route_new(run->loop, &run->options->route, &check->route, err) != 0 ||
        set_up_signals(check, err) != 0)
        return -1;
    check->pull = timer_new(run->loop, on_pull, check);
    run->places = places_new(run->options->jobs, run->options->host_ms);
    run->hosts = known_hosts_new(run);
    timer_set(check->pull, 0);
    return 0;
}

static void tear_down(struct check *check) {
    while (check->tasks != NULL)
        task_free(check->tasks);
    known_hosts_free(&check->run.hosts);
    places_free(&check->run.places);
    atomic_store(&check->run.stopping, true);
    work_free(&check->run.work);
    watch_free(&check->input);
    watch_free(&check->output);
    timer_free(&check->pull);
    route_free(&check->route);
    check_offers_free(&check->run);
    trust_free(&check->run.trust);
    loop_free(&check->run.loop);
}

enum check_outcome check_run(const struct check_options *options, struct err *err) {
    struct check check = {.run = {.options = options}};
    enum check_outcome outcome = CHECK_FAILED;

    if (set_up(&check, err) == 0 && loop_run(check.run.loop, err) == 0)
        outcome = check.signo != 0 ? CHECK_INTERRUPTED : CHECK_DONE;
    if (options->signo != NULL)
        *options->signo = check.signo;
    tear_down(&check);
    return outcome;
}
