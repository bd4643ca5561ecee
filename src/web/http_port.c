#include "web/http_port.h"

#include "base/mem.h"
#include "net/peer.h"
#include "net/stream.h"

enum { LINGER_MS = 2000 };

/* What a visit waits for. */
enum waiting { WAITING_NOT, WAITING_FOR_ENGINE, WAITING_FOR_ANSWER };

struct http_visit {
    struct http_port *port;
    struct http_visit *next, *previous;
    struct stream *stream;
    struct http_request request;
    struct quota_seat seat, shared_seat;
    bool has_asked; /* what comes now is not read */
    enum waiting waiting;
    void *owner;
};

struct http_port {
    struct http_port_setup setup;
    struct listener *listener;
    struct http_visit *visits;    /* all that are open */
    struct quota *quota, *shared; /* NULL: peers are not limited */
};

static void drop(struct http_visit *visit) {
    struct http_port *port = visit->port;

    if (port->setup.ops->on_end != NULL)
        port->setup.ops->on_end(visit, port->setup.arg);
    if (visit->previous != NULL)
        visit->previous->next = visit->next;
    else
        port->visits = visit->next;
    if (visit->next != NULL)
        visit->next->previous = visit->previous;
    quota_leave(&visit->seat);
    quota_leave(&visit->shared_seat);
    listener_release(port->listener);
    stream_free(&visit->stream);
    http_fini(&visit->request);
    free(visit);
}

/* --- what one visit is told --- */

const struct http_request *http_visit_request(const struct http_visit *visit) {
    return &visit->request;
}

const char *http_visit_peer(const struct http_visit *visit) {
    return stream_peer(visit->stream);
}

void http_visit_set_owner(struct http_visit *visit, void *owner) {
    visit->owner = owner;
}

void *http_visit_owner(const struct http_visit *visit) {
    return visit->owner;
}

void http_visit_wait(struct http_visit *visit) {
    visit->waiting = WAITING_FOR_ANSWER;
}

void http_visit_write(struct http_visit *visit, const void *data, size_t len) {
    stream_write(visit->stream, data, len);
}

void http_visit_finish(struct http_visit *visit) {
    stream_finish(visit->stream, LINGER_MS);
}

void http_visit_reply(struct http_visit *visit, enum http_status status, const char *type,
                      const uint8_t *data, size_t len) {
    struct buf out;

    buf_init(&out, HTTP_REPLY_MAX_B);
    http_reply(visit->request.method, status, type, data, len,
               clock_wall_s(loop_clock(visit->port->setup.loop)), &out);
    http_visit_write(visit, out.data, out.len);
    buf_fini(&out);
    http_visit_finish(visit);
}

/* --- what comes --- */

static void tell_request(struct http_visit *visit, enum http_status status) {
    const struct http_port_setup *setup = &visit->port->setup;

    setup->ops->on_request(visit, status, setup->arg);
}

static void on_data(struct stream *stream, const uint8_t *data, size_t len, void *arg) {
    struct http_visit *visit = arg;

    (void)stream;
    if (visit->has_asked)
        return;
    enum http_status status = http_feed(&visit->request, data, len);
    visit->has_asked = status != HTTP_MORE;
    if (!visit->has_asked)
        return;
    stream_prolong(visit->stream, visit->port->setup.life_ms);
    tell_request(visit, status);
}

static void on_secured(struct stream *stream, void *arg) {
    (void)stream, (void)arg; /* the client speaks first */
}

static void on_end(struct stream *stream, enum stream_end end, void *arg) {
    (void)stream, (void)end;
    drop(arg);
}

static void secure(struct http_visit *visit) {
    const struct http_port_setup *setup = &visit->port->setup;
    struct engine *engine = NULL;
    enum http_secure how = setup->ops->secure(visit, &engine, setup->arg);

    visit->waiting = how == HTTP_SECURE_LATER ? WAITING_FOR_ENGINE : WAITING_NOT;
    if (how == HTTP_SECURE_NOW)
        stream_secure(visit->stream, engine);
    else if (how == HTTP_SECURE_LATER)
        stream_pause(visit->stream);
    else
        stream_finish(visit->stream, LINGER_MS);
}

static void shed(void *arg) {
    drop(arg);
}

static bool find_room(struct http_visit *visit, int fd) {
    struct http_port *port = visit->port;
    uint64_t peer = port->quota != NULL ? peer_number(fd) : 0;

    if (!quota_enter(port->shared, peer, &visit->shared_seat, shed, visit))
        return false;
    if (quota_enter(port->quota, peer, &visit->seat, shed, visit))
        return true;
    quota_leave(&visit->shared_seat);
    return false;
}

/* Where TLS comes first nothing can be said. */
static void turn_away(struct http_port *port, int fd) {
    static const char busy[] = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\n"
                               "Content-Length: 0\r\nConnection: close\r\n\r\n";

    listener_turn_away(port->listener, fd, port->setup.ops->secure == NULL ? busy : NULL);
}

static void on_accept(int fd, void *arg) {
    static const struct stream_ops ops = {
        .on_data = on_data, .on_secured = on_secured, .on_end = on_end};
    struct http_port *port = arg;
    const struct http_port_setup *setup = &port->setup;
    const struct stream_limits limits = {
        .idle_ms = setup->ask_ms, .life_ms = setup->ask_ms, .output_b = HTTP_REPLY_MAX_B};
    struct http_visit *visit = mem_zalloc(sizeof *visit);

    visit->port = port;
    if (!find_room(visit, fd)) {
        free(visit);
        turn_away(port, fd);
        return;
    }
    visit->next = port->visits;
    if (visit->next != NULL)
        visit->next->previous = visit;
    port->visits = visit;
    http_init(&visit->request);
    visit->stream = stream_new(setup->loop, fd, &limits, &ops, visit);
    if (setup->ops->secure != NULL)
        secure(visit);
}

/* --- the port --- */

int http_port_open(const struct http_port_setup *setup, struct http_port **out, struct err *err) {
    struct http_port *port = mem_zalloc(sizeof *port);

    port->setup = *setup;
    /* One more than there is room for, so that it can be told. */
    if (listener_open(setup->acceptor, setup->addresses, setup->port, setup->max_open + 1,
                      on_accept, port, &port->listener, err) != 0) {
        free(port);
        return -1;
    }
    *out = port;
    return 0;
}

void http_port_free(struct http_port **port) {
    struct http_port *dying = *port;

    *port = NULL;
    if (dying == NULL)
        return;
    http_port_hang_up(dying);
    listener_close(&dying->listener);
    quota_free(&dying->quota);
    free(dying);
}

void http_port_limit_peers(struct http_port *port, struct quota *shared) {
    const struct http_port_setup *setup = &port->setup;

    port->shared = shared;
    port->quota = quota_new(loop_clock(setup->loop), setup->max_open, setup->max_open_per_peer);
}

unsigned http_port_number(const struct http_port *port) {
    return listener_port(port->listener);
}

void http_port_hang_up(struct http_port *port) {
    while (port->visits != NULL)
        drop(port->visits);
}

static void go_on(struct http_visit *visit) {
    enum waiting waiting = visit->waiting;

    visit->waiting = WAITING_NOT;
    if (waiting == WAITING_FOR_ANSWER)
        tell_request(visit, HTTP_OK);
    if (waiting != WAITING_FOR_ENGINE)
        return;
    secure(visit);
    if (visit->waiting == WAITING_NOT)
        stream_resume(visit->stream);
}

void http_port_retry(struct http_port *port) {
    for (struct http_visit *visit = port->visits, *next; visit != NULL; visit = next) {
        next = visit->next;
        go_on(visit);
    }
}
