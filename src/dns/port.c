#include "dns/port.h"

#include "base/mem.h"
#include "net/datagram.h"
#include "net/stream.h"

enum {
    LENGTH_B = 2,
    QUERY_MAX_B = 2048,
    INPUT_B = 64 * 1024, /* what comes in a turn, and a query besides */
    OUTPUT_B = 256 * 1024,
    PORT_TRIES = 64,
    CALLS_PER_TURN = 16, /* of one connection: signing takes time */
};

struct dns_way {
    LIST_ENTRY(dns_way) link; /* of those of its visit */
    struct dns_port *port;
    struct dns_visit *visit;      /* NULL: by UDP */
    struct datagram_route *route; /* NULL: by TCP */
    dns_gone_fn *gone;
    void *arg;
};

struct dns_visit { /* one connection */
    LIST_ENTRY(dns_visit) link;
    struct dns_port *port;
    struct stream *stream;
    struct quota_seat seat, shared_seat;
    uint64_t peer_number;
    struct cookie_peer peer;
    char local[PEER_SIZE_B];
    struct buf came;
    struct timer *again;
    bool is_paused; /* more has come than is taken now */
    LIST_HEAD(, dns_way) kept;
    unsigned kept_count;
};

struct dns_port {
    struct loop *loop;
    dns_call_fn *fn;
    void *arg;
    struct datagram *datagram;
    struct listener *listener;
    struct quota *quota, *shared;
    LIST_HEAD(, dns_visit) visits;
};

/* --- answers --- */

static void answer_by_tcp(struct dns_visit *visit, const void *data, size_t len) {
    const uint8_t length[LENGTH_B] = {(uint8_t)(len >> 8), (uint8_t)len};

    stream_write(visit->stream, length, sizeof length);
    stream_write(visit->stream, data, len);
}

void dns_call_answer(const struct dns_call *call, const void *data, size_t len) {
    if (call->is_tcp)
        answer_by_tcp(call->visit, data, len);
    else
        datagram_answer(call->route, data, len);
}

struct dns_way *dns_call_keep(const struct dns_call *call, dns_gone_fn *gone, void *arg) {
    struct dns_way *way = mem_zalloc(sizeof *way);

    *way = (struct dns_way){.port = call->port, .visit = call->visit, .gone = gone, .arg = arg};
    if (!call->is_tcp) {
        way->route = datagram_keep(call->route);
        return way;
    }
    LIST_INSERT_HEAD(&way->visit->kept, way, link);
    way->visit->kept_count++;
    return way;
}

void dns_way_answer(struct dns_way *way, const void *data, size_t len) {
    if (way->visit != NULL)
        answer_by_tcp(way->visit, data, len);
    else
        datagram_answer(way->route, data, len);
}

void dns_way_free(struct dns_way **way) {
    struct dns_way *dying = *way;

    *way = NULL;
    if (dying == NULL)
        return;
    if (dying->visit != NULL) {
        LIST_REMOVE(dying, link);
        dying->visit->kept_count--;
        if (dying->visit->is_paused)
            timer_set(dying->visit->again, 0);
    }
    free(dying->route);
    free(dying);
}

/* --- by UDP --- */

static void on_datagram(const uint8_t *data, size_t len, const struct datagram_route *route,
                        void *arg) {
    struct dns_port *port = arg;
    struct dns_call call = {.data = data, .len = len, .port = port, .route = route};

    call.peer.len = datagram_peer_bytes(route, call.peer.address);
    call.peer_number = peer_number_of(call.peer.address, call.peer.len);
    datagram_describe_peer(route, call.from);
    datagram_describe_local(route, call.local);
    port->fn(&call, port->arg);
}

/* --- by TCP --- */

static void drop(struct dns_visit *visit) {
    struct dns_way *way;

    LIST_REMOVE(visit, link);
    while ((way = LIST_FIRST(&visit->kept)) != NULL)
        way->gone(way->arg);
    quota_leave(&visit->seat);
    quota_leave(&visit->shared_seat);
    listener_release(visit->port->listener);
    stream_free(&visit->stream);
    timer_free(&visit->again);
    buf_fini(&visit->came);
    free(visit);
}

static void shed(void *arg) {
    drop(arg);
}

static void take_one(struct dns_visit *visit, const uint8_t *data, size_t len) {
    struct dns_port *port = visit->port;
    struct dns_call call = {.data = data,
                            .len = len,
                            .is_tcp = true,
                            .peer = visit->peer,
                            .peer_number = visit->peer_number,
                            .port = port,
                            .visit = visit};

    snprintf(call.from, sizeof call.from, "%s", stream_peer(visit->stream));
    memcpy(call.local, visit->local, sizeof call.local);
    port->fn(&call, port->arg);
}

