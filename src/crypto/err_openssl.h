/* err_openssl - OpenSSL's failures in the one error idiom (base/err.h).  For the rooms that use OpenSSL. */
#ifndef DOORMAT_CRYPTO_ERR_OPENSSL_H
#define DOORMAT_CRYPTO_ERR_OPENSSL_H

#include <stdbool.h>

#include "base/err.h"

/* Sets "text: reason; reason", the reasons taken from this thread's error queue, the deepest first; empties the queue.
 * Returns -1, so that `return err_openssl(err, ...)` is a whole statement.  err may be NULL. */
int err_openssl(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Whether an error is the library's own, such as the lack of memory, and no word about what it was given. */
bool err_openssl_is_own(unsigned long code);

/* Empties this thread's error queue; whether an error of the library's own was in it. */
bool err_openssl_take_own(void);

/* Empties the queue as well, where what failed says enough; but one error of the library's own stays, for
 * err_openssl_take_own. */
void err_openssl_drop(void);

#endif
