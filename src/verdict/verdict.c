#include "verdict/verdict.h"

#include <assert.h>
#include <signal.h>
#include <string.h>

#include "base/mem.h"
#include "tls/iana.h"
#include "verdict/met.h"
#include "verdict/offered.h"

static const struct {
    const char *name;
    bool as_expected;
    unsigned badness;
} verdicts[] = {
    [VERDICT_REFUSED] = {"refused", true, 0},  [VERDICT_FOOLED] = {"fooled", false, 3},
    [VERDICT_LEAKED] = {"leaked", false, 4},   [VERDICT_DELIVERED] = {"delivered", true, 0},
    [VERDICT_UNCLEAR] = {"unclear", false, 1}, [VERDICT_TURNED_AWAY] = {"turned-away", false, 2},
    [VERDICT_CRASHED] = {"crashed", false, 2}, [VERDICT_NOT_SHOWN] = {"not-shown", true, 0},
};
_Static_assert(ARRAY_LEN(verdicts) == VERDICT_COUNT, "a row for each verdict");

static const char *const reason_names[] = {
    [REASON_NONE] = "none",
    [REASON_ALERT] = "alert",
    [REASON_NOT_OFFERED] = "not-offered",
    [REASON_LEFT_HANDSHAKE] = "left-handshake",
    [REASON_SHUT_OUT] = "shut-out",
    [REASON_QUIT_AFTER] = "quit-after-handshake",
    [REASON_CLOSED_AFTER] = "closed-after-handshake",
    [REASON_LEFT_INSIDE] = "left-inside-tls",
    [REASON_STOPPED] = "stopped",
    [REASON_NO_PLAINTEXT] = "no-plaintext",
    [REASON_UNHARMED] = "unharmed",
    [REASON_NOT_SHOWN] = "not-shown",
    [REASON_NO_ROUTE] = "no-route",
    [REASON_NO_CONNECTION] = "no-connection",
    [REASON_NOT_FINISHED] = "not-finished",
    [REASON_CONTROL_FAILED] = "control-failed",
    [REASON_BELIEVED] = "believed",
    [REASON_FALSE_END] = "false-end",
    [REASON_POLICY_TAKEN] = "policy-taken",
    [REASON_SERVER_FAILED] = "server-failed",
    [REASON_NOT_SERVED] = "not-served",
    [REASON_NOT_MET] = "not-met",
    [REASON_HUNG] = "hung",
    [REASON_RUNAWAY] = "runaway",
    [REASON_SIGNAL] = "signal",
    [REASON_HOST] = "host",
    [REASON_NOT_PLANTED] = "not-planted",
    [REASON_NOT_USED] = "not-used",
    [REASON_CONTROL_NOT_OFFERED] = "control-not-offered",
};
_Static_assert(ARRAY_LEN(reason_names) == REASON_COUNT, "a name for each reason");

const char *verdict_name(enum verdict_kind kind) {
    assert(kind < VERDICT_COUNT);
    return verdicts[kind].name;
}

int verdict_from_name(const char *name) {
    for (int kind = 0; kind < VERDICT_COUNT; kind++)
        if (strcmp(verdicts[kind].name, name) == 0)
            return kind;
    return -1;
}

unsigned verdict_badness(enum verdict_kind kind) {
    assert(kind < VERDICT_COUNT);
    return verdicts[kind].badness;
}

const char *reason_name(enum reason_kind kind) {
    assert(kind < REASON_COUNT);
    return reason_names[kind];
}

/* The signals by which a program ends through an error of its own, or since it took more than it may: memory, time, disk. */
static const int crashes[] = {SIGILL,  SIGTRAP, SIGABRT, SIGBUS,  SIGFPE,
                              SIGSEGV, SIGSYS,  SIGKILL, SIGXCPU, SIGXFSZ};

bool verdict_is_crash(int exit_status) {
    for (size_t i = 0; i < ARRAY_LEN(crashes); i++)
        if (exit_status == 128 + crashes[i])
            return true;
    return false;
}

