#include "verdict/met.h"

#include "base/mem.h"

enum knob_shows scenario_shows(const struct scenario *scenario) {
    enum knob_shows first = SHOWS_NEVER;

    for (size_t i = 0; i < scenario->fault_count; i++) {
        enum knob_shows shows = recipe_shows(&scenario->faults[i]->changes);

        if (scenario_is_decisive(scenario, i) && shows < first)
            first = shows;
    }
    return first < SHOWS_NEVER ? first : SHOWS_AT_ONCE;
}

/* MAIL, RCPT and DATA count as stages only when they were answered well, and a fault may lie in the answer. */
static const enum knob_shows reached_by_stage[] = {
    [SMTP_STAGE_CONNECTED] = SHOWS_AT_ONCE,    [SMTP_STAGE_EHLO] = SHOWS_AT_EHLO,
    [SMTP_STAGE_STARTTLS] = SHOWS_AT_STARTTLS, [SMTP_STAGE_HANDSHAKE] = SHOWS_IN_SESSION,
    [SMTP_STAGE_EHLO_TLS] = SHOWS_AT_EHLO_TLS, [SMTP_STAGE_AUTH] = SHOWS_AT_AUTH,
    [SMTP_STAGE_MAIL] = SHOWS_AT_RCPT,         [SMTP_STAGE_RCPT] = SHOWS_AT_DATA,
    [SMTP_STAGE_DATA] = SHOWS_IN_MESSAGE,      [SMTP_STAGE_MESSAGE] = SHOWS_AT_DOT,
};

static enum knob_shows later(enum knob_shows a, enum knob_shows b) {
    return a > b ? a : b;
}

static enum knob_shows reached(const struct attempt *attempt) {
    const struct smtp_seen *smtp = &attempt->smtp;
    enum knob_shows place = reached_by_stage[smtp->furthest];

    if (smtp->starttls == STARTTLS_ACCEPTED || smtp->starttls == STARTTLS_REFUSED)
        place = later(place, SHOWS_AT_STARTTLS);
    if (attempt->tls.handshake != TLS_HANDSHAKE_NONE)
        place = later(place, SHOWS_AT_HELLO);
    if (attempt->tls.handshake == TLS_HANDSHAKE_COMPLETED)
        place = later(place, SHOWS_IN_SESSION);
    for (int channel = 0; channel < CHANNEL_COUNT; channel++)
        if (smtp->exposed[channel] >= EXPOSURE_ENVELOPE)
            place = later(place, SHOWS_AT_MAIL);
    /* Whoever came to the port for implicit TLS and found plaintext there has seen that there is no TLS. */
    if (attempt->implicit_tls && smtp->starttls != STARTTLS_IMPLICIT && !attempt_is_silent(attempt))
        place = later(place, SHOWS_AT_STARTTLS);
    return place;
}

bool attempt_met(const struct attempt *attempt, enum knob_shows shows) {
    return reached(attempt) >= shows;
}

bool attempt_is_silent(const struct attempt *attempt) {
    const struct smtp_seen *smtp = &attempt->smtp;

    return attempt->tls.handshake == TLS_HANDSHAKE_NONE && smtp->commands == 0 &&
           smtp->errors == 0 && smtp->furthest == SMTP_STAGE_CONNECTED && !smtp->quit &&
           smtp->starttls != STARTTLS_ACCEPTED && smtp->starttls != STARTTLS_REFUSED &&
           attempt->tls.alert_read == TLS_NO_ALERT;
}
