#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "endpoint/credentials_internal.h"
#include "tls/rehearsal.h"

enum { PAPER_MAX_B = 256 * 1024 };

/* A job that a worker thread does.  It holds all that it needs, so that the credentials may go meanwhile. */
struct minting {
    struct credentials
        *credentials; /* NULL when nobody waits any more; only the loop's thread looks */
    struct mint_lab *lab, *own_lab; /* own_lab: to be freed; NULL: it is the site's */
    struct mint_knobs mint;
    struct tls_knobs knobs;
    char *name;      /* of the scenario */
    bool is_mixture; /* of which nobody knows yet whether a sender can get in */
    int64_t now_s, fresh_until_s;
    struct tls_server *tls;
    struct revocation *revocation;
    struct endpoint_papers papers;
    struct err err;
};

static void papers_init(struct endpoint_papers *papers) {
    for (size_t i = 0; i < IDENTITY_PART_COUNT; i++) {
        buf_init(&papers->whole[i], PAPER_MAX_B);
        buf_init(&papers->keys[i], PAPER_MAX_B);
    }
}

static void papers_fini(struct endpoint_papers *papers) {
    for (size_t i = 0; i < IDENTITY_PART_COUNT; i++) {
        buf_fini(&papers->whole[i]);
        buf_fini(&papers->keys[i]);
    }
}

static int papers_take(struct endpoint_papers *papers, const struct identity *identity,
                       struct err *err) {
    for (size_t i = 0; i < IDENTITY_PART_COUNT; i++)
        if (identity_der(identity, (enum identity_part)i, &papers->whole[i], &papers->keys[i],
                         err) != 0)
            return -1;
    return 0;
}

static void mint_in_thread(void *arg) {
    struct minting *job = arg;
    struct identity *identity = NULL;

    if (mint_identity_as(job->lab, job->name, &job->mint, job->now_s, &identity, &job->err) != 0)
        return;
    job->fresh_until_s = identity_fresh_until(identity);
    if ((job->own_lab != NULL && papers_take(&job->papers, identity, &job->err) != 0) ||
        tls_server_new(&job->knobs, identity, &job->tls, &job->err) != 0)
        job->tls = NULL;
    else if (job->is_mixture &&
             tls_server_rehearse(job->tls, mint_lab_sni(job->lab), &job->err) != 0)
        tls_server_free(&job->tls);
    else
        job->revocation = identity_revocation(identity);
    identity_free(&identity);
}

/* Whatever failed, a full disk or too many open files, is not better at once: who connects often must not make it worse. */
static void rest(struct credentials *credentials) {
    enum { REST_MIN_MS = 1000, REST_MAX_MS = 60 * 1000 };

    credentials->rest_ms = credentials->rest_ms == 0 ? REST_MIN_MS : credentials->rest_ms * 2;
    if (credentials->rest_ms > REST_MAX_MS)
        credentials->rest_ms = REST_MAX_MS;
    credentials->retry_at_us =
        clock_mono_us(loop_clock(credentials->setup.site->loop)) + credentials->rest_ms * 1000;
}

static void take_over(struct credentials *credentials, struct minting *job) {
    const struct err *err = job->tls == NULL ? &job->err : NULL;

    credentials->minting = NULL;
    if (err == NULL) {
        tls_server_free(&credentials->tls);
        credentials->tls = job->tls;
        revocation_free(&credentials->revocation);
        credentials->revocation = job->revocation;
        papers_fini(&credentials->papers);
        credentials->papers = job->papers;
        papers_init(&job->papers);
        credentials->fresh_until_s = job->fresh_until_s;
        credentials->rest_ms = 0;
    } else {
        rest(credentials);
        log_error("%s: %s", credentials->setup.name, err->text);
    }
    credentials->setup.on_made(err, credentials->setup.arg);
}

static void drop_what_was_made(struct minting *job) {
    tls_server_free(&job->tls);
    revocation_free(&job->revocation);
}

static void minted(void *arg) {
    struct minting *job = arg;

    if (job->credentials != NULL)
        take_over(job->credentials, job);
    else
        drop_what_was_made(job);
    mint_lab_free(&job->own_lab);
    papers_fini(&job->papers);
    free(job->name);
    free(job);
}

/* The lab that has the host.  The host's name was looked at when it was given. */
static void choose_lab(const struct credentials *credentials, struct minting *job) {
    const struct credentials_setup *setup = &credentials->setup;
    struct err err;

    job->lab = setup->site->lab;
    if (setup->host == NULL)
        return;
    if (mint_lab_for(setup->site->lab, setup->host, &job->own_lab, &err) != 0)
        abort();
    job->lab = job->own_lab;
}

static void start_minting(struct credentials *credentials) {
    const struct credentials_setup *setup = &credentials->setup;
    struct minting *job = mem_zalloc(sizeof *job);

    *job = (struct minting){.credentials = credentials,
                            .mint = *setup->mint,
                            .knobs = *setup->tls,
                            .name = mem_strdup(setup->name),
                            .is_mixture = setup->is_mixture,
                            .now_s = clock_wall_s(loop_clock(setup->site->loop))};
    papers_init(&job->papers);
    choose_lab(credentials, job);
    credentials->minting = job;
    work_submit(setup->site->work, mint_in_thread, minted, job);
}

struct credentials *credentials_new(const struct credentials_setup *setup) {
    struct credentials *credentials = mem_zalloc(sizeof *credentials);

    credentials->setup = *setup;
    papers_init(&credentials->papers);
    return credentials;
}

void credentials_free(struct credentials **credentials) {
    struct credentials *dying = *credentials;

    *credentials = NULL;
    if (dying == NULL)
        return;
    if (dying->minting != NULL)
        dying->minting->credentials = NULL;
    tls_server_free(&dying->tls);
    revocation_free(&dying->revocation);
    papers_fini(&dying->papers);
    free(dying);
}

void credentials_set_host(struct credentials *credentials, const char *host) {
    credentials->setup.host = host;
}

void credentials_prepare(struct credentials *credentials) {
    if (credentials->minting == NULL)
        start_minting(credentials);
}

enum credentials_state credentials_get(struct credentials *credentials) {
    const struct clock *clock = loop_clock(credentials->setup.site->loop);

    if (credentials->tls != NULL && clock_wall_s(clock) < credentials->fresh_until_s)
        return CREDENTIALS_FRESH;
    if (credentials->minting == NULL && clock_mono_us(clock) < credentials->retry_at_us)
        return CREDENTIALS_FAILED;
    if (credentials->minting == NULL)
        start_minting(credentials);
    return CREDENTIALS_MINTING;
}

struct tls_server *credentials_tls(const struct credentials *credentials) {
    return credentials->tls;
}

const struct revocation *credentials_revocation(const struct credentials *credentials) {
    return credentials->revocation;
}

const struct endpoint_papers *credentials_papers(const struct credentials *credentials) {
    return credentials->tls != NULL && credentials->setup.host != NULL ? &credentials->papers
                                                                       : NULL;
}
