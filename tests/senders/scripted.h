/* scripted - a sender of mail that does exactly what its mode says, in the environment of `doormat try`. */
#ifndef DOORMAT_TESTS_SCRIPTED_H
#define DOORMAT_TESTS_SCRIPTED_H

#include "wire.h"

/* Longer than the server is late where it is (3 s), and shorter than it stalls. */
enum { SENDER_TIMEOUT_MS = 5000 };

struct message {
    char *data;
    size_t data_b;
};

const char *sender_env(const char *name); /* "" if it is not there */

/* Reads whole replies and leaves at the first surprise; verifies all that there is.  0: the message is delivered. */
int strict_deliver(const struct message *message, const char *versions);

/* Whether all that the server presented is sound; says on standard output what is not. */
bool strict_accepts(SSL *ssl);
SSL_CTX *strict_context(const char *versions);

/* "tls12", "tls13" and so on: that alone; "any": all that it may. */
void limit_versions(SSL_CTX *context, const char *versions);

#endif
