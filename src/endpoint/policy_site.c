#include "endpoint/policy_site.h"

#include "base/log.h"
#include "base/mem.h"
#include "endpoint/credentials.h"
#include "sts/host.h"
#include "sts/policy.h"
#include "web/http_port.h"

enum {
    MAX_OPEN = 64,
    MAX_OPEN_PER_PEER = 16,
    ASK_MS = 30 * 1000,
    LARGE_B = 80 * 1024, /* RFC 8461 3.3 suggests a limit of 64 KiB */
    STREAM_MS = 50,      /* between two pieces of what never ends */
    STREAM_B = 16 * 1024,
    DRIP_MS = 1000
};

struct policy_site {
    struct policy_site_setup setup;
    struct http_port *port; /* NULL until it is open */
    struct credentials *credentials;
    struct buf body; /* the policy */
    bool is_dying, is_hanging_up;
};

/* One connection. */
struct fetching {
    struct policy_site *policy;
    struct http_visit *visit;
    struct sts_fetch fetch;
    struct tls_seen tls;
    struct timer *timer; /* for what comes in pieces; or NULL */
    bool is_answered;    /* to the end */
};

/* --- what is answered --- */

enum manner { WHOLE, PADDED, ENDLESS, CHUNKED, DRIPPING, NEVER };

static const struct answer {
    enum http_status status;
    enum manner manner;
    bool leads_elsewhere;
    const char *type;
} answers[STS_HTTP_COUNT] = {
    [STS_HTTP_SOUND] = {HTTP_OK, WHOLE, false, NULL},
    [STS_HTTP_MOVED] = {HTTP_MOVED, WHOLE, true, NULL},
    [STS_HTTP_FOUND] = {HTTP_FOUND, WHOLE, true, NULL},
    [STS_HTTP_NOT_FOUND] = {HTTP_NOT_FOUND, WHOLE, false, NULL},
    [STS_HTTP_SERVER_ERROR] = {HTTP_SERVER_ERROR, WHOLE, false, NULL},
    [STS_HTTP_NO_CONTENT] = {HTTP_NO_CONTENT, WHOLE, false, NULL},
    [STS_HTTP_TYPE_HTML] = {HTTP_OK, WHOLE, false, "text/html"},
    [STS_HTTP_LARGE] = {HTTP_OK, PADDED, false, NULL},
    [STS_HTTP_ENDLESS] = {HTTP_OK, ENDLESS, false, NULL},
    [STS_HTTP_CHUNKED_ENDLESS] = {HTTP_OK, CHUNKED, false, NULL},
    [STS_HTTP_SILENT] = {HTTP_OK, NEVER, false, NULL},
    [STS_HTTP_DRIP] = {HTTP_OK, DRIPPING, false, NULL},
};

static const char *type_of(const struct answer *answer) {
    return answer->type != NULL ? answer->type : "text/plain";
}

static void put_head(struct fetching *fetching, enum http_status status, const char *fields) {
    struct buf head;

    buf_init(&head, HTTP_REPLY_MAX_B);
    http_head(status, fields, clock_wall_s(loop_clock(fetching->policy->setup.site->loop)), &head);
    http_visit_write(fetching->visit, head.data, head.len);
    buf_fini(&head);
}

static void put_body(struct fetching *fetching, const void *data, size_t len) {
    http_visit_write(fetching->visit, data, len);
    fetching->fetch.sent_b += len;
}

static void finish(struct fetching *fetching) {
    fetching->is_answered = true;
    http_visit_finish(fetching->visit);
}

static void put_whole(struct fetching *fetching, const struct answer *answer,
                      const struct buf *body) {
    char *location =
        answer->leads_elsewhere
            ? mem_printf("Location: https://%s%s\r\n", fetching->policy->setup.host, STS_MOVED_PATH)
            : mem_strdup("");
    /* With 204 there is neither a body nor a length (RFC 9110 8.6). */
    bool has_body = answer->status != HTTP_NO_CONTENT && !answer->leads_elsewhere;
    char *fields = answer->status == HTTP_NO_CONTENT
                       ? mem_strdup("")
                       : mem_printf("%sContent-Type: %s\r\nContent-Length: %zu\r\n", location,
                                    type_of(answer), has_body ? body->len : 0);

    put_head(fetching, answer->status, fields);
    if (has_body)
        put_body(fetching, body->data, body->len);
    free(fields);
    free(location);
    finish(fetching);
}

/* Lines that are valid in a policy and mean nothing. */
static void pad(struct buf *out, size_t len) {
    static const char line[] = "padding: this line is there to be read, and says nothing\r\n";

    while (out->len < len && buf_puts(out, line) == 0)
        ;
}

