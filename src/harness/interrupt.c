#include "harness/interrupt.h"

#include <signal.h>
#include <time.h>

enum { SAME_WISH_S = 2 };

const int interrupt_signals[] = {SIGINT, SIGTERM, SIGHUP, 0};

/* The signal that came, and when: for the handler. */
static volatile sig_atomic_t seen;
static volatile sig_atomic_t seen_at_s; /* since the machine has started */

static sig_atomic_t now_s(void) {
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (sig_atomic_t)now.tv_sec;
}

bool interrupt_is_wanted(int signo) {
    struct sigaction action;

    return signo != SIGHUP || sigaction(signo, NULL, &action) != 0 || action.sa_handler != SIG_IGN;
}

void interrupt_note(int signo) {
    if (seen == 0) {
        seen_at_s = now_s();
        seen = signo;
    } else if (now_s() - seen_at_s >= SAME_WISH_S) {
        signal(signo, SIG_DFL);
        raise(signo);
    }
}

static void set_all(void (*handler)(int signo)) {
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    for (size_t i = 0; interrupt_signals[i] != 0; i++)
        if (interrupt_is_wanted(interrupt_signals[i]))
            sigaction(interrupt_signals[i], &action, NULL);
}

void interrupt_hold(void) {
    set_all(interrupt_note);
}

int interrupt_seen(void) {
    return seen;
}

void interrupt_release(void) {
    set_all(SIG_DFL);
}
