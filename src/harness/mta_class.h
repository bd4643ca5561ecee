/* mta_class - what one kind of mail server is made of; for the files mta_*.c alone. */
#ifndef DOORMAT_HARNESS_MTA_CLASS_H
#define DOORMAT_HARNESS_MTA_CLASS_H

#include "base/buf.h"
#include "harness/mta.h"

enum {
    MTA_CONFIG_MAX_B = 4 * 1024 * 1024,
    MTA_LINE_MAX_B = 4096,
    MTA_MAX_ARGS = 16,
    MTA_MAX_BRINGS = 2
};

/* Of a message that was tried and is to be tried again. */
enum mta_wait { MTA_WAIT_NONE, MTA_WAIT_TRIED, MTA_WAIT_LONG };

struct mta {
    const struct mta_setup *setup;
    char *program;                   /* absolute path */
    char *machine;                   /* the machine's configuration: a file or a directory */
    char *argv[MTA_MAX_ARGS];        /* that hands in a message; owned */
    char *daemon_argv[MTA_MAX_ARGS]; /* likewise; [0] NULL: none */
    char *nudge_argv[MTA_MAX_ARGS];  /* makes the daemon try again what waits; [0] NULL: none */
    struct buf line;                 /* of the daemon's output, not yet ended */
    struct buf tail;                 /* its last lines */
    struct child *daemon;
    struct child *nudge;
    struct timer *timer;
    enum mta_wait *waits; /* by route */
    bool is_started;      /* its log says so */
    bool is_ready, is_prepared;
    bool is_implicit; /* its settings begin TLS without STARTTLS: to be set by prepare */
    bool has_tried;   /* to deliver a message: it can run */
    unsigned covered; /* how much of the machine's lies below ours (net/cover.h) */
};

/* Lines that turn results green.  A result belongs to the first row that claims it. */
struct mta_advice {
    const char *lines, *why;
    bool stops_leaks; /* whatever leaked; it is TLS or nothing then */
    bool
        needs_tls; /* else what these lines refuse goes out in plaintext: wants a row that stops leaks */
    unsigned verdicts; /* bits 1 << VERDICT_...: of results with these ... */
    unsigned layers;   /* ... those in the layers, bits 1 << LAYER_... */
    const char *const
        *names; /* ... or with the names, which may end with '*'; ends with NULL; or NULL */
    const char *const *but;             /* and not with these */
    const char *brings[MTA_MAX_BRINGS]; /* the lines of other rows, which go with these */
    const char *library;                /* for this one alone (run_settings); or NULL */
    const char *replaces; /* the lines of another row, which this one makes needless; or NULL */
};

struct mta_class {
    const char *name, *title;
    const char *program;       /* looked for in PATH and in /usr/sbin */
    const char *other_program; /* else this; or NULL */
    bool has_daemon;
    unsigned max_tries; /* of a message, where there is a daemon */
    const char *ready;  /* words of its log when it has started */
    const char
        *socket;       /* absolute path: messages may be handed in when it listens there; or NULL */
    const char *check; /* the command by which its administrator checks the settings */
    const char *const *
        complaints; /* words of its log when something is wrong, the gravest first; ends with NULL */
    const char *const
        *logs;          /* files of the instance; ends with NULL; NULL: its log is its output */
    const char *broken; /* words of its log when a part of it cannot run at all; or NULL */
    int (*prepare)(struct mta *mta, struct err *err); /* fills all, writes files */
    void (*clean)(struct mta *mta);                   /* what prepare did beyond files; or NULL */
    /* What a line says: the recipient's index or -1; and whether that was a try that ended, and the last one that tells. */
    long (*read_line)(struct mta *mta, const char *line, bool *tried, bool *last);
    const struct mta_advice *advice; /* ends with NULL lines */
};

extern const struct mta_advice mta_exim_advice[];
extern const struct mta_class mta_postfix, mta_exim, mta_opensmtpd, mta_sendmail;

/* --- for the classes --- */

/* In PATH and where administrators' programs lie; the caller's to free; NULL: there is none. */
char *mta_find_program(const char *name);
/* The absolute path of a program beside the main one, or of it itself. */
char *mta_beside(const struct mta *mta, const char *name);
char *mta_path(const struct mta *mta, const char *name); /* within the instance's directory */
int mta_write(const struct mta *mta, const char *name, const char *text, struct err *err) MUST_USE;
/* The same for what may hold secrets: readable for whom the machine's file is. */
int mta_write_like(const struct mta *mta, const char *name, const char *text, const char *like,
                   struct err *err) MUST_USE;
/* Appends what a command prints on standard output; its words end with NULL.  A status other than 0 is an error,
 * with its last words. */
int mta_ask(struct buf *out, struct err *err, const char *const *words) MUST_USE;
/* The last lines of a text that have the gravest of the marks, or just the last ones: about 320 bytes, printable, whole lines
 * with "; " between.  A single line that is longer is cut at its beginning. */
void mta_last_words(const char *text, const char *const *marks, char words[ERR_TEXT_SIZE_B]);
bool mta_is_complaint(const char *const *marks, const char *line, size_t len);
/* A line of a log without date, machine and number of the message; *len goes with it. */
const char *mta_bare_line(const char *line, size_t *len);
void mta_set_argv(char **argv, const char *const *words); /* copies */
/* The machine's authorities in the file, if one is named, and the test's, as a file of the instance. */
int mta_write_anchors(const struct mta *mta, const char *theirs, struct err *err) MUST_USE;
unsigned mta_port(const struct mta *mta, const struct mta_route *route); /* where its mail goes */
/* Which route's recipient stands between the words and the end mark in the line; -1: none. */
long mta_recipient_in(const struct mta *mta, const char *line, const char *before, char end);
/* The same by the port of the endpoint: "mx.doormat.test[127.0.0.1]:40001". */
long mta_port_in(const struct mta *mta, const char *line);

#endif
