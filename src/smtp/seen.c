#include "smtp/seen.h"

#include <assert.h>

#include "base/mem.h"

static const char *name_at(const char *const *names, size_t count, size_t index) {
    assert(index < count);
    return names[index];
}

const char *channel_name(enum channel channel) {
    static const char *const names[] = {
        [CHANNEL_PLAIN] = "plaintext",
        [CHANNEL_TLS] = "tls",
    };

    return name_at(names, ARRAY_LEN(names), channel);
}

const char *smtp_stage_name(enum smtp_stage stage) {
    static const char *const names[] = {
        [SMTP_STAGE_CONNECTED] = "connected", [SMTP_STAGE_EHLO] = "ehlo",
        [SMTP_STAGE_STARTTLS] = "starttls",   [SMTP_STAGE_HANDSHAKE] = "handshake",
        [SMTP_STAGE_EHLO_TLS] = "ehlo-tls",   [SMTP_STAGE_AUTH] = "auth",
        [SMTP_STAGE_MAIL] = "mail",           [SMTP_STAGE_RCPT] = "rcpt",
        [SMTP_STAGE_DATA] = "data",           [SMTP_STAGE_MESSAGE] = "message",
    };

    return name_at(names, ARRAY_LEN(names), stage);
}

const char *exposure_name(enum exposure exposure) {
    static const char *const names[] = {
        [EXPOSURE_NOTHING] = "nothing",
        [EXPOSURE_ENVELOPE] = "envelope",
        [EXPOSURE_CREDENTIALS] = "credentials",
        [EXPOSURE_MESSAGE] = "message",
    };

    return name_at(names, ARRAY_LEN(names), exposure);
}

const char *starttls_outcome_name(enum starttls_outcome outcome) {
    static const char *const names[] = {
        [STARTTLS_NOT_TRIED] = "not-tried", [STARTTLS_ACCEPTED] = "accepted",
        [STARTTLS_REFUSED] = "refused",     [STARTTLS_NOT_OFFERED] = "not-offered",
        [STARTTLS_IMPLICIT] = "implicit",
    };

    return name_at(names, ARRAY_LEN(names), outcome);
}
