#include "web/web.h"

#include "base/mem.h"
#include "net/peer.h"
#include "net/stream.h"

enum { LINGER_MS = 2000 };

struct teller { /* who answers for a name */
    const char *name;
    web_fn *fn;
    void *arg;
};

/* One connection, with its one request. */
struct visit {
    struct web *web;
    struct visit *next, *previous;
    struct stream *stream;
    struct http_request request;
    struct quota_seat seat, shared_seat;
    bool has_asked;  /* what comes now is not read */
    bool is_waiting; /* for web_retry */
};

struct web {
    struct loop *loop;
    struct listener *listener;
    struct teller *tellers;
    size_t teller_count;
    struct visit *visits;         /* all that are open */
    struct quota *quota, *shared; /* NULL: peers are not limited */
};

static void drop(struct visit *visit) {
    if (visit->previous != NULL)
        visit->previous->next = visit->next;
    else
        visit->web->visits = visit->next;
    if (visit->next != NULL)
        visit->next->previous = visit->previous;
    quota_leave(&visit->seat);
    quota_leave(&visit->shared_seat);
    listener_release(visit->web->listener);
    stream_free(&visit->stream);
    http_fini(&visit->request);
    free(visit);
}

static void reply(struct visit *visit, enum http_status status, const char *type,
                  const uint8_t *data, size_t len) {
    struct buf out;

    buf_init(&out, WEB_REPLY_MAX_B);
    http_reply(visit->request.method, status, type, data, len,
               clock_wall_s(loop_clock(visit->web->loop)), &out);
    stream_write(visit->stream, out.data, out.len);
    buf_fini(&out);
    stream_finish(visit->stream, LINGER_MS);
}

static void refuse(struct visit *visit, enum http_status status) {
    static const char why[] = "Revocation lists and OCSP are here, and nothing else.\n";

    reply(visit, status, "text/plain", (const uint8_t *)why, sizeof why - 1);
}

static const struct teller *find(const struct web *web, const char *name) {
    for (size_t i = 0; i < web->teller_count; i++)
        if (strcmp(web->tellers[i].name, name) == 0)
            return &web->tellers[i];
    return NULL;
}

static void ask(struct visit *visit, const struct teller *teller, const struct place *place) {
    static const char *const types[] = {
        [PLACE_CRL] = "application/pkix-crl",
        [PLACE_OCSP] = "application/ocsp-response",
    };
    const struct web_query query = {.kind = place->kind,
                                    .base64 = place->base64,
                                    .body = visit->request.body,
                                    .body_len = visit->request.body_len};
    const uint8_t *answer;
    size_t len;
    enum web_outcome outcome = teller->fn(&query, &answer, &len, teller->arg);

    visit->is_waiting = outcome == WEB_LATER;
    if (outcome == WEB_ANSWERED)
        reply(visit, HTTP_OK, types[place->kind], answer, len);
    else if (outcome == WEB_MISSING)
        refuse(visit, HTTP_NOT_FOUND);
}

static void serve(struct visit *visit) {
    struct place place;
    enum http_status status = place_find(&visit->request, &place);
    const struct teller *teller = status == HTTP_OK ? find(visit->web, place.name) : NULL;

    if (teller != NULL)
        ask(visit, teller, &place);
    else
        refuse(visit, status != HTTP_OK ? status : HTTP_NOT_FOUND);
}

static void on_data(struct stream *stream, const uint8_t *data, size_t len, void *arg) {
    struct visit *visit = arg;

    (void)stream;
    if (visit->has_asked)
        return;
    enum http_status status = http_feed(&visit->request, data, len);
    visit->has_asked = status != HTTP_MORE;
    if (visit->has_asked)
        stream_prolong(visit->stream, WEB_LIFE_MS);
    if (status == HTTP_OK)
        serve(visit);
    else if (status != HTTP_MORE)
        refuse(visit, status);
}

static void on_secured(struct stream *stream, void *arg) {
    (void)stream, (void)arg; /* never: there is no TLS here */
}

static void on_end(struct stream *stream, enum stream_end end, void *arg) {
    (void)stream, (void)end;
    drop(arg);
}

static void shed(void *arg) {
    drop(arg);
}

static bool find_room(struct visit *visit, int fd) {
    struct web *web = visit->web;
    uint64_t peer = web->quota != NULL ? peer_number(fd) : 0;

    if (!quota_enter(web->shared, peer, &visit->shared_seat, shed, visit))
        return false;
    if (quota_enter(web->quota, peer, &visit->seat, shed, visit))
        return true;
    quota_leave(&visit->shared_seat);
    return false;
}

static void on_accept(int fd, void *arg) {
    static const struct stream_ops ops = {
        .on_data = on_data, .on_secured = on_secured, .on_end = on_end};
    static const struct stream_limits limits = {
        .idle_ms = WEB_ASK_MS, .life_ms = WEB_ASK_MS, .output_b = WEB_REPLY_MAX_B};
    static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
                               "Content-Length: 0\r\nConnection: close\r\n\r\n";
    struct web *web = arg;
    struct visit *visit = mem_zalloc(sizeof *visit);

    visit->web = web;
    if (!find_room(visit, fd)) {
        free(visit);
        listener_turn_away(web->listener, fd, busy);
        return;
    }
    visit->next = web->visits;
    if (visit->next != NULL)
        visit->next->previous = visit;
    web->visits = visit;
    http_init(&visit->request);
    visit->stream = stream_new(web->loop, fd, &limits, &ops, visit);
}

int web_new(struct loop *loop, struct acceptor *acceptor, const char *const *addresses,
            unsigned port, struct web **out, struct err *err) {
    struct web *web = mem_zalloc(sizeof *web);

    web->loop = loop;
    if (listener_open(acceptor, addresses, port, WEB_MAX_OPEN + 1, on_accept, web, &web->listener,
                      err) != 0) {
        free(web);
        return err_prefix(err, "the web port");
    }
    *out = web;
    return 0;
}

void web_free(struct web **web) {
    struct web *dying = *web;

    *web = NULL;
    if (dying == NULL)
        return;
    while (dying->visits != NULL)
        drop(dying->visits);
    listener_close(&dying->listener);
    quota_free(&dying->quota);
    free(dying->tellers);
    free(dying);
}

void web_limit_peers(struct web *web, struct quota *shared) {
    web->shared = shared;
    web->quota = quota_new(loop_clock(web->loop), WEB_MAX_OPEN, WEB_MAX_OPEN_PER_PEER);
}

unsigned web_port(const struct web *web) {
    return listener_port(web->listener);
}

void web_add(struct web *web, const char *name, web_fn *fn, void *arg) {
    web->tellers = mem_resize(web->tellers, web->teller_count + 1, sizeof *web->tellers);
    web->tellers[web->teller_count++] = (struct teller){name, fn, arg};
}

void web_remove(struct web *web, const void *arg) {
    size_t kept = 0;

    for (size_t i = 0; i < web->teller_count; i++)
        if (web->tellers[i].arg != arg)
            web->tellers[kept++] = web->tellers[i];
    web->teller_count = kept;
}

void web_retry(struct web *web) {
    for (struct visit *visit = web->visits, *next; visit != NULL; visit = next) {
        next = visit->next;
        if (visit->is_waiting) {
            visit->is_waiting = false;
            serve(visit);
        }
    }
}
