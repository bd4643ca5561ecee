#include "cmd/listen.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/ascii.h"
#include "net/own.h"

int listen_add(struct listen_places *places, const char *address, struct err *err) {
    char canonical[NUMERIC_SIZE_B];

    if (numeric_parse(address, canonical) != 0)
        return err_set(err, "--listen %.60s: not an IPv4 or IPv6 address", address);
    if (!own_has(address))
        return err_set(err, "--listen %s: not an address of this machine", address);
    if (places->given_count == LISTEN_MAX_GIVEN)
        return err_set(err, "--listen: more than %d addresses", LISTEN_MAX_GIVEN);
    places->given[places->given_count++] = address;
    return 0;
}

bool listen_is_covered(const char *one, const char *other) {
    char first[NUMERIC_SIZE_B], second[NUMERIC_SIZE_B];

    if (numeric_parse(one, first) != 0 || numeric_parse(other, second) != 0 ||
        (strchr(first, ':') != NULL) != (strchr(second, ':') != NULL))
        return false;
    return strcmp(first, second) == 0 || own_is_wildcard(first) || own_is_wildcard(second);
}

/* An address that another one of the list covers cannot be listened on as well. */
static bool is_covered(const struct listen_places *places, size_t count, const char *address) {
    const char *wildcard = strchr(address, ':') != NULL ? "::" : "0.0.0.0";

    for (size_t i = 0; i < count; i++)
        if (strcmp(places->addresses[i], address) == 0 ||
            strcmp(places->addresses[i], wildcard) == 0)
            return true;
    return false;
}

static void add(struct listen_places *places, size_t *count, const char *address) {
    if (!is_covered(places, *count, address))
        places->addresses[(*count)++] = address;
    places->addresses[*count] = NULL;
}

void listen_settle(struct listen_places *places) {
    static const char *const loopback[] = {"127.0.0.1", "::1"};
    size_t count = 0;

    for (size_t i = 0; i < places->given_count; i++) /* the widest first */
        if (own_is_wildcard(places->given[i]))
            add(places, &count, places->given[i]);
    for (size_t i = 0; i < sizeof loopback / sizeof loopback[0]; i++)
        add(places, &count, loopback[i]);
    for (size_t i = 0; i < places->given_count; i++)
        add(places, &count, places->given[i]);
    for (size_t i = 0; i < count; i++)
        if (!own_is_loopback(places->addresses[i]))
            fprintf(stderr,
                    "doormat: listening on %s: anybody who reaches this machine can connect while "
                    "the run lasts\n",
                    places->addresses[i]);
}

void listen_check_host(const struct listen_places *places, const char *host) {
    char which[NUMERIC_SIZE_B] = "";

    if (ascii_equal(host, "localhost"))
        return;
    switch (own_place_of(host, places->addresses, which)) {
    case OWN_LISTENED:
        break;
    case OWN_UNKNOWN:
        fprintf(stderr, "doormat: --host %.255s does not resolve on this machine\n", host);
        break;
    case OWN_SILENT:
        fprintf(stderr,
                "doormat: --host %.255s is %s, where nothing listens: give `--listen %s` as well\n",
                host, which, which);
        break;
    case OWN_FOREIGN:
        fprintf(stderr,
                "doormat: --host %.255s is %s, which is not this machine: the sender would connect "
                "to another one\n",
                host, which);
        break;
    }
}
