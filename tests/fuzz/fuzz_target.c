/* Targets: any text; what is accepted is a host name or an address in its one form, and reads the same when written back. */
#include <assert.h>
#include <stdint.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "check/target.h"
#include "net/numeric.h"

enum { PORT = 25 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_host(const struct target *target) {
    char again[NUMERIC_SIZE_B];
    size_t len = strlen(target->host);

    assert(len > 0 && len <= 253);
    assert(target->port >= 1 && target->port <= 65535);
    assert((numeric_parse(target->host, again) == 0) == (target->kind == TARGET_ADDRESS));
    assert(target->kind != TARGET_ADDRESS || strcmp(again, target->host) == 0);
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)target->host[i];
        assert(ascii_is_print(c) && ascii_lower(c) == c && strchr(" @[]/%", c) == NULL);
        assert(c != ':' || target->kind == TARGET_ADDRESS);
    }
}

static void check_round_trip(const struct target *target) {
    struct target again;
    char text[TARGET_SIZE_B];

    if (target->kind == TARGET_DOMAIN)
        snprintf(text, sizeof text, "%s", target->host);
    else if (target->kind == TARGET_HOST)
        snprintf(text, sizeof text, "%s:%u", target->host, target->port);
    else
        snprintf(text, sizeof text, "[%s]:%u", target->host, target->port);
    assert(target_parse(text, PORT, &again, NULL) == 0);
    assert(again.kind == target->kind && again.port == target->port);
    assert(strcmp(again.host, target->host) == 0 && strcmp(again.text, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = mem_strndup((const char *)data, size);
    struct target target;
    struct err err = {""};

    if (target_parse(text, PORT, &target, &err) == 0) {
        assert(err.text[0] == '\0');
        check_host(&target);
        assert(utf8_is_shown(target.text, strlen(target.text)));
        check_round_trip(&target);
    } else {
        assert(err.text[0] != '\0');
        assert(utf8_is_shown(err.text, strlen(err.text)));
    }
    free(text);
    return 0;
}
