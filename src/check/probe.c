#include <errno.h>
#include <string.h>

#include "base/mem.h"
#include "check/internal.h"
#include "net/connector.h"
#include "net/stream.h"
#include "smtp/client.h"
#include "tls/iana.h"

enum { PROBE_OUTPUT_MAX_B = 64 * 1024, PROBE_LINGER_MS = 500, PROBE_COMMANDS_MAX_B = 4096 };

/* A chain that a thread judges: that takes as long as the server likes. */
struct judging {
    struct probe *probe; /* NULL: it was given up */
    struct chain_sent *sent;
    const struct trust *trust;
    int64_t now_s;
    struct facts_chain chain;
    bool is_judged;
    struct err err;
};

struct probe {
    const struct check_run_state *run;
    struct probe_spec spec;
    struct connector *connector;
    struct stream *stream;
    struct smtp_client *client;
    struct engine *engine; /* the stream's; NULL before TLS */
    struct probe_outcome outcome;
    struct judging *judging; /* NULL: none is under way */
    bool is_over;            /* but for that */
    struct buf commands;
    int64_t deadline_us;
    struct timer *late; /* at the deadline, whatever the stream waits for */
    probe_done_fn *fn;
    void *arg;
};

static bool is_through(const struct probe *probe) {
    return probe->outcome.handshake.handshake == TLS_HANDSHAKE_COMPLETED;
}

/* Nothing that came of it says anything of the server; another try may. */
static void forget(struct probe_outcome *outcome) {
    facts_chain_fini(&outcome->chain);
    dh_group_free(&outcome->group);
    outcome->has_chain = outcome->looked = outcome->offers_auth = false;
    outcome->within_tls[0] = '\0';
    outcome->starttls = SMTP_CLIENT_STARTTLS_UNKNOWN;
    outcome->behind_starttls_b = 0;
    outcome->handshake = (struct facts_handshake){.alert_read = TLS_NO_ALERT};
    outcome->transient = true;
    if (outcome->err.text[0] == '\0')
        err_set(&outcome->err,
                "doormat itself failed: see whether this machine is short of memory");
}

static void finish(struct probe *probe) {
    struct probe_outcome *outcome = &probe->outcome;

    if (probe->client != NULL) {
        outcome->offers_auth = smtp_client_offers_auth(probe->client);
        outcome->starttls = smtp_client_starttls(probe->client);
        outcome->behind_starttls_b = smtp_client_behind_starttls_b(probe->client);
        outcome->transient |= smtp_client_is_temporary(probe->client) && !is_through(probe);
        if (smtp_client_error(probe->client)[0] != '\0')
            err_set(&outcome->err, "%s", smtp_client_error(probe->client));
    }
    if (outcome->is_ours || outcome->handshake.failure == TLS_FAILURE_OURS)
        forget(outcome);
    /* The receiver frees the probe, and has chain and group now. */
    struct probe_outcome handed_over = *outcome;
    outcome->chain = (struct facts_chain){0};
    outcome->group = NULL;
    probe->fn(&handed_over, probe->arg);
}

static void send_commands(struct probe *probe) {
    stream_write(probe->stream, probe->commands.data, probe->commands.len);
    buf_reset(&probe->commands);
}

static void start_tls(struct probe *probe) {
    struct err *err = &probe->outcome.err;

    if (tls_client_engine(probe->run->offers[probe->spec.view], probe->spec.sni,
                          &probe->outcome.handshake, &probe->engine, err) != 0) {
        probe->outcome.is_ours = true;
        stream_finish(probe->stream, PROBE_LINGER_MS);
        return;
    }
    stream_secure(probe->stream, probe->engine);
}

static void follow(struct probe *probe, enum smtp_client_step step) {
    send_commands(probe);
    if (step == SMTP_CLIENT_START_TLS)
        start_tls(probe);
    else if (step != SMTP_CLIENT_READ)
        stream_finish(probe->stream, PROBE_LINGER_MS);
}

static void on_data(struct stream *stream, const uint8_t *data, size_t len, void *arg) {
    struct probe *probe = arg;

    (void)stream;
    follow(probe, smtp_client_feed(probe->client, data, len, &probe->commands));
}

