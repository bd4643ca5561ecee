/* The views of a server, one a row: when it is looked at, and where it goes. */
#include <string.h>

#include "base/mem.h"
#include "check/internal.h"

enum { VERSION_COUNT = 4, TLS_1_0 = 0x0301, TLS_1_3 = 0x0304, TLS10 = 0, TLS11, TLS12, TLS13 };

static bool is_completed(const struct facts_handshake *handshake) {
    return handshake->handshake == TLS_HANDSHAKE_COMPLETED;
}

static bool has_begun_tls(enum smtp_client_starttls starttls) {
    return starttls == SMTP_CLIENT_STARTTLS_ACCEPTED || starttls == SMTP_CLIENT_STARTTLS_IMPLICIT;
}

static bool is_first(const struct check_host *host) {
    return host->views[VIEW_STRICT].look == LOOK_NOT_NEEDED;
}

static bool wants_wide(const struct check_host *host) {
    return !is_first(host) && has_begun_tls(host->facts.starttls) &&
           !is_completed(&host->facts.strict);
}

static bool is_judged(const struct check_host *host) {
    return is_completed(&host->facts.strict) || is_completed(&host->facts.wide);
}

/* Of the two oldest the newer is asked for together with the older: alone is asked where that one was agreed on. */
static bool wants_tls10(const struct check_host *host) {
    return is_judged(host) && !host->facts.tried_version[TLS10] && host->facts.tried_version[TLS11];
}

static bool wants_tls11(const struct check_host *host) {
    return is_judged(host) && !host->facts.tried_version[TLS11];
}

static bool wants_tls12(const struct check_host *host) {
    return is_judged(host) && !host->facts.tried_version[TLS12];
}

static bool wants_tls13(const struct check_host *host) {
    return is_judged(host) && !host->facts.tried_version[TLS13];
}

/* Beside a choice that is all right, something else may be had: beside one that is not, the verdict is clear. */
static bool has_good_choice(const struct check_host *host) {
    return is_completed(&host->facts.strict);
}

static bool wants_no_sni(const struct check_host *host) {
    return has_good_choice(host) && strcmp(host->host, host->address) != 0;
}

static const struct facts_cert *leaf_of(const struct check_host *host) {
    return host->facts.has_chain && host->facts.chain.cert_count > 0 ? &host->facts.chain.certs[0]
                                                                     : NULL;
}

const char *view_leaf(const struct check_host *host) {
    return leaf_of(host) != NULL ? leaf_of(host)->sha256 : NULL;
}

static bool is_rsa(const struct facts_cert *leaf) {
    return leaf->key == FACTS_KEY_RSA || leaf->key == FACTS_KEY_RSA_PSS;
}

static bool wants_ec_key(const struct check_host *host) {
    return has_good_choice(host) && leaf_of(host) != NULL && is_rsa(leaf_of(host));
}

static bool wants_rsa_key(const struct check_host *host) {
    return has_good_choice(host) && leaf_of(host) != NULL && !is_rsa(leaf_of(host));
}

/* Tried and not taken: then there is nothing to be had in that version. */
static bool may_take(const struct check_host *host, int version) {
    return host->facts.accepts_version[version] || !host->facts.tried_version[version];
}

static bool are_versions_known(const struct check_host *host) {
    static const enum check_view views[] = {VIEW_TLS11, VIEW_TLS12, VIEW_TLS13};

    for (size_t i = 0; i < ARRAY_LEN(views); i++)
        if (host->views[views[i]].look == LOOK_NOT_NEEDED &&
            !host->facts.tried_version[views[i] - VIEW_TLS10])
            return false;
    return true;
}

static bool wants_weak_old(const struct check_host *host) {
    return has_good_choice(host) && are_versions_known(host) &&
           (may_take(host, TLS10) || may_take(host, TLS11) || may_take(host, TLS12));
}

static bool wants_weak13(const struct check_host *host) {
    return has_good_choice(host) && are_versions_known(host) && may_take(host, TLS13);
}

/* Where the offer without allowed groups was taken, nothing more is to be found. */
static bool wants_weak_ecdsa(const struct check_host *host) {
    return wants_weak_old(host) && leaf_of(host) != NULL && leaf_of(host)->key == FACTS_KEY_EC &&
           host->views[VIEW_WEAK + POLICY_WEAK_GROUPS].look != LOOK_NOT_NEEDED &&
           !is_completed(&host->facts.weak[POLICY_WEAK_GROUPS]);
}

