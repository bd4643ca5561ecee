/* interrupt - SIGINT, SIGTERM and SIGHUP over a whole run of `try`: the first one ends the run, and its report is still
 * written.
 *
 * timeout(1) and shells send a signal twice, to the process and to its group, and people press Ctrl-C twice: what comes within
 * 2 seconds of the first is the same wish.  A signal after that ends the process at once.
 *
 * Life: interrupt_hold before anything is made that must be cleaned up; interrupt_release when there is nothing more to lose.
 * Between them the signals are only noted.  A loop that watches them itself passes them on to interrupt_note, and after it
 * interrupt_hold takes them back. */
#ifndef DOORMAT_HARNESS_INTERRUPT_H
#define DOORMAT_HARNESS_INTERRUPT_H

#include <stdbool.h>
#include <stddef.h>

extern const int interrupt_signals[]; /* ends with 0 */

/* All of them but SIGHUP where it is ignored, as nohup(1) wants it. */
bool interrupt_is_wanted(int signo);

void interrupt_hold(void);
void interrupt_note(
    int signo);           /* takes effect as if it had been held; safe within a signal handler */
int interrupt_seen(void); /* the first signal that came, or 0 */
void interrupt_release(void); /* each signal ends the process again */

#endif
