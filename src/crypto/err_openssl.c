#include "crypto/err_openssl.h"

#include <openssl/err.h>

#include "base/ascii.h"

static const char *reason_of(unsigned long code, char *room, size_t size_b) {
    const char *text =
        ERR_SYSTEM_ERROR(code) ? strerror(ERR_GET_REASON(code)) : ERR_reason_error_string(code);

    if (text != NULL)
        return text;
    snprintf(room, size_b, "error %lx", code);
    return room;
}

static void take_queue(char *out, size_t size_b) {
    const char *data;
    char room[32];
    int flags;
    unsigned long code;
    size_t used = 0;

    out[0] = '\0';
    while ((code = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
        bool has_data = (flags & ERR_TXT_STRING) != 0 && *data != '\0';
        int n = snprintf(out + used, size_b - used, "%s%s%s%s%s", used > 0 ? "; " : "",
                         reason_of(code, room, sizeof room), has_data ? " (" : "",
                         has_data ? data : "", has_data ? ")" : "");
        if (n < 0 || (size_t)n >= size_b - used)
            break;
        used += (size_t)n;
    }
    ERR_clear_error();
}

int err_openssl(struct err *err, const char *fmt, ...) {
    char what[ERR_TEXT_SIZE_B / 2], raw[ERR_TEXT_SIZE_B / 2], why[ERR_TEXT_SIZE_B / 2];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof what, fmt, ap);
    va_end(ap);
    take_queue(raw, sizeof raw);
    ascii_copy_clean(why, sizeof why, raw, strlen(raw)); /* the data may quote what came in */
    return err_set(err, "%s: %s", what, why[0] != '\0' ? why : "OpenSSL gives no reason");
}

bool err_openssl_is_own(unsigned long code) {
    int reason = ERR_GET_REASON(code);

    return !ERR_SYSTEM_ERROR(code) && (reason == ERR_R_MALLOC_FAILURE ||
                                       reason == ERR_R_INTERNAL_ERROR || reason == ERR_R_INIT_FAIL);
}

bool err_openssl_take_own(void) {
    unsigned long code;
    bool own = false;

    while ((code = ERR_get_error()) != 0)
        own |= err_openssl_is_own(code);
    return own;
}

void err_openssl_drop(void) {
    if (err_openssl_take_own())
        ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
}
