/* trial_room - what is different where the commands run in a room (trial.h). */
#include "harness/trial.h"

static void on_question(const struct dns_asked *asked, struct world_domain *domain,
                        const char *token, void *arg) {
    (void)token, (void)arg;
    if (domain != NULL && world_domain_owner(domain) != NULL)
        job_tell_question(world_domain_owner(domain), asked);
}

static void on_fetch(const struct sts_fetch *fetch, struct world_domain *domain, void *arg) {
    (void)arg;
    if (world_domain_owner(domain) != NULL)
        job_tell_fetch(world_domain_owner(domain), fetch);
}

int trial_open_room(struct trial *trial, struct err *err) {
    return stage_open(&trial->site, &trial->workdir, trial->options->helo, on_question, on_fetch,
                      trial, &trial->stage, err);
}

static void on_set_up(const struct err *err, void *arg) {
    struct trial *trial = arg;

    if (err == NULL) {
        trial_start_more(trial);
        return;
    }
    trial->failed = true;
    trial->err = *err;
    loop_stop(trial->loop);
}

int trial_start_setup(struct trial *trial, struct err *err) {
    const struct setup_spec spec = {.shell = trial->options->setup,
                                    .time_ms = SETUP_TIMES * trial->options->timeout_ms,
                                    .stage = trial->stage,
                                    .workdir = &trial->workdir,
                                    .on_done = on_set_up,
                                    .arg = trial};

    return setup_start(trial->loop, &spec, &trial->starter, err);
}
