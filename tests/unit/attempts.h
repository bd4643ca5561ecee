/* attempts - what senders do, as short as it can be written; shared by the tests of the verdict.
 * Scenarios are built by hand here, so that these tests do not lean on the catalogue. */
#ifndef DOORMAT_TESTS_ATTEMPTS_H
#define DOORMAT_TESTS_ATTEMPTS_H

#include "verdict/verdict.h"

enum { MAX_ATTEMPTS = 4, NO = TLS_NO_ALERT };

static const struct fault control_row = {
    .name = "control", .layer = LAYER_CONTROL, .expect = EXPECT_DELIVER};
static const struct fault expired_row = {.name = "expired",
                                         .layer = LAYER_CERTIFICATE,
                                         .expect = EXPECT_REFUSE,
                                         .twin = "control",
                                         .alerts = {"certificate_expired", "bad_certificate"},
                                         .changes = {.mint.leaf.validity = {.time = 1}}};
static const struct fault refused_454_row = {
    .name = "starttls-454",
    .layer = LAYER_STARTTLS,
    .expect = EXPECT_REFUSE,
    .twin = "control",
    .changes = {.smtp.at[SMTP_POINT_STARTTLS] = {.code = 454}}};

static const struct scenario control = {.name = "control",
                                        .faults = {&control_row},
                                        .fault_count = 1,
                                        .layer = LAYER_CONTROL,
                                        .expect = EXPECT_DELIVER};
static const struct scenario expired = {.name = "expired",
                                        .faults = {&expired_row},
                                        .fault_count = 1,
                                        .decisive = 1,
                                        .twin = "control",
                                        .layer = LAYER_CERTIFICATE,
                                        .expect = EXPECT_REFUSE};
static const struct scenario refused_454 = {.name = "starttls-454",
                                            .faults = {&refused_454_row},
                                            .fault_count = 1,
                                            .twin = "control",
                                            .layer = LAYER_STARTTLS,
                                            .expect = EXPECT_REFUSE,
                                            .harmless = EXPOSURE_MESSAGE,
                                            .decisive = 1};

static const struct fault refused_data_row = {
    .name = "data-554",
    .layer = LAYER_SMTP,
    .expect = EXPECT_REFUSE,
    .twin = "control",
    .harmless = EXPOSURE_CREDENTIALS,
    .changes = {.smtp.at[SMTP_POINT_DATA] = {.code = 554}}};
static const struct scenario refused_data
    __attribute__((unused)) = {.name = "data-554",
                               .faults = {&refused_data_row},
                               .fault_count = 1,
                               .decisive = 1,
                               .twin = "control",
                               .layer = LAYER_SMTP,
                               .expect = EXPECT_REFUSE,
                               .harmless = EXPOSURE_CREDENTIALS};

/* Oddities that a sender has to deliver to, if it offers what they are made of. */
static const struct fault rare_row = {.name = "rare",
                                      .layer = LAYER_KEY_EXCHANGE,
                                      .expect = EXPECT_DELIVER,
                                      .twin = "control",
                                      .faulty_under = {"bsi"},
                                      .changes = {.tls.group = 30}};
