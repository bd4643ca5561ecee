#include "report/explain.h"

#include <signal.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "report/plain.h"
#include "tls/iana.h"

/* What went out, as an object: "sent the message", "the message went out". */
static const char *const given[] = {
    [EXPOSURE_NOTHING] = "nothing",
    [EXPOSURE_ENVELOPE] = "the envelope",
    [EXPOSURE_CREDENTIALS] = "its credentials",
    [EXPOSURE_MESSAGE] = "the message",
};

static const char believed[] = "acted on plaintext injected before TLS (STARTTLS injection)";
static const char policy_taken[] = "took an MTA-STS policy that it must not believe";
static const char false_end[] = "sent an ambiguous end of the message (SMTP smuggling)";

static const struct attempt no_attempt = {.tls.alert_read = TLS_NO_ALERT};

static const struct attempt *decisive(const struct result *result) {
    return result->verdict.decisive != NULL ? result->verdict.decisive : &no_attempt;
}

static void put_alert(int alert, struct buf *out) {
    const char *name = tls_alert_name(alert);

    if (strcmp(name, "unknown") == 0)
        buf_printf(out, "alert %d", alert);
    else
        buf_printf(out, "alert %s", name);
}

/* " although A, and B, and 2 more faults". */
static void put_although(const struct scenario *scenario, struct buf *out) {
    size_t faults = 0;

    for (size_t i = 0; i < scenario->fault_count; i++) {
        const char *failure = scenario->faults[i]->failure;

        if (failure != NULL && !fault_is_control(scenario->faults[i]) && ++faults <= 2)
            buf_printf(out, "%s%s", faults == 1 ? " although " : ", and ", failure);
    }
    if (faults > 2)
        buf_printf(out, ", and %zu more fault%s", faults - 2, faults == 3 ? "" : "s");
}

static void put_fooled(const struct result *result, struct buf *out) {
    const struct attempt *attempt = decisive(result);

    if (result->verdict.reason == REASON_BELIEVED)
        buf_puts(out, believed);
    else if (result->verdict.reason == REASON_FALSE_END)
        buf_puts(out, false_end);
    else if (result->verdict.reason == REASON_POLICY_TAKEN)
        buf_puts(out, policy_taken);
    else
        buf_printf(out, "sent %s over %s", given[attempt->smtp.exposed[CHANNEL_TLS]],
                   attempt->tls.version != 0 ? tls_version_name(attempt->tls.version) : "TLS");
    put_although(result->scenario, out);
}

/* The try by TLS that came before the plaintext; NULL if there was none. */
static const struct attempt *tls_before(const struct result *result, const struct attempt *leak) {
    for (size_t i = 0; i < result->attempt_count && result->attempts[i] != leak; i++)
        if (result->attempts[i]->tls.handshake != TLS_HANDSHAKE_NONE)
            return result->attempts[i];
    return NULL;
}

/* Whether a list of capabilities has a line that is STARTTLS, alone or with parameters. */
static bool lists_starttls(const char *list) {
    static const char keyword[] = "STARTTLS";

    for (const char *line = list; *line != '\0';
         line += strcspn(line, "\n"), line += *line == '\n') {
        size_t len = strcspn(line, " \n");

        if (len == strlen(keyword) && strncasecmp(line, keyword, len) == 0)
            return true;
    }
    return false;
}

static void put_with_code(const char *what, unsigned code, struct buf *out) {
    buf_puts(out, what);
    if (code != 0)
        buf_printf(out, " (%u)", code);
}

static bool refuses_ehlo(const struct smtp_knobs *knobs) {
    unsigned code = knobs->at[SMTP_POINT_EHLO].code;

    return code != 0 && code / 100 != 2;
}

bool explain_offers_starttls(const struct scenario *scenario) {
    const struct smtp_knobs *knobs = &scenario->recipe.smtp;
    const char *listed = knobs->capabilities[CHANNEL_PLAIN];

    return knobs->starttls_offer == SMTP_STARTTLS_OFFERED && !refuses_ehlo(knobs) &&
           (listed == NULL || lists_starttls(listed));
}