static void stream_more(void *arg) {
    struct fetching *fetching = arg;
    bool is_chunked = answers[fetching->policy->setup.knobs->http].manner == CHUNKED;
    struct buf piece;
    char size[16];

    buf_init(&piece, 2 * STREAM_B);
    pad(&piece, STREAM_B);
    snprintf(size, sizeof size, "%zx\r\n", piece.len);
    if (is_chunked)
        http_visit_write(fetching->visit, size, strlen(size));
    put_body(fetching, piece.data, piece.len);
    if (is_chunked)
        http_visit_write(fetching->visit, "\r\n", 2);
    buf_fini(&piece);
    timer_set(fetching->timer, STREAM_MS);
}

static void drip_on(void *arg) {
    struct fetching *fetching = arg;
    const struct buf *body = &fetching->policy->body;

    if (fetching->fetch.sent_b < body->len)
        put_body(fetching, body->data + fetching->fetch.sent_b, 1);
    if (fetching->fetch.sent_b < body->len)
        timer_set(fetching->timer, DRIP_MS);
    else
        finish(fetching);
}

/* The policy first, so that who reads only the beginning has one. */
static void begin_stream(struct fetching *fetching, const struct answer *answer) {
    const struct buf *body = &fetching->policy->body;
    bool is_chunked = answer->manner == CHUNKED;
    char size[16];

    put_head(fetching, answer->status,
             is_chunked ? "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n"
                        : "Content-Type: text/plain\r\n");
    snprintf(size, sizeof size, "%zx\r\n", body->len);
    if (is_chunked)
        http_visit_write(fetching->visit, size, strlen(size));
    put_body(fetching, body->data, body->len);
    if (is_chunked)
        http_visit_write(fetching->visit, "\r\n", 2);
    fetching->timer = timer_new(fetching->policy->setup.site->loop, stream_more, fetching);
    timer_set(fetching->timer, STREAM_MS);
}

static void begin_drip(struct fetching *fetching, const struct answer *answer) {
    char fields[128];

    snprintf(fields, sizeof fields, "Content-Type: text/plain\r\nContent-Length: %zu\r\n",
             fetching->policy->body.len);
    put_head(fetching, answer->status, fields);
    fetching->timer = timer_new(fetching->policy->setup.site->loop, drip_on, fetching);
    timer_set(fetching->timer, DRIP_MS);
}

static void put_padded(struct fetching *fetching, const struct answer *answer) {
    struct buf body;

    buf_init(&body, HTTP_REPLY_MAX_B);
    buf_append(&body, fetching->policy->body.data, fetching->policy->body.len);
    pad(&body, LARGE_B);
    put_whole(fetching, answer, &body);
    buf_fini(&body);
}

static void give(struct fetching *fetching, const struct answer *answer) {
    fetching->fetch.status = answer->manner != NEVER ? answer->status : 0;
    fetching->fetch.is_policy = fetching->fetch.status == HTTP_OK;
    switch (answer->manner) {
    case WHOLE:
        put_whole(fetching, answer, &fetching->policy->body);
        break;
    case PADDED:
        put_padded(fetching, answer);
        break;
    case DRIPPING:
        begin_drip(fetching, answer);
        break;
    case ENDLESS:
    case CHUNKED:
        begin_stream(fetching, answer);
        break;
    case NEVER:
        break;
    }
}

static void refuse(struct fetching *fetching, enum http_status status) {
    static const char why[] = "Here is nothing but " STS_POLICY_PATH ".\n";

    fetching->fetch.status = status;
    fetching->is_answered = true;
    http_visit_reply(fetching->visit, status, "text/plain", (const uint8_t *)why, sizeof why - 1);
}

static void note_request(struct fetching *fetching, const struct http_request *request) {
    fetching->fetch.method = http_method_name(request->method);
    snprintf(fetching->fetch.path, sizeof fetching->fetch.path, "%.*s",
             (int)sizeof fetching->fetch.path - 1, request->path);
}

static void on_request(struct http_visit *visit, enum http_status status, void *arg) {
    const struct policy_site *policy = arg;
    const struct http_request *request = http_visit_request(visit);
    struct fetching *fetching = http_visit_owner(visit);
    const struct answer *answer = &answers[policy->setup.knobs->http];

    if (status != HTTP_OK) {
        refuse(fetching, status);
        return;
    }
    note_request(fetching, request);
    if (request->method == HTTP_GET && strcmp(request->path, STS_POLICY_PATH) == 0)
        give(fetching, answer);
    else if (request->method == HTTP_GET && answer->leads_elsewhere &&
             strcmp(request->path, STS_MOVED_PATH) == 0)
        give(fetching, &answers[STS_HTTP_SOUND]);
    else
        refuse(fetching, HTTP_NOT_FOUND);
}

/* --- connections --- */

