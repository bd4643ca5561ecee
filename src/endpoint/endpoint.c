#include "base/mem.h"
#include "endpoint/endpoint_internal.h"

static void tell_connections(struct endpoint *endpoint, const struct err *err) {
    struct connection *next;

    for (struct connection *c = endpoint->connections; c != NULL; c = next) {
        next = connection_next(c);
        connection_go_on(c, err);
    }
}

static void on_made(const struct err *err, void *arg) {
    struct endpoint *endpoint = arg;

    tell_connections(endpoint, err);
    if (err == NULL && endpoint->site->web != NULL)
        web_retry(endpoint->site->web);
    if (endpoint->preparing) {
        endpoint->preparing = false;
        if (endpoint->ops->on_ready != NULL)
            endpoint->ops->on_ready(endpoint, err, endpoint->arg);
    }
}

/* --- what the web port says --- */

static enum web_outcome answer(struct endpoint *endpoint, const struct web_query *query,
                               const uint8_t **out, size_t *out_len) {
    static const enum web_outcome outcomes[] = {
        [REVOCATION_BYTES] = WEB_ANSWERED,
        [REVOCATION_MISSING] = WEB_MISSING,
        [REVOCATION_SILENCE] = WEB_SILENT,
    };
    const struct revocation *revocation = credentials_revocation(endpoint->credentials);

    if (query->kind == PLACE_CRL)
        return outcomes[revocation_crl(revocation, out, out_len)];
    if (query->base64 != NULL)
        return outcomes[revocation_ocsp_text(revocation, query->base64, out, out_len)];
    return outcomes[revocation_ocsp(revocation, query->body, query->body_len, out, out_len)];
}

static enum web_outcome on_query(const struct web_query *query, const uint8_t **out,
                                 size_t *out_len, void *arg) {
    struct endpoint *endpoint = arg;

    enum credentials_state state = credentials_get(endpoint->credentials);

    if (state != CREDENTIALS_FRESH)
        return state == CREDENTIALS_MINTING ? WEB_LATER : WEB_SILENT;
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
    endpoint->credentials =
        credentials_new(&(struct credentials_setup){.site = site,
                                                    .name = scenario->name,
                                                    .mint = &scenario->recipe.mint,
                                                    .tls = &scenario->recipe.tls,
                                                    .is_mixture = scenario->fault_count > 1,
                                                    .on_made = on_made,
                                                    .arg = endpoint});
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
    if (dying->site->web != NULL)
        web_remove(dying->site->web, dying);
    credentials_free(&dying->credentials);
    quota_free(&dying->quota);
    free(dying);
}

void endpoint_place(struct endpoint *endpoint, const char *host, const char *const *addresses) {
    credentials_set_host(endpoint->credentials, host);
    endpoint->addresses = addresses;
}

const struct endpoint_papers *endpoint_papers(const struct endpoint *endpoint) {
    return credentials_papers(endpoint->credentials);
}

void endpoint_prepare(struct endpoint *endpoint) {
    endpoint->preparing = true;
    credentials_prepare(endpoint->credentials);
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
