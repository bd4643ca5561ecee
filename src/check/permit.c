#include "check/permit.h"

#include <string.h>

#include "net/special.h"

/* RFC 6761 6.3: "localhost" and all names below it. */
static bool is_localhost(const char *name) {
    static const char localhost[] = "localhost";
    size_t len = strlen(name), tail = sizeof localhost - 1;

    return len >= tail && strcmp(name + len - tail, localhost) == 0 &&
           (len == tail || name[len - tail - 1] == '.');
}

static bool is_asked_for(const struct target *target, enum special special) {
    if (!target->is_typed)
        return false;
    return target->kind == TARGET_ADDRESS ||
           (special == SPECIAL_LOOPBACK && is_localhost(target->host));
}

int permit_address(bool allow_private, const struct target *target, const char *address,
                   struct err *err) {
    enum special special = special_of(address);

    if (special == SPECIAL_NONE || allow_private || is_asked_for(target, special))
        return 0;
    return err_set(err, "not allowed: private address (%s); --allow-private allows it",
                   special_name(special));
}
