#include "report/summary.h"

#include <string.h>

#include "base/mem.h"

enum { MAX_CLASSES_SHOWN = 2 };

#define LAYER_BIT(layer) (1u << (layer))
#define ALL_LAYERS       (~0u)

/* The failures of a run by what they mean for its mail, the worst first. */
static const struct failure_class {
    enum verdict_kind kind;
    unsigned layers;
    const char *some, *all; /* when some, and when all of its faults failed */
} classes[] = {
    {VERDICT_LEAKED, ALL_LAYERS,
     "Anyone between this sender and the recipient's server can read and change its mail: "
     "where TLS fails, it sends in plaintext.",
     NULL},
    {VERDICT_FOOLED, LAYER_BIT(LAYER_CERTIFICATE) | LAYER_BIT(LAYER_CHAIN),
     "Someone between this sender and the recipient's server may read and change its mail: "
     "certificates are not checked well.",
     "Anyone between this sender and the recipient's server can read and change its mail: "
     "certificates are not checked."},
    {VERDICT_FOOLED, LAYER_BIT(LAYER_PRESET),
     "Someone between this sender and the recipient's server may read and change its mail: "
     "it trusts a server with several faults at once.",
     NULL},
    {VERDICT_FOOLED, LAYER_BIT(LAYER_KEY) | LAYER_BIT(LAYER_SIGNATURE),
     "Whoever can break a weak key or forge a weak signature can read and change its mail: "
     "it accepts certificates that prove too little.",
     NULL},
    {VERDICT_FOOLED,
     LAYER_BIT(LAYER_PROTOCOL) | LAYER_BIT(LAYER_CIPHER) | LAYER_BIT(LAYER_KEY_EXCHANGE) |
         LAYER_BIT(LAYER_HANDSHAKE),
     "Its mail is encrypted too weakly to rely on: it accepts outdated or broken encryption.",
     NULL},
    {VERDICT_FOOLED, LAYER_BIT(LAYER_STARTTLS) | LAYER_BIT(LAYER_SMTP),
     "Its dialogue with servers can be led astray: it does not hold to what it was answered inside "
     "TLS.",
     NULL},
    {VERDICT_FOOLED, LAYER_BIT(LAYER_REVOCATION),
     "Whoever has stolen a server's key can read and change its mail even after the certificate was "
     "revoked: it does not look, or not closely, whether certificates are.",
     NULL},
    {VERDICT_TURNED_AWAY, ALL_LAYERS,
     "Mail may not arrive: it turns away a server that is unusual but sound.", NULL},
};

/* What became of the faults, controls not counted. */
struct tally {
    unsigned by_verdict[VERDICT_COUNT], faults, noticed, not_shown;
    enum exposure leaked;
};

static enum exposure leaked_by(const struct result *result) {
    const struct attempt *decisive = result->verdict.decisive;

    return decisive != NULL ? decisive->smtp.exposed[CHANNEL_PLAIN] : EXPOSURE_NOTHING;
}

static void count(const struct run *run, struct tally *out) {
    *out = (struct tally){0};
    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];

        if (dish_is_control(result->dish))
            continue;
        out->faults++;
        out->by_verdict[result->verdict.kind]++;
        out->noticed += result_is_noticed(result);
        out->not_shown +=
            result->verdict.kind == VERDICT_DELIVERED && result->verdict.reason == REASON_NOT_SHOWN;
        if (result->verdict.kind == VERDICT_LEAKED && leaked_by(result) > out->leaked)
            out->leaked = leaked_by(result);
    }
}

static void put_part(unsigned n, const char *what, struct buf *out) {
    if (n > 0)
        buf_printf(out, ", %u %s", n, what);
}