/* The evidence of all attempts, gathered in one pass. */
struct evidence {
    enum knob_shows shows; /* from where on a connection is evidence at all */
    const struct attempt *leak,
        *fool; /* the ones that gave away most, in plaintext and over faulty TLS */
    enum exposure leaked, fooled;
    const struct attempt *delivery; /* the first that was accepted over good TLS */
    const struct attempt *refusal;  /* the one with the strongest evidence */
    enum reason_kind reason;
    bool fits;
    const struct attempt *unoffered; /* the first that lacked what an oddity is made of */
    const struct attempt *failed;    /* the first in which the server itself failed */
    const struct attempt *unmet;     /* the last that left before the fault could show */
    bool open;                       /* one is not over yet */
    bool cut;                        /* one was over only when its time was */
    bool unshown;                    /* one came where the fault does not show */
    bool spoke;                      /* one said something */
    bool is_endless;                 /* one said far too much */
};

/* A fault that lies in STARTTLS does not show where there is none. */
static bool is_shown(const struct scenario *scenario, const struct attempt *attempt) {
    return !scenario_lies_in_starttls(scenario) || attempt->smtp.starttls != STARTTLS_IMPLICIT;
}

/* What no sender may do, whatever the fault: to act inside TLS on what was said before it, and to
 * write an end of data where another reader would see one. */
static enum reason_kind harm_of(const struct smtp_seen *smtp) {
    if (smtp->believed)
        return REASON_BELIEVED;
    return smtp->false_ends > 0 ? REASON_FALSE_END : REASON_NONE;
}

static bool does_harm(const struct smtp_seen *smtp) {
    return harm_of(smtp) != REASON_NONE;
}

unsigned attempt_weight(const struct attempt *attempt) {
    const struct smtp_seen *smtp = &attempt->smtp;

    return smtp->exposed[CHANNEL_PLAIN] * 100u + does_harm(smtp) * 50u +
           smtp->exposed[CHANNEL_TLS] * 10u + smtp->accepted[CHANNEL_TLS] * 5u +
           (attempt->tls.handshake != TLS_HANDSHAKE_NONE);
}

/* Whether what it gave away inside TLS was safe there. */
static bool is_tls_good(const struct scenario *scenario, const struct attempt *attempt) {
    return (scenario->expect != EXPECT_REFUSE || !is_shown(scenario, attempt) ||
            attempt->smtp.exposed[CHANNEL_TLS] <= scenario->harmless) &&
           !does_harm(&attempt->smtp);
}

static bool is_not_offered(const struct tls_seen *tls) {
    return tls->failure == TLS_FAILURE_VERSION || tls->failure == TLS_FAILURE_CIPHER;
}

static enum reason_kind after_handshake(const struct smtp_seen *smtp) {
    if (smtp->exposed[CHANNEL_TLS] > EXPOSURE_NOTHING)
        return REASON_STOPPED;
    if (strcmp(smtp->first_inside_tls, "QUIT") == 0)
        return REASON_QUIT_AFTER;
    return smtp->first_inside_tls[0] == '\0' ? REASON_CLOSED_AFTER : REASON_LEFT_INSIDE;
}

/* How this attempt ended without mail. */
static enum reason_kind reason_of(const struct attempt *attempt) {
    const struct tls_seen *tls = &attempt->tls;

    if (tls->alert_read != TLS_NO_ALERT)
        return REASON_ALERT;
    if (is_not_offered(tls))
        return REASON_NOT_OFFERED;
    if (tls->failure == TLS_FAILURE_REFUSED)
        return REASON_SHUT_OUT;
    if (tls->handshake == TLS_HANDSHAKE_COMPLETED)
        return after_handshake(&attempt->smtp);
    /* Whoever was told 220, or came to the port for implicit TLS, was in the handshake even if it
     * sent no byte of it. */
    if (tls->handshake != TLS_HANDSHAKE_NONE || attempt->smtp.starttls == STARTTLS_ACCEPTED ||
        attempt->smtp.starttls == STARTTLS_IMPLICIT)
        return REASON_LEFT_HANDSHAKE;
    return REASON_NO_PLAINTEXT;
}

/* Its last word is said: an alert, a QUIT and a handshake that failed at our side need no closing
 * of the connection. */
