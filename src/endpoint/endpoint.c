#include "base/log.h"
#include "base/mem.h"
#include "endpoint/endpoint_internal.h"
#include "tls/rehearsal.h"

enum { PAPER_MAX_B = 256 * 1024 };

/* A job that a worker thread does.  It holds all that it needs, so that the endpoint may go meanwhile. */
struct minting {
    struct endpoint *endpoint; /* NULL when nobody waits any more; only the loop's thread looks */
    struct mint_lab *lab, *own_lab; /* own_lab: to be freed; NULL: it is the site's */
    struct recipe recipe;
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

    if (mint_identity_as(job->lab, job->name, &job->recipe.mint, job->now_s, &identity,
                         &job->err) != 0)
        return;
    job->fresh_until_s = identity_fresh_until(identity);
    if ((job->own_lab != NULL && papers_take(&job->papers, identity, &job->err) != 0) ||
        tls_server_new(&job->recipe.tls, identity, &job->tls, &job->err) != 0)
        job->tls = NULL;
    else if (job->is_mixture &&
             tls_server_rehearse(job->tls, mint_lab_sni(job->lab), &job->err) != 0)
        tls_server_free(&job->tls);
    else
        job->revocation = identity_revocation(identity);
    identity_free(&identity);
}

static void tell_connections(struct endpoint *endpoint, const struct err *err) {
    struct connection *next;

    for (struct connection *c = endpoint->connections; c != NULL; c = next) {
        next = connection_next(c);
        connection_go_on(c, err);
    }
}

/* Whatever failed, a full disk or too many open files, is not better at once: who connects often must not make it worse. */
static void rest(struct endpoint *endpoint) {
    enum { REST_MIN_MS = 1000, REST_MAX_MS = 60 * 1000 };

    endpoint->rest_ms = endpoint->rest_ms == 0 ? REST_MIN_MS : endpoint->rest_ms * 2;
    if (endpoint->rest_ms > REST_MAX_MS)
        endpoint->rest_ms = REST_MAX_MS;
    endpoint->retry_at_us =
        clock_mono_us(loop_clock(endpoint->site->loop)) + endpoint->rest_ms * 1000;
}

static void take_over(struct endpoint *endpoint, struct minting *job) {
    const struct err *err = job->tls == NULL ? &job->err : NULL;

    endpoint->minting = NULL;
    if (err == NULL) {
        tls_server_free(&endpoint->tls);
        endpoint->tls = job->tls;
        revocation_free(&endpoint->revocation);
        endpoint->revocation = job->revocation;
        papers_fini(&endpoint->papers);
        endpoint->papers = job->papers;
        papers_init(&job->papers);
        endpoint->fresh_until_s = job->fresh_until_s;
        endpoint->rest_ms = 0;
    } else {
        rest(endpoint);
        log_error("%s: %s", endpoint->scenario->name, err->text);
    }
    tell_connections(endpoint, err);
    if (err == NULL && endpoint->site->web != NULL)
        web_retry(endpoint->site->web);
    if (endpoint->preparing) {
        endpoint->preparing = false;
        if (endpoint->ops->on_ready != NULL)
            endpoint->ops->on_ready(endpoint, err, endpoint->arg);
    }
}

static void drop_what_was_made(struct minting *job) {
    tls_server_free(&job->tls);
    revocation_free(&job->revocation);
}

static void minted(void *arg) {
    struct minting *job = arg;

    if (job->endpoint != NULL)
        take_over(job->endpoint, job);
    else
        drop_what_was_made(job);
    mint_lab_free(&job->own_lab);
    papers_fini(&job->papers);
    free(job->name);
    free(job);
}

/* The lab that has the endpoint's host.  The host's name was looked at when the endpoint got it. */
static void choose_lab(const struct endpoint *endpoint, struct minting *job) {
    struct err err;

    job->lab = endpoint->site->lab;
    if (endpoint->host == NULL)
        return;
    if (mint_lab_for(endpoint->site->lab, endpoint->host, &job->own_lab, &err) != 0)
        abort();
    job->lab = job->own_lab;
}

static void start_minting(struct endpoint *endpoint) {
    struct minting *job = mem_zalloc(sizeof *job);

    *job = (struct minting){.endpoint = endpoint,
                            .recipe = endpoint->scenario->recipe,
                            .name = mem_strdup(endpoint->scenario->name),
                            .is_mixture = endpoint->scenario->fault_count > 1,
                            .now_s = clock_wall_s(loop_clock(endpoint->site->loop))};
    papers_init(&job->papers);
    choose_lab(endpoint, job);
    endpoint->minting = job;
    work_submit(endpoint->site->work, mint_in_thread, minted, job);
}

enum endpoint_tls endpoint_get_tls(struct endpoint *endpoint) {
    const struct clock *clock = loop_clock(endpoint->site->loop);

    if (endpoint->tls != NULL && clock_wall_s(clock) < endpoint->fresh_until_s)
        return ENDPOINT_TLS_FRESH;
    if (endpoint->minting == NULL && clock_mono_us(clock) < endpoint->retry_at_us)
        return ENDPOINT_TLS_FAILED;
    if (endpoint->minting == NULL)
        start_minting(endpoint);
    return ENDPOINT_TLS_MINTING;
}

/* --- what the web port says --- */

