#include "route/recursor.h"

#include <unbound.h>

#include "base/log.h"
#include "base/mem.h"
#include "dns/answer.h"
#include "dns/port.h"
#include "dns/relay.h"
#include "net/watch.h"
#include "route/resolver.h"

struct pending { /* a question that libunbound was asked */
    LIST_ENTRY(pending) link;
    struct recursor *recursor;
    struct dns_question question;
    struct dns_way *way; /* NULL: nobody waits for it any more */
    struct timer *timer;
    struct quota_seat seat;
    bool is_tcp;
};

struct recursor {
    struct loop *loop;
    struct ub_ctx *ctx;
    struct watch *watch;
    struct dns_port *port;
    struct quota *quota;
    LIST_HEAD(, pending) pending;
    unsigned pending_count;
};

/* --- answers --- */

static void write_answer(const struct dns_question *question, const struct dns_reply *reply,
                         bool is_tcp, struct buf *out) {
    struct answer_terms terms = {.is_tcp = is_tcp};

    buf_init(out, DNS_TCP_MAX_B);
    answer_write(question, reply, &terms, out);
}

/* At once, and without records. */
static void answer_code(const struct dns_call *call, const struct dns_question *question,
                        enum dns_rcode rcode) {
    struct dns_reply reply;
    struct buf out;

    dns_reply_init(&reply);
    relay_fill_code(rcode, &reply);
    write_answer(question, &reply, call->is_tcp, &out);
    dns_call_answer(call, out.data, out.len);
    buf_fini(&out);
    dns_reply_fini(&reply);
}

/* Nobody waits for it any more; libunbound may still be at it. */
static void let_go(struct pending *pending) {
    timer_free(&pending->timer);
    quota_leave(&pending->seat);
    dns_way_free(&pending->way);
}

static void answer(struct pending *pending, const struct relay_found *found) {
    struct dns_reply reply;
    struct buf out;

    dns_reply_init(&reply);
    relay_fill(&pending->question, found, &reply);
    write_answer(&pending->question, &reply, pending->is_tcp, &out);
    dns_way_answer(pending->way, out.data, out.len);
    buf_fini(&out);
    dns_reply_fini(&reply);
    let_go(pending);
}

static void give_up(void *arg) {
    static const struct relay_found nothing = {.message = NULL};

    answer(arg, &nothing);
}

static void on_gone(void *arg) {
    let_go(arg);
}

/* --- questions --- */

static void free_pending(struct pending *pending) {
    LIST_REMOVE(pending, link);
    pending->recursor->pending_count--;
    let_go(pending);
    free(pending);
}

static void on_result(void *arg, int rc, struct ub_result *result) {
    struct pending *pending = arg;
    struct relay_found found = {.message = NULL};

    if (rc == 0 && result != NULL)
        found = (struct relay_found){.message = result->answer_packet,
                                     .len = (size_t)result->answer_len,
                                     .is_secure = result->secure,
                                     .is_bogus = result->bogus,
                                     .why = result->why_bogus};
    if (pending->way != NULL)
        answer(pending, &found);
    free_pending(pending);
    ub_resolve_free(result);
}

static void ask(struct recursor *recursor, const struct dns_call *call,
                const struct dns_question *question) {
    struct pending *pending = mem_zalloc(sizeof *pending);
    char name[DNS_NAME_TEXT_SIZE_B];
    int id;

    *pending =
        (struct pending){.recursor = recursor, .question = *question, .is_tcp = call->is_tcp};
    LIST_INSERT_HEAD(&recursor->pending, pending, link);
    recursor->pending_count++;
    if (recursor->pending_count > RECURSOR_MAX_ASKED ||
        !quota_enter(recursor->quota, call->peer_number, &pending->seat, give_up, pending) ||
        ub_resolve_async(recursor->ctx, dns_name_format(&question->name, name), question->type,
                         DNS_CLASS_IN, pending, on_result, &id) != 0) {
        answer_code(call, question, DNS_SERVFAIL);
        free_pending(pending);
        return;
    }
    pending->way = dns_call_keep(call, on_gone, pending);
    pending->timer = timer_new(recursor->loop, give_up, pending);
    timer_set(pending->timer, RECURSOR_TIME_MS);
}

static void on_call(const struct dns_call *call, void *arg) {
    struct dns_question question;

    if (!dns_question_read(call->data, call->len, &question))
        return;
    enum dns_rcode refusal = relay_refusal(&question);
    if (refusal != DNS_NOERROR)
        answer_code(call, &question, refusal);
    else
        ask(arg, call, &question);
}

/* --- life --- */

static void on_readable(void *arg) {
    struct recursor *recursor = arg;
    int rc = ub_process(recursor->ctx);

    if (rc == 0)
        return;
    /* The thread is gone, and its end of the pipe would wake us for ever.  The time limits end what is under way. */
    log_error("libunbound has stopped: %s", ub_strerror(rc));
    watch_free(&recursor->watch);
}

int recursor_new(struct loop *loop, const struct recursor_setup *setup, struct recursor **out,
                 struct err *err) {
    struct recursor *recursor = mem_zalloc(sizeof *recursor);
    struct dns_port_setup port = {
        .addresses = setup->addresses, .port = setup->port, .fn = on_call, .arg = recursor};

    recursor->loop = loop;
    LIST_INIT(&recursor->pending);
    recursor->quota = quota_new(loop_clock(loop), RECURSOR_MAX_OPEN, RECURSOR_MAX_OPEN_PER_PEER);
    if (resolver_new_below(setup->root, setup->trust_anchor, &recursor->ctx, err) != 0 ||
        dns_port_open(loop, setup->acceptor, &port, &recursor->port, err) != 0) {
        recursor_free(&recursor);
        return -1;
    }
    recursor->watch = watch_new(loop, ub_fd(recursor->ctx), on_readable, recursor);
    *out = recursor;
    return 0;
}

void recursor_free(struct recursor **recursor) {
    struct recursor *dying = *recursor;

    *recursor = NULL;
    if (dying == NULL)
        return;
    watch_free(&dying->watch);
    if (dying->ctx != NULL)
        ub_ctx_delete(dying->ctx); /* calls nobody back */
    while (!LIST_EMPTY(&dying->pending))
        free_pending(LIST_FIRST(&dying->pending));
    dns_port_close(&dying->port);
    quota_free(&dying->quota);
    free(dying);
}

void recursor_give_up(struct recursor *recursor, const char *name, unsigned type) {
    struct pending *pending;
    struct dns_name wanted;

    if (dns_name_parse(name, &wanted) != 0)
        return;
    LIST_FOREACH(pending, &recursor->pending, link)
    if (pending->way != NULL && pending->question.type == type &&
        dns_name_is_equal(&pending->question.name, &wanted))
        give_up(pending);
}

unsigned recursor_port(const struct recursor *recursor) {
    return dns_port_number(recursor->port);
}
