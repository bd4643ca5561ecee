/* sample_run - a run with every verdict in it, built by hand; shared by the tests of the reports.
 * Call sample_run() for a run that run_fini() releases. */
#ifndef DOORMAT_TESTS_SAMPLE_RUN_H
#define DOORMAT_TESTS_SAMPLE_RUN_H

#include "base/mem.h"
#include "report/result.h"

#define ROW(NAME, LAYER, SEVERITY, CLUE, FAILURE, ...)                                             \
    {                                                                                              \
        .name = NAME, .layer = LAYER, .expect = EXPECT_REFUSE, .twin = "control",                  \
        .failure = FAILURE, .alerts = {__VA_ARGS__}, .severity = SEVERITY, .clue = CLUE,           \
        .fix = "Postfix: the level secure. curl: no -k.\nPython: a context.",                      \
    }
static const struct fault sample_rows[] = {
    {.name = "control", .layer = LAYER_CONTROL, .expect = EXPECT_DELIVER},
    {.name = "control-tls12", .layer = LAYER_CONTROL, .expect = EXPECT_DELIVER},
    ROW("expired", LAYER_CERTIFICATE, FAULT_MEDIUM, NULL, "the certificate expired yesterday",
        "certificate_expired"),
    ROW("wrong-host", LAYER_CERTIFICATE, FAULT_CRITICAL, "cert-name",
        "the certificate is for another host", "bad_certificate"),
    ROW("self-signed", LAYER_CERTIFICATE, FAULT_CRITICAL, "cert-trust",
        "the certificate vouches for itself", "unknown_ca"),
    ROW("untrusted-root", LAYER_CHAIN, FAULT_CRITICAL, "cert-trust", "nobody trusts the issuer",
        "unknown_ca"),
    ROW("rsa1024", LAYER_KEY, FAULT_MEDIUM, NULL, "its key has only 1024 bits", "bad_certificate"),
    ROW("tls10", LAYER_PROTOCOL, FAULT_LOW, NULL, "TLS 1.0 is broken", "protocol_version"),
    ROW("null-cipher", LAYER_CIPHER, FAULT_CRITICAL, NULL, "the cipher encrypts nothing", NULL),
    ROW("dhe512", LAYER_KEY_EXCHANGE, FAULT_HIGH, NULL, "the group is tiny", NULL),
    ROW("starttls-454", LAYER_STARTTLS, FAULT_CRITICAL, NULL, "STARTTLS was refused", NULL),
    ROW("starttls-not-offered", LAYER_STARTTLS, FAULT_CRITICAL, NULL, "there was no STARTTLS",
        NULL),
    {.name = "legal-oddity",
     .layer = LAYER_CERTIFICATE,
     .expect = EXPECT_DELIVER,
     .severity = FAULT_MEDIUM,
     .remedy = REMEDY_LIBRARY,
     .fix = "No setting.",
     .twin = "control"},
};
#undef ROW

enum { SAMPLE_COUNT = 14, SAMPLE_STARTED_S = 1795464000 };

static inline const struct fault *sample_row(const char *name) {
    for (size_t i = 0; i < ARRAY_LEN(sample_rows); i++)
        if (strcmp(sample_rows[i].name, name) == 0)
            return &sample_rows[i];
    abort();
}

static inline void sample_add_fault(struct scenario *scenario, const char *name) {
    const struct fault *fault = sample_row(name);

    scenario->decisive |= (fault->layer != LAYER_CONTROL ? 1U : 0U) << scenario->fault_count;
    scenario->faults[scenario->fault_count++] = fault;
    snprintf(scenario->name + strlen(scenario->name),
             sizeof(scenario->name) - strlen(scenario->name), "%s%s",
             scenario->fault_count > 1 ? "+" : "", name);
    scenario->layer = scenario->fault_count > 1 ? LAYER_PRESET : fault->layer;
    scenario->expect = fault->expect;
    if (scenario->severity < fault->severity)
        scenario->severity = fault->severity;
    scenario->twin = fault->twin;
}

