/* attempt - one connection of a sender, and all that was seen of it.  Plain data: the verdict and
 * the reports read it. */
#ifndef DOORMAT_VERDICT_ATTEMPT_H
#define DOORMAT_VERDICT_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>

#include "smtp/seen.h"
#include "tls/seen.h"

enum attempt_end {
    ATTEMPT_OPEN,
    ATTEMPT_QUIT,
    ATTEMPT_EOF,
    ATTEMPT_RESET,
    ATTEMPT_ALERT,
    ATTEMPT_TIMEOUT
};
const char *
attempt_end_name(enum attempt_end end); /* "open" "quit" "eof" "reset" "alert" "timeout" */

struct attempt {
    int64_t started_us; /* wall clock */
    int64_t duration_us;
    char peer[64];        /* "127.0.0.1:40123" */
    bool implicit_tls;    /* came to the port for implicit TLS */
    enum channel channel; /* in use at the end */
    enum attempt_end end;
    struct smtp_seen smtp;
    struct tls_seen tls;
    char *transcript; /* lines of text, owned; NULL: none was kept */
};

void attempt_free(struct attempt **attempt);

/* The furthest stage of SMTP and handshake together. */
enum smtp_stage attempt_stage(const struct attempt *attempt);

#endif
