#include "harness/try.h"

#include <signal.h>

#include "base/mem.h"
#include "harness/job.h"
#include "harness/plan.h"
#include "net/loop.h"

struct trial {
    const struct try_options *options;
    struct run *run;
    struct loop *loop;
    struct site site;
    struct workdir workdir;
    struct job_setup setup;
    struct job **jobs; /* one per result, NULL when it is done */
    size_t *order;     /* indices of run->results: controls first */
    size_t next;       /* in order */
    size_t controls;   /* how many of order are controls */
    unsigned running, done;
    bool interrupted, failed;
    struct err err;
};

static enum control_state control_state(const struct run *run, const char *name) {
    for (size_t i = 0; i < run->count; i++) {
        const struct verdict *verdict = &run->results[i].verdict;

        if (strcmp(run->results[i].scenario->name, name) != 0)
            continue;
        if (verdict->kind == VERDICT_NOT_SHOWN && verdict->reason == REASON_CONTROL_NOT_OFFERED)
            return CONTROL_NOT_OFFERED;
        return verdict->kind == VERDICT_DELIVERED ? CONTROL_DELIVERED : CONTROL_FAILED;
    }
    return CONTROL_FAILED;
}

/* Of a control nothing can be said but by itself. */
static enum control_state state_for(const struct run *run, const struct result *result) {
    return scenario_is_control(result->scenario) ? CONTROL_DELIVERED
                                                 : control_state(run, result->scenario->twin);
}

static void judge(struct trial *trial, const struct job *job, struct result *result) {
    struct verdict_input input;

    job_tell(job, &input);
    input.control = state_for(trial->run, result);
    verdict_judge(&input, &result->verdict);
}

static void tell_progress(const struct trial *trial, const char *name) {
    if (trial->options->progress != NULL)
        trial->options->progress(trial->done, (unsigned)trial->run->count, name,
                                 trial->options->arg);
}

static void settle_result(struct trial *trial, size_t index) {
    struct result *result = &trial->run->results[index];

    judge(trial, trial->jobs[index], result);
    trial->done++;
    tell_progress(trial, result->scenario->name);
    job_free(&trial->jobs[index]);
}

static void start_one(struct trial *trial, size_t index) {
    struct result *result = &trial->run->results[index];

    if (state_for(trial->run, result) != CONTROL_DELIVERED) {
        settle_result(trial, index);
        return;
    }
    trial->running++;
    tell_progress(trial, result->scenario->name);
    job_start(trial->jobs[index]);
}

/* --- where a sender does not deliver to a control, another may do as well --- */

static bool is_twin_of_any(const struct run *run, const char *control) {
    for (size_t i = 0; i < run->count; i++)
        if (!scenario_is_control(run->results[i].scenario) &&
            strcmp(run->results[i].scenario->twin, control) == 0)
            return true;
    return false;
}

static struct result *find_result(const struct run *run, const char *name) {
    for (size_t i = 0; i < run->count; i++)
        if (strcmp(run->results[i].scenario->name, name) == 0)
            return &run->results[i];
    return NULL;
}

/* Who sends nothing there has turned away the control, or could not speak with it; whoever leaked is done for. */
static bool is_missed(const struct result *control) {
    return control->verdict.kind == VERDICT_TURNED_AWAY ||
           control->verdict.kind == VERDICT_NOT_SHOWN;
}

/* Room for it was made at the end. */
static void add_substitute(struct trial *trial, const char *name) {
    struct run *run = trial->run;
    struct result *result = &run->results[run->count];
    struct scenario *scenario = mem_zalloc(sizeof *scenario);
    struct err err;

    if (scenario_parse(name, scenario, &err) != 0) {
        free(scenario);
        return;
    }
    result->scenario = result->own_scenario = scenario;
    memmove(&trial->order[trial->controls + 1], &trial->order[trial->controls],
            (run->count - trial->controls) * sizeof *trial->order);
    trial->order[trial->controls++] = run->count;
    trial->jobs[run->count++] = job_new(&trial->setup, result);
}

static void move_faults(struct trial *trial, const char *from, const char *to) {
    for (size_t i = 0; i < trial->run->count; i++) {
        struct result *result = &trial->run->results[i];
        struct scenario *scenario = mem_zalloc(sizeof *scenario);

        if (scenario_is_control(result->scenario) || strcmp(result->scenario->twin, from) != 0 ||
            !plan_put_on(result->scenario, to, scenario)) {
            free(scenario);
            continue;
        }
        job_free(&trial->jobs[i]);
        result_reset(result);
        result->scenario = result->own_scenario = scenario;
        trial->jobs[i] = job_new(&trial->setup, result);
    }
}

/* Once all controls are judged: the substitute is tried; and if that was delivered, the faults rest on it. */
static void look_at_controls(struct trial *trial) {
    for (size_t i = 0; i < trial->controls; i++) {
        struct result *control = &trial->run->results[trial->order[i]];
        const char *name = plan_substitute(control->scenario->name);
        const struct result *substitute = name != NULL ? find_result(trial->run, name) : NULL;

        if (name == NULL || !is_missed(control) ||
            !is_twin_of_any(trial->run, control->scenario->name))
            continue;
        if (substitute == NULL) {
            add_substitute(trial, name);
            break; /* to be judged first */
        }
        if (substitute->verdict.kind != VERDICT_DELIVERED)
            continue;
        move_faults(trial, control->scenario->name, name);
        control->verdict.kind = VERDICT_NOT_SHOWN;
        control->verdict.reason = REASON_CONTROL_NOT_OFFERED;
        control->verdict.as_expected = true;
    }
}

