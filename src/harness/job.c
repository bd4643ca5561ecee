#include "harness/job.h"

#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "harness/placeholder.h"
#include "net/child.h"

enum {
    HINT_SIZE_B = 96,
    JOB_GRACE_MS = 500,
    JOB_REFUSED_WAIT_MS = 2000,
    JOB_MAX_ATTEMPTS = 1000,
    TRANSCRIPTS_FIRST = 4,
    TRANSCRIPTS_LAST = 4,
    JOB_MAX_QUESTIONS = 32,
    JOB_MAX_FETCHES = 16,
};

struct job {
    const struct job_setup *setup;
    struct result *result;
    struct endpoint *endpoint;
    struct world_domain *domain; /* on a stage; else NULL */
    struct child *child;
    struct timer *deadline; /* the time that the fault has in all */
    struct timer *pause;    /* wait, settle, or the next turn of the loop */
    char *message;          /* a file of its own; NULL: the ordinary one */
    char *recipient;        /* of a sender with a queue; NULL: the run's */
    struct err err;
    int64_t started_us; /* monotonic */
    bool is_ready, is_started, has_failed, has_exited, has_waited;
    bool is_handed_in;
    bool is_tried;             /* of a sender with a queue: it will not come again */
    bool has_crashed;          /* the mail server */
    bool timed_out, outstayed; /* the time is up; ... and the command was still there */
};

static void look_at_end(struct job *job);

static int64_t limit_ms(const struct job *job) {
    return job->setup->timeout_ms + job->setup->wait_ms + job->setup->settle_ms;
}

static void hand_in(struct job *job) {
    if (!job->is_handed_in && job->setup->on_handed_in != NULL)
        job->setup->on_handed_in(job->setup->arg);
    job->is_handed_in = true;
}

static void finish(struct job *job) {
    struct result *result = job->result;
    const struct clock *clock = loop_clock(job->setup->site->loop);

    timer_unset(job->deadline);
    timer_unset(job->pause);
    if (job->child != NULL) {
        result->escaped = child_end(job->child);
        result->exit_status = child_status(job->child);
        buf_append(&result->output, child_output(job->child)->data, child_output(job->child)->len);
    }
    result->outstayed = job->outstayed;
    if (job->timed_out)
        result->limit_s = (double)limit_ms(job) / 1e3;
    if (job->has_crashed)
        result->exit_status = 128 + SIGABRT;
    result->seconds = (double)(clock_mono_us(clock) - job->started_us) / 1e6;
    endpoint_hang_up(job->endpoint);
    endpoint_close(job->endpoint);
    if (job->domain != NULL)
        world_hang_up(job->domain);
    hand_in(job);
    job->setup->on_done(job, job->has_failed ? &job->err : NULL, job->setup->arg);
}

/* A message that was accepted is the last word: no need to wait for another try. */
static bool is_delivered(const struct result *result) {
    for (size_t i = 0; i < result->attempt_count; i++)
        if (result->attempts[i]->smtp.accepted[CHANNEL_PLAIN] ||
            result->attempts[i]->smtp.accepted[CHANNEL_TLS])
            return true;
    return false;
}

/* How long to wait before the job may end; 0 once that has been waited for. */
static int64_t patience_ms(const struct job *job) {
    if (job->has_waited || is_delivered(job->result))
        return 0;
    /* What was not taken may be the first sign of a mail server's end, after which it is tried again. */
    if (job->setup->has_queue)
        return child_status(job->child) != 0 ? JOB_REFUSED_WAIT_MS : 0;
    return job->result->attempt_count > 0 ? job->setup->settle_ms : job->setup->wait_ms;
}

static void on_pause_over(void *arg) {
    struct job *job = arg;

    job->has_waited = true;
    look_at_end(job);
}

/* Whether the sender may come again, and will say when it does not. */
static bool is_queued(const struct job *job) {
    return job->setup->has_queue && !job->is_tried && !is_delivered(job->result);
}

/* Ends the job if nothing more is to come.  A connection that the sender made just before its end is in the kernel's queue
 * yet: one more turn of the loop, and it is seen. */
static void look_at_end(struct job *job) {
    if (!job->has_exited || endpoint_open_count(job->endpoint) > 0 || is_queued(job))
        return;
    if (job->has_waited)
        finish(job);
    else
        timer_set(job->pause, patience_ms(job));
}