static bool has_ended(const struct attempt *attempt) {
    return (attempt->end != ATTEMPT_OPEN && attempt->end != ATTEMPT_TIMEOUT) ||
           attempt->tls.alert_read != TLS_NO_ALERT || is_not_offered(&attempt->tls) ||
           attempt->tls.failure == TLS_FAILURE_OURS ||
           attempt->tls.failure == TLS_FAILURE_FLOODED || attempt->smtp.quit;
}

static void note_exposure(const struct attempt *attempt, enum exposure exposed, enum exposure *most,
                          const struct attempt **which) {
    if (exposed <= *most)
        return;
    *most = exposed;
    *which = attempt;
}

/* Some policy forbids what one of its oddities is made of. */
static bool is_forbidden_somewhere(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (scenario->faults[i]->faulty_under[0] != NULL)
            return true;
    return false;
}

/* Nobody need offer what a policy forbids: who does not, cannot be had, and has turned nothing away. */
static bool lacks_oddity(const struct scenario *scenario, const struct tls_seen *tls) {
    return scenario->expect == EXPECT_DELIVER && !scenario_is_control(scenario) &&
           is_forbidden_somewhere(scenario) &&
           (is_not_offered(tls) ||
            (tls->hello_seen && !is_offered(&scenario->recipe, &tls->hello)));
}

static void note_refusal(const struct scenario *scenario, const struct attempt *attempt,
                         struct evidence *ev) {
    enum reason_kind reason = reason_of(attempt);
    bool fits = reason == REASON_ALERT &&
                scenario_alert_fits(scenario, tls_alert_name(attempt->tls.alert_read));

    if (ev->refusal != NULL && (reason > ev->reason || (reason == ev->reason && fits <= ev->fits)))
        return;
    ev->refusal = attempt;
    ev->reason = reason;
    ev->fits = fits;
}

static void note_end(const struct scenario *scenario, const struct attempt *attempt,
                     struct evidence *ev) {
    if (attempt->tls.failure == TLS_FAILURE_OURS)
        ev->failed = ev->failed != NULL ? ev->failed : attempt;
    else if (lacks_oddity(scenario, &attempt->tls))
        ev->unoffered = ev->unoffered != NULL ? ev->unoffered : attempt;
    else if (attempt_met(attempt, ev->shows))
        note_refusal(scenario, attempt, ev);
    else
        ev->unmet = attempt;
}

static void gather_one(const struct scenario *scenario, const struct attempt *attempt,
                       struct evidence *ev) {
    bool good = is_tls_good(scenario, attempt);

    note_exposure(attempt, attempt->smtp.exposed[CHANNEL_PLAIN], &ev->leaked, &ev->leak);
    if (!good)
        note_exposure(attempt, attempt->smtp.exposed[CHANNEL_TLS], &ev->fooled, &ev->fool);
    if (does_harm(&attempt->smtp) && ev->fool == NULL)
        ev->fool = attempt;
    if (good && attempt->smtp.accepted[CHANNEL_TLS] && ev->delivery == NULL)
        ev->delivery = attempt;
    if (!is_shown(scenario, attempt) && scenario->expect == EXPECT_REFUSE)
        ev->unshown = true;
    else if (has_ended(attempt) && attempt != ev->delivery)
        note_end(scenario, attempt, ev);
    if (attempt->end == ATTEMPT_OPEN && !has_ended(attempt))
        ev->open = true;
    ev->cut |= attempt->end == ATTEMPT_OPEN || attempt->end == ATTEMPT_TIMEOUT;
    ev->is_endless |=
        attempt->smtp.commands >= RUNAWAY_COMMANDS || attempt->tls.failure == TLS_FAILURE_FLOODED;
}

/* A connection on which nothing was said is looked at only if there is no other; and to a control, or a fault behind the
 * greeting, it says nothing even then. */
static bool counts(const struct scenario *scenario, const struct evidence *ev,
                   const struct attempt *attempt) {
    if (!attempt_is_silent(attempt))
        return true;
    return !ev->spoke && ev->shows == SHOWS_AT_ONCE && !scenario_is_control(scenario);
}

