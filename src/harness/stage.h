/* stage - the sealed room of a run, and the world outside it: DNS from the root down, a resolver that validates, mail domains.
 *
 * Life: stage_enter, before the first thread -> stage_open, when the site is there -> jobs -> stage_free, behind all jobs and
 * before the site.  Of the world's network, 198.18.0.0/15, the first addresses are the servers' (stage.c). */
#ifndef DOORMAT_HARNESS_STAGE_H
#define DOORMAT_HARNESS_STAGE_H

#include "harness/workdir.h"
#include "world/world.h"

struct stage;

/* The process moves into the world.  Where this machine has no room, the text says what to do, and nothing has changed.  What
 * is less than it could be is logged, here and by stage_open. */
int stage_enter(struct err *err) MUST_USE;

/* The apex of the mail domains, which the lab's root permits. */
extern const char stage_apex[];

/* Where the web port is in the world, numeric, ending with NULL, and its port. */
extern const char *const stage_web_addresses[];
enum { STAGE_WEB_PORT = 80 };

/* Questions go to on_question, fetches of policies to on_fetch.  helo: the name of the sender's host.  The workdir is seen inside as it is outside. */
int stage_open(struct site *site, const struct workdir *workdir, const char *helo,
               world_question_fn *on_question, world_fetch_fn *on_fetch, void *arg,
               struct stage **out, struct err *err) MUST_USE;
void stage_free(struct stage **stage);

struct world *stage_world(const struct stage *stage);
pid_t stage_inside(const struct stage *stage); /* for child_spec.inside */

#endif
