/* mta - a mail server of the machine's in an instance of its own, for `try --with`.
 *
 * Its queue and its configuration lie in a directory below the run's; the configuration is derived from the machine's, with
 * the lines that make each test domain's mail go to its endpoint.  The machine's own daemon and queue are not touched.
 *
 * Life: mta_find -> mta_new -> mta_start -> messages -> mta_free, which ends every process of the instance; the directory
 * goes with the run's.  Where it has a daemon, that daemon tells of each recipient when it has tried for the last time;
 * else the command that hands in the message lasts as long as the delivery. */
#ifndef DOORMAT_HARNESS_MTA_H
#define DOORMAT_HARNESS_MTA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "net/loop.h"
#include "report/result.h"

struct mta;
struct mta_class;

/* By the word of --with: "postfix", or "postfix=/path/to/postfix", whose path is then *program, else NULL; it points into
 * the word.  NULL: no such. */
const struct mta_class *mta_find(const char *word, const char **program);
const struct mta_class *mta_at(size_t index);        /* one after the other; NULL behind the last */
const char *mta_name(const struct mta_class *class); /* "postfix" */
const char *mta_title(const struct mta_class *class); /* "Postfix" */
bool mta_has_daemon(const struct mta_class *class);
extern const char mta_names[]; /* "postfix, exim, opensmtpd or sendmail" */

struct mta_route {
    char *domain; /* of the recipient */
    char *recipient;
    unsigned port;     /* where its mail goes */
    unsigned tls_port; /* ... where it is TLS from the start */
};

/* The recipient of a scenario's message: its name is the domain's first part, where it can be. */
void mta_route_init(struct mta_route *route, const char *scenario, size_t index);
void mta_route_fini(struct mta_route *route);

struct mta_events {
    void (*on_ready)(void *arg);
    void (*on_line)(const char *recipient, const char *line, void *arg); /* of its log */
    void (*on_tried)(const char *recipient, void *arg);                  /* for the last time */
    /* It ended, unasked for, or is of no use; may_help: another instance of it may do better. */
    void (*on_end)(const struct err *err, bool may_help, void *arg);
};

struct mta_setup { /* borrowed, until mta_free */
    const struct mta_class *class;
    const char *program; /* or NULL: the one in PATH */
    const char *dir;     /* exists */
    const char *host, *ca;
    const char *from, *to, *helo;
    const struct mta_route *routes;
    size_t route_count;
    const char *lines; /* to be put on the copy, or "" */
    struct loop *loop;
    struct run_settings *about; /* to be filled */
    const struct mta_events *events;
    void *arg;
};

/* Finds the program and writes the instance.  What is missing or too old is an error that says so. */
int mta_new(const struct mta_setup *setup, struct mta **out, struct err *err) MUST_USE;
/* on_ready follows from the loop: at once where there is no daemon. */
int mta_start(struct mta *mta, struct err *err) MUST_USE;
void mta_free(struct mta **mta);

/* The command that hands in a message on standard input, with placeholders; NULL-terminated; the instance's. */
const char *const *mta_argv(const struct mta *mta);

/* What the lines of an MTA make of the results of a run: those that turn red ones green are put into run->settings, which
 * must be there, and appended to lines; the others are beyond. */
void mta_advise(const struct mta_class *class, struct run *run, struct buf *lines);
void mta_find_beyond(
    struct run *run); /* the last step of it, for a run that has its advice from another */

#endif
