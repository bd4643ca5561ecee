#include "base/err.h"

#include <errno.h>

int err_set(struct err *err, const char *fmt, ...) {
    if (err != NULL) {
        va_list ap;
        va_start(ap, fmt);
        vsnprintf(err->text, sizeof err->text, fmt, ap);
        va_end(ap);
    }
    return -1;
}

int err_errno(struct err *err, const char *fmt, ...) {
    int cause = errno;
    char what[ERR_TEXT_SIZE_B / 2];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    return err_set(err, "%s: %s", what, cause == EBADF ? "it is closed" : strerror(cause));
}

int err_prefix(struct err *err, const char *fmt, ...) {
    char prefix[ERR_TEXT_SIZE_B / 2], rest[ERR_TEXT_SIZE_B];
    va_list ap;

    if (err == NULL)
        return -1;
    va_start(ap, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    snprintf(rest, sizeof rest, "%s", err->text);
    return err_set(err, "%s: %s", prefix, rest);
}
