#include "report/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "report/explain.h"
#include "report/plain.h"

enum { MAX_NAMES = 3 };

/* --- counts --- */

struct counting {
    struct buf *out;
    bool has_begun;
};

static void put_part(struct counting *counting, const char *text) {
    buf_printf(counting->out, "%s%s", counting->has_begun ? "; " : "", text);
    counting->has_begun = true;
}

static void put_share(struct counting *counting, unsigned n, unsigned of, const char *one,
                      const char *many, const char *what) {
    char text[128];

    snprintf(text, sizeof(text), "%u of %u %s %s", n, of, of == 1 ? one : many, what);
    if (of > 0)
        put_part(counting, text);
}

static void put_number(struct counting *counting, unsigned n, const char *what) {
    char text[128];

    snprintf(text, sizeof(text), "%u %s", n, what);
    if (n > 0)
        put_part(counting, text);
}

void summary_put_counts(const struct run *run, struct buf *out) {
    static const struct {
        enum outcome outcome;
        const char *what;
    } others[] = {
        {OUTCOME_HARMLESS, "did no harm"},   {OUTCOME_NOT_OFFERED, "not offered"},
        {OUTCOME_EITHER, "rightly refused"}, {OUTCOME_NOT_SHOWN, "not shown"},
        {OUTCOME_UNCLEAR, "unclear"},
    };
    struct counting counting = {.out = out};
    struct run_summary sum;

    run_summarise(run, &sum);
    put_share(&counting, sum.by_outcome[OUTCOME_NOTICED], sum.faults, "fault", "faults", "noticed");
    put_share(&counting, sum.by_outcome[OUTCOME_ACCEPTED], sum.oddities, "unusual server",
              "unusual servers", "accepted");
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        put_number(&counting, sum.by_outcome[others[i].outcome], others[i].what);
    put_number(&counting, sum.failures, sum.failures == 1 ? "failure" : "failures");
    put_number(&counting, sum.warnings, sum.warnings == 1 ? "warning" : "warnings");
    buf_puts(out, counting.has_begun ? ".\n" : ""); /* the sentence says that there was nothing */
}

void summary_put_interrupted(const struct run *run, struct buf *out) {
    struct run_summary sum;

    run_summarise(run, &sum);
    if (run->signal != 0)
        buf_printf(out, "Interrupted: %u of %u tried; nothing is said about the others.\n",
                   sum.total, run->planned);
}

/* --- controls --- */

static bool has_failed(const struct result *result) {
    return scenario_is_control(result->scenario) && !result->verdict.as_expected;
}

static unsigned depending_on_failed(const struct run *run) {
    unsigned n = 0;

    for (size_t i = 0; i < run->count; i++)
        n += run->results[i].verdict.reason == REASON_CONTROL_FAILED;
    return n;
}

/* The first that failed, a leak before all others. */
static const struct result *worst_control(const struct run *run) {
    const struct result *worst = NULL;

    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];

        if (has_failed(result) && (worst == NULL || (result->verdict.kind == VERDICT_LEAKED &&
                                                     worst->verdict.kind != VERDICT_LEAKED)))
            worst = result;
    }
    return worst;
}

static void put_failed_names(const struct run *run, struct buf *out) {
    unsigned n = 0;

    for (size_t i = 0; i < run->count; i++)
        if (has_failed(&run->results[i]) && n++ < MAX_NAMES)
            buf_printf(out, "%s`%s`", n > 1 ? ", " : "", run->results[i].scenario->name);
    if (n > MAX_NAMES)
        buf_printf(out, " and %u more", n - MAX_NAMES);
}

static bool is_without_connection(const struct result *result) {
    return result->verdict.reason == REASON_NO_CONNECTION;
}

/* Nothing in the command says where to go; a script may read it in the environment, which does not show here. */
static bool names_no_port(const struct run *run) {
    static const char *const marks[] = {"{port}", "{tls_port}", "DOORMAT_"};

    if (run->sender == NULL)
        return false;
    for (size_t i = 0; run->sender[i] != NULL; i++)
        for (size_t k = 0; k < ARRAY_LEN(marks); k++)
            if (strstr(run->sender[i], marks[k]) != NULL)
                return false;
    return true;
}

static bool is_sent_nowhere(const struct result *result, const struct run *run) {
    return is_without_connection(result) && names_no_port(run);
}

static bool is_absent(const struct result *result, const struct run *run) {
    (void)run;
    return is_without_connection(result);
}

