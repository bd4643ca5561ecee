#include "tls/seen.h"

#include "base/mem.h"

const char *tls_handshake_name(enum tls_handshake handshake) {
    static const char *const names[] = {
        [TLS_HANDSHAKE_NONE] = "none",
        [TLS_HANDSHAKE_BEGUN] = "begun",
        [TLS_HANDSHAKE_COMPLETED] = "completed",
        [TLS_HANDSHAKE_FAILED] = "failed",
    };

    return names[handshake];
}

void tls_seen_init(struct tls_seen *seen) {
    *seen = (struct tls_seen){.alert_read = TLS_NO_ALERT, .alert_written = TLS_NO_ALERT};
}