static void judge_chain(void *arg) {
    struct judging *job = arg;

    job->is_judged =
        chain_sent_judge(job->sent, job->trust, job->now_s, &job->chain, &job->err) == 0;
}

static void hand_over_chain(struct judging *job) {
    struct probe *probe = job->probe;
    struct probe_outcome *outcome = &probe->outcome;

    probe->judging = NULL;
    outcome->has_chain = job->is_judged;
    if (job->is_judged) {
        outcome->chain = job->chain;
        job->chain = (struct facts_chain){0};
    } else {
        outcome->err = job->err;
        outcome->is_ours = true;
    }
    if (probe->is_over)
        finish(probe);
}

static void on_chain_judged(void *arg) {
    struct judging *job = arg;

    if (job->probe != NULL)
        hand_over_chain(job);
    facts_chain_fini(&job->chain);
    chain_sent_free(&job->sent);
    free(job);
}

static void take_chain(struct probe *probe) {
    struct chain_sent *sent = NULL;

    if (tls_client_chain_sent(probe->engine, &sent, &probe->outcome.err) != 0)
        return;
    if (probe->spec.known_leaf != NULL && chain_sent_is_of(sent, probe->spec.known_leaf)) {
        chain_sent_free(&sent);
        return;
    }
    probe->judging = mem_zalloc(sizeof *probe->judging);
    *probe->judging = (struct judging){.probe = probe,
                                       .sent = sent,
                                       .trust = probe->run->trust,
                                       .now_s = clock_wall_s(loop_clock(probe->run->loop))};
    work_submit(probe->run->work, judge_chain, on_chain_judged, probe->judging);
}

static void on_secured(struct stream *stream, void *arg) {
    struct probe *probe = arg;

    (void)stream;
    take_chain(probe);
    if (probe->spec.want_group)
        probe->outcome.group = tls_client_group(probe->engine);
    enum smtp_client_step step = smtp_client_secured(probe->client, &probe->commands);
    follow(probe, probe->spec.is_curt ? SMTP_CLIENT_DONE : step);
}

/* What an end says where the dialogue itself has said nothing. */
static const struct {
    const char *text;
    bool transient;
} ends[] = {
    [STREAM_END_NONE] = {NULL, false},
    [STREAM_END_EOF] = {"the server closed the connection", true},
    [STREAM_END_CLOSE_NOTIFY] = {"the server closed the connection", true},
    [STREAM_END_RESET] = {"the server reset the connection", true},
    [STREAM_END_TLS] = {"it failed", false},
    [STREAM_END_TIMEOUT] = {"the server took too long", true},
    [STREAM_END_BROKEN] = {"this machine cannot go on with the connection", true},
    [STREAM_END_OURS] = {NULL, false},
};

static bool is_said(const struct probe *probe) {
    return probe->outcome.err.text[0] != '\0' || smtp_client_error(probe->client)[0] != '\0';
}

/* A server without STARTTLS has had its say; how it takes the QUIT is its own affair. */
static bool is_answered(const struct probe *probe) {
    enum smtp_client_starttls starttls = smtp_client_starttls(probe->client);

    return is_through(probe) || starttls == SMTP_CLIENT_STARTTLS_NOT_OFFERED ||
           starttls == SMTP_CLIENT_STARTTLS_REFUSED;
}

/* Alerts that say no to what was offered.  Any other may be about the server itself. */
static bool is_refusal(int alert, bool sent_name) {
    enum {
        ALERT_HANDSHAKE_FAILURE = 40,
        ALERT_ILLEGAL_PARAMETER = 47,
        ALERT_PROTOCOL_VERSION = 70,
        ALERT_INSUFFICIENT_SECURITY = 71,
        ALERT_MISSING_EXTENSION = 109,
        ALERT_UNRECOGNIZED_NAME = 112,
    };
    static const int alerts[] = {ALERT_HANDSHAKE_FAILURE, ALERT_ILLEGAL_PARAMETER,
                                 ALERT_PROTOCOL_VERSION, ALERT_INSUFFICIENT_SECURITY,
                                 ALERT_MISSING_EXTENSION};

    for (size_t i = 0; i < ARRAY_LEN(alerts); i++)
        if (alert == alerts[i])
            return true;
    return alert == ALERT_UNRECOGNIZED_NAME && !sent_name;
}