/* What has come whole is taken; a length that no query has ends the connection.  True: there is more for another turn. */
static bool take_some(struct dns_visit *visit) {
    struct buf *came = &visit->came;
    bool is_more = false;
    size_t used = 0;

    for (int left = CALLS_PER_TURN; came->len - used >= LENGTH_B; left--) {
        size_t query = (size_t)came->data[used] << 8 | came->data[used + 1];
        if (query > QUERY_MAX_B || query == 0) {
            stream_reset(visit->stream);
            return false;
        }
        if (came->len - used < LENGTH_B + query)
            break;
        is_more = left == 0 || visit->kept_count >= DNS_KEPT_PER_VISIT;
        if (is_more)
            break;
        take_one(visit, came->data + used + LENGTH_B, query);
        used += LENGTH_B + query;
    }
    buf_consume(came, used);
    return is_more;
}

static void go_on(struct dns_visit *visit) {
    bool was_paused = visit->is_paused;

    visit->is_paused = take_some(visit);
    if (visit->is_paused && visit->kept_count < DNS_KEPT_PER_VISIT)
        timer_set(visit->again, 0);
    if (visit->is_paused && !was_paused)
        stream_pause(visit->stream);
    else if (!visit->is_paused && was_paused)
        stream_resume(visit->stream);
}

static void on_again(void *arg) {
    go_on(arg);
}

static void on_data(struct stream *stream, const uint8_t *data, size_t len, void *arg) {
    struct dns_visit *visit = arg;

    quota_touch(&visit->seat);
    quota_touch(&visit->shared_seat);
    if (buf_append(&visit->came, data, len) != 0)
        stream_reset(stream);
    else
        go_on(visit);
}

static void on_secured(struct stream *stream, void *arg) {
    (void)stream, (void)arg; /* never: there is no TLS here */
}

static void on_end(struct stream *stream, enum stream_end end, void *arg) {
    (void)stream, (void)end;
    drop(arg);
}

static bool find_room(struct dns_visit *visit) {
    struct dns_port *port = visit->port;

    if (!quota_enter(port->shared, visit->peer_number, &visit->shared_seat, shed, visit))
        return false;
    if (quota_enter(port->quota, visit->peer_number, &visit->seat, shed, visit))
        return true;
    quota_leave(&visit->shared_seat);
    return false;
}

static void on_accept(int fd, void *arg) {
    static const struct stream_ops ops = {
        .on_data = on_data, .on_secured = on_secured, .on_end = on_end};
    static const struct stream_limits limits = {
        .idle_ms = DNS_IDLE_MS, .life_ms = DNS_LIFE_MS, .output_b = OUTPUT_B};
    struct dns_port *port = arg;
    struct dns_visit *visit = mem_zalloc(sizeof *visit);

    visit->port = port;
    visit->peer_number = peer_number(fd);
    if (!find_room(visit)) {
        free(visit);
        listener_turn_away(port->listener, fd, NULL);
        return;
    }
    LIST_INIT(&visit->kept);
    LIST_INSERT_HEAD(&port->visits, visit, link);
    visit->peer.len = peer_bytes(fd, visit->peer.address);
    peer_describe_local(fd, visit->local);
    buf_init(&visit->came, INPUT_B);
    visit->again = timer_new(port->loop, on_again, visit);
    visit->stream = stream_new(port->loop, fd, &limits, &ops, visit);
}

/* --- life --- */

/* A port that is free for both; 1: the one that TCP was given is taken for UDP. */
static int open_both(struct dns_port *port, struct acceptor *acceptor,
                     const struct dns_port_setup *setup, struct err *err) {
    bool is_taken = false;

    if (listener_open(acceptor, setup->addresses, setup->port, DNS_MAX_OPEN + 1, on_accept, port,
                      &port->listener, err) != 0)
        return err_prefix(err, "the DNS port");
    if (datagram_open(port->loop, setup->addresses, listener_port(port->listener), on_datagram,
                      port, &port->datagram, &is_taken, err) == 0)
        return 0;
    listener_close(&port->listener);
    return is_taken && setup->port == 0 ? 1 : err_prefix(err, "the DNS port");
}

int dns_port_open(struct loop *loop, struct acceptor *acceptor, const struct dns_port_setup *setup,
                  struct dns_port **out, struct err *err) {
    struct dns_port *port = mem_zalloc(sizeof *port);
    int rc = 1;

    *port = (struct dns_port){
        .loop = loop, .fn = setup->fn, .arg = setup->arg, .shared = setup->shared};
    LIST_INIT(&port->visits);
    port->quota = quota_new(loop_clock(loop), DNS_MAX_OPEN, DNS_MAX_OPEN_PER_PEER);
    for (int i = 0; rc == 1 && i < PORT_TRIES; i++)
        rc = open_both(port, acceptor, setup, err);
    if (rc != 0) {
        dns_port_close(&port);
        return -1;
    }
    *out = port;
    return 0;
}

void dns_port_close(struct dns_port **port) {
    struct dns_port *dying = *port;

    *port = NULL;
    if (dying == NULL)
        return;
    while (!LIST_EMPTY(&dying->visits))
        drop(LIST_FIRST(&dying->visits));
    datagram_close(&dying->datagram);
    listener_close(&dying->listener);
    quota_free(&dying->quota);
    free(dying);
}

unsigned dns_port_number(const struct dns_port *port) {
    return listener_port(port->listener);
}