#define RARE(...)                                                                                  \
    {                                                                                              \
        .name = "rare", .faults = {&rare_row}, .fault_count = 1, .decisive = 1, .twin = "control", \
        .layer = LAYER_KEY_EXCHANGE, .expect = EXPECT_DELIVER, .recipe = {                         \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }
static const struct scenario rare_group __attribute__((unused)) = RARE(.tls.group = 30);
static const struct scenario rare_scheme __attribute__((unused)) = RARE(.tls.scheme = 0x0301);
static const struct scenario rare_signature __attribute__((unused)) =
    RARE(.mint.leaf.signature = MINT_SIGNATURE_SHA224);
static const struct scenario rare_rsa_signature __attribute__((unused)) =
    RARE(.mint = {.leaf.signature = MINT_SIGNATURE_PKCS1,
                  .intermediate.key = {.type = KEY_RSA, .bits = 3072}});

/* What every policy lists, and a sender therefore has to offer. */
static const struct fault common_row = {.name = "common",
                                        .layer = LAYER_KEY_EXCHANGE,
                                        .expect = EXPECT_DELIVER,
                                        .twin = "control",
                                        .changes = {.tls.group = 24}};
static const struct scenario common_group __attribute__((unused)) = {.name = "common",
                                                                     .faults = {&common_row},
                                                                     .fault_count = 1,
                                                                     .decisive = 1,
                                                                     .twin = "control",
                                                                     .layer = LAYER_KEY_EXCHANGE,
                                                                     .expect = EXPECT_DELIVER,
                                                                     .recipe = {.tls.group = 24}};

/* A fault in STARTTLS beside an oddity in the handshake. */
static const struct fault injects_row = {
    .name = "inject-ok",
    .layer = LAYER_STARTTLS,
    .expect = EXPECT_REFUSE,
    .twin = "control",
    .harmless = EXPOSURE_MESSAGE,
    .changes = {.smtp.at[SMTP_POINT_STARTTLS] = {.text = "2.0.0 Go\r\n250 Ok"}}};
static const struct scenario odd_injection
    __attribute__((unused)) = {.name = "rare+inject-ok",
                               .faults = {&rare_row, &injects_row},
                               .fault_count = 2,
                               .twin = "control",
                               .layer = LAYER_PRESET,
                               .expect = EXPECT_REFUSE,
                               .harmless = EXPOSURE_MESSAGE,
                               .decisive = 2};

/* What a sound sender may take or leave. */
static const struct fault either_row = {.name = "either",
                                        .layer = LAYER_CERTIFICATE,
                                        .expect = EXPECT_EITHER,
                                        .twin = "control",
                                        .changes = {.mint.leaf.serial = MINT_SERIAL_LONG}};
static const struct scenario either __attribute__((unused)) = {.name = "either",
                                                               .faults = {&either_row},
                                                               .fault_count = 1,
                                                               .decisive = 1,
                                                               .twin = "control",
                                                               .layer = LAYER_CERTIFICATE,
                                                               .expect = EXPECT_EITHER};

static const struct fault greeting_row = {
    .name = "greeting-554",
    .layer = LAYER_SMTP,
    .expect = EXPECT_REFUSE,
    .twin = "control",
    .changes = {.smtp.at[SMTP_POINT_GREETING] = {.code = 554}}};
static const struct scenario greeting_554 __attribute__((unused)) = {.name = "greeting-554",
                                                                     .faults = {&greeting_row},
                                                                     .fault_count = 1,
                                                                     .decisive = 1,
                                                                     .twin = "control",
                                                                     .layer = LAYER_SMTP,
                                                                     .expect = EXPECT_REFUSE,
                                                                     .harmless = EXPOSURE_MESSAGE};

/* An oddity in the greeting before a fault in the certificate. */
static const struct fault trickle_row = {
    .name = "greeting-trickle",
    .layer = LAYER_SMTP,
    .expect = EXPECT_DELIVER,
    .twin = "control",
    .changes = {.smtp.at[SMTP_POINT_GREETING] = {.manner = SMTP_MANNER_TRICKLE}}};
static const struct scenario odd_expired
    __attribute__((unused)) = {.name = "expired+greeting-trickle",
                               .faults = {&expired_row, &trickle_row},
                               .fault_count = 2,
                               .decisive = 1,
                               .twin = "control",
                               .layer = LAYER_PRESET,
                               .expect = EXPECT_REFUSE};

static const struct fault control_tls13_row = {.name = "control-tls13",
                                               .layer = LAYER_CONTROL,
                                               .expect = EXPECT_DELIVER,
                                               .changes = {.tls.versions = {0x0304, 0}}};
/* The fault lies in the message that the sender is given. */
static const struct fault smuggled_row = {
    .name = "smuggled", .layer = LAYER_SMTP, .expect = EXPECT_REFUSE, .twin = "control"};
static const struct scenario smuggled __attribute__((unused)) = {.name = "smuggled",
                                                                 .faults = {&smuggled_row},
                                                                 .fault_count = 1,
                                                                 .decisive = 1,
                                                                 .twin = "control",
                                                                 .layer = LAYER_SMTP,
                                                                 .expect = EXPECT_REFUSE,
                                                                 .harmless = EXPOSURE_MESSAGE,
                                                                 .recipe.message.body = "a\n.\n"};
static const struct scenario control_tls13
    __attribute__((unused)) = {.name = "control-tls13",
                               .faults = {&control_tls13_row},
                               .fault_count = 1,
                               .twin = "control-tls13",
                               .layer = LAYER_CONTROL,
                               .expect = EXPECT_DELIVER};

/* Attempts, as short as they can be written.  All-zero but for the alert is a connection that is
 * open and said nothing. */
#define NO_ALERT  .tls.alert_read = NO
#define STARTTLS  .smtp.starttls = STARTTLS_ACCEPTED
#define IMPLICIT  .implicit_tls = true, .smtp.starttls = STARTTLS_IMPLICIT
#define COMPLETED .tls.handshake = TLS_HANDSHAKE_COMPLETED
#define BROKEN    .tls.handshake = TLS_HANDSHAKE_FAILED
#define INSIDE    .smtp.furthest = SMTP_STAGE_EHLO_TLS, .smtp.first_inside_tls = "EHLO"
#define SENT_TLS                                                                                   \
    .smtp.furthest = SMTP_STAGE_MESSAGE, .smtp.first_inside_tls = "EHLO",                          \
    .smtp.exposed[CHANNEL_TLS] = EXPOSURE_MESSAGE, .smtp.accepted[CHANNEL_TLS] = true
#define SENT_PLAIN                                                                                 \
    .smtp.furthest = SMTP_STAGE_MESSAGE, .smtp.exposed[CHANNEL_PLAIN] = EXPOSURE_MESSAGE,          \
    .smtp.accepted[CHANNEL_PLAIN] = true

#define DELIVERS_TLS                                                                               \
    { STARTTLS, COMPLETED, SENT_TLS, NO_ALERT, .end = ATTEMPT_QUIT }
#define DELIVERS_PLAIN                                                                             \
    { SENT_PLAIN, NO_ALERT, .end = ATTEMPT_QUIT }
#define REFUSES_ALERT                                                                              \
    { STARTTLS, BROKEN, .tls.alert_read = 45, .end = ATTEMPT_ALERT }
#define CLOSES_AFTER                                                                               \
    { STARTTLS, COMPLETED, NO_ALERT, .end = ATTEMPT_EOF }

#endif