static bool is_in_tls(const struct result *result, const struct run *run) {
    (void)run;
    enum reason_kind reason = result->verdict.reason;

    return result->verdict.kind == VERDICT_TURNED_AWAY &&
           (reason == REASON_ALERT || reason == REASON_LEFT_HANDSHAKE ||
            reason == REASON_QUIT_AFTER || reason == REASON_CLOSED_AFTER);
}

static bool is_quiet_end(const struct result *result, const struct run *run) {
    (void)run;
    return is_without_connection(result) && result->exit_status == 0;
}

static bool is_leak(const struct result *result, const struct run *run) {
    (void)run;
    return result->verdict.kind == VERDICT_LEAKED;
}

static bool is_late(const struct result *result, const struct run *run) {
    (void)run;
    return result->verdict.reason == REASON_NOT_FINISHED;
}

static bool is_any(const struct result *result, const struct run *run) {
    (void)run;
    return result != NULL;
}

static bool has_log(const struct run *run) {
    return run->settings != NULL && run->settings->log.count > 0;
}

static bool is_unrouted(const struct result *result, const struct run *run) {
    return run->in_room && is_without_connection(result);
}

static bool is_unasked(const struct result *result, const struct run *run) {
    return is_unrouted(result, run) && result->questions_seen == 0;
}

static bool is_own_told_leak(const struct result *result, const struct run *run) {
    return has_log(run) && is_leak(result, run);
}

static bool is_own_absent(const struct result *result, const struct run *run) {
    return run->settings != NULL && is_without_connection(result);
}

static bool is_own_in_tls(const struct result *result, const struct run *run) {
    return run->settings != NULL && is_in_tls(result, run);
}

static bool is_own(const struct result *result, const struct run *run) {
    return run->settings != NULL && result != NULL;
}

/* The first that fits. */
static const struct {
    bool (*fits)(const struct result *control, const struct run *run);
    const char *advice;
} advices[] = {
    {is_own_told_leak,
     "Correct first what the log tells of: with that, the mail server does not even "
     "begin TLS. Then demand TLS."},
    {is_leak, "Make the sender demand TLS, and refuse to go on without it."},
    {is_own_absent, "The mail server did not connect. Look at what it said, and at its settings."},
    {is_own_in_tls, "The certificate is sound, and its CA is trusted in the copy. Look at the mail "
                    "server's own settings for TLS."},
    {is_own, "Look at what the mail server said, and at its own settings."},
    {is_unasked,
     "Nobody asked DNS for the domain of the recipient. Put {to} where the command takes "
     "the recipient. A script finds it as DOORMAT_TO. A sender that queues its mail needs "
     "`--wait`."},
    {is_unrouted,
     "The sender asked DNS, and connected to no server. Look at its output and at its own "
     "log. A sender that queues its mail needs `--wait`."},
    {is_sent_nowhere,
     "Nothing connected to the port, and the command does not name it. Put {host} and {port} where "
     "the command takes its server. A script finds them as DOORMAT_HOST and DOORMAT_PORT."},
    {is_quiet_end,
     "Nothing connected to the port. Look at the sender's own log. A sender that queues its mail "
     "needs `--wait` and `--settle`, and perhaps `--host localhost`. `doormat try --with postfix` "
     "drives a mail server of this machine by itself. Any other sender must use {host} and {port}."},
    {is_absent, "Nothing connected to the port. Look at the sender's output and at its own log, "
                "and make it connect to {host} and {port}."},
    {is_in_tls, "Make the sender trust the certificate in {ca}, and connect to {host}: the "
                "certificate has that name."},
    {is_late, "Give the sender more time with `--timeout`, or look at its own log for what it "
              "waits for."},
    {is_any, "Look at the sender's output and at its own log. It must connect to {host} "
             "and {port}, use TLS, and trust the certificate in {ca}."},
};

static const char *advice_for(const struct run *run, const struct result *control) {
    size_t i = 0;

    while (!advices[i].fits(control, run))
        i++;
    return advices[i].advice;
}

static void put_printed(const char *prefix, const char *line, struct buf *out) {
    size_t len = strcspn(line, "\n");

    buf_puts(out, prefix);
    plain_put(out, line, len);
    buf_puts(out, "\n");
}

/* The first line of what it printed, which often has the cause, and the last, which has it in a traceback. */
static void put_output(const struct result *result, struct buf *out) {
    struct buf lines;

    buf_init(&lines, 64 * 1024);
    plain_put_output(&lines, result, "", PLAIN_OUTPUT_LINE_B);
    const char *text = buf_text(&lines), *last = text + lines.len;
    while (last > text && !(last[-1] == '\n' && last[0] != '\0'))
        last--;
    if (lines.len > 0)
        put_printed("The sender printed: ", text, out);
    if (last > text)
        put_printed("Its last line: ", last, out);
    buf_fini(&lines);
}

