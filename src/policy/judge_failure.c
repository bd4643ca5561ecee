/* No handshake was completed, not even with everything on offer: what that means. */
#include "base/mem.h"
#include "policy/judge.h"
#include "tls/seen.h"

enum {
    ALERT_HANDSHAKE_FAILURE = 40,
    ALERT_NO_CERTIFICATE = 41,
    ALERT_BAD_CERTIFICATE = 42,
    ALERT_CERTIFICATE_UNKNOWN = 46,
    ALERT_ACCESS_DENIED = 49,
    ALERT_PROTOCOL_VERSION = 70,
    ALERT_INSUFFICIENT_SECURITY = 71,
    ALERT_CERTIFICATE_REQUIRED = 116,
};

/* The wide offer is the one to go by; that it failed too leaves nothing better. */
static const struct facts_handshake *last_tried(const struct host_facts *facts) {
    return facts->wide.handshake != TLS_HANDSHAKE_NONE ? &facts->wide : &facts->strict;
}

static bool is_not_tls(const struct judge *judge, const struct facts_handshake *last) {
    (void)last;
    return !judge->facts->strict.begun && !judge->facts->wide.begun;
}

static bool has_no_version(const struct judge *judge, const struct facts_handshake *last) {
    (void)judge;
    return last->failure == TLS_FAILURE_VERSION || last->alert_read == ALERT_PROTOCOL_VERSION;
}

bool policy_wants_client_cert(const struct facts_handshake *handshake) {
    static const int alerts[] = {ALERT_HANDSHAKE_FAILURE, ALERT_NO_CERTIFICATE,
                                 ALERT_BAD_CERTIFICATE,   ALERT_CERTIFICATE_UNKNOWN,
                                 ALERT_ACCESS_DENIED,     ALERT_CERTIFICATE_REQUIRED};

    for (size_t i = 0; handshake->client_cert_requested && i < ARRAY_LEN(alerts); i++)
        if (handshake->alert_read == alerts[i])
            return true;
    return false;
}

static bool wants_client_cert(const struct judge *judge, const struct facts_handshake *last) {
    (void)judge;
    return policy_wants_client_cert(last);
}

/* Once the server has chosen, there was something in common. */
static bool has_nothing_in_common(const struct judge *judge, const struct facts_handshake *last) {
    (void)judge;
    if (last->failure != TLS_FAILURE_CIPHER && last->suite != 0)
        return false;
    return last->failure == TLS_FAILURE_CIPHER || last->alert_read == ALERT_HANDSHAKE_FAILURE ||
           last->alert_read == ALERT_INSUFFICIENT_SECURITY;
}

static bool otherwise(const struct judge *judge, const struct facts_handshake *last) {
    (void)judge, (void)last;
    return true;
}

/* The first that holds. */
static const struct {
    bool (*holds)(const struct judge *judge, const struct facts_handshake *last);
    const char *rule, *seen, *wanted, *source;
} failures[] = {
    {is_not_tls, "tls-handshake", "no TLS", "a handshake", "RFC 3207 4, RFC 8446 4"},
    {wants_client_cert, "tls-handshake", "the server asks for a client certificate",
     "a handshake without one, as a mail sender has none", "RFC 8446 4.3.2, RFC 5246 7.4.4"},
    {has_no_version, "tls-version", "none from TLSv1 to TLSv1.3", "TLSv1.2 or TLSv1.3", "RFC 8996"},
    {has_nothing_in_common, "no-common-parameters", "nothing of all that was offered",
     "current cipher suites, groups and signatures", "RFC 8446 9.1"},
    {otherwise, "tls-handshake", "the handshake broke off", "a complete handshake", "RFC 8446 4"},
};

void judge_failure(const struct judge *judge) {
    const struct facts_handshake *last = last_tried(judge->facts);
    size_t i = 0;
    char alert[40];

    while (!failures[i].holds(judge, last))
        i++;
    struct finding finding =
        finding_of(failures[i].rule, appraisal_of(SEVERITY_FAIL), DEPTH_NONE, failures[i].source);
    if (last->alert_read != TLS_NO_ALERT)
        SEEN(&finding, "%s (alert %s)", failures[i].seen,
             alert_text(last->alert_read, alert, sizeof alert));
    else if (*last->reason != '\0')
        SEEN(&finding, "%s (%s)", failures[i].seen, last->reason);
    else if (*last->end != '\0')
        SEEN(&finding, "%s: %s", failures[i].seen, last->end);
    else
        SEEN(&finding, "%s", failures[i].seen);
    WANTED(&finding, "%s", failures[i].wanted);
    findings_add(judge->out, &finding);
}