/* The faults wait until the controls are judged. */
static void start_more(struct trial *trial) {
    if (!trial->failed && trial->next == trial->controls && trial->done == trial->controls)
        look_at_controls(trial);
    while (!trial->failed && trial->next < trial->run->count &&
           trial->running < trial->options->jobs) {
        if (trial->next >= trial->controls && trial->done < trial->controls)
            break;
        start_one(trial, trial->order[trial->next++]);
    }
    if (trial->running == 0)
        loop_stop(trial->loop);
}

static void on_job_done(struct job *job, const struct err *err, void *arg) {
    struct trial *trial = arg;
    size_t index = (size_t)(job_result(job) - trial->run->results);

    trial->running--;
    if (err != NULL && !trial->failed) {
        trial->failed = true;
        trial->err = *err;
    }
    settle_result(trial, index);
    start_more(trial);
}

static void on_signal(int signo, void *arg) {
    struct trial *trial = arg;

    (void)signo;
    trial->interrupted = true;
    for (size_t i = 0; i < trial->run->count; i++)
        if (trial->jobs[i] != NULL)
            job_stop(trial->jobs[i]);
    loop_stop(trial->loop);
}

static void order_results(struct trial *trial) {
    struct run *run = trial->run;
    size_t n = 0;

    trial->order = mem_zalloc((run->count + 1) * sizeof *trial->order);
    for (size_t i = 0; i < run->count; i++)
        if (scenario_is_control(run->results[i].scenario))
            trial->order[n++] = i;
    trial->controls = n;
    for (size_t i = 0; i < run->count; i++)
        if (!scenario_is_control(run->results[i].scenario))
            trial->order[n++] = i;
}

/* Certificates are minted in the background, in the order of use, while the first commands run. */
static void make_jobs(struct trial *trial) {
    const struct try_options *options = trial->options;
    struct run *run = trial->run;

    trial->setup = (struct job_setup){
        .site = &trial->site,
        .workdir = &trial->workdir,
        .argv = options->argv,
        .from = options->from,
        .to = options->to,
        .helo = options->helo,
        .timeout_ms = options->timeout_ms,
        .wait_ms = options->wait_ms,
        .settle_ms = options->settle_ms,
        .on_done = on_job_done,
        .arg = trial,
    };
    run->count = options->scenarios->count;
    run->results = mem_zalloc((run->count + 1) * sizeof *run->results); /* one more: a substitute */
    trial->jobs = mem_zalloc((run->count + 1) * sizeof *trial->jobs);
    for (size_t i = 0; i < run->count; i++)
        run->results[i].scenario = &options->scenarios->items[i];
    order_results(trial);
    for (size_t i = 0; i < run->count; i++)
        trial->jobs[trial->order[i]] = job_new(&trial->setup, &run->results[trial->order[i]]);
}

static int set_up(struct trial *trial, struct err *err) {
    const struct try_options *options = trial->options;

    if (loop_new(clock_system(), &trial->loop, err) != 0 ||
        site_init(&trial->site, trial->loop, options->host, err) != 0 ||
        workdir_init(&trial->workdir, trial->site.lab, options->from, options->to, err) != 0 ||
        loop_on_signal(trial->loop, SIGINT, on_signal, trial, err) != 0 ||
        loop_on_signal(trial->loop, SIGTERM, on_signal, trial, err) != 0)
        return -1;
    if (scenario_list_needs_web(options->scenarios) && site_open_web(&trial->site, 0, err) != 0)
        return -1;
    /* The fault's own time limit ends what takes too long. */
    int64_t life_ms = options->timeout_ms + options->wait_ms + options->settle_ms;
    trial->site.stream.idle_ms = trial->site.stream.life_ms = life_ms;
    return 0;
}

static void tear_down(struct trial *trial) {
    for (size_t i = 0; trial->jobs != NULL && i < trial->run->count; i++)
        job_free(&trial->jobs[i]);
    free(trial->jobs);
    free(trial->order);
    site_fini(&trial->site);
    workdir_fini(&trial->workdir);
    loop_free(&trial->loop);
}

enum try_outcome try_run(const struct try_options *options, struct run *out, struct err *err) {
    struct trial trial = {.options = options, .run = out};
    enum try_outcome outcome = TRY_FAILED;

    *out = (struct run){.sender = options->argv,
                        .policy = options->policy,
                        .trust = options->trust,
                        .host = options->host};
    out->started_us = clock_wall_us(clock_system());
    int64_t begun_us = clock_mono_us(clock_system());
    if (set_up(&trial, err) != 0)
        goto out;
    make_jobs(&trial);
    start_more(&trial);
    if (trial.running > 0 && loop_run(trial.loop, err) != 0)
        goto out;
    if (trial.failed)
        *err = trial.err;
    else
        outcome = trial.interrupted ? TRY_INTERRUPTED : TRY_DONE;
    out->seconds = (double)(clock_mono_us(clock_system()) - begun_us) / 1e6;
out:
    tear_down(&trial);
    return outcome;
}