static enum web_outcome answer(struct endpoint *endpoint, const struct web_query *query,
                               const uint8_t **out, size_t *out_len) {
    static const enum web_outcome outcomes[] = {
        [REVOCATION_BYTES] = WEB_ANSWERED,
        [REVOCATION_MISSING] = WEB_MISSING,
        [REVOCATION_SILENCE] = WEB_SILENT,
    };
    const struct revocation *revocation = endpoint->revocation;

    if (query->kind == PLACE_CRL)
        return outcomes[revocation_crl(revocation, out, out_len)];
    if (query->base64 != NULL)
        return outcomes[revocation_ocsp_text(revocation, query->base64, out, out_len)];
    return outcomes[revocation_ocsp(revocation, query->body, query->body_len, out, out_len)];
}

static enum web_outcome on_query(const struct web_query *query, const uint8_t **out,
                                 size_t *out_len, void *arg) {
    struct endpoint *endpoint = arg;

    enum endpoint_tls tls = endpoint_get_tls(endpoint);

    if (tls != ENDPOINT_TLS_FRESH)
        return tls == ENDPOINT_TLS_MINTING ? WEB_LATER : WEB_SILENT;
    if (endpoint->ops->on_query != NULL)
        endpoint->ops->on_query(endpoint, query->kind, endpoint->arg);
    return answer(endpoint, query, out, out_len);
}

struct endpoint *endpoint_new(struct site *site, const struct scenario *scenario,
                              const struct endpoint_ops *ops, void *arg) {
    struct endpoint *endpoint = mem_zalloc(sizeof *endpoint);

    *endpoint = (struct endpoint){.site = site, .scenario = scenario, .ops = ops, .arg = arg};
    for (size_t i = 0; i < ENDPOINT_DOORS; i++)
        endpoint->doors[i] =
            (struct door){.endpoint = endpoint, .implicit_tls = i == ENDPOINT_IMPLICIT};
    papers_init(&endpoint->papers);
    endpoint->addresses = site->addresses;
    endpoint->handshakes.turns = site->turns;
    if (site->quota != NULL)
        endpoint->quota =
            quota_new(loop_clock(site->loop), site->max_open, site->max_open_per_peer);
    if (site->web != NULL && mint_needs_web(&scenario->recipe.mint))
        web_add(site->web, scenario->name, on_query, endpoint);
    return endpoint;
}

void endpoint_free(struct endpoint **endpoint) {
    struct endpoint *dying = *endpoint;

    *endpoint = NULL;
    if (dying == NULL)
        return;
    while (dying->connections != NULL)
        connection_drop(dying->connections);
    endpoint_close(dying);
    if (dying->minting != NULL)
        dying->minting->endpoint = NULL;
    if (dying->site->web != NULL)
        web_remove(dying->site->web, dying);
    tls_server_free(&dying->tls);
    revocation_free(&dying->revocation);
    quota_free(&dying->quota);
    papers_fini(&dying->papers);
    free(dying);
}

void endpoint_place(struct endpoint *endpoint, const char *host, const char *const *addresses) {
    endpoint->host = host;
    endpoint->addresses = addresses;
}

const struct endpoint_papers *endpoint_papers(const struct endpoint *endpoint) {
    return endpoint->tls != NULL && endpoint->host != NULL ? &endpoint->papers : NULL;
}

void endpoint_prepare(struct endpoint *endpoint) {
    endpoint->preparing = true;
    if (endpoint->minting == NULL)
        start_minting(endpoint);
}

static void on_accept(int fd, void *arg) {
    connection_open(arg, fd);
}

static int open_door(struct door *door, unsigned port, struct err *err) {
    struct site *site = door->endpoint->site;

    /* One more than there is room for, so that it can be told. */
    return listener_open(site->acceptor, door->endpoint->addresses, port, site->max_open + 1,
                         on_accept, door, &door->listener, err);
}

int endpoint_listen(struct endpoint *endpoint, unsigned port, unsigned tls_port, struct err *err) {
    if (open_door(&endpoint->doors[ENDPOINT_STARTTLS], port, err) != 0)
        return err_prefix(err, "%s", endpoint->scenario->name);
    if (open_door(&endpoint->doors[ENDPOINT_IMPLICIT], tls_port, err) != 0) {
        endpoint_close(endpoint);
        return err_prefix(err, "%s (implicit TLS)", endpoint->scenario->name);
    }
    return 0;
}

int endpoint_listen_submission(struct endpoint *endpoint, unsigned port, struct err *err) {
    if (open_door(&endpoint->doors[ENDPOINT_SUBMISSION], port, err) != 0)
        return err_prefix(err, "%s (submission)", endpoint->scenario->name);
    return 0;
}

void endpoint_close(struct endpoint *endpoint) {
    for (size_t i = 0; i < ENDPOINT_DOORS; i++)
        listener_close(&endpoint->doors[i].listener);
}

unsigned endpoint_port(const struct endpoint *endpoint) {
    return listener_port(endpoint->doors[ENDPOINT_STARTTLS].listener);
}

unsigned endpoint_tls_port(const struct endpoint *endpoint) {
    return listener_port(endpoint->doors[ENDPOINT_IMPLICIT].listener);
}

unsigned endpoint_open_count(const struct endpoint *endpoint) {
    return endpoint->open_count;
}

const struct scenario *endpoint_scenario(const struct endpoint *endpoint) {
    return endpoint->scenario;
}

void endpoint_hang_up(struct endpoint *endpoint) {
    while (endpoint->connections != NULL)
        connection_hang_up(endpoint->connections);
}
