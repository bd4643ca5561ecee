#include "verdict/attempt.h"

#include <assert.h>
#include <stdlib.h>

#include "base/mem.h"

static const char *const end_names[] = {
    [ATTEMPT_OPEN] = "open",   [ATTEMPT_QUIT] = "quit",   [ATTEMPT_EOF] = "eof",
    [ATTEMPT_RESET] = "reset", [ATTEMPT_ALERT] = "alert", [ATTEMPT_TIMEOUT] = "timeout",
};

const char *attempt_end_name(enum attempt_end end) {
    assert((size_t)end < ARRAY_LEN(end_names));
    return end_names[end];
}

void attempt_free(struct attempt **attempt) {
    if (*attempt != NULL)
        free((*attempt)->transcript);
    free(*attempt);
    *attempt = NULL;
}

enum smtp_stage attempt_stage(const struct attempt *attempt) {
    /* Under implicit TLS the session has seen nothing yet while the handshake is already under
     * way. */
    if (attempt->tls.handshake != TLS_HANDSHAKE_NONE &&
        attempt->smtp.furthest < SMTP_STAGE_HANDSHAKE)
        return SMTP_STAGE_HANDSHAKE;
    return attempt->smtp.furthest;
}
