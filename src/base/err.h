/* err - the one error idiom: a text for people, filled where the failure is known.
 *
 * A function that can fail returns 0 or -1 and takes a struct err * last.  The text reads "what went wrong: why" and,
 * where the user can do something, says what.  It holds no newline and no "doormat:" in front; the caller who prints it
 * adds that.  Struct err lives on the caller's stack; there is nothing to free. */
#ifndef DOORMAT_BASE_ERR_H
#define DOORMAT_BASE_ERR_H

#include <stdarg.h>

#define MUST_USE                __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, first) __attribute__((format(printf, fmt, first)))

enum { ERR_TEXT_SIZE_B = 512 };

struct err {
    char text[ERR_TEXT_SIZE_B]; /* NUL-terminated, cut when longer */
};

/* Sets the text and returns -1, so that `return err_set(err, ...)` is a whole statement.  err may be NULL. */
int err_set(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* The same with ": " and the text of errno behind it. */
int err_errno(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Puts "prefix: " before the text that is there already; returns -1. */
int err_prefix(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