static struct fetching *fetching_of(struct policy_site *policy, struct http_visit *visit) {
    struct fetching *fetching = http_visit_owner(visit);

    if (fetching != NULL)
        return fetching;
    fetching = mem_zalloc(sizeof *fetching);
    fetching->policy = policy;
    fetching->visit = visit;
    fetching->fetch.at_us = clock_wall_us(loop_clock(policy->setup.site->loop));
    snprintf(fetching->fetch.peer, sizeof fetching->fetch.peer, "%s", http_visit_peer(visit));
    tls_seen_init(&fetching->tls);
    http_visit_set_owner(visit, fetching);
    return fetching;
}

static enum http_secure secure(struct http_visit *visit, struct engine **out, void *arg) {
    struct policy_site *policy = arg;
    struct fetching *fetching = fetching_of(policy, visit);
    enum credentials_state state = credentials_get(policy->credentials);
    struct err err;

    if (state != CREDENTIALS_FRESH)
        return state == CREDENTIALS_MINTING ? HTTP_SECURE_LATER : HTTP_SECURE_NEVER;
    if (tls_server_engine(credentials_tls(policy->credentials), &fetching->tls, out, &err) == 0)
        return HTTP_SECURE_NOW;
    log_error("%s: %s", policy->setup.name, err.text);
    return HTTP_SECURE_NEVER;
}

static void on_end(struct http_visit *visit, void *arg) {
    const struct policy_site *policy = arg;
    struct fetching *fetching = http_visit_owner(visit);
    struct sts_fetch *fetch = &fetching->fetch;
    const struct tls_seen *tls = &fetching->tls;

    fetch->is_secured = tls->handshake == TLS_HANDSHAKE_COMPLETED;
    fetch->alert = tls->alert_read;
    fetch->is_cut = policy->is_hanging_up && !fetching->is_answered;
    if (tls->hello_seen)
        snprintf(fetch->sni, sizeof fetch->sni, "%.*s", (int)sizeof fetch->sni - 1, tls->hello.sni);
    if (policy->setup.on_fetch != NULL && !policy->is_dying)
        policy->setup.on_fetch(fetch, policy->setup.arg);
    timer_free(&fetching->timer);
    free(fetching);
}

static void on_made(const struct err *err, void *arg) {
    struct policy_site *policy = arg;

    (void)err; /* who asks next is told */
    if (policy->port != NULL)
        http_port_retry(policy->port);
}

/* --- life --- */

struct policy_site *policy_site_new(const struct policy_site_setup *setup) {
    const struct sts_host_knobs *knobs = sts_host_knobs(setup->knobs->host);
    struct policy_site *policy = mem_zalloc(sizeof *policy);

    policy->setup = *setup;
    policy->credentials = credentials_new(&(struct credentials_setup){.site = setup->site,
                                                                      .name = setup->name,
                                                                      .host = setup->host,
                                                                      .mint = &knobs->mint,
                                                                      .tls = &knobs->tls,
                                                                      .on_made = on_made,
                                                                      .arg = policy});
    buf_init(&policy->body, STS_POLICY_MAX_B);
    sts_put_policy(setup->knobs, setup->domain, setup->mx, &policy->body);
    return policy;
}

void policy_site_free(struct policy_site **policy) {
    struct policy_site *dying = *policy;

    *policy = NULL;
    if (dying == NULL)
        return;
    dying->is_dying = true;
    http_port_free(&dying->port);
    credentials_free(&dying->credentials);
    buf_fini(&dying->body);
    free(dying);
}

int policy_site_open(struct policy_site *policy, unsigned port, struct err *err) {
    static const struct http_port_ops ops = {
        .on_request = on_request, .secure = secure, .on_end = on_end};
    const struct site *site = policy->setup.site;
    const struct http_port_setup setup = {.loop = site->loop,
                                          .acceptor = site->acceptor,
                                          .addresses = policy->setup.addresses,
                                          .port = port,
                                          .max_open = MAX_OPEN,
                                          .max_open_per_peer = MAX_OPEN_PER_PEER,
                                          .ask_ms = ASK_MS,
                                          .life_ms = site->stream.life_ms,
                                          .ops = &ops,
                                          .arg = policy};

    if (policy->port != NULL)
        return 0;
    if (http_port_open(&setup, &policy->port, err) != 0)
        return err_prefix(err, "%s (MTA-STS policy)", policy->setup.name);
    if (site->quota != NULL)
        http_port_limit_peers(policy->port, site->quota);
    return 0;
}

unsigned policy_site_port(const struct policy_site *policy) {
    return http_port_number(policy->port);
}

void policy_site_hang_up(struct policy_site *policy) {
    policy->is_hanging_up = true;
    if (policy->port != NULL)
        http_port_hang_up(policy->port);
    policy->is_hanging_up = false;
}