/* The scenarios live as long as the test; one set is enough, for nobody changes them. */
static inline const struct scenario *sample_scenario(size_t i) {
    static const char *const names[SAMPLE_COUNT] = {
        "control",
        "control-tls12",
        "expired",
        "wrong-host",
        "self-signed",
        "legal-oddity",
        "tls10",
        "null-cipher",
        "dhe512",
        "rsa1024",
        "untrusted-root",
        "starttls-454",
        "starttls-not-offered",
        "expired",
    };
    static struct scenario scenarios[SAMPLE_COUNT];
    struct scenario *scenario = &scenarios[i];

    if (scenario->fault_count > 0)
        return scenario;
    sample_add_fault(scenario, names[i]);
    if (i == SAMPLE_COUNT - 1) {
        sample_add_fault(scenario, "rsa1024");
        sample_add_fault(scenario, "tls10");
    }
    if (strcmp(names[i], "starttls-454") == 0)
        scenario->recipe.smtp.at[SMTP_POINT_STARTTLS].code = 454;
    if (strcmp(names[i], "rsa1024") == 0)
        scenario->twin = "control-tls12";
    return scenario;
}

static inline struct attempt *sample_attempt(struct result *result, enum attempt_end end) {
    struct attempt *attempt = mem_zalloc(sizeof(*attempt));

    attempt->started_us = SAMPLE_STARTED_S * INT64_C(1000000);
    attempt->duration_us = 4000;
    attempt->end = end;
    snprintf(attempt->peer, sizeof(attempt->peer), "127.0.0.1:40123");
    snprintf(attempt->smtp.helo, sizeof(attempt->smtp.helo), "host.example");
    attempt->tls.alert_read = TLS_NO_ALERT;
    result->attempts = mem_resize(result->attempts, result->attempt_count + 1, sizeof(attempt));
    result->attempts[result->attempt_count++] = attempt;
    return attempt;
}

static inline void sample_handshake(struct attempt *attempt, enum tls_handshake handshake) {
    struct tls_seen *tls = &attempt->tls;

    attempt->channel = CHANNEL_TLS;
    attempt->smtp.starttls = STARTTLS_ACCEPTED;
    attempt->smtp.furthest = SMTP_STAGE_HANDSHAKE;
    tls->handshake = handshake;
    tls->hello_seen = true;
    tls->hello.versions[0] = 0x1a1a; /* GREASE */
    tls->hello.versions[1] = 0x0304;
    tls->hello.versions[2] = 0x0303;
    tls->hello.version_count = 3;
    snprintf(tls->hello.sni, sizeof(tls->hello.sni), "localhost");
    snprintf(tls->hello.ja4, sizeof(tls->hello.ja4), "t13d1516h2_8daaf6152771_e5627efa2ab1");
    if (handshake != TLS_HANDSHAKE_COMPLETED)
        return;
    tls->version = 0x0304;
    snprintf(tls->cipher, sizeof(tls->cipher), "TLS_AES_256_GCM_SHA384");
    snprintf(tls->group, sizeof(tls->group), "secp256r1");
}

static inline struct attempt *sample_refuses(struct result *result, int alert) {
    struct attempt *attempt = sample_attempt(result, ATTEMPT_EOF);

    sample_handshake(attempt, TLS_HANDSHAKE_FAILED);
    attempt->tls.alert_read = alert;
    attempt->end = alert != TLS_NO_ALERT ? ATTEMPT_ALERT : ATTEMPT_EOF;
    return attempt;
}

static inline void sample_sends(struct result *result, enum channel channel) {
    struct attempt *attempt = sample_attempt(result, ATTEMPT_QUIT);

    if (channel == CHANNEL_TLS) {
        sample_handshake(attempt, TLS_HANDSHAKE_COMPLETED);
        snprintf(attempt->smtp.first_inside_tls, sizeof(attempt->smtp.first_inside_tls), "EHLO");
    }
    attempt->smtp.furthest = SMTP_STAGE_MESSAGE;
    attempt->smtp.exposed[channel] = EXPOSURE_MESSAGE;
    attempt->smtp.accepted[channel] = true;
    attempt->smtp.quit = true;
}

static inline void sample_alert(struct result *result, enum verdict_kind kind, int alert,
                                bool fits) {
    sample_refuses(result, alert);
    result->verdict =
        (struct verdict){.kind = kind, .reason = REASON_ALERT, .alert = alert, .fits = fits};
}

static inline void sample_plain(struct result *result, enum starttls_outcome outcome) {
    sample_sends(result, CHANNEL_PLAIN);
    result->attempts[result->attempt_count - 1]->smtp.starttls = outcome;
    result->verdict = (struct verdict){
        .kind = VERDICT_LEAKED, .alert = TLS_NO_ALERT, .exposure = EXPOSURE_MESSAGE};
}

static inline void sample_over_tls(struct result *result, enum verdict_kind kind,
                                   enum exposure exposure) {
    sample_sends(result, CHANNEL_TLS);
    result->attempts[0]->smtp.exposed[CHANNEL_TLS] =
        exposure != EXPOSURE_NOTHING ? exposure : EXPOSURE_MESSAGE;
    result->verdict = (struct verdict){.kind = kind, .alert = TLS_NO_ALERT, .exposure = exposure};
}

