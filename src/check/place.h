/* place - an address at which hosts are looked at, and the queue before it.
 *
 * Two hosts at a time are looked at there, with two connections in all.  Whoever else comes waits outside, and has none of the
 * run's slots meanwhile.  A place at which the hosts take too long is closed for the rest of the run: `host_ms` is what one host
 * may take; what each takes beyond a sixth of that is added up, and ten times `host_ms` closes the place.
 *
 * Life: places_new -> visit_begin -> on_turn, perhaps at once, and perhaps once more with false -> visit_connect and visit_disconnect
 * -> visit_end -> places_free when all visits have ended.  Memory: what is under way, and 4,096 slow places at most. */
#ifndef DOORMAT_CHECK_PLACE_H
#define DOORMAT_CHECK_PLACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

struct places;
struct place;

struct places *places_new(unsigned slots, int64_t host_ms);
void places_free(struct places **places);
unsigned places_taken(const struct places *places); /* slots */
bool places_are_full(const struct places *places);  /* all slots are taken, or will be */

enum visit_state { VISIT_OUTSIDE, VISIT_READY /* there is room, and no slot */, VISIT_INSIDE };

struct visit { /* the caller sets the first three */
    void (*on_turn)(bool let_in,
                    void *arg); /* false: the place is closed; visit_end is still to come */
    void (*on_room)(
        void *arg); /* a connection has ended, and wants_room was set: it may have one */
    void *arg;
    bool wants_room;
    bool is_promised; /* the connection that has ended is for this one */
    enum visit_state state;
    struct places *places;
    struct place *place; /* NULL: it has ended, or not begun */
    TAILQ_ENTRY(visit) link;
};

void visit_begin(struct visit *visit, struct places *places, const char *address);
void visit_end(struct visit *visit, int64_t took_ms); /* may let others in; no connection is open */

bool visit_has_room(const struct visit *visit); /* for a connection */
void visit_connect(struct visit *visit);
void visit_disconnect(struct visit *visit);

#endif
