/* verdict - what a sender's attempts say about it.  A pure function of them.
 *
 * Handshake success is not acceptance: senders dislike a certificate after it, with an alert, a
 * QUIT or a silent close. Only alerts that were read count.  The worst of all attempts is the
 * verdict: a refusal followed by plaintext is a leak. That the twin control was delivered is the
 * caller's to know (`control_ok`): without it nothing can be said.
 *
 * A fault that lies in STARTTLS does not show to a sender that comes by implicit TLS: the verdict
 * is `not-shown`, which counts neither for the sender nor against it.
 *
 * Where a fault lies in the dialogue and TLS is sound, what the sender gives away inside TLS is no
 * harm in itself: the fault says how much a sound sender may give (`harmless`), and beyond it the
 * verdict is `fooled`.  So is it whenever the sender acts inside TLS on what was said before it, or
 * lets an end of data through that is none.  Delivered within these bounds is `delivered` (reason
 * `unharmed`).
 *
 * Where an oddity is to be delivered (a rare curve, say) that some policy forbids, a sender whose ClientHello does not offer
 * it cannot deliver and has done nothing wrong: `refused` (reason `not-offered`), as expected.  A control other than the
 * first that is not offered leaves its faults `not-shown`; so does a host whose name has not the labels that a fault needs.
 *
 * Where the fault is in DNS, a sender that asked there and connected nowhere has refused, or turned away: it is behind a look-up
 * that failed.
 *
 * Where an MTA-STS policy is not to be believed, a sound sender may deliver as if there were none (`harmless`); one that takes
 * the policy is `fooled`, whatever it does with the mail.
 *
 * How the sender itself ended is evidence too: a signal that ended it is `crashed`, and to outstay its time after all its
 * connections had ended, or to come again and again, is `unclear`.  A sender that left before the fault could show (met.h),
 * or in whose way the server's own failure stood, has noticed nothing.  What went out in spite of all that counts first. */
#ifndef DOORMAT_VERDICT_VERDICT_H
#define DOORMAT_VERDICT_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "fault/compose.h"
#include "verdict/attempt.h"

enum verdict_kind {
    VERDICT_REFUSED,
    VERDICT_FOOLED,
    VERDICT_LEAKED,
    VERDICT_DELIVERED,
    VERDICT_TURNED_AWAY,
    VERDICT_UNCLEAR,
    VERDICT_CRASHED,   /* a signal ended the sender */
    VERDICT_NOT_SHOWN, /* the fault could not show to this sender: neither for nor against it */
    VERDICT_COUNT,
};
const char *verdict_name(enum verdict_kind kind); /* "refused" ... "not-shown" */
int verdict_from_name(const char *name);          /* enum verdict_kind, or -1 */

/* How bad: refused, delivered and not-shown 0, then unclear, turned-away and crashed, fooled, leaked. */
unsigned verdict_badness(enum verdict_kind kind);

/* How the sender showed that it refused, strongest evidence first; or why nothing can be said; or
 * how it was fooled, where that is not plain from what it gave away. */
