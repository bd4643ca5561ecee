#include "report/sentence.h"

#include <string.h>

#include "base/mem.h"

enum { NEARLY_ALL = 9 }; /* taken for one refused */

#define LAYER_BIT(layer)    (1u << (layer))
#define SEVERITY_BIT(level) (1u << (level))
#define ALL                 (~0u)
#define CERTIFICATES        (LAYER_BIT(LAYER_CERTIFICATE) | LAYER_BIT(LAYER_CHAIN))
#define NAMES               (LAYER_BIT(LAYER_DNS) | LAYER_BIT(LAYER_DNSSEC))
#define DANE                LAYER_BIT(LAYER_DANE)
#define STS                 LAYER_BIT(LAYER_STS)
#define DIALOGUE            (LAYER_BIT(LAYER_STARTTLS) | LAYER_BIT(LAYER_SMTP))

/* What stands behind "The sender " or "It ": for one result of the class, and for several, whose count is put in. */
struct class {
    enum verdict_kind kind;
    unsigned severities, layers;
    const char *one, *many;
};

static const struct class critical_classes[] = {
    {VERDICT_FOOLED, SEVERITY_BIT(FAULT_CRITICAL), CERTIFICATES,
     "accepts a certificate that anybody on the path can make or get, and so read and change its "
     "mail.",
     "accepts %u certificates that anybody on the path can make or get, and so read and change its "
     "mail."},
    {VERDICT_FOOLED, SEVERITY_BIT(FAULT_CRITICAL), DIALOGUE,
     "believes a reply that anybody on the path can inject.",
     "believes %u replies that anybody on the path can inject."},
    {VERDICT_FOOLED, SEVERITY_BIT(FAULT_CRITICAL), NAMES,
     "believes an answer of DNS that anybody on the path can make.",
     "believes %u answers of DNS that anybody on the path can make."},
    {VERDICT_FOOLED, SEVERITY_BIT(FAULT_CRITICAL), DANE,
     "delivers where DANE forbids it, so anybody on the path can be the server.",
     "delivers in %u cases where DANE forbids it, so anybody on the path can be the server."},
    {VERDICT_FOOLED, SEVERITY_BIT(FAULT_CRITICAL), STS,
     "delivers where MTA-STS forbids it, so anybody on the path can be the server.",
     "delivers in %u cases where MTA-STS forbids it, so anybody on the path can be the server."},
    {VERDICT_FOOLED, SEVERITY_BIT(FAULT_CRITICAL),
     ALL & ~(CERTIFICATES | DIALOGUE | NAMES | DANE | STS),
     "accepts a connection that does not keep anybody on the path out of its mail.",
     "accepts %u connections that do not keep anybody on the path out of its mail."},
};

static const struct class other_classes[] = {
    {VERDICT_CRASHED, ALL, ALL, "crashed once.", "crashed %u times."},
    {VERDICT_FOOLED, SEVERITY_BIT(FAULT_HIGH), ALL,
     "accepts one server that an attacker can exploit, with effort or by a public "
     "attack.",
     "accepts %u servers that an attacker can exploit, with effort or by a public "
     "attack."},
    {VERDICT_TURNED_AWAY, ALL, ALL, "turns away a server that is sound: mail may not arrive.",
     "turns away %u servers that are sound: mail may not arrive."},
    {VERDICT_FOOLED, SEVERITY_BIT(FAULT_MEDIUM), ALL,
     "accepts one fault that helps an attacker only if something else goes wrong.",
     "accepts %u faults that help an attacker only if something else goes wrong."},
    {VERDICT_FOOLED, SEVERITY_BIT(FAULT_LOW), ALL, "misses one violation of a formal rule.",
     "misses %u violations of formal rules."},
};

struct telling {
    const struct run *run;
    struct buf *out;
    bool has_begun, has_subject;
};

static void put_subject(struct telling *telling) {
    buf_printf(telling->out, "%s%s ", telling->has_begun ? " " : "",
               telling->has_subject ? "It" : "The sender");
    telling->has_begun = telling->has_subject = true;
}

static void put_whole(struct telling *telling, const char *sentence) {
    buf_printf(telling->out, "%s%s", telling->has_begun ? " " : "", sentence);
    telling->has_begun = true;
}

