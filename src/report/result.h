/* result - what a run of `try` found, as plain data, before any format. */
#ifndef DOORMAT_REPORT_RESULT_H
#define DOORMAT_REPORT_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "dns/server.h"
#include "fault/compose.h"
#include "report/settings.h"
#include "sts/seen.h"
#include "verdict/verdict.h"

struct result {
    const struct scenario *scenario;
    struct scenario *own_scenario; /* the same, if the run made it for itself; else NULL */
    struct verdict verdict;
    struct attempt **attempts; /* owned, in order of arrival */
    size_t attempt_count;
    size_t attempts_seen; /* connections in all: of very many not all are kept, but the worst is */
    char *not_served;     /* why the server could not serve the recipe, owned; NULL: it could */
    int exit_status;      /* of the sender, 128 + signal as shells say it; -1 if it was not run */
    double seconds;
    double limit_s;              /* its time was over after so much; 0: it ended by itself */
    bool outstayed;              /* ... and its process was still there, and was ended */
    unsigned retries;            /* how often it was tried again; the last try is told */
    unsigned escaped;            /* processes that outlived the sender */
    struct dns_asked *questions; /* to our DNS, of names of the domain: the first of them; owned */
    size_t question_count;
    size_t questions_seen; /* in all */
    struct sts_fetch *
        fetches; /* of the domain's MTA-STS policy, in any try, for it may be kept: the first of them; owned */
    size_t fetch_count;
    unsigned queries;  /* at the web port, whether the certificate is revoked */
    struct buf output; /* what it printed */
};

struct run {
    const char *const *sender; /* argv; NULL-terminated; borrowed */
    const char *title;         /* of the report; NULL: the sender's name; borrowed */
    const char *policy;        /* "strict" */
    const char *trust, *host;  /* "pkix", "mx.doormat.test" */
    bool in_room;              /* the sender had to find its servers by DNS */
    unsigned
        required; /* layers (1 << LAYER_DANE ...) that the sender has to use: else it is a failure */
    enum fault_severity fail_on; /* from which severity on exit status 1; FAULT_UNRATED: high */
    int64_t started_us;
    double seconds;
    struct result *results; /* controls first, then faults in the catalogue's order; owned */
    size_t count;
    int signal;       /* that interrupted it: results are those that were finished; 0: none did */
    unsigned planned; /* of a run that was interrupted: servers, controls not counted */
    struct run_settings *settings; /* with a mail server of the machine's; owned; else NULL */
};

/* Whether the sender asked our DNS for a record of that type. */
bool result_has_asked(const struct result *result, unsigned type);

/* Whether the sender has got the policy of the domain; and whether it was fetching one yet when its time was over. */
bool result_has_policy(const struct result *result);
bool result_is_fetching(const struct result *result);

void run_fini(struct run *run);
void result_reset(struct result *result); /* as if it had never been tried; the scenario goes too */
void result_forget_try(
    struct result *result); /* for another try: all but the scenario and the count goes */

/* What a result means for the run.  A warning is below the severity of `fail_on`. */
enum failure { FAILURE_NONE, FAILURE_WARNING, FAILURE_FAILURE };
const char *failure_name(enum failure failure); /* "none", "warning", "failure" */

/* How much a result matters.  As expected, unclear, or a failed control: FAULT_UNRATED.  Leaked: critical, be it a control.
 * Crashed: high at least.  Fooled or turned away: the severity of the fault; high if it has none. */
enum fault_severity result_severity(const struct result *result);

enum fault_severity run_fail_on(const struct run *run); /* never FAULT_UNRATED */
enum failure run_failure(const struct run *run, const struct result *result);

/* Where refused and delivered, faults and unusual servers are told apart.  Each result that is no control is in one kind. */
enum outcome {
    OUTCOME_NOTICED,     /* a fault, refused */
    OUTCOME_ACCEPTED,    /* an unusual server, delivered */
    OUTCOME_FAILED,      /* fooled, leaked, crashed, turned away */
    OUTCOME_HARMLESS,    /* a fault that did the sender no harm: delivered over sound TLS */
    OUTCOME_NOT_OFFERED, /* an unusual server that the sender has no cipher or the like for */
    OUTCOME_EITHER,      /* refused, which is as sound there as delivering */
    OUTCOME_NOT_SHOWN,
    OUTCOME_UNCLEAR,
    OUTCOME_COUNT,
};
enum outcome result_outcome(const struct result *result);
bool result_is_fault(const struct result *result); /* to be refused; else it is unusual */

struct run_summary {
    unsigned total;                     /* results but controls */
    unsigned by_verdict[VERDICT_COUNT]; /* "delivered" counts controls too */
    unsigned by_outcome[OUTCOME_COUNT]; /* controls not counted */
    unsigned controls, controls_failed;
    unsigned faults;   /* noticed or failed: what the noticed ones are of */
    unsigned oddities; /* accepted or failed: likewise */
    unsigned warnings, failures;
};
void run_summarise(const struct run *run, struct run_summary *out);

/* Whether the sender does not use what it has to: DANE, say. */
bool run_lacks_required(const struct run *run);

/* What `try` exits with.  1: a failure; it stands on a twin that was delivered, whatever became of other controls.
 * Else 3: a control failed or a verdict stayed unclear.  Else 0, warnings or not. */
int run_exit_status(const struct run *run);

/* The results by layer, worst first within a layer, else in their order; the array is the caller's
 * to free. */
const struct result **run_sorted(const struct run *run);

/* How many of the sorted results, one at least, are of the first one's layer. */
size_t result_same_layer(const struct result *const *sorted, size_t count);

#endif