/* Not asked for: what the server had said to EHLO tells whether it was there to be asked for. */
static void put_not_tried(const struct scenario *scenario, struct buf *out) {
    const struct smtp_knobs *knobs = &scenario->recipe.smtp;

    if (refuses_ehlo(knobs))
        put_with_code("EHLO was refused", knobs->at[SMTP_POINT_EHLO].code, out);
    else if (!explain_offers_starttls(scenario))
        buf_puts(out, "STARTTLS was not offered");
    else
        buf_puts(out, "STARTTLS was offered but not asked for");
}

/* Why there was no TLS, where none had been tried before. */
static void put_without_tls(const struct result *result, const struct attempt *leak,
                            struct buf *out) {
    const struct smtp_knobs *knobs = &result->scenario->recipe.smtp;

    if (leak->smtp.starttls == STARTTLS_NOT_TRIED)
        put_not_tried(result->scenario, out);
    else if (leak->smtp.starttls == STARTTLS_REFUSED)
        put_with_code("STARTTLS was refused", knobs->at[SMTP_POINT_STARTTLS].code, out);
    else if (leak->smtp.starttls == STARTTLS_NOT_OFFERED)
        buf_puts(out, "STARTTLS was not offered");
    else
        buf_puts(out, "the sender did not wait for TLS");
}

bool explain_leaked_early(const struct attempt *leak) {
    return leak != NULL && leak->smtp.exposed_early != EXPOSURE_NOTHING &&
           leak->smtp.exposed_early == leak->smtp.exposed[CHANNEL_PLAIN];
}

static void put_cause(const struct result *result, const struct attempt *leak, struct buf *out) {
    const struct attempt *before = tls_before(result, leak);

    if (explain_leaked_early(leak)) {
        buf_puts(out, "it did not wait for TLS");
        return;
    }
    if (before == NULL && leak->tls.handshake != TLS_HANDSHAKE_NONE)
        before = leak; /* it went on in the same connection */
    if (before == NULL) {
        put_without_tls(result, leak, out);
        return;
    }
    buf_puts(out,
             before->tls.handshake == TLS_HANDSHAKE_COMPLETED ? "TLS was given up" : "TLS failed");
    if (before->tls.alert_read != TLS_NO_ALERT) {
        buf_puts(out, " with ");
        put_alert(before->tls.alert_read, out);
    }
}

static void put_leaked(const struct result *result, struct buf *out) {
    const struct attempt *leak = decisive(result);

    put_cause(result, leak, out);
    buf_printf(out, ", and %s went out in plaintext", given[leak->smtp.exposed[CHANNEL_PLAIN]]);
}

static void put_delivered(const struct result *result, struct buf *out) {
    const struct tls_seen *tls = &decisive(result)->tls;

    buf_puts(out, tls->version != 0 ? tls_version_name(tls->version) : "TLS");
    if (tls->group[0] != '\0')
        buf_printf(out, ", %s", tls->group);
    if (tls->cipher[0] != '\0')
        buf_printf(out, ", %s", tls->cipher);
}

/* An alert that would have fitted; NULL if the catalogue names none. */
static const char *fitting_alert(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (scenario_is_decisive(scenario, i) && scenario->faults[i]->alerts[0] != NULL)
            return scenario->faults[i]->alerts[0];
    return NULL;
}

static void put_reason_alert(const struct result *result, struct buf *out) {
    const char *fitting = fitting_alert(result->scenario);

    put_alert(result->verdict.alert, out);
    if (result->verdict.fits)
        buf_puts(out, ": the right reason");
    else if (fitting != NULL)
        buf_printf(out, " (expected %s)", fitting);
}

static void put_reason_not_offered(const struct result *result, struct buf *out) {
    static const char *const things[LAYER_COUNT] = {
        [LAYER_CIPHER] = "cipher",
        [LAYER_KEY] = "key",
        [LAYER_SIGNATURE] = "signature",
        [LAYER_KEY_EXCHANGE] = "key exchange",
    };
    const char *thing = things[result->scenario->layer];

    if (decisive(result)->tls.failure == TLS_FAILURE_VERSION)
        thing = "TLS version";
    buf_printf(out, "does not offer such a %s",
               thing != NULL ? thing : "cipher, group or signature");
}