static void drop_transcript(struct attempt *attempt) {
    free(attempt->transcript);
    attempt->transcript = NULL;
}

/* Of very many connections the first and the last are told. */
static void thin_transcripts(struct result *result) {
    if (result->attempt_count > TRANSCRIPTS_FIRST + TRANSCRIPTS_LAST)
        drop_transcript(result->attempts[result->attempt_count - TRANSCRIPTS_LAST - 1]);
}

static void add_attempt(struct result *result, struct attempt *attempt) {
    result->attempts =
        mem_resize(result->attempts, result->attempt_count + 1, sizeof *result->attempts);
    result->attempts[result->attempt_count++] = attempt;
    thin_transcripts(result);
}

/* Where there is no room for all, the last place is for the one that may weigh most. */
static void keep_heavier(struct attempt **kept, struct attempt *attempt) {
    bool is_heavier = attempt_weight(attempt) > attempt_weight(*kept);

    attempt_free(is_heavier ? kept : &attempt);
    if (is_heavier)
        *kept = attempt;
}

static void on_attempt(struct endpoint *endpoint, struct attempt *attempt, void *arg) {
    struct job *job = arg;
    struct result *result = job->result;

    (void)endpoint;
    result->attempts_seen++;
    if (result->attempt_count < JOB_MAX_ATTEMPTS)
        add_attempt(result, attempt);
    else
        keep_heavier(&result->attempts[JOB_MAX_ATTEMPTS - 1], attempt);
    job->has_waited = false;
    if (!job->timed_out)
        look_at_end(job);
}

static void on_query(struct endpoint *endpoint, enum place_kind kind, void *arg) {
    struct job *job = arg;

    (void)endpoint, (void)kind;
    job->result->queries++;
}

static void on_exit_of_child(struct child *child, void *arg) {
    struct job *job = arg;

    job->has_exited = true;
    /* What was not taken into the queue will not come. */
    job->is_tried = job->is_tried || child_status(child) != 0;
    hand_in(job); /* before the job may end, and be freed */
    if (job->timed_out)
        finish(job);
    else
        look_at_end(job);
}

static void on_deadline(void *arg) {
    struct job *job = arg;

    job->timed_out = true;
    job->outstayed = !job->has_exited;
    if (job->has_exited)
        finish(job);
    else
        child_stop(job->child);
}

static const char *message_path(const struct job *job) {
    return job->message != NULL ? job->message : job->setup->workdir->message;
}

static int write_message(struct job *job, struct err *err) {
    const struct job_setup *setup = job->setup;
    const char *body = job->result->scenario->recipe.message.body;

    return body == NULL ? 0
                        : workdir_add_message(setup->workdir, job->result->scenario->name,
                                              setup->from, setup->to, body, &job->message, err);
}

static void fill_values(const struct job *job, char ports[2][8], const struct mint_pin *pin,
                        const char *values[PLACEHOLDER_COUNT]) {
    const struct job_setup *setup = job->setup;

    snprintf(ports[0], 8, "%u", endpoint_port(job->endpoint));
    snprintf(ports[1], 8, "%u", endpoint_tls_port(job->endpoint));
    values[PLACEHOLDER_PORT] = ports[0];
    values[PLACEHOLDER_TLS_PORT] = ports[1];
    values[PLACEHOLDER_HOST] =
        job->domain != NULL ? world_domain_host(job->domain) : mint_lab_host(setup->site->lab);
    values[PLACEHOLDER_FROM] = setup->from;
    values[PLACEHOLDER_TO] = job->recipient != NULL ? job->recipient : setup->to;
    values[PLACEHOLDER_CA] = setup->workdir->ca;
    values[PLACEHOLDER_CA_DIR] = setup->workdir->ca_dir;
    values[PLACEHOLDER_HELO] = setup->helo;
    values[PLACEHOLDER_FAULT] = job->result->scenario->name;
    values[PLACEHOLDER_MESSAGE] = message_path(job);
    values[PLACEHOLDER_TLSA] = pin->tlsa;
    values[PLACEHOLDER_SPKI] = pin->spki;
}