static const struct {
    enum check_view view;
    bool (*is_wanted)(const struct check_host *host);
    bool is_thorough; /* left out by --quick */
} rows[] = {
    {VIEW_STRICT, is_first, false},
    {VIEW_WIDE, wants_wide, false},
    /* First what is most often taken: behind a load balancer the second connection is most likely to get another certificate. */
    {VIEW_TLS12, wants_tls12, true},
    {VIEW_TLS13, wants_tls13, true},
    {VIEW_TLS11, wants_tls11, true},
    {VIEW_TLS10, wants_tls10, true},
    {VIEW_NO_SNI, wants_no_sni, true},
    {VIEW_EC_KEY, wants_ec_key, true},
    {VIEW_RSA_KEY, wants_rsa_key, true},
    {VIEW_WEAK + POLICY_WEAK_GROUPS, wants_weak_old, true},
    {VIEW_WEAK + POLICY_WEAK_GROUPS_ECDSA, wants_weak_ecdsa, true},
    {VIEW_WEAK + POLICY_WEAK_GROUPS13, wants_weak13, true},
    {VIEW_WEAK + POLICY_WEAK_SUITES, wants_weak_old, true},
    {VIEW_WEAK + POLICY_WEAK_SUITES13, wants_weak13, true},
    {VIEW_WEAK + POLICY_WEAK_DHE, wants_weak_old, true},
};
_Static_assert(ARRAY_LEN(rows) == VIEW_COUNT, "each view has its row");

enum check_view view_at(size_t i) {
    return rows[i].view;
}

bool view_is_due(const struct check_run_state *run, const struct check_host *host,
                 enum check_view view) {
    size_t i = 0;

    while (rows[i].view != view)
        i++;
    return host->views[view].look == LOOK_NOT_NEEDED && run->offers[view] != NULL &&
           (run->options->thorough || !rows[i].is_thorough) && rows[i].is_wanted(host);
}

struct facts_handshake *view_handshake(struct check_host *host, enum check_view view) {
    if (view == VIEW_STRICT)
        return &host->facts.strict;
    if (view == VIEW_WIDE)
        return &host->facts.wide;
    return view >= VIEW_WEAK ? &host->facts.weak[view - VIEW_WEAK] : NULL;
}

/* What was asked for in a version of its own and not agreed on is known as well. */
static void note_version(struct host_facts *facts, const struct probe_outcome *outcome,
                         enum check_view view) {
    uint16_t version = outcome->handshake.version;
    bool agreed = is_completed(&outcome->handshake) && version >= TLS_1_0 && version <= TLS_1_3;

    if (outcome->looked && view >= VIEW_TLS10 && view <= VIEW_TLS13)
        facts->tried_version[view - VIEW_TLS10] = true;
    if (outcome->looked && view == VIEW_TLS11 && !(agreed && version == TLS_1_0 + TLS11))
        facts->tried_version[TLS10] = true;
    if (outcome->looked && view >= VIEW_TLS10 && view <= VIEW_TLS13)
        facts->of_version[agreed ? version - TLS_1_0 : (int)(view - VIEW_TLS10)] =
            outcome->handshake;
    if (agreed)
        facts->accepts_version[version - TLS_1_0] = facts->tried_version[version - TLS_1_0] = true;
}

/* With implicit TLS the handshake is the first word: where none came the server has shown nothing. */
static bool has_spoken(const struct probe_outcome *outcome) {
    return outcome->starttls == SMTP_CLIENT_STARTTLS_IMPLICIT
               ? outcome->handshake.handshake != TLS_HANDSHAKE_NONE
               : outcome->starttls != SMTP_CLIENT_STARTTLS_UNKNOWN;
}

