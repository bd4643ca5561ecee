#include "route/route.h"

#include <sys/queue.h>
#include <unbound.h>

#include "base/ascii.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/watch.h"
#include "route/records.h"
#include "route/resolver.h"

enum { CLASS_IN = 1, TYPE_A = 1, TYPE_MX = 15, TYPE_AAAA = 28, WHY_SIZE_B = 256 };

struct lookup;

struct question {
    struct lookup *lookup;
    struct host_state *host; /* NULL: the question for MX */
    int type, id;
    bool is_open;
};

/* What belongs to one of the answer's hosts until it is complete. */
struct host_state {
    struct route_host *host;
    struct question ipv6, ipv4;
    struct records_addresses ipv6_addresses, ipv4_addresses;
    bool has_failed, is_bogus;
};

struct lookup {
    LIST_ENTRY(lookup) link;
    struct route *route;
    struct timer *timer; /* the time limit; once the answer is complete, its delivery */
    bool is_complete;
    enum route_what what;
    char name[ROUTE_NAME_SIZE_B];
    struct question mx;
    struct host_state hosts[ROUTE_MAX_HOSTS];
    struct route_answer answer;
    route_fn *fn;
    void *arg;
};

struct route {
    struct loop *loop;
    struct ub_ctx *ctx;
    struct watch *watch;
    int64_t timeout_ms;
    LIST_HEAD(, lookup) lookups;
};

const char *route_security_name(enum route_security security) {
    static const char *const names[] = {
        [ROUTE_INSECURE] = "insecure", [ROUTE_SECURE] = "secure", [ROUTE_BOGUS] = "bogus"};

    return names[security];
}

const char *route_outcome_name(enum route_outcome outcome) {
    static const char *const names[] = {[ROUTE_FOUND] = "found",
                                        [ROUTE_NULL_MX] = "null-mx",
                                        [ROUTE_NO_HOST] = "no-host",
                                        [ROUTE_FAILED] = "failed"};

    return names[outcome];
}

static const char *type_name(int type) {
    return type == TYPE_MX ? "MX" : type == TYPE_A ? "A" : "AAAA";
}

/* ---- an answer is complete ---- */

static void close_question(struct question *question) {
    if (question->is_open)
        ub_cancel(question->lookup->route->ctx, question->id);
    question->is_open = false;
}

static void complete(struct lookup *lookup) {
    close_question(&lookup->mx);
    for (size_t i = 0; i < ROUTE_MAX_HOSTS; i++) {
        close_question(&lookup->hosts[i].ipv6);
        close_question(&lookup->hosts[i].ipv4);
    }
    lookup->is_complete = true;
    timer_set(lookup->timer, 0);
}

static void fail(struct lookup *lookup, enum route_outcome outcome, const char *why) {
    lookup->answer.outcome = outcome;
    err_set(&lookup->answer.err, "%s: %s", lookup->name, why);
    complete(lookup);
}

/* No host has an address: whose fault is it?  The first failure speaks for all, a forgery before it. */
static void conclude_without_address(struct lookup *lookup) {
    struct route_answer *answer = &lookup->answer;
    const struct host_state *blamed = &lookup->hosts[0];

    for (size_t i = 0; i < answer->host_count; i++) {
        const struct host_state *state = &lookup->hosts[i];
        if (state->is_bogus > blamed->is_bogus ||
            (state->is_bogus == blamed->is_bogus && state->has_failed > blamed->has_failed))
            blamed = state;
    }
    answer->outcome = blamed->has_failed ? ROUTE_FAILED : ROUTE_NO_HOST;
    if (blamed->is_bogus)
        answer->security = ROUTE_BOGUS;
    answer->err = blamed->host->err;
}

static void conclude(struct lookup *lookup) {
    struct route_answer *answer = &lookup->answer;
    size_t addresses = 0;

    for (size_t i = 0; i < answer->host_count; i++) {
        struct host_state *state = &lookup->hosts[i];
        records_join_addresses(&state->ipv6_addresses, &state->ipv4_addresses, state->host);
        if (state->host->address_count == 0 && !state->has_failed)
            err_set(&state->host->err, "%s has no address", state->host->name);
        addresses += state->host->address_count;
    }
    answer->outcome = ROUTE_FOUND;
    if (addresses == 0)
        conclude_without_address(lookup);
    complete(lookup);
}

static bool is_any_host_open(const struct lookup *lookup) {
    for (size_t i = 0; i < lookup->answer.host_count; i++)
        if (lookup->hosts[i].ipv6.is_open || lookup->hosts[i].ipv4.is_open)
            return true;
    return false;
}

/* ---- questions and what comes back ---- */