/* A sender that pins a key pins that of the sound server; where the server itself may be delivered to, its own. */
static int find_pin(const struct job *job, struct mint_pin *out, struct err *err) {
    const struct scenario *scenario = job->result->scenario;
    struct recipe recipe = scenario->recipe;

    if (scenario->expect == EXPECT_REFUSE)
        scenario_twin_recipe(scenario, &recipe);
    return mint_lab_pin(job->setup->site->lab, &recipe.mint, out, err);
}

/* A shell would have parted the words. */
static void explain_failure(const char *command, struct err *err) {
    char text[ERR_TEXT_SIZE_B];

    if (strchr(command, ' ') == NULL)
        return;
    snprintf(text, sizeof text, "%.*s", (int)sizeof text - HINT_SIZE_B, err->text);
    err_set(err, "%s. No shell is involved: leave away the quotes around the whole command", text);
}

static int run_command(struct job *job, struct err *err) {
    const char *values[PLACEHOLDER_COUNT];
    struct mint_pin pin;
    char ports[2][8];

    if (find_pin(job, &pin, err) != 0)
        return -1;
    fill_values(job, ports, &pin, values);
    char **argv = placeholder_expand(job->setup->argv, values);
    char **env = placeholder_environment(values);
    struct child_spec spec = {.argv = (const char *const *)argv,
                              .env = (const char *const *)env,
                              .stdin_path = message_path(job),
                              .grace_ms = JOB_GRACE_MS,
                              .inside = job->domain != NULL ? stage_inside(job->setup->stage) : 0,
                              .on_exit = on_exit_of_child,
                              .arg = job};
    int rc = child_spawn(job->setup->site->loop, &spec, &job->child, err);
    if (rc != 0)
        explain_failure(argv[0], err);
    placeholder_free(&argv);
    placeholder_free(&env);
    return rc;
}

/* What a mail server is led to is open already (job_open). */
static int open_ports(struct job *job, struct err *err) {
    if (job->domain != NULL)
        return world_open(job->domain, err);
    return job->recipient != NULL ? 0 : endpoint_listen(job->endpoint, 0, 0, err);
}

/* Once it is told to start and the certificate is there. */
static void begin(struct job *job) {
    const struct job_setup *setup = job->setup;

    if (!job->is_started || !job->is_ready)
        return;
    job->started_us = clock_mono_us(loop_clock(setup->site->loop));
    if (job->result->not_served == NULL && open_ports(job, &job->err) != 0)
        job->result->not_served = mem_strdup(job->err.text);
    if (job->result->not_served == NULL &&
        (write_message(job, &job->err) != 0 || run_command(job, &job->err) != 0))
        job->has_failed = true;
    if (job->has_failed || job->result->not_served != NULL) {
        job->has_exited = job->has_waited = job->is_tried = true;
        timer_set(job->pause, 0); /* on_done comes from the loop, never from job_start */
        return;
    }
    timer_set(job->deadline, limit_ms(job));
}

static void on_ready(struct endpoint *endpoint, const struct err *err, void *arg) {
    struct job *job = arg;

    (void)endpoint;
    job->is_ready = true;
    if (err != NULL)
        job->result->not_served = mem_strdup(err->text);
    begin(job);
}

/* The recipient is in it, whatever domain the option names. */
static void take_domain(struct job *job) {
    struct world *world = stage_world(job->setup->stage);
    const char *to = job->setup->to;
    struct err err;

    job->domain = world_find(world, job->result->scenario);
    if (job->domain == NULL &&
        world_add(world, job->result->scenario, job, &job->domain, &err) != 0) {
        job->result->not_served = mem_strdup(err.text);
        return;
    }
    world_domain_set_owner(job->domain, job);
    world_serve(job->domain, job->endpoint);
    job->recipient =
        mem_printf("%.*s@%s", (int)strcspn(to, "@"), to, world_domain_name(job->domain));
}

struct job *job_new(const struct job_setup *setup, struct result *result) {
    static const struct endpoint_ops ops = {
        .on_query = on_query, .on_ready = on_ready, .on_attempt = on_attempt};
    struct job *job = mem_zalloc(sizeof *job);