static void put_failed(const struct run *run, const struct run_summary *sum, struct buf *out) {
    const struct result *control = worst_control(run);
    unsigned n = depending_on_failed(run);

    buf_printf(out, "Controls: %u of %u server%s without a fault failed: ", sum->controls_failed,
               sum->controls, sum->controls == 1 ? "" : "s");
    put_failed_names(run, out);
    if (sum->controls_failed > 1)
        buf_printf(out, "; `%s`", control->scenario->name);
    buf_printf(out, " %s, ", verdict_name(control->verdict.kind));
    explain_result(control, out);
    buf_puts(out, ".\n");
    if (n > 0)
        buf_printf(out, "So nothing can be said about %u fault%s.\n", n, n == 1 ? "" : "s");
    buf_printf(out, "%s\n", advice_for(run, control));
    if (run->settings != NULL && run->settings->check != NULL && !is_leak(control, run))
        buf_printf(out, "`%s` checks them.\n", run->settings->check);
    if (has_log(run))
        server_log_put(&run->settings->log, "Its log says: ", out);
    else
        put_output(control, out);
}

void summary_put_controls(const struct run *run, struct buf *out) {
    struct run_summary sum;
    unsigned not_shown = 0;

    run_summarise(run, &sum);
    for (size_t i = 0; i < run->count; i++)
        not_shown += scenario_is_control(run->results[i].scenario) &&
                     run->results[i].verdict.kind == VERDICT_NOT_SHOWN;
    if (sum.controls_failed > 0) {
        put_failed(run, &sum, out);
    } else if (sum.controls > 0) {
        buf_printf(out, "Controls: the sender delivered to %u of %u server%s without a fault",
                   sum.controls - not_shown, sum.controls, sum.controls == 1 ? "" : "s");
        if (not_shown > 0)
            buf_printf(out, "; it does not offer what %u need%s", not_shown,
                       not_shown == 1 ? "s" : "");
        buf_puts(out, ".\n");
    }
}

/* --- the rest --- */

void summary_put_sound(const struct run *run, struct buf *out) {
    unsigned sound[LAYER_COUNT] = {0}, all[LAYER_COUNT] = {0};
    bool any = false;

    for (size_t i = 0; i < run->count; i++) {
        enum outcome outcome = result_outcome(&run->results[i]);
        enum layer layer = run->results[i].scenario->layer;

        if (layer == LAYER_CONTROL || outcome == OUTCOME_NOT_SHOWN)
            continue;
        all[layer]++;
        sound[layer] += outcome != OUTCOME_FAILED && outcome != OUTCOME_UNCLEAR;
    }
    for (int layer = 0; layer < LAYER_COUNT; layer++) {
        if (sound[layer] == 0)
            continue;
        buf_printf(out, "%s%s %u of %u",
                   any ? ", " : "As it should be: ", layer_name((enum layer)layer), sound[layer],
                   all[layer]);
        any = true;
    }
    if (any)
        buf_puts(out, ".\n");
}

void summary_put_escaped(const struct run *run, struct buf *out) {
    unsigned n = 0;

    for (size_t i = 0; i < run->count; i++)
        n += run->results[i].escaped;
    if (n > 0)
        buf_printf(out, "%u process%s outlived the sender, and %s ended.\n", n, n == 1 ? "" : "es",
                   n == 1 ? "was" : "were");
}

void summary_put_severity(const struct run *run, enum fault_severity severity, struct buf *out) {
    static const char *const meanings[FAULT_SEVERITY_COUNT] = {
        [FAULT_CRITICAL] = "anybody on the path can use this within an hour",
        [FAULT_HIGH] = "an attack needs effort, or many servers are like this",
        [FAULT_MEDIUM] =
            "an attack needs an event that the attacker cannot cause, or some servers are "
            "like this",
        [FAULT_LOW] = "a rule is broken and no attack is known, or few servers are like this",
    };
    const char *name = fault_severity_name(severity);

    buf_printf(out, "%c%s (%s): %s", name[0] - 'a' + 'A', name + 1,
               severity >= run_fail_on(run) ? "failure" : "warning", meanings[severity]);
}

bool summary_is_unclear(const struct result *result) {
    return !scenario_is_control(result->scenario) && result_outcome(result) == OUTCOME_UNCLEAR &&
           result->verdict.reason != REASON_CONTROL_FAILED;
}

size_t summary_count_unclear(const struct run *run) {
    size_t n = 0;

    for (size_t i = 0; i < run->count; i++)
        n += summary_is_unclear(&run->results[i]);
    return n;
}
