/* placeholder - what `try` puts into the sender's command line and environment.
 *
 * In an argument {host} {port} ... are replaced; in the environment the same stands as DOORMAT_HOST, DOORMAT_PORT ...
 * Other braces are left as they are, so that shell and awk scripts pass unharmed. */
#ifndef DOORMAT_HARNESS_PLACEHOLDER_H
#define DOORMAT_HARNESS_PLACEHOLDER_H

#include "base/buf.h"
#include "base/err.h"

enum placeholder {
    PLACEHOLDER_FAULT, /* first: it differs from command to command, and marks its processes */
    PLACEHOLDER_PORT,
    PLACEHOLDER_TLS_PORT,
    PLACEHOLDER_HOST,
    PLACEHOLDER_FROM,
    PLACEHOLDER_TO,
    PLACEHOLDER_CA,
    PLACEHOLDER_CA_DIR,
    PLACEHOLDER_HELO,
    PLACEHOLDER_MESSAGE,
    /* DANE: the data of a TLSA record, "3 1 1 ..." (RFC 6698 2.1), for the server's key; that of the twin control where the
     * sender should refuse */
    PLACEHOLDER_TLSA,
    PLACEHOLDER_SPKI, /* the same key's pin, base64 (RFC 7469 2.4) */
    PLACEHOLDER_COUNT,
};

/* What looks like a placeholder and is none: an error where it is a slip of one, else a line in `doubts`, an empty one that
 * the caller has. */
int placeholder_check(const char *const *argv, struct buf *doubts, struct err *err) MUST_USE;

const char *placeholder_name(enum placeholder placeholder); /* "tls_port" */

/* A copy of argv with values[] in place; NULL-terminated like the environment: free both with placeholder_free. */
char **placeholder_expand(const char *const *argv, const char *const values[PLACEHOLDER_COUNT]);

/* "DOORMAT_PORT=2525" ..., in the order of the enum. */
char **placeholder_environment(const char *const values[PLACEHOLDER_COUNT]);
void placeholder_free(char ***strings);

#endif