    job->setup = setup;
    job->result = result;
    result->exit_status = -1;
    buf_init(&result->output, CHILD_OUTPUT_MAX_B);
    job->deadline = timer_new(setup->site->loop, on_deadline, job);
    job->pause = timer_new(setup->site->loop, on_pause_over, job);
    job->endpoint = endpoint_new(setup->site, result->scenario, &ops, job);
    if (setup->stage != NULL)
        take_domain(job);
    endpoint_prepare(job->endpoint);
    return job;
}

void job_start(struct job *job) {
    job->is_started = true;
    begin(job);
}

int job_open(struct job *job, const char *recipient, unsigned ports[2], struct err *err) {
    job->recipient = mem_strdup(recipient);
    if (endpoint_listen(job->endpoint, ports[0], ports[1], err) != 0)
        return -1;
    ports[0] = endpoint_port(job->endpoint);
    ports[1] = endpoint_tls_port(job->endpoint);
    return 0;
}

void job_tell_tried(struct job *job) {
    job->is_tried = true;
    if (job->is_started && !job->timed_out)
        look_at_end(job);
}

bool job_is_running(const struct job *job) {
    return job->is_started;
}

bool job_is_visited(const struct job *job) {
    return job->result->attempts_seen > 0 || endpoint_open_count(job->endpoint) > 0;
}

bool job_is_handed_in(const struct job *job) {
    return job->is_handed_in;
}

void job_crash(struct job *job, const char *last_words) {
    job_add_output(job, last_words);
    job->has_crashed = job->has_waited = job->is_tried = true;
    endpoint_hang_up(job->endpoint);
    finish(job);
}

void job_add_output(struct job *job, const char *line) {
    buf_printf(&job->result->output, "%s\n", line);
}

void job_tell_question(struct job *job, const struct dns_asked *asked) {
    struct result *result = job->result;

    result->questions_seen++;
    if (result->question_count == JOB_MAX_QUESTIONS)
        return;
    result->questions =
        mem_resize(result->questions, result->question_count + 1, sizeof *result->questions);
    result->questions[result->question_count++] = *asked;
}

void job_tell_fetch(struct job *job, const struct sts_fetch *fetch) {
    struct result *result = job->result;

    if (result->fetch_count == JOB_MAX_FETCHES)
        return;
    result->fetches = mem_resize(result->fetches, result->fetch_count + 1, sizeof *result->fetches);
    result->fetches[result->fetch_count++] = *fetch;
}

void job_stop(struct job *job) {
    timer_unset(job->deadline);
    timer_unset(job->pause);
    if (job->child != NULL)
        child_end(job->child);
}

void job_free(struct job **job) {
    struct job *dying = *job;

    *job = NULL;
    if (dying == NULL)
        return;
    if (dying->domain != NULL) {
        world_domain_set_owner(dying->domain, NULL);
        world_serve(dying->domain, NULL);
    }
    endpoint_free(&dying->endpoint);
    child_free(&dying->child);
    timer_free(&dying->deadline);
    timer_free(&dying->pause);
    free(dying->message);
    free(dying->recipient);
    free(dying);
}

struct result *job_result(struct job *job) {
    return job->result;
}

/* Of a mixture one fault that can show is enough. */
static bool is_hidden_by_host(const struct mint_lab *lab, const struct scenario *scenario) {
    bool hidden = false;

    for (size_t i = 0; i < scenario->fault_count; i++) {
        if (!scenario_is_decisive(scenario, i))
            continue;
        hidden = !mint_names_can_show(lab, &scenario->faults[i]->changes.mint.leaf);
        if (!hidden)
            break;
    }
    return hidden;
}

void job_tell(const struct job *job, struct verdict_input *out) {
    const struct result *result = job->result;

    *out = (struct verdict_input){
        .scenario = result->scenario,
        .attempts = (const struct attempt *const *)result->attempts,
        .attempt_count = result->attempt_count,
        .attempts_seen = result->attempts_seen,
        .questions = (unsigned)result->questions_seen,
        .exit_status = result->exit_status,
        .timed_out = job->timed_out,
        .outstayed = job->outstayed,
        .took_policy = result_has_policy(result),
        .is_fetching = result_is_fetching(result),
        .not_served = result->not_served != NULL,
        .host_hides =
            job->domain == NULL && is_hidden_by_host(job->setup->site->lab, result->scenario),
    };
}