/* "25 of 34 faults noticed, 8 fooled it, 1 made it leak the message in plaintext." */
static void put_counts(const struct tally *tally, struct buf *out) {
    static const char *const leaks[] = {
        [EXPOSURE_NOTHING] = "made it leak",
        [EXPOSURE_ENVELOPE] = "made it leak the envelope in plaintext",
        [EXPOSURE_CREDENTIALS] = "made it leak its password in plaintext",
        [EXPOSURE_MESSAGE] = "made it leak the message in plaintext",
    };
    unsigned delivered = tally->by_verdict[VERDICT_DELIVERED];

    buf_printf(out, "%u of %u fault%s noticed", tally->noticed, tally->faults,
               tally->faults == 1 ? "" : "s");
    put_part(tally->by_verdict[VERDICT_FOOLED], "fooled it", out);
    put_part(tally->by_verdict[VERDICT_LEAKED], leaks[tally->leaked], out);
    put_part(tally->by_verdict[VERDICT_TURNED_AWAY], "wrongly turned away", out);
    put_part(delivered - tally->not_shown, "rightly accepted", out);
    put_part(tally->by_verdict[VERDICT_REFUSED] - tally->noticed, "not offered", out);
    put_part(tally->not_shown, "did not show", out);
    put_part(tally->by_verdict[VERDICT_UNCLEAR], "stayed unclear", out);
    buf_puts(out, ".\n");
}

static bool is_in_class(const struct result *result, const struct failure_class *class) {
    return !dish_is_control(result->dish) && (class->layers & LAYER_BIT(result->dish->layer)) != 0;
}

/* The name under which `doormat faults` explains it; a recipe's first fault stands for it. */
static const char *fault_of(const struct dish *dish) {
    for (size_t i = 0; i < dish->fault_count; i++)
        if (!fault_is_control(dish->faults[i]))
            return dish->faults[i]->name;
    return dish->name;
}

/* One paragraph, if the run has a failure of the class; whether it has. */
static bool put_class(const struct run *run, const struct failure_class *class, struct buf *out) {
    const struct result *first = NULL;
    unsigned in_class = 0, failed = 0;

    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];

        if (!is_in_class(result, class))
            continue;
        in_class++;
        if (result->verdict.kind != class->kind)
            continue;
        failed++;
        if (first == NULL)
            first = result;
    }
    if (first == NULL)
        return false;
    bool all = class->all != NULL && failed > 1 && failed == in_class;
    buf_printf(out, "%s `doormat faults %s` says how to fix it.\n", all ? class->all : class->some,
               fault_of(first->dish));
    return true;
}

static void put_classes(const struct run *run, struct buf *out) {
    unsigned shown = 0;

    for (size_t i = 0; i < ARRAY_LEN(classes) && shown < MAX_CLASSES_SHOWN; i++)
        shown += put_class(run, &classes[i], out);
}

static unsigned depending_on(const struct run *run, const char *control) {
    unsigned n = 0;

    for (size_t i = 0; i < run->count; i++) {
        const struct dish *dish = run->results[i].dish;

        n += !dish_is_control(dish) && dish->twin != NULL && strcmp(dish->twin, control) == 0;
    }
    return n;
}

static void put_failed_control(const struct run *run, const struct result *result,
                               struct buf *out) {
    unsigned n = depending_on(run, result->dish->name);

    buf_printf(out, "It %s `%s`, a server without a fault",
               result->verdict.kind == VERDICT_LEAKED ? "sent its mail in plaintext to"
                                                      : "did not deliver to",
               result->dish->name);
    if (n > 0)
        buf_printf(out, ", so nothing can be said about the %u fault%s measured against it", n,
                   n == 1 ? "" : "s");
    buf_puts(out, ". Make it trust the certificate in {ca}, connect to {host} and {port}, and use "
                  "TLS; then try again.\n");
}

void summary_put(const struct run *run, struct buf *out) {
    struct tally tally;

    count(run, &tally);
    if (tally.faults > 0)
        put_counts(&tally, out);
    for (size_t i = 0; i < run->count; i++)
        if (dish_is_control(run->results[i].dish) && !run->results[i].verdict.as_expected)
            put_failed_control(run, &run->results[i], out);
    put_classes(run, out);
}