static void note_first(struct check_host *host, enum check_view view,
                       const struct probe_outcome *outcome) {
    struct host_facts *facts = &host->facts;

    if (view == VIEW_STRICT) {
        facts->starttls = outcome->starttls;
        facts->behind_starttls_b = outcome->behind_starttls_b;
        facts->offers_auth = outcome->offers_auth;
    }
    if (view <= VIEW_WIDE)
        facts->reached |= has_spoken(outcome);
    if (view <= VIEW_WIDE && is_completed(&outcome->handshake))
        snprintf(facts->within_tls, sizeof facts->within_tls, "%s", outcome->within_tls);
    if (view > VIEW_WIDE && (outcome->starttls == SMTP_CLIENT_STARTTLS_NOT_OFFERED ||
                             outcome->starttls == SMTP_CLIENT_STARTTLS_REFUSED))
        facts->starttls_lapses++;
}

static bool is_same_leaf(const struct facts_chain *a, const struct facts_chain *b) {
    return a->cert_count > 0 && b->cert_count > 0 &&
           strcmp(a->certs[0].sha256, b->certs[0].sha256) == 0;
}

static void keep_chain(struct facts_chain *to, struct probe_outcome *outcome) {
    facts_chain_fini(to);
    *to = outcome->chain;
    outcome->chain = (struct facts_chain){0};
}

/* Nothing in the offer explains that the certificate is another one: other servers may stand behind the address. */
static void keep_stray(struct host_facts *facts, struct probe_outcome *outcome) {
    for (size_t i = 0; i < facts->stray_count; i++)
        if (is_same_leaf(&facts->strays[i].chain, &outcome->chain))
            return;
    if (facts->stray_count == POLICY_STRAYS)
        return;
    facts->strays[facts->stray_count].version = outcome->handshake.version;
    keep_chain(&facts->strays[facts->stray_count++].chain, outcome);
}

static void note_chain(struct check_host *host, enum check_view view,
                       struct probe_outcome *outcome) {
    struct host_facts *facts = &host->facts;
    bool is_other = outcome->has_chain && !is_same_leaf(&facts->chain, &outcome->chain);

    if (outcome->has_chain && !facts->has_chain) {
        keep_chain(&facts->chain, outcome);
        facts->has_chain = true;
    } else if (is_other && view == VIEW_NO_SNI) {
        keep_chain(&facts->others[POLICY_OTHER_SNI], outcome);
    } else if (is_other && (view == VIEW_EC_KEY || view == VIEW_RSA_KEY)) {
        keep_chain(&facts->others[POLICY_OTHER_KEY], outcome);
    } else if (is_other && (view == VIEW_TLS12 || view == VIEW_TLS13)) {
        keep_chain(&facts->chain_of_version[view - VIEW_TLS10], outcome);
    } else if (is_other) {
        keep_stray(facts, outcome);
    }
    facts_chain_fini(&outcome->chain);
}

void view_note_unknown(struct check_host *host, enum check_view view, const char *why) {
    host->views[view].look = LOOK_UNKNOWN;
    snprintf(host->views[view].why, sizeof host->views[view].why, "%.150s", why);
}

/* In TLS 1.3 the client is through before the server has seen what it sent: silence may be its refusal. */
static bool is_let_in(const struct probe_outcome *outcome) {
    const struct facts_handshake *handshake = &outcome->handshake;

    return !is_completed(handshake) || handshake->answered || handshake->version < TLS_1_3;
}

static void note_look(struct check_host *host, enum check_view view,
                      const struct probe_outcome *outcome) {
    if (view > VIEW_WIDE && !outcome->looked)
        view_note_unknown(host, view, outcome->err.text);
    else if (view <= VIEW_WIDE && !is_let_in(outcome))
        view_note_unknown(host, view, outcome->within_tls);
    else
        host->views[view].look = LOOK_DONE;
}

void view_note(struct check_host *host, enum check_view view, struct probe_outcome *outcome) {
    struct facts_handshake *handshake = view_handshake(host, view);

    if (handshake != NULL)
        *handshake = outcome->handshake;
    if (view == VIEW_NO_SNI && outcome->looked)
        host->facts.needs_sni = !is_completed(&outcome->handshake);
    note_first(host, view, outcome);
    note_version(&host->facts, outcome, view);
    note_chain(host, view, outcome);
    note_look(host, view, outcome);
    if (view <= VIEW_WIDE && outcome->err.text[0] != '\0' && host->err.text[0] == '\0')
        host->err = outcome->err;
    if (outcome->lacks_route)
        host->reason = CHECK_REASON_NO_ROUTE;
    if (is_completed(&outcome->handshake))
        host->err.text[0] = '\0';
}