/* The server has said no, or chosen what was not offered.  Who hangs up has said nothing. */
static bool is_refused(const struct probe *probe) {
    const struct facts_handshake *handshake = &probe->outcome.handshake;

    if (probe->engine == NULL || is_through(probe) || !handshake->begun)
        return false;
    return handshake->failure == TLS_FAILURE_VERSION || handshake->failure == TLS_FAILURE_CIPHER ||
           is_refusal(handshake->alert_read, probe->spec.sni != NULL) ||
           policy_wants_client_cert(handshake);
}

/* What another try may change. */
static bool is_bad_moment(const struct probe *probe, enum stream_end end) {
    const struct facts_handshake *handshake = &probe->outcome.handshake;

    if (is_refused(probe))
        return false;
    if (handshake->alert_read != TLS_NO_ALERT)
        return true;
    return ends[end].transient;
}

/* The connection is secure, and behind it there is no mail server, or none for us. */
static void note_dialogue(struct probe *probe, enum stream_end end) {
    char *out = probe->outcome.within_tls;
    size_t size_b = sizeof probe->outcome.within_tls;
    const char *error = smtp_client_error(probe->client);
    const char *reason = probe->outcome.handshake.reason;

    if (!is_through(probe) || probe->spec.is_curt || smtp_client_is_done(probe->client))
        return;
    if (*error != '\0')
        snprintf(out, size_b, "%.150s", error);
    else
        snprintf(out, size_b, "no reply within TLS: %s",
                 *reason != '\0'          ? reason
                 : ends[end].text != NULL ? ends[end].text
                                          : "the connection ended");
    probe->outcome.transient |= *error != '\0' ? smtp_client_is_temporary(probe->client)
                                               : end != STREAM_END_TIMEOUT && ends[end].transient;
}

static void note_end_of_handshake(struct probe *probe, enum stream_end end) {
    struct facts_handshake *handshake = &probe->outcome.handshake;

    if (probe->engine != NULL && !is_through(probe) && end != STREAM_END_TLS &&
        ends[end].text != NULL)
        snprintf(handshake->end, sizeof handshake->end, "%s", ends[end].text);
}

static void note_end(struct probe *probe, enum stream_end end) {
    const struct facts_handshake *handshake = &probe->outcome.handshake;
    const char *awaited = smtp_client_awaits(probe->client);
    struct err *err = &probe->outcome.err;

    if (handshake->alert_read != TLS_NO_ALERT)
        err_set(err, "waiting for %s: the server sent the alert %d (%s)", awaited,
                handshake->alert_read, tls_alert_name(handshake->alert_read));
    else if (*handshake->reason != '\0')
        err_set(err, "waiting for %s: %s (%s)", awaited, ends[end].text, handshake->reason);
    else
        err_set(err, "waiting for %s: %s", awaited, ends[end].text);
    probe->outcome.transient = is_bad_moment(probe, end);
}

static void on_end(struct stream *stream, enum stream_end end, void *arg) {
    struct probe *probe = arg;
    struct facts_handshake *handshake = &probe->outcome.handshake;

    (void)stream;
    if (handshake->handshake == TLS_HANDSHAKE_BEGUN)
        handshake->handshake = TLS_HANDSHAKE_FAILED;
    probe->outcome.looked = is_through(probe) || is_refused(probe);
    probe->outcome.timed_out = end == STREAM_END_TIMEOUT;
    probe->outcome.is_ours |= end == STREAM_END_BROKEN;
    note_dialogue(probe, end);
    note_end_of_handshake(probe, end);
    if (!is_said(probe) && !is_answered(probe) && ends[end].text != NULL)
        note_end(probe, end);
    probe->is_over = true;
    if (probe->judging == NULL) {
        finish(probe);
        return;
    }
    timer_unset(probe->late);
    stream_free(&probe->stream);
}