static void put_reason_left_inside(const struct result *result, struct buf *out) {
    const char *verb = decisive(result)->smtp.first_inside_tls;

    buf_puts(out, "said ");
    plain_put(out, verb, strlen(verb));
    buf_puts(out, " inside TLS, then left");
}

static void put_reason_not_shown(const struct result *result, struct buf *out) {
    buf_puts(out,
             decisive(result)->smtp.accepted[CHANNEL_TLS]
                 ? "delivered over implicit TLS, where this fault does not show"
                 : "the sender came by implicit TLS, where this fault does not show, and left");
}

static void put_reason_control(const struct result *result, struct buf *out) {
    buf_printf(out, "%s was not delivered, so nothing can be said",
               result->scenario->twin != NULL ? result->scenario->twin : "the control");
}

static void put_reason_stopped(const struct result *result, struct buf *out) {
    const struct attempt *attempt = decisive(result);

    buf_printf(out, "reached %s inside TLS, then stopped", smtp_stage_name(attempt_stage(attempt)));
}

static void put_reason_not_served(const struct result *result, struct buf *out) {
    buf_puts(out, "the server cannot serve it");
    if (result->not_served != NULL)
        buf_printf(out, ": %s", result->not_served);
}

static void put_before(const struct result *result, struct buf *out); /* it may put any reason */

static void put_reason_signal(const struct result *result, struct buf *out) {
    const char *name = sigabbrev_np(result->exit_status - 128);

    if (name != NULL)
        buf_printf(out, "the signal SIG%s ended the sender", name);
    else
        buf_puts(out, "a signal ended the sender");
    put_before(result, out);
}

static void put_reason_hung(const struct result *result, struct buf *out) {
    buf_puts(out, "the sender did not end after its last connection had ended");
    put_before(result, out);
}

static void put_reason_runaway(const struct result *result, struct buf *out) {
    if (result->attempts_seen >= RUNAWAY_ATTEMPTS)
        buf_printf(out, "the sender connected %zu times", result->attempts_seen);
    else
        buf_puts(out, "the sender went on and on in one connection");
    put_before(result, out);
}

/* Where no byte of it came there was no handshake that it could break off. */
static void put_reason_left_handshake(const struct result *result, struct buf *out) {
    bool has_begun = decisive(result)->tls.handshake != TLS_HANDSHAKE_NONE;

    buf_puts(out, has_begun ? "broke off the handshake without an alert"
                            : "disconnected before the handshake");
}

static void put_reason_not_finished(const struct result *result, struct buf *out) {
    if (result->outstayed)
        buf_printf(out, "the sender was ended after %g s (--timeout)", result->limit_s);
    else if (result_is_fetching(result) && result->attempt_count == 0)
        buf_puts(out, "the sender was waiting for the policy yet: a longer --wait may show more");
    else
        buf_printf(out, "the sender's connection was not over after %g s (--timeout)",
                   result->limit_s > 0 ? result->limit_s : result->seconds);
}

static void put_reason_not_used(const struct result *result, struct buf *out) {
    static const char *const whys[LAYER_COUNT] = {
        [LAYER_DANE] = "the sender does not use DANE: it did not ask for a TLSA record",
        [LAYER_STS] = "the sender does not use MTA-STS: it did not fetch the policy",
    };
    const char *why = whys[result->scenario->layer];

    buf_puts(out, why != NULL ? why : "the sender does not look up MX records");
}

