/* trial_mta - a run with a mail server: it is started when all ports are open, and another one when it crashed. */
#include "base/mem.h"
#include "harness/trial.h"

enum { MAX_RESTARTS = 64 };

static void on_mta_ready(void *arg) {
    struct trial *trial = arg;

    trial->is_up = true;
    trial->setup.argv = with_argv(trial->with);
    trial_start_more(trial);
}

static int renew_job(struct trial *trial, size_t index, struct err *err) {
    struct result *result = &trial->run->results[index];
    const struct scenario *scenario = result->scenario;
    struct scenario *own = result->own_scenario;

    job_free(&trial->jobs[index]);
    result->own_scenario = NULL;
    result_reset(result);
    result->scenario = scenario;
    result->own_scenario = own;
    trial->jobs[index] = job_new(&trial->setup, result);
    return with_open(trial->with, index, err);
}

/* Those that were visited when it crashed come first, and one at a time, until it is known which one it was. */
static int list_again(struct trial *trial, const struct job *guilty, struct err *err) {
    struct run *run = trial->run;
    size_t *list = mem_zalloc((run->count + 1) * sizeof *list), n = 0;

    for (int visited = 1; visited >= 0; visited--) {
        for (size_t i = 0; i < run->count; i++)
            if (trial->jobs[i] != NULL && trial->jobs[i] != guilty &&
                job_is_running(trial->jobs[i]) && job_is_visited(trial->jobs[i]) == visited)
                list[n++] = i;
        if (visited)
            trial->careful = n;
    }
    size_t fresh = n;
    for (size_t i = trial->again_next; i < trial->again_count; i++)
        list[n++] = trial->again[i];
    free(trial->again);
    trial->again = list;
    trial->again_count = n;
    trial->again_next = 0;
    for (size_t i = 0; i < fresh; i++)
        if (renew_job(trial, list[i], err) != 0)
            return -1;
    return 0;
}

/* The one that was visited, if it was one. */
static struct job *find_guilty(const struct trial *trial) {
    struct job *found = NULL;

    for (size_t i = 0; i < trial->run->count; i++) {
        struct job *job = trial->jobs[i];

        if (job == NULL || !job_is_running(job) || !job_is_visited(job))
            continue;
        if (found != NULL)
            return NULL;
        found = job;
    }
    return found;
}

static void give_up(struct trial *trial, const struct err *err) {
    trial->failed = true;
    trial->err = *err;
    loop_stop(trial->loop);
}

/* Whoever brings down a mail server has failed; the others are tried with another instance.  Where it does not bear a server
 * without a fault, its settings are wrong. */
static void on_mta_end(const struct err *err, bool may_help, void *arg) {
    struct trial *trial = arg;
    struct job *guilty = find_guilty(trial);
    struct err cause = *err;

    bool is_control = guilty != NULL && scenario_is_control(job_result(guilty)->scenario);
    if (is_control)
        err_prefix(&cause, "it does not even bear a server without a fault");
    if (!may_help || !trial->is_up || is_control || ++trial->restarts > MAX_RESTARTS) {
        give_up(trial, &cause);
        return;
    }
    trial->is_up = false;
    size_t left = trial->careful > trial->again_next ? trial->careful - trial->again_next : 0;
    if (list_again(trial, guilty, &cause) != 0 || with_restart(trial->with, &cause) != 0) {
        give_up(trial, &cause);
        return;
    }
    trial->careful += trial->careful == 0 ? left : 0;
    trial->running = guilty != NULL;
    trial->handing_in = guilty != NULL && !job_is_handed_in(guilty);
    trial->runs_alone = false;
    if (guilty != NULL)
        job_crash(guilty, err->text);
}

/* All ports are open before the mail server is told of them. */
int trial_start_mta(struct trial *trial, struct err *err) {
    static const struct with_events events = {on_mta_ready, on_mta_end};
    const struct try_options *options = trial->options;

    trial->with_setup = (struct with_setup){.class = options->mta,
                                            .program = options->mta_program,
                                            .lines = options->mta_lines,
                                            .host = options->host,
                                            .from = options->from,
                                            .to = options->to,
                                            .helo = options->helo,
                                            .loop = trial->loop,
                                            .workdir = &trial->workdir,
                                            .run = trial->run,
                                            .jobs = trial->jobs,
                                            .events = &events,
                                            .arg = trial};
    trial->with = with_new(&trial->with_setup);
    for (size_t i = 0; i < trial->run->count; i++)
        if (with_open(trial->with, i, err) != 0)
            return -1;
    if (with_start(trial->with, err) != 0)
        return -1;
    return 0;
}