static void gather(const struct verdict_input *input, struct evidence *ev) {
    *ev = (struct evidence){.shows = scenario_shows(input->scenario)};
    for (size_t i = 0; i < input->attempt_count; i++)
        ev->spoke |= !attempt_is_silent(input->attempts[i]);
    for (size_t i = 0; i < input->attempt_count; i++) {
        const struct attempt *attempt = input->attempts[i];

        if (counts(input->scenario, ev, attempt))
            gather_one(input->scenario, attempt, ev);
        else if (attempt->end != ATTEMPT_OPEN && attempt->end != ATTEMPT_TIMEOUT)
            ev->unmet = attempt;
        else
            ev->cut = true;
    }
}

static void conclude(struct verdict *out, enum verdict_kind kind, enum reason_kind reason,
                     const struct attempt *decisive) {
    out->kind = kind;
    out->as_expected = verdicts[kind].as_expected;
    out->reason = reason;
    out->decisive = decisive;
}

static void conclude_refusal(const struct scenario *scenario, const struct evidence *ev,
                             struct verdict *out) {
    conclude(out, scenario->expect == EXPECT_DELIVER ? VERDICT_TURNED_AWAY : VERDICT_REFUSED,
             ev->reason, ev->refusal);
    if (ev->reason == REASON_ALERT) {
        out->alert = ev->refusal->tls.alert_read;
        out->fits = ev->fits;
    }
}

static const struct attempt *last_attempt(const struct verdict_input *input) {
    return input->attempt_count > 0 ? input->attempts[input->attempt_count - 1] : NULL;
}

/* What became of the sender itself; what it had done before is told beside. */
static void conclude_end(const struct verdict_input *input, const struct evidence *ev,
                         enum verdict_kind kind, enum reason_kind reason, struct verdict *out) {
    conclude(out, kind, reason, ev->refusal != NULL ? ev->refusal : last_attempt(input));
    out->before = ev->refusal != NULL ? ev->reason : REASON_NONE;
}

/* A look at the plaintext beside, without a word of mail, turns nothing away either. */
static bool is_only_unoffered(const struct evidence *ev) {
    return ev->unoffered != NULL && (ev->refusal == NULL || ev->reason == REASON_NO_PLAINTEXT);
}

/* The first control is what any server has: who cannot speak with it is no sender for `try`. */
static bool is_spared_control(const struct scenario *scenario, const struct evidence *ev) {
    return scenario_is_control(scenario) && strcmp(scenario->name, catalogue[0].name) != 0 &&
           ev->refusal != NULL && ev->reason == REASON_NOT_OFFERED;
}

/* Where the fault lies in the message that the sender is given, it does not show in a text of the sender's own. */
static void conclude_delivery(const struct scenario *scenario, const struct attempt *delivery,
                              struct verdict *out) {
    if (scenario->recipe.message.body != NULL && !delivery->smtp.is_planted)
        conclude(out, VERDICT_NOT_SHOWN, REASON_NOT_PLANTED, delivery);
    else if (!is_shown(scenario, delivery))
        conclude(out, VERDICT_NOT_SHOWN, REASON_NOT_SHOWN, delivery);
    else
        conclude(out, VERDICT_DELIVERED,
                 scenario->expect == EXPECT_REFUSE ? REASON_UNHARMED : REASON_NONE, delivery);
}

static bool is_runaway(const struct verdict_input *input, const struct evidence *ev) {
    return input->attempt_count >= RUNAWAY_ATTEMPTS || input->attempts_seen >= RUNAWAY_ATTEMPTS ||
           ev->is_endless;
}

/* Nothing decides but how the attempts ended: the rest of verdict_judge. */
static void judge_ends(const struct verdict_input *input, const struct evidence *ev,
                       struct verdict *out) {
    const struct attempt *last = last_attempt(input);

    if (input->host_hides)
        conclude(out, VERDICT_NOT_SHOWN, REASON_HOST, ev->refusal != NULL ? ev->refusal : last);
    else if (is_spared_control(input->scenario, ev))
        conclude(out, VERDICT_NOT_SHOWN, REASON_CONTROL_NOT_OFFERED, ev->refusal);
    else if (is_only_unoffered(ev))
        conclude(out, VERDICT_REFUSED, REASON_NOT_OFFERED, ev->unoffered);
    else if (ev->refusal != NULL)
        conclude_refusal(input->scenario, ev, out);
    else if (ev->failed != NULL)
        conclude(out, VERDICT_UNCLEAR, REASON_SERVER_FAILED, ev->failed);
    else if (ev->unshown)
        conclude(out, VERDICT_NOT_SHOWN, REASON_NOT_SHOWN, last);
    else if (ev->unmet != NULL && !ev->cut)
        conclude(out, VERDICT_UNCLEAR, REASON_NOT_MET, ev->unmet);
    else
        conclude(out, VERDICT_UNCLEAR, REASON_NOT_FINISHED, last);
}

