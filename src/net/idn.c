#include "net/idn.h"

#include <idn2.h>
#include <string.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "base/utf8.h"

enum { SAMPLE_SIZE_B = 80, LOCAL_MAX_B = 64 };

bool idn_is_ascii(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] >= 0x80)
            return false;
    return true;
}

static int refuse(const char *name, size_t len, const char *why, struct err *err) {
    char sample[SAMPLE_SIZE_B];

    utf8_copy_clean(sample, sizeof sample, name, len);
    return err_set(err, "%s: %s", sample, why);
}

static int convert(const char *name, char out[IDN_SIZE_B], struct err *err) {
    char *ascii = NULL;
    int rc = idn2_to_ascii_8z(name, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);

    if (rc != IDN2_OK)
        return refuse(name, strlen(name), idn2_strerror(rc), err);
    size_t len = strlen(ascii);
    if (len < IDN_SIZE_B)
        memcpy(out, ascii, len + 1);
    idn2_free(ascii);
    return len < IDN_SIZE_B ? 0 : refuse(name, strlen(name), "longer than any host name", err);
}

int idn_to_ascii(const char *name, size_t len, char out[IDN_SIZE_B], struct err *err) {
    if (len > IDN_TEXT_MAX_B || (idn_is_ascii(name, len) && len >= IDN_SIZE_B))
        return refuse(name, len, "longer than any host name", err);
    if (idn_is_ascii(name, len)) {
        memcpy(out, name, len);
        out[len] = '\0';
        return 0;
    }
    char *copy = mem_strndup(name, len);
    int rc = convert(copy, out, err);
    free(copy);
    return rc;
}

int idn_to_unicode(const char *name, char *out, size_t size_b) {
    char *text = NULL;

    if (idn2_to_unicode_8z8z(name, &text, 0) != IDN2_OK)
        return -1;
    size_t len = strlen(text);
    bool fits = len < size_b && !idn_is_ascii(text, len);
    if (fits)
        memcpy(out, text, len + 1);
    idn2_free(text);
    return fits ? 0 : -1;
}

/* No quoted local part: nobody's test address needs one, and a blank in it would part a command's words. */
static bool is_local_part(const char *text, size_t len) {
    if (len == 0 || len > LOCAL_MAX_B || !utf8_is_shown(text, len))
        return false;
    for (size_t i = 0; i < len; i++)
        if (strchr(" <>@\\\",;:()[]", text[i]) != NULL)
            return false;
    return true;
}

static bool is_domain(const char *text) {
    size_t len = strlen(text);

    if (len > 2 && text[0] == '[' && text[len - 1] == ']')
        return strpbrk(text + 1, "[ <>@") == NULL;
    for (size_t i = 0; i < len; i++)
        if (!ascii_is_alpha((unsigned char)text[i]) && !ascii_is_digit((unsigned char)text[i]) &&
            strchr("-._", text[i]) == NULL)
            return false;
    return len > 0 && text[0] != '.' && strstr(text, "..") == NULL;
}

int idn_address(const char *text, char out[IDN_ADDRESS_SIZE_B], struct err *err) {
    const char *at = strrchr(text, '@');
    char domain[IDN_SIZE_B];

    if (at == NULL || !is_local_part(text, (size_t)(at - text)))
        return refuse(text, strlen(text), "not a mail address such as somebody@example.org", err);
    if (idn_to_ascii(at + 1, strlen(at + 1), domain, err) != 0)
        return -1;
    if (!is_domain(domain))
        return refuse(text, strlen(text), "no domain has such a name behind the @", err);
    snprintf(out, IDN_ADDRESS_SIZE_B, "%.*s@%s", (int)(at - text), text, domain);
    return 0;
}