static const struct {
    const char *text;
    void (*put)(const struct result *result, struct buf *out);
} reasons[REASON_COUNT] = {
    [REASON_NONE] = {.text = ""},
    [REASON_ALERT] = {.put = put_reason_alert},
    [REASON_NOT_OFFERED] = {.put = put_reason_not_offered},
    [REASON_LEFT_HANDSHAKE] = {.put = put_reason_left_handshake},
    [REASON_SHUT_OUT] = {.text = "the server aborted the handshake; no mail was sent"},
    [REASON_QUIT_AFTER] = {.text = "sent QUIT right after the handshake"},
    [REASON_CLOSED_AFTER] = {.text = "disconnected right after the handshake"},
    [REASON_LEFT_INSIDE] = {.put = put_reason_left_inside},
    [REASON_NO_PLAINTEXT] = {.text = "disconnected before MAIL FROM, without TLS"},
    [REASON_STOPPED] = {.put = put_reason_stopped},
    [REASON_UNHARMED] = {.text = "delivered over sound TLS: it did no harm"},
    [REASON_NOT_SHOWN] = {.put = put_reason_not_shown},
    [REASON_NO_ROUTE] = {.text = "asked DNS, and connected nowhere"},
    [REASON_NO_CONNECTION] = {.text = "the sender never connected"},
    [REASON_NOT_FINISHED] = {.put = put_reason_not_finished},
    [REASON_CONTROL_FAILED] = {.put = put_reason_control},
    [REASON_BELIEVED] = {.text = believed},
    [REASON_FALSE_END] = {.text = false_end},
    [REASON_POLICY_TAKEN] = {.text = policy_taken},
    [REASON_SERVER_FAILED] = {.text = "the server itself failed, so nothing can be said"},
    [REASON_NOT_SERVED] = {.put = put_reason_not_served},
    [REASON_NOT_MET] = {.text = "the sender left before the fault could show"},
    [REASON_HUNG] = {.put = put_reason_hung},
    [REASON_RUNAWAY] = {.put = put_reason_runaway},
    [REASON_SIGNAL] = {.put = put_reason_signal},
    [REASON_HOST] = {.text =
                         "the fault cannot show under this host name; another --host may show it"},
    [REASON_NOT_PLANTED] =
        {.text = "the sender sent a message of its own, not {message}, which has the fault"},
    [REASON_NOT_USED] = {.put = put_reason_not_used},
    [REASON_CONTROL_NOT_OFFERED] = {.text = "the sender does not offer what the control needs"},
};

static void put_this_reason(const struct result *result, enum reason_kind reason, struct buf *out) {
    if (reasons[reason].put != NULL)
        reasons[reason].put(result, out);
    else
        buf_puts(out, reasons[reason].text);
}

static void put_reason(const struct result *result, struct buf *out) {
    put_this_reason(result, result->verdict.reason, out);
}

/* What it had done before it came to such an end. */
static void put_before(const struct result *result, struct buf *out) {
    const struct verdict *verdict = &result->verdict;

    if (verdict->before == REASON_NONE || verdict->decisive == NULL)
        return;
    buf_puts(out, "; before that: ");
    if (verdict->before == REASON_ALERT)
        put_alert(verdict->decisive->tls.alert_read, out);
    else
        put_this_reason(result, verdict->before, out);
}

static void put_unclear(const struct result *result, struct buf *out) {
    enum reason_kind reason = result->verdict.reason;

    put_reason(result, out);
    if (reason == REASON_CONTROL_FAILED || reason == REASON_NOT_FINISHED)
        return;
    if (result->outstayed) /* its status is that of our own signal */
        buf_printf(out, "; it was ended after %g s (--timeout)", result->limit_s);
    else if (result->exit_status > 0)
        buf_printf(out, " (exit status %d)", result->exit_status);
}

static void put_delivered_or_not_shown(const struct result *result, struct buf *out) {
    (result->verdict.reason == REASON_NONE ? put_delivered : put_reason)(result, out);
}

void explain_result(const struct result *result, struct buf *out) {
    static void (*const put[VERDICT_COUNT])(const struct result *, struct buf *) = {
        [VERDICT_REFUSED] = put_reason,     [VERDICT_FOOLED] = put_fooled,
        [VERDICT_LEAKED] = put_leaked,      [VERDICT_DELIVERED] = put_delivered_or_not_shown,
        [VERDICT_TURNED_AWAY] = put_reason, [VERDICT_UNCLEAR] = put_unclear,
        [VERDICT_CRASHED] = put_reason,     [VERDICT_NOT_SHOWN] = put_reason,
    };

    put[result->verdict.kind](result, out);
    if (result->verdict.kind == VERDICT_FOOLED && mint_needs_web(&result->scenario->recipe.mint))
        buf_puts(out, result->queries > 0 ? "; it had asked about revocation"
                                          : "; it never asked about revocation");
    if (result->retries > 0)
        buf_printf(out, "; this was try %u", result->retries + 1);
    if (result->escaped > 0)
        buf_printf(out, "; %u of its processes outlived it", result->escaped);
}
