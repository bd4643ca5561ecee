/* err_openssl - OpenSSL's failures in the one error idiom (base/err.h).  For the rooms that use OpenSSL. */
#ifndef DOORMAT_CRYPTO_ERR_OPENSSL_H
#define DOORMAT_CRYPTO_ERR_OPENSSL_H

#include "base/err.h"

/* Sets "text: reason; reason", the reasons taken from this thread's error queue, the deepest first; empties the queue.
 * Returns -1, so that `return err_openssl(err, ...)` is a whole statement.  err may be NULL. */
int err_openssl(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
