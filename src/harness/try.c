#include "harness/try.h"

#include "base/mem.h"
#include "harness/interrupt.h"
#include "harness/plan.h"
#include "harness/trial.h"
#include "net/limits.h"

enum { SOCKETS_PER_FAULT = 8 /* two ports at two addresses; connections; a command */ };

static struct result *find_result(const struct run *run, const char *name) {
    for (size_t i = 0; i < run->count; i++)
        if (strcmp(run->results[i].scenario->name, name) == 0)
            return &run->results[i];
    return NULL;
}

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

/* Who never asks for a TLSA record has no DANE, who gets no policy has no MTA-STS, and who is led to a host by {host} needs no MX record: such faults are none of
 * his. */
static bool is_unused(const struct run *run, const struct result *result) {
    const struct result *control = find_result(run, result->scenario->twin);

    switch (result->scenario->layer) {
    case LAYER_STS:
        return control != NULL && !result_has_policy(control);
    case LAYER_DANE:
        return control != NULL && !result_has_asked(control, DNS_TYPE_TLSA);
    case LAYER_DNS:
    case LAYER_DNSSEC:
        return control != NULL && !result_has_asked(control, DNS_TYPE_MX);
    default:
        return false;
    }
}

/* Of a control nothing can be said but by itself. */
static enum control_state state_for(const struct run *run, const struct result *result) {
    if (scenario_is_control(result->scenario))
        return CONTROL_DELIVERED;
    enum control_state state = control_state(run, result->scenario->twin);
    return state == CONTROL_DELIVERED && is_unused(run, result) ? CONTROL_NOT_USED : state;
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

/* Nothing can be said yet, and another try may show it.  What leaked or was fooled in any try is clear, and is not tried
 * again.  A mail server with a queue tries again by itself. */
static bool is_worth_another_try(const struct trial *trial, const struct result *result) {
    static const bool may_pass[REASON_COUNT] = {
        [REASON_NO_CONNECTION] = true, [REASON_NOT_FINISHED] = true, [REASON_NOT_MET] = true,
        [REASON_SERVER_FAILED] = true, [REASON_HUNG] = true,
    };

    return result->verdict.kind == VERDICT_UNCLEAR && may_pass[result->verdict.reason] &&
           result->retries < trial->options->retries && !trial->failed && trial->with == NULL;
}

/* At once, in the place of the one before. */
static void try_again(struct trial *trial, size_t index) {
    struct result *result = &trial->run->results[index];

    job_free(&trial->jobs[index]);
    result_forget_try(result);
    trial->jobs[index] = job_new(&trial->setup, result);
    trial->running++;
    job_start(trial->jobs[index]);
}

static void settle_result(struct trial *trial, size_t index) {
    struct result *result = &trial->run->results[index];

    judge(trial, trial->jobs[index], result);
    if (is_worth_another_try(trial, result)) {
        try_again(trial, index);
        return;
    }
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
    trial->handing_in++;
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
        if (trial->with != NULL && with_open(trial->with, i, &trial->err) != 0)
            trial->failed = true;
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

/* A mail server's daemon has its own limits: only what is handed in at a time is ours. */
static bool is_busy(const struct trial *trial) {
    return (trial->setup.has_queue || trial->options->once ? trial->handing_in : trial->running) >=
           trial->options->jobs;
}

/* False while others have to wait. */
static bool start_again(struct trial *trial) {
    while (trial->again_next < trial->again_count) {
        bool careful = trial->again_next < trial->careful;

        if (trial->runs_alone || (careful ? trial->running > 0 : is_busy(trial)))
            return false;
        trial->runs_alone = careful;
        start_one(trial, trial->again[trial->again_next++]);
    }
    return !trial->runs_alone;
}

/* The faults wait until the controls are judged. */
void trial_start_more(struct trial *trial) {
    if ((trial->with != NULL && !trial->is_up) || !start_again(trial))
        return;
    if (!trial->failed && trial->next == trial->controls && trial->done == trial->controls)
        look_at_controls(trial);
    while (!trial->failed && trial->next < trial->run->count && !is_busy(trial)) {
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
    trial->runs_alone = false;
    if (err != NULL && !trial->failed) {
        trial->failed = true;
        trial->err = *err;
    }
    settle_result(trial, index);
    trial_start_more(trial);
}

static void on_handed_in(void *arg) {
    struct trial *trial = arg;

    trial->handing_in--;
    if ((trial->with != NULL || trial->options->once) && trial->running > 0)
        trial_start_more(trial);
}

static void stop(struct trial *trial) {
    for (size_t i = 0; i < trial->run->count; i++)
        if (trial->jobs[i] != NULL)
            job_stop(trial->jobs[i]);
    loop_stop(trial->loop);
}

static void on_signal(int signo, void *arg) {
    struct trial *trial = arg;

    bool is_first = interrupt_seen() == 0;

    interrupt_note(signo);
    if (is_first)
        stop(trial);
}

static int watch_signals(struct trial *trial, struct err *err) {
    for (size_t i = 0; interrupt_signals[i] != 0; i++) {
        int signo = interrupt_signals[i];

        if (interrupt_is_wanted(signo) &&
            loop_on_signal(trial->loop, signo, on_signal, trial, err) != 0)
            return -1;
    }
    return 0;
}

/* Of a run that was interrupted, what was finished is told and nothing else. */
static void keep_finished(struct trial *trial) {
    struct run *run = trial->run;
    size_t kept = 0;

    run->planned = 0;
    for (size_t i = 0; i < run->count; i++) {
        bool is_finished = trial->jobs[i] == NULL;

        run->planned += !scenario_is_control(run->results[i].scenario);
        job_free(&trial->jobs[i]);
        if (!is_finished)
            result_reset(&run->results[i]);
        else if (kept++ < i)
            run->results[kept - 1] = run->results[i];
    }
    for (size_t i = kept; i < run->count; i++)
        run->results[i] = (struct result){0};
    run->count = kept;
}

/* Where all run at a time, those that wait come first. */
static bool is_slow(const struct scenario *scenario) {
    return scenario->fault_count > 0 && fault_in_group(scenario->faults[0], "slow");
}

static void order_results(struct trial *trial) {
    struct run *run = trial->run;
    bool slow_first = trial->options->mta != NULL;
    size_t n = 0;

    trial->order = mem_zalloc((run->count + 1) * sizeof *trial->order);
    for (size_t i = 0; i < run->count; i++)
        if (scenario_is_control(run->results[i].scenario))
            trial->order[n++] = i;
    trial->controls = n;
    for (size_t i = 0; slow_first && i < run->count; i++)
        if (!scenario_is_control(run->results[i].scenario) && is_slow(run->results[i].scenario))
            trial->order[n++] = i;
    for (size_t i = 0; i < run->count; i++)
        if (!scenario_is_control(run->results[i].scenario) &&
            !(slow_first && is_slow(run->results[i].scenario)))
            trial->order[n++] = i;
}

/* Certificates are minted in the background, in the order of use, while the first commands run. */
static void make_jobs(struct trial *trial) {
    const struct try_options *options = trial->options;
    struct run *run = trial->run;

    trial->setup = (struct job_setup){
        .site = &trial->site,
        .workdir = &trial->workdir,
        .stage = trial->stage,
        .argv = options->argv,
        .from = options->from,
        .to = options->to,
        .helo = options->helo,
        .timeout_ms = options->timeout_ms,
        .wait_ms = options->wait_ms,
        .settle_ms = options->settle_ms,
        .on_done = on_job_done,
        .has_queue = options->mta != NULL && mta_has_daemon(options->mta),
        .on_handed_in = on_handed_in,
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

/* What the sender consists of first, where it is to be started. */
static int start(struct trial *trial, struct err *err) {
    const struct try_options *options = trial->options;

    if (options->mta != NULL)
        return trial_start_mta(trial, err);
    if (options->setup == NULL) {
        trial_start_more(trial);
        return 0;
    }
    return trial_start_setup(trial, err);
}

static int set_up(struct trial *trial, struct err *err) {
    const struct try_options *options = trial->options;

    limits_raise_files();
    if (options->mta != NULL)
        limits_reserve_files(options->scenarios->count * SOCKETS_PER_FAULT);
    if (loop_new(clock_system(), &trial->loop, err) != 0 ||
        site_init(&trial->site, trial->loop, options->host, err) != 0 ||
        workdir_init(&trial->workdir, trial->site.lab, options->from, options->to, err) != 0)
        return -1;
    if (options->addresses != NULL)
        trial->site.addresses = options->addresses;
    if (options->in_room)
        trial->site.addresses = stage_web_addresses;
    if (scenario_list_needs_web(options->scenarios) &&
        site_open_web(&trial->site, options->in_room ? STAGE_WEB_PORT : 0, err) != 0)
        return -1;
    if (options->in_room && trial_open_room(trial, err) != 0)
        return -1;
    /* The fault's own time limit ends what takes too long. */
    int64_t life_ms = options->timeout_ms + options->wait_ms + options->settle_ms;
    if (options->mta != NULL) /* some have limits of minutes that nobody can set */
        life_ms /= 3;
    trial->site.stream.idle_ms = trial->site.stream.life_ms = life_ms;
    trial->site.keeps_transcripts = options->keeps_transcripts;
    return 0;
}

static void tear_down(struct trial *trial) {
    interrupt_hold(); /* the loop does not hear of them any more */
    with_free(&trial->with);
    for (size_t i = 0; trial->jobs != NULL && i < trial->run->count; i++)
        job_free(&trial->jobs[i]);
    setup_free(&trial->starter);
    stage_free(&trial->stage);
    free(trial->jobs);
    free(trial->order);
    free(trial->again);
    workdir_fini(&trial->workdir);
    if (trial->run->signal != 0) /* nobody who interrupts waits for a key that takes a minute */
        return;
    site_fini(&trial->site);
    loop_free(&trial->loop);
}

/* A signal that came before the loop watches for them ends the run likewise. */
static int run_loop(struct trial *trial, struct err *err) {
    if (watch_signals(trial, err) != 0)
        return -1;
    if (interrupt_seen() != 0)
        stop(trial);
    else if (trial->running > 0 || trial->with != NULL || trial->starter != NULL)
        return loop_run(trial->loop, err);
    return 0;
}

enum try_outcome try_run(const struct try_options *options, struct run *out, struct err *err) {
    struct trial trial = {.options = options, .run = out};
    enum try_outcome outcome = TRY_FAILED;

    *out = (struct run){.sender = options->argv,
                        .policy = options->policy,
                        .trust = options->trust,
                        .host = options->host,
                        .in_room = options->in_room};
    if (options->mta != NULL)
        out->settings = settings_new(mta_title(options->mta));
    out->started_us = clock_wall_us(clock_system());
    int64_t begun_us = clock_mono_us(clock_system());
    if (set_up(&trial, err) != 0)
        goto out;
    make_jobs(&trial);
    if (start(&trial, err) != 0)
        goto out;
    if (run_loop(&trial, err) != 0)
        goto out;
    if (trial.failed)
        *err = trial.err;
    else
        outcome = TRY_DONE;
out:
    out->signal =
        interrupt_seen(); /* what failed since the signal ended it as well is no failure */
    if (out->signal != 0) {
        outcome = TRY_INTERRUPTED;
        keep_finished(&trial);
    }
    out->seconds = (double)(clock_mono_us(clock_system()) - begun_us) / 1e6;
    tear_down(&trial);
    return outcome;
}