static inline void sample_other(struct result *result, enum verdict_kind kind,
                                enum reason_kind reason) {
    result->verdict = (struct verdict){.kind = kind, .reason = reason, .alert = TLS_NO_ALERT};
}

/* Which verdicts there are is all that matters: that they follow from the attempts is
 * test_verdict's to show. */
static inline void sample_fill(struct result *r) {
    sample_over_tls(&r[0], VERDICT_DELIVERED, EXPOSURE_NOTHING);
    sample_alert(&r[1], VERDICT_TURNED_AWAY, 48, false);
    sample_alert(&r[2], VERDICT_REFUSED, 45, true);
    sample_over_tls(&r[3], VERDICT_FOOLED, EXPOSURE_MESSAGE);
    sample_over_tls(&r[4], VERDICT_FOOLED, EXPOSURE_ENVELOPE);
    sample_other(&r[5], VERDICT_TURNED_AWAY, REASON_CLOSED_AFTER);
    sample_handshake(sample_attempt(&r[5], ATTEMPT_EOF), TLS_HANDSHAKE_COMPLETED);
    sample_alert(&r[6], VERDICT_REFUSED, 80, false);
    sample_other(&r[7], VERDICT_REFUSED, REASON_NOT_OFFERED);
    sample_refuses(&r[7], TLS_NO_ALERT)->tls.failure = TLS_FAILURE_CIPHER;
    sample_refuses(&r[8], 40);
    sample_plain(&r[8], STARTTLS_NOT_TRIED);
    sample_other(&r[9], VERDICT_UNCLEAR, REASON_CONTROL_FAILED);
    sample_refuses(&r[9], 48);
    sample_other(&r[10], VERDICT_UNCLEAR, REASON_NO_CONNECTION);
    sample_plain(&r[11], STARTTLS_REFUSED);
    sample_over_tls(&r[12], VERDICT_NOT_SHOWN, EXPOSURE_NOTHING);
    r[12].verdict.reason = REASON_NOT_SHOWN;
    r[12].attempts[0]->smtp.starttls = STARTTLS_IMPLICIT;
    r[12].attempts[0]->implicit_tls = true;
    sample_over_tls(&r[13], VERDICT_FOOLED, EXPOSURE_CREDENTIALS);
}

static inline void sample_finish(struct result *result) {
    struct verdict *verdict = &result->verdict;

    if (result->attempt_count > 0)
        verdict->decisive = result->attempts[result->attempt_count - 1];
    verdict->as_expected = verdict->kind == VERDICT_REFUSED || verdict->kind == VERDICT_DELIVERED ||
                           verdict->kind == VERDICT_NOT_SHOWN;
    result->seconds = 0.02;
    result->exit_status = verdict->kind == VERDICT_REFUSED ? 35 : 0;
}

static inline struct run sample_run(void) {
    static const char *const argv[] = {"/usr/bin/curl", "--ssl-reqd", "smtp://{host}:{port}", NULL};
    struct run run = {.sender = argv,
                      .policy = "strict",
                      .trust = "pkix",
                      .host = "mx.doormat.test",
                      .seconds = 1.93,
                      .count = SAMPLE_COUNT};

    run.started_us = SAMPLE_STARTED_S * INT64_C(1000000);
    run.results = mem_zalloc(SAMPLE_COUNT * sizeof(*run.results));
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        run.results[i].scenario = sample_scenario(i);
        buf_init(&run.results[i].output, 64 * 1024);
    }
    sample_fill(run.results);
    for (size_t i = 0; i < SAMPLE_COUNT; i++)
        sample_finish(&run.results[i]);
    run.results[10].exit_status = 127;
    run.results[10].escaped = 2;
    buf_puts(&run.results[1].output, "curl: (60) SSL certificate problem\n");
    buf_puts(&run.results[2].output, "curl: (60) certificate has expired\n");
    buf_puts(&run.results[10].output, "sh: 1: no-such-sender: not found\r\nsecond line");
    return run;
}

static inline void sample_add_question(struct result *result, const char *name, unsigned type,
                                       enum dns_rcode rcode) {
    result->questions =
        mem_resize(result->questions, result->question_count + 1, sizeof *result->questions);
    struct dns_asked *asked = &result->questions[result->question_count++];

    *asked = (struct dns_asked){.type = type, .is_answered = true, .rcode = rcode};
    snprintf(asked->name, sizeof asked->name, "%s", name);
    result->questions_seen++;
}

#endif