/* Why libunbound has nothing, or NULL if it is sure that there is nothing. */
static const char *failure_of(int rc, const struct ub_result *result, char why[WHY_SIZE_B]) {
    static const char *const rcodes[] = {
        [1] = "the resolver did not understand (FORMERR): see --resolver",
        [2] = "the resolver gave no answer (SERVFAIL): see --resolver",
        [4] = "the resolver cannot do this (NOTIMP): see --resolver",
        [5] = "the resolver refused to answer (REFUSED): see --resolver",
    };

    if (rc != 0 || result == NULL)
        return ub_strerror(rc);
    if (result->bogus) {
        const char *text = result->why_bogus != NULL ? result->why_bogus : "bogus";
        char clean[WHY_SIZE_B / 2];
        ascii_copy_clean(clean, sizeof clean, text, strlen(text));
        snprintf(why, WHY_SIZE_B, "DNSSEC validation failed: %s", clean);
        return why;
    }
    if (result->havedata || result->nxdomain || result->rcode == 0)
        return NULL;
    if (result->rcode > 0 && (size_t)result->rcode < ARRAY_LEN(rcodes) && rcodes[result->rcode])
        return rcodes[result->rcode];
    snprintf(why, WHY_SIZE_B, "DNS rcode %d", result->rcode);
    return why;
}

static void ask(struct question *question, const char *name);

static void ask_addresses(struct lookup *lookup) {
    struct route_answer *answer = &lookup->answer;

    for (size_t i = 0; i < answer->host_count; i++) {
        struct host_state *state = &lookup->hosts[i];
        *state = (struct host_state){
            .host = &answer->hosts[i],
            .ipv6 = {.lookup = lookup, .host = state, .type = TYPE_AAAA},
            .ipv4 = {.lookup = lookup, .host = state, .type = TYPE_A},
        };
        ask(&state->ipv6, state->host->name);
        ask(&state->ipv4, state->host->name);
    }
    if (!is_any_host_open(lookup))
        conclude(lookup);
}

/* The only host is the name itself. */
static void set_only_host(struct lookup *lookup) {
    struct route_host *host = &lookup->answer.hosts[0];

    lookup->answer.host_count = 1;
    host->is_implicit = true;
    memcpy(host->name, lookup->name, sizeof host->name);
}

static void take_mx(struct lookup *lookup, const struct ub_result *result) {
    struct route_answer *answer = &lookup->answer;

    answer->security = result->secure ? ROUTE_SECURE : ROUTE_INSECURE;
    if (result->nxdomain) {
        fail(lookup, ROUTE_NO_HOST, "there is no such domain (NXDOMAIN)");
        return;
    }
    if (!result->havedata) {
        set_only_host(lookup);
        ask_addresses(lookup);
        return;
    }
    records_take_mx(result->data, result->len, answer);
    if (answer->outcome == ROUTE_FOUND)
        ask_addresses(lookup);
    else if (answer->outcome == ROUTE_NULL_MX)
        fail(lookup, ROUTE_NULL_MX, "the domain takes no mail (null MX, RFC 7505)");
    else
        fail(lookup, ROUTE_NO_HOST, "its MX records name no host");
}

static void take_addresses(struct question *question, const struct ub_result *result) {
    struct host_state *host = question->host;

    if (!result->secure && question->lookup->what == ROUTE_HOST)
        question->lookup->answer.security = ROUTE_INSECURE;
    if (!result->havedata)
        return;
    if (question->type == TYPE_AAAA)
        records_take_addresses(result->data, result->len, NUMERIC_IPV6_B, &host->ipv6_addresses);
    else
        records_take_addresses(result->data, result->len, NUMERIC_IPV4_B, &host->ipv4_addresses);
}

static void note_failure(struct question *question, const char *why, bool is_bogus) {
    struct lookup *lookup = question->lookup;
    struct host_state *host = question->host;

    if (host == NULL) {
        lookup->answer.security = is_bogus ? ROUTE_BOGUS : ROUTE_INSECURE;
        fail(lookup, ROUTE_FAILED, why);
        return;
    }
    if (lookup->what == ROUTE_HOST)
        lookup->answer.security = ROUTE_INSECURE;
    if (!host->has_failed || is_bogus)
        err_set(&host->host->err, "%s of %s: %s", type_name(question->type), host->host->name, why);
    host->has_failed = true;
    host->is_bogus |= is_bogus;
}

static void on_result(void *arg, int rc, struct ub_result *result) {
    struct question *question = arg;
    struct lookup *lookup = question->lookup;
    char text[WHY_SIZE_B];
    const char *why = failure_of(rc, result, text);

    question->is_open = false;
    if (why != NULL)
        note_failure(question, why, result != NULL && result->bogus);
    else if (question->host == NULL)
        take_mx(lookup, result);
    else
        take_addresses(question, result);
    if (question->host != NULL && !is_any_host_open(lookup))
        conclude(lookup);
    ub_resolve_free(result);
}

