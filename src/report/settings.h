/* settings - what `try --with` says beside the verdicts: which mail server it was, what was changed in the copy of its
 * configuration, which of its settings were seen, and the lines that make failures go away, proven if they were applied.
 *
 * Life: settings_new -> any calls -> settings_free.  Texts are copied.  A run of `try` without `--with` has none. */
#ifndef DOORMAT_REPORT_SETTINGS_H
#define DOORMAT_REPORT_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "fault/catalogue.h"
#include "report/server_log.h"

struct run;

struct texts { /* a list of lines */
    char **items;
    size_t count;
};
void texts_add(struct texts *texts, const char *fmt, ...) PRINTF_LIKE(2, 3);
void texts_fini(struct texts *texts);

/* How many results of a run are red, by severity. */
struct red {
    unsigned failures, unjudged;
    unsigned by_severity[FAULT_SEVERITY_COUNT];
};

struct advice {
    const char *lines;   /* of the mail server's configuration, each with a newline; borrowed */
    const char *why;     /* sentences: what they do, and what to know before; borrowed */
    struct texts faults; /* that they make green */
    const char *milder;  /* other lines, at a lower price, for a part of them; borrowed; or NULL */
    struct texts by_milder; /* this part */
    struct texts unclear;   /* those that were not red but unclear without the lines */
    unsigned turned;        /* how many were green once the lines were applied */
    struct texts stubborn;  /* those that did not */
};

struct run_settings {
    char *title;           /* "Postfix" */
    char *version;         /* "3.7.11" */
    char *library;         /* that speaks TLS for it, where that matters: "GnuTLS" */
    char *where;           /* the machine's configuration: "/etc/postfix/main.cf" */
    const char *check;     /* the command that checks it: "postfix check"; borrowed */
    struct server_log log; /* what is wrong, in its own words */
    struct texts changed;  /* what is other in the copy, a sentence each */
    struct texts seen;     /* "smtp_tls_security_level = may" */
    struct advice *advice;
    size_t advice_count;
    struct texts beyond; /* red ones that no line turns green */
    bool opportunistic;  /* the machine's settings let it go on without TLS */
    bool applied;        /* the run is the one with the lines */
    bool cut_short;      /* the run with the lines was interrupted; this is the one without */
    struct red before;   /* if applied: the run without them */
};

struct run_settings *settings_new(const char *title);
void settings_free(struct run_settings **settings);
struct advice *settings_add_advice(struct run_settings *settings, const char *lines,
                                   const char *why);

void settings_count_red(const struct run *run, struct red *out);

/* Which advice, by its index, a fault is among; or that no line helps; or that nothing is known. */
enum { SETTINGS_NONE = -1, SETTINGS_BEYOND = -2 };
long settings_advice_for(const struct run *run, const char *fault);
/* What to do about a fault, in a sentence; false and nothing if that is not known. */
bool settings_put_fix(const struct run *run, const char *fault, struct buf *out);

/* The same in each format; nothing if the run has none.  Text is wrapped at `columns`. */
void settings_put_text(const struct run *run, unsigned columns, struct buf *out);
void settings_put_markdown(const struct run *run, struct buf *out);
void settings_put_html(const struct run *run, struct buf *out);
void settings_put_tap(const struct run *run, struct buf *out);   /* comments */
void settings_put_junit(const struct run *run, struct buf *out); /* a suite without tests */
json_t *settings_json(const struct run *run);                    /* null without */

#endif