enum reason_kind {
    REASON_NONE,
    REASON_ALERT,          /* sent an alert */
    REASON_NOT_OFFERED,    /* nothing in common: it did not even offer it */
    REASON_LEFT_HANDSHAKE, /* broke off the handshake without an alert */
    REASON_SHUT_OUT,       /* the server refused in the handshake, and it gave nothing away */
    REASON_QUIT_AFTER,     /* QUIT as the first command inside TLS */
    REASON_CLOSED_AFTER,   /* closed after the handshake without a command */
    REASON_LEFT_INSIDE,    /* spoke inside TLS (EHLO), then left: as a probe does */
    REASON_STOPPED,        /* gave away inside TLS what it might, and no more */
    REASON_NO_PLAINTEXT,   /* got no TLS and gave up before MAIL */
    REASON_UNHARMED,       /* delivered over sound TLS: the fault did it no harm */
    REASON_NOT_SHOWN,      /* came over implicit TLS, where a fault in STARTTLS does not show */
    REASON_NO_ROUTE, /* asked our DNS, and connected nowhere: what it learnt there kept it away */
    REASON_NO_CONNECTION,  /* unclear: it never came */
    REASON_NOT_FINISHED,   /* unclear: it did not finish in time */
    REASON_CONTROL_FAILED, /* unclear: its twin control was not delivered */
    REASON_BELIEVED,       /* fooled: acted inside TLS on what was said before it */
    REASON_FALSE_END,      /* fooled: wrote an end of data that is none */
    REASON_POLICY_TAKEN,   /* fooled: took an MTA-STS policy that is not to be believed */
    REASON_SERVER_FAILED,  /* unclear: our own side failed */
    REASON_NOT_SERVED,     /* unclear: the recipe could not be served */
    REASON_NOT_MET,        /* unclear: it came, and left before the fault could show */
    REASON_HUNG,           /* unclear: its connections had ended, and it did not */
    REASON_RUNAWAY,        /* unclear: it came again and again, or spoke without end */
    REASON_SIGNAL,         /* crashed: a signal ended it */
    REASON_HOST,           /* not shown: the host's name has not the labels that the fault needs */
    REASON_NOT_PLANTED,    /* not shown: it did not send the text that the fault is in */
    REASON_NOT_USED,       /* not shown: it does not use what the fault is in, such as DANE */
    REASON_CONTROL_NOT_OFFERED, /* not shown: it does not offer what the twin control is made of */
    REASON_COUNT,
};
const char *reason_name(enum reason_kind kind); /* "alert" "not-offered" ... */

struct verdict {
    enum verdict_kind kind;
    bool as_expected;
    enum exposure exposure; /* the most that was given away on a bad channel */
    enum reason_kind reason;
    int alert;                      /* REASON_ALERT: which, else TLS_NO_ALERT */
    bool fits;                      /* REASON_ALERT: whether the alert fits the fault */
    const struct attempt *decisive; /* the attempt that the verdict rests on; NULL if none */
    enum reason_kind before; /* crashed, hung, runaway: how it had refused until then; else NONE */
};

/* What came of the twin control. */
enum control_state {
    CONTROL_FAILED,
    CONTROL_DELIVERED,
    CONTROL_NOT_OFFERED,
    CONTROL_NOT_USED, /* delivered, and the sender did not look at what the faults are in */
};

/* From how many connections on a sender is out of hand, and from how many commands in one. */
enum { RUNAWAY_ATTEMPTS = 200, RUNAWAY_COMMANDS = 500 };

struct verdict_input {
    const struct scenario *scenario;
    const struct attempt *const *attempts; /* in order of arrival */
    size_t attempt_count;
    size_t attempts_seen; /* connections in all; more than attempt_count if not all were kept */
    enum control_state control; /* CONTROL_DELIVERED for a control itself */
    unsigned questions;         /* to our DNS, about names of the domain */
    int exit_status;            /* of the sender, 128 + signal; 0 or -1: nothing to tell */
    bool timed_out;             /* its time ran out: it was still at it, or its connections were */
    bool outstayed;             /* ... and its process was still there */
    bool not_served;            /* the server could not serve the recipe */
    bool took_policy;           /* it got the MTA-STS policy of the domain */
    bool is_fetching;           /* ... or was fetching it yet when we ended that */
    bool host_hides;            /* the fault cannot show under the host's name */
};

void verdict_judge(const struct verdict_input *input, struct verdict *out);

/* Whether an exit status, as shells say it, is that of a program that a signal of its own doing ended. */
bool verdict_is_crash(int exit_status);

/* How much an attempt may weigh in a verdict, whatever the fault: where not all can be kept, the heaviest is. */
unsigned attempt_weight(const struct attempt *attempt);

#endif