static bool is_in_dns(const struct scenario *scenario) {
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (fault_needs_world(scenario->faults[i]))
            return true;
    return false;
}

/* It never connected. */
static void judge_absence(const struct verdict_input *input, struct verdict *out) {
    const struct scenario *scenario = input->scenario;

    if (input->questions == 0 || input->outstayed || !is_in_dns(scenario) ||
        scenario_is_control(scenario))
        conclude(out, VERDICT_UNCLEAR, REASON_NO_CONNECTION, NULL);
    else if (input->is_fetching) /* it may yet come */
        conclude(out, VERDICT_UNCLEAR, REASON_NOT_FINISHED, NULL);
    else
        conclude(out, scenario->expect == EXPECT_DELIVER ? VERDICT_TURNED_AWAY : VERDICT_REFUSED,
                 REASON_NO_ROUTE, NULL);
}

/* What it did, once it was run, and gave nothing away. */
static void judge_conduct(const struct verdict_input *input, const struct evidence *ev,
                          struct verdict *out) {
    bool is_fault = input->scenario->expect == EXPECT_REFUSE;

    if (!input->timed_out && verdict_is_crash(input->exit_status))
        conclude_end(input, ev, VERDICT_CRASHED, REASON_SIGNAL, out);
    else if (input->attempt_count == 0)
        judge_absence(input, out);
    else if (is_runaway(input, ev))
        conclude_end(input, ev, VERDICT_UNCLEAR, REASON_RUNAWAY, out);
    else if (ev->delivery != NULL && !(is_fault && ev->refusal != NULL))
        conclude_delivery(input->scenario, ev->delivery, out);
    else if (input->outstayed && !ev->cut)
        conclude_end(input, ev, VERDICT_UNCLEAR, REASON_HUNG, out);
    else if (input->timed_out || ev->open) /* it may yet come in plaintext */
        conclude(out, VERDICT_UNCLEAR, REASON_NOT_FINISHED, last_attempt(input));
    else
        judge_ends(input, ev, out);
}

/* What is to be refused there, and may be delivered, is the policy. */
static bool is_policy_false(const struct scenario *scenario) {
    return scenario->layer == LAYER_STS && scenario->expect == EXPECT_REFUSE &&
           scenario->harmless == EXPOSURE_MESSAGE;
}

void verdict_judge(const struct verdict_input *input, struct verdict *out) {
    struct evidence ev;

    gather(input, &ev);
    *out = (struct verdict){.alert = TLS_NO_ALERT,
                            .exposure = ev.leaked > ev.fooled ? ev.leaked : ev.fooled};
    if (input->control == CONTROL_FAILED)
        conclude(out, VERDICT_UNCLEAR, REASON_CONTROL_FAILED, last_attempt(input));
    else if (input->control == CONTROL_NOT_OFFERED)
        conclude(out, VERDICT_NOT_SHOWN, REASON_CONTROL_NOT_OFFERED, last_attempt(input));
    else if (input->control == CONTROL_NOT_USED)
        conclude(out, VERDICT_NOT_SHOWN, REASON_NOT_USED, last_attempt(input));
    else if (input->not_served)
        conclude(out, VERDICT_UNCLEAR, REASON_NOT_SERVED, NULL);
    else if (ev.leak != NULL)
        conclude(out, VERDICT_LEAKED, REASON_NONE, ev.leak);
    else if (input->took_policy && is_policy_false(input->scenario))
        conclude(out, VERDICT_FOOLED, REASON_POLICY_TAKEN, last_attempt(input));
    else if (ev.fool != NULL)
        conclude(out, VERDICT_FOOLED, harm_of(&ev.fool->smtp), ev.fool);
    else
        judge_conduct(input, &ev, out);
}