static int64_t left_ms(const struct probe *probe) {
    int64_t left_us = probe->deadline_us - clock_mono_us(loop_clock(probe->run->loop));

    return left_us > 1000 ? left_us / 1000 : 1;
}

static void on_late(void *arg) {
    struct probe *probe = arg;

    on_end(probe->stream, STREAM_END_TIMEOUT, probe);
}

/* The name in EHLO is this machine's, or the address that it has here (RFC 5321 4.1.1.1, 4.1.3). */
static struct smtp_client *client_of(const struct probe *probe, int fd) {
    const struct check_options *options = probe->run->options;
    bool is_implicit = check_is_implicit(options, probe->spec.port);
    char address[NUMERIC_SIZE_B] = "127.0.0.1", literal[NUMERIC_SIZE_B + 8];

    if (options->helo != NULL)
        return smtp_client_new(options->helo, is_implicit);
    (void)!connector_local(fd, address);
    snprintf(literal, sizeof literal, strchr(address, ':') != NULL ? "[IPv6:%s]" : "[%s]", address);
    return smtp_client_new(literal, is_implicit);
}

/* What this machine has no way to is not the server's fault, and another try changes nothing. */
static void note_no_connection(struct probe *probe, int cause) {
    bool is_ipv6 = strchr(probe->spec.address, ':') != NULL;

    probe->outcome.lacks_route = connector_lacks_route(probe->connector);
    probe->outcome.transient = !probe->outcome.lacks_route;
    if (probe->outcome.lacks_route)
        err_set(&probe->outcome.err, "not tried: this machine has no way to %s (%s)%s",
                is_ipv6 ? "IPv6 addresses" : "the address", strerror(cause),
                is_ipv6 ? "; --ipv4 leaves them out" : "");
    else
        err_set(&probe->outcome.err, "no connection: %s", strerror(cause));
}

static void on_connected(int fd, int cause, void *arg) {
    static const struct stream_ops ops = {
        .on_data = on_data, .on_secured = on_secured, .on_end = on_end};
    struct probe *probe = arg;
    const struct check_options *options = probe->run->options;
    struct stream_limits limits = {
        .idle_ms = options->step_ms, .life_ms = left_ms(probe), .output_b = PROBE_OUTPUT_MAX_B};

    if (fd < 0) {
        note_no_connection(probe, cause);
        finish(probe);
        return;
    }
    probe->outcome.connected = true;
    probe->client = client_of(probe, fd);
    probe->stream = stream_new(probe->run->loop, fd, &limits, &ops, probe);
    probe->late = timer_new(probe->run->loop, on_late, probe);
    timer_set(probe->late, left_ms(probe));
    if (check_is_implicit(options, probe->spec.port))
        start_tls(probe);
}

struct probe *probe_new(const struct check_run_state *run, const struct probe_spec *spec,
                        probe_done_fn *fn, void *arg) {
    struct probe *probe = mem_zalloc(sizeof *probe);

    *probe = (struct probe){.run = run, .spec = *spec, .fn = fn, .arg = arg};
    probe->outcome.handshake.alert_read = TLS_NO_ALERT;
    buf_init(&probe->commands, PROBE_COMMANDS_MAX_B);
    probe->deadline_us = clock_mono_us(loop_clock(run->loop)) + spec->life_ms * 1000;
    int64_t connect_ms = run->options->connect_ms;
    probe->connector =
        connector_new(run->loop, spec->address, spec->port,
                      connect_ms < spec->life_ms ? connect_ms : spec->life_ms, on_connected, probe);
    return probe;
}

void probe_free(struct probe **probe) {
    struct probe *dying = *probe;

    *probe = NULL;
    if (dying == NULL)
        return;
    if (dying->judging != NULL)
        dying->judging->probe = NULL;
    connector_free(&dying->connector);
    timer_free(&dying->late);
    stream_free(&dying->stream);
    smtp_client_free(&dying->client);
    buf_fini(&dying->commands);
    facts_chain_fini(&dying->outcome.chain);
    dh_group_free(&dying->outcome.group);
    free(dying);
}