static bool is_in_class(const struct class *class, const struct result *result) {
    return !scenario_is_control(result->scenario) && result->verdict.kind == class->kind &&
           (class->severities & SEVERITY_BIT(result_severity(result))) != 0 &&
           (class->layers & LAYER_BIT(result->scenario->layer)) != 0;
}

static unsigned put_class(struct telling *telling, const struct class *class) {
    unsigned n = 0;

    for (size_t i = 0; i < telling->run->count; i++)
        n += is_in_class(class, &telling->run->results[i]);
    if (n == 0)
        return 0;
    put_subject(telling);
    const char *number = n > 1 ? strstr(class->many, "%u") : NULL;
    if (number == NULL)
        buf_puts(telling->out, class->one);
    else
        buf_printf(telling->out, "%.*s%u%s", (int)(number - class->many), class->many, n,
                   number + 2);
    return n;
}

/* --- plaintext --- */

static bool put_leak(struct telling *telling) {
    static const char *const losses[] = {
        [EXPOSURE_NOTHING] = "talks",
        [EXPOSURE_ENVELOPE] = "sends the addresses of its mail",
        [EXPOSURE_CREDENTIALS] = "sends its credentials",
        [EXPOSURE_MESSAGE] = "sends its mail",
    };
    static const char *const ends[] = {
        [EXPOSURE_NOTHING] = "anybody on the path can read it.",
        [EXPOSURE_ENVELOPE] = "anybody on the path can read them.",
        [EXPOSURE_CREDENTIALS] = "anybody on the path can read and use them.",
        [EXPOSURE_MESSAGE] = "anybody on the path can read and change it.",
    };
    enum exposure worst = EXPOSURE_NOTHING;
    bool any = false, at_control = false;

    for (size_t i = 0; i < telling->run->count; i++) {
        const struct result *result = &telling->run->results[i];

        if (result->verdict.kind != VERDICT_LEAKED)
            continue;
        any = true;
        at_control = at_control || scenario_is_control(result->scenario);
        if (result->verdict.exposure > worst)
            worst = result->verdict.exposure;
    }
    if (!any)
        return false;
    put_subject(telling);
    buf_printf(telling->out, "%s in plaintext %s: %s", losses[worst],
               at_control ? "even to a server without a fault" : "where TLS fails", ends[worst]);
    return true;
}

/* --- certificates --- */

static bool has_clue(const struct scenario *scenario, const char *clue) {
    return scenario->fault_count == 1 && scenario->faults[0]->clue != NULL &&
           strcmp(scenario->faults[0]->clue, clue) == 0;
}

/* Of the critical certificates, whether it accepted each or nearly each, one of a wrong issuer and one with a wrong name
 * among them.  One may be refused for another reason than its fault, such as its size. */
static const char *how_it_takes_certificates(const struct run *run) {
    unsigned refused = 0, taken = 0;
    bool by_trust = false, by_name = false;

    for (size_t i = 0; i < run->count; i++) {
        const struct result *result = &run->results[i];
        const struct scenario *scenario = result->scenario;
        bool is_taken = result->verdict.kind == VERDICT_FOOLED;

        if ((CERTIFICATES & LAYER_BIT(scenario->layer)) == 0 ||
            scenario->severity != FAULT_CRITICAL)
            continue;
        refused += result_outcome(result) == OUTCOME_NOTICED;
        taken += is_taken;
        by_trust |= is_taken && has_clue(scenario, "cert-trust");
        by_name |= is_taken && has_clue(scenario, "cert-name");
    }
    if (!by_trust || !by_name || taken < NEARLY_ALL * refused)
        return NULL;
    return refused == 0 ? "takes any certificate" : "takes almost any certificate";
}

/* --- what anybody on the path can put up --- */

/* Whether something critical was found. */
static bool put_critical(struct telling *telling) {
    const char *how = how_it_takes_certificates(telling->run);
    bool any = put_leak(telling);
    size_t first = 0;

    if (how != NULL) {
        put_subject(telling);
        buf_printf(telling->out, "%s: anybody on the path can read and change its mail.", how);
        first = 1;
        any = true;
    }
    for (size_t i = first; i < ARRAY_LEN(critical_classes); i++)
        any = put_class(telling, &critical_classes[i]) > 0 || any;
    return any;
}

