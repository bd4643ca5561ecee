/* job - one fault tried on the sender: its endpoint is opened, the command run, its connections gathered, the result filled.
 *
 * Life: job_new (the certificate is minted meanwhile) -> job_start -> on_done once, from the loop -> job_free.
 * A job is done when the command has ended, its connections are closed, and, where the sender queues, `wait` and
 * `settle` are over; or when its time has run out.  All that the command left running is ended then.
 * A recipe that cannot be served costs this one job: the command is not run, and the result says why. */
#ifndef DOORMAT_HARNESS_JOB_H
#define DOORMAT_HARNESS_JOB_H

#include <stdbool.h>

#include "endpoint/endpoint.h"
#include "harness/stage.h"
#include "harness/workdir.h"
#include "report/result.h"

struct job;
typedef void job_done_fn(struct job *job, const struct err *err,
                         void *arg); /* err: the command could not be run at all */

struct job_setup { /* the same for all jobs of a run; borrowed */
    struct site *site;
    const struct workdir *workdir;
    struct stage *stage;     /* each fault is a mail domain there; NULL: each is at a port */
    const char *const *argv; /* the sender, with placeholders */
    const char *from, *to, *helo;
    int64_t timeout_ms, wait_ms, settle_ms;
    job_done_fn *on_done;
    bool has_queue; /* the command's end is not the delivery's: job_tell_tried is to come */
    void (*on_handed_in)(void *arg); /* the command has ended, of a sender with a queue; or NULL */
    void *arg;
};

/* result is the caller's, with its scenario set; the job fills attempts, exit status, output and times, not the verdict. */
struct job *job_new(const struct job_setup *setup, struct result *result);
void job_start(struct job *job);

/* For a mail server that has to know ports and recipients beforehand: before job_start.  Opens the ports (0: free ones; *ports
 * says which), and gives the message this recipient.  Where there is a queue, the job is done with delivery, or when
 * job_tell_tried was called and the connections are closed; not when the command ends. */
int job_open(struct job *job, const char *recipient, unsigned ports[2], struct err *err) MUST_USE;
void job_tell_tried(struct job *job);

/* The sender asked our DNS about the domain of the job. */
void job_tell_question(struct job *job, const struct dns_asked *asked);

/* The sender has fetched the domain's MTA-STS policy, or tried to. */
void job_tell_fetch(struct job *job, const struct sts_fetch *fetch);
bool job_is_running(const struct job *job);   /* job_start was called */
bool job_is_visited(const struct job *job);   /* somebody has connected */
bool job_is_handed_in(const struct job *job); /* on_handed_in was called */
/* The mail server came down with this message: on_done follows, with an exit status that means it. */
void job_crash(struct job *job, const char *last_words);
void job_add_output(struct job *job, const char *line);

void job_stop(struct job *job); /* ends the command at once; no on_done */
void job_free(struct job **job);

struct result *job_result(struct job *job);
void job_tell(const struct job *job, struct verdict_input *out); /* all but how the control went */

#endif
