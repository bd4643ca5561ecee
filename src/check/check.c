#include "check/check.h"

#include <signal.h>

#include "base/buf.h"
#include "base/mem.h"
#include "check/internal.h"
#include "net/watch.h"

enum { PULL_AT_ONCE = 64, WAITING_PER_JOB = 16 };

struct check {
    struct check_run_state run;
    struct route *route;
    struct watch *input; /* until input can be read; NULL when none is waited for */
    struct task *tasks;
    unsigned under_way;
    bool ended, interrupted;
};

/* One target under way: its route, then its hosts one after the other. */
struct task {
    struct check *check;
    struct check_result *result;
    struct host_check *host;
    size_t next_host;
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
    host_check_free(&task->host);
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

static void finish(struct task *task) {
    struct check *check = task->check;
    const struct check_options *options = check->run.options;
    struct check_result *result = task->result;

    sum_up(result);
    result->seconds = (double)(clock_mono_us(loop_clock(check->run.loop)) - task->started_us) / 1e6;
    task->result = NULL;
    task_free(task);
    options->on_result(result, options->arg);
    timer_set(check->run.pull, 0);
}

static void on_host_done(void *arg) {
    struct task *task = arg;

    host_check_free(&task->host);
    go_on(task);
}

static void go_on(struct task *task) {
    struct check_result *result = task->result;

    while (task->next_host < result->host_count &&
           result->hosts[task->next_host].address[0] == '\0')
        task->next_host++;
    if (task->next_host == result->host_count) {
        finish(task);
        return;
    }
    task->host =
        host_check_new(&task->check->run, &result->hosts[task->next_host++], on_host_done, task);
}

static bool is_ipv6(const char *address) {
    return strchr(address, ':') != NULL;
}

static struct check_host *add(struct check_result *result, const struct route_host *host,
                              const char *address) {
    result->hosts = mem_resize(result->hosts, result->host_count + 1, sizeof *result->hosts);
    struct check_host *out = &result->hosts[result->host_count++];

    *out = (struct check_host){.port = result->target.port, .preference = host->preference};
    snprintf(out->host, sizeof out->host, "%s", host->name);
    snprintf(out->address, sizeof out->address, "%s", address);
    return out;
}

/* One address of each family is enough: the others are the same server, or its twin.  What could not be looked up stands
 * there as not reached. */
static void add_host(struct check_result *result, const struct route_host *host, bool ipv4_only) {
    bool seen[2] = {false, ipv4_only};
    size_t count = result->host_count;

    for (size_t i = 0; i < host->address_count; i++) {
        bool *is_seen = &seen[is_ipv6(host->addresses[i])];
        if (*is_seen)
            result->addresses_left_out++;
        else
            add(result, host, host->addresses[i]);
        *is_seen = true;
    }
    if (host->err.text[0] != '\0')
        add(result, host, "")->err = host->err;
    else if (result->host_count == count && host->address_count > 0)
        err_set(&add(result, host, "")->err, "%s has IPv6 addresses alone", host->name);
}

static void on_route(const struct route_answer *answer, void *arg) {
    struct task *task = arg;
    struct check_result *result = task->result;

    result->route = answer->outcome;
    result->security = answer->security;
    result->names = answer->host_count;
    if (answer->host_count == ROUTE_MAX_HOSTS && answer->hosts_seen > answer->host_count)
        result->names_left_out = answer->hosts_seen - answer->host_count;
    if (answer->outcome != ROUTE_FOUND)
        result->err = answer->err;
    for (size_t i = 0; answer->outcome == ROUTE_FOUND && i < answer->host_count; i++)
        add_host(result, &answer->hosts[i], task->check->run.options->ipv4_only);
    if (answer->outcome == ROUTE_FOUND && result->host_count == 0)
        err_set(&result->err, "no host of %s has an address", result->target.host);
    go_on(task);
}

static void start(struct check *check, const struct target *target) {
    struct task *task = task_new(check, target);

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
    timer_set(check->run.pull, 0);
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

static bool has_room(const struct check *check) {
    unsigned jobs = check->run.options->jobs, waiting = check->run.waiting;

    /* Who waits for room at its address does nothing, and lets others go first; up to a bound, for the memory's sake. */
    return !check->ended && check->input == NULL && check->under_way - waiting < jobs &&
           check->under_way < jobs * WAITING_PER_JOB;
}

/* Bad targets and those left out take no room: so many in a row must not keep the loop from its signals. */
static void on_pull(void *arg) {
    struct check *check = arg;

    for (int i = 0; i < PULL_AT_ONCE && has_room(check); i++)
        take_one(check);
    if (has_room(check))
        timer_set(check->run.pull, 0);
    if (check->ended && check->under_way == 0)
        loop_stop(check->run.loop);
}

static void on_signal(int signo, void *arg) {
    struct check *check = arg;

    (void)signo;
    check->interrupted = true;
    loop_stop(check->run.loop);
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
        loop_on_signal(run->loop, SIGINT, on_signal, check, err) != 0 ||
        loop_on_signal(run->loop, SIGTERM, on_signal, check, err) != 0)
        return -1;
    check->run.pull = timer_new(run->loop, on_pull, check);
    timer_set(check->run.pull, 0);
    return 0;
}

static void tear_down(struct check *check) {
    while (check->tasks != NULL)
        task_free(check->tasks);
    work_free(&check->run.work);
    watch_free(&check->input);
    timer_free(&check->run.pull);
    route_free(&check->route);
    check_offers_free(&check->run);
    trust_free(&check->run.trust);
    loop_free(&check->run.loop);
}

enum check_outcome check_run(const struct check_options *options, struct err *err) {
    struct check check = {.run = {.options = options}};
    enum check_outcome outcome = CHECK_FAILED;

    TAILQ_INIT(&check.run.hosts);
    if (set_up(&check, err) == 0 && loop_run(check.run.loop, err) == 0)
        outcome = check.interrupted ? CHECK_INTERRUPTED : CHECK_DONE;
    tear_down(&check);
    return outcome;
}