/* Those that it noticed, and those that did it no harm. */
static void put_withstood(struct telling *telling) {
    unsigned noticed = 0, harmless = 0;

    for (size_t i = 0; i < telling->run->count; i++) {
        const struct result *result = &telling->run->results[i];
        enum outcome outcome = result_outcome(result);

        if (result->scenario->severity != FAULT_CRITICAL || scenario_is_control(result->scenario))
            continue;
        noticed += outcome == OUTCOME_NOTICED;
        harmless += outcome == OUTCOME_HARMLESS;
    }
    if (noticed + harmless == 0)
        return;
    put_subject(telling);
    buf_puts(telling->out, harmless == 0 ? "refused " : "refused or was not harmed by ");
    if (noticed + harmless == 1)
        buf_puts(telling->out, "the one server that anybody on the path can set up.");
    else
        buf_printf(telling->out, "all %u servers that anybody on the path can set up.",
                   noticed + harmless);
}

/* --- the whole --- */

static void put_all_well(struct telling *telling, const struct run_summary *sum) {
    put_subject(telling);
    if (sum->faults == 1 && sum->total == 1)
        buf_puts(telling->out, "noticed it.");
    else if (sum->faults == 1)
        buf_puts(telling->out, "noticed the one fault that could be judged.");
    else if (sum->faults > 0)
        buf_printf(telling->out, "noticed each of the %u faults that could be judged.",
                   sum->faults);
    else if (sum->oddities > 0)
        buf_printf(telling->out, "accepts %s; no fault was tried.",
                   sum->oddities == 1 ? "the unusual server that was tried"
                                      : "all unusual servers that were tried");
    else
        buf_puts(telling->out, "was not harmed by anything that was tried.");
}

static void put_nothing(struct telling *telling, const struct run_summary *sum) {
    if (sum->total == 0 && telling->run->signal != 0)
        put_whole(telling, "The run was interrupted before a fault was judged.");
    else if (sum->controls_failed > 0)
        put_whole(telling, "Nothing can be said about the sender: it did not deliver to a server "
                           "without a fault.");
    else if (sum->total == 0)
        put_whole(telling, "No fault was tried.");
    else
        put_whole(telling, "Nothing can be said about the sender: no fault could be judged.");
}

/* Results of which something can be said. */
static unsigned count_judged(const struct run_summary *sum) {
    return sum->total - sum->by_outcome[OUTCOME_UNCLEAR] - sum->by_outcome[OUTCOME_NOT_SHOWN];
}

/* What the sender does not look at at all is one line, not a list. */
static void put_unused(struct telling *telling) {
    static const struct {
        unsigned layers;
        const char *what;
    } uses[] = {{DANE, "use DANE"}, {STS, "use MTA-STS"}, {NAMES, "look up MX records"}};

    for (size_t i = 0; i < ARRAY_LEN(uses); i++) {
        unsigned count = 0;
        char sentence[128];

        for (size_t k = 0; k < telling->run->count; k++) {
            const struct result *result = &telling->run->results[k];
            count += result->verdict.reason == REASON_NOT_USED &&
                     (LAYER_BIT(result->scenario->layer) & uses[i].layers) != 0;
        }
        if ((telling->run->required & uses[i].layers) != 0)
            snprintf(sentence, sizeof sentence,
                     "It does not %s, which --require asks for: a failure.", uses[i].what);
        else
            snprintf(sentence, sizeof sentence, "It does not %s: %u fault%s not concern it.",
                     uses[i].what, count, count == 1 ? " does" : "s do");
        if (count > 0)
            put_whole(telling, sentence);
    }
}

void sentence_put(const struct run *run, struct buf *out) {
    struct telling telling = {.run = run, .out = out};
    struct run_summary sum;

    run_summarise(run, &sum);
    if (count_judged(&sum) == 0 && sum.failures == 0) {
        put_nothing(&telling, &sum);
        put_unused(&telling);
        return;
    }
    if (sum.total == 1)
        put_whole(&telling, "Only one fault was tried.");
    bool critical = put_critical(&telling);
    if (!critical)
        put_withstood(&telling);
    for (size_t i = 0; i < ARRAY_LEN(other_classes); i++)
        put_class(&telling, &other_classes[i]);
    if (sum.failures + sum.warnings == 0)
        put_all_well(&telling, &sum);
    put_unused(&telling);
    if (sum.controls_failed > 0)
        put_whole(&telling, "Not every control was delivered, so not every fault could be judged.");
}