static void ask(struct question *question, const char *name) {
    int rc = ub_resolve_async(question->lookup->route->ctx, name, question->type, CLASS_IN,
                              question, on_result, &question->id);

    question->is_open = rc == 0;
    if (rc != 0)
        note_failure(question, ub_strerror(rc), false);
}

/* ---- look-ups ---- */

static void free_lookup(struct lookup *lookup) {
    LIST_REMOVE(lookup, link);
    timer_free(&lookup->timer);
    free(lookup);
}

static void time_out(struct lookup *lookup) {
    char why[WHY_SIZE_B];

    snprintf(why, sizeof why, "no answer within %.3g s",
             (double)lookup->route->timeout_ms / 1000.0);
    if (lookup->mx.is_open) {
        note_failure(&lookup->mx, why, false);
        return;
    }
    for (size_t i = 0; i < lookup->answer.host_count; i++) {
        if (lookup->hosts[i].ipv6.is_open)
            note_failure(&lookup->hosts[i].ipv6, why, false);
        if (lookup->hosts[i].ipv4.is_open)
            note_failure(&lookup->hosts[i].ipv4, why, false);
    }
    conclude(lookup);
}

/* The callback may free the route and all its look-ups, so this one leaves the list first. */
static void on_timer(void *arg) {
    struct lookup *lookup = arg;

    if (!lookup->is_complete)
        time_out(lookup);
    LIST_REMOVE(lookup, link);
    timer_free(&lookup->timer);
    lookup->fn(&lookup->answer, lookup->arg);
    free(lookup);
}

static void take_numeric(struct lookup *lookup, const char *address) {
    struct route_host *host = &lookup->answer.hosts[0];

    set_only_host(lookup);
    snprintf(host->addresses[0], sizeof host->addresses[0], "%s", address);
    host->address_count = 1;
    lookup->answer.outcome = ROUTE_FOUND;
    complete(lookup);
}

/* Lower case, without the last dot, safe to show; -1 if it is too long. */
static int take_name(struct lookup *lookup, const char *name) {
    size_t len = strlen(name);

    if (len > 0 && name[len - 1] == '.')
        len--;
    ascii_copy_clean(lookup->name, sizeof lookup->name, name, len);
    for (size_t i = 0; lookup->name[i] != '\0'; i++)
        lookup->name[i] = (char)ascii_lower((unsigned char)lookup->name[i]);
    return len < sizeof lookup->name ? 0 : -1;
}

static void start(struct lookup *lookup, const char *name) {
    char address[NUMERIC_SIZE_B];

    if (take_name(lookup, name) != 0) {
        fail(lookup, ROUTE_NO_HOST, "longer than any name");
    } else if (numeric_parse(lookup->name, address) == 0) {
        take_numeric(lookup, address);
    } else if (lookup->what == ROUTE_HOST) {
        lookup->answer.security = ROUTE_SECURE; /* until one of the answers is not */
        set_only_host(lookup);
        ask_addresses(lookup);
    } else {
        lookup->mx = (struct question){.lookup = lookup, .type = TYPE_MX};
        ask(&lookup->mx, lookup->name);
    }
}

void route_lookup(struct route *route, enum route_what what, const char *name, route_fn *fn,
                  void *arg) {
    struct lookup *lookup = mem_zalloc(sizeof *lookup);

    lookup->route = route;
    lookup->what = what;
    lookup->fn = fn;
    lookup->arg = arg;
    LIST_INSERT_HEAD(&route->lookups, lookup, link);
    lookup->timer = timer_new(route->loop, on_timer, lookup);
    timer_set(lookup->timer, route->timeout_ms);
    start(lookup, name);
}

/* ---- the route ---- */

static void on_readable(void *arg) {
    struct route *route = arg;
    int rc = ub_process(route->ctx);

    if (rc == 0)
        return;
    /* The thread is gone, and its end of the pipe would wake us for ever.  The time limits end what is under way. */
    log_error("libunbound has stopped: %s", ub_strerror(rc));
    watch_free(&route->watch);
}

int route_new(struct loop *loop, const struct route_options *options, struct route **out,
              struct err *err) {
    struct ub_ctx *ctx;

    if (resolver_new(options, &ctx, err) < 0)
        return -1;
    struct route *route = mem_zalloc(sizeof *route);
    route->loop = loop;
    route->ctx = ctx;
    route->timeout_ms = options->timeout_ms;
    LIST_INIT(&route->lookups);
    route->watch = watch_new(loop, ub_fd(ctx), on_readable, route);
    *out = route;
    return 0;
}

void route_free(struct route **route) {
    struct route *dying = *route;

    *route = NULL;
    if (dying == NULL)
        return;
    watch_free(&dying->watch);
    ub_ctx_delete(dying->ctx); /* calls nobody back */
    while (!LIST_EMPTY(&dying->lookups))
        free_lookup(LIST_FIRST(&dying->lookups));
    free(dying);
}
