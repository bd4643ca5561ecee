/* catalogue - every fault, as a row of data.  A new fault is a row, not a branch.
 *
 * A fault is its twin control, plus what it needs in order to show itself (harmless), plus the
 * one thing it changes. Names, numbers and meanings never change once released; numbers are
 * dealt in blocks by layer (see catalogue.c). */
#ifndef DOORMAT_FAULT_CATALOGUE_H
#define DOORMAT_FAULT_CATALOGUE_H

#include <stdbool.h>
#include <stddef.h>

#include "fault/recipe.h"

enum layer {
    LAYER_CONTROL,
    LAYER_PRESET,
    LAYER_CERTIFICATE,
    LAYER_CHAIN,
    LAYER_KEY,
    LAYER_SIGNATURE,
    LAYER_PROTOCOL,
    LAYER_CIPHER,
    LAYER_KEY_EXCHANGE,
    LAYER_HANDSHAKE,
    LAYER_STARTTLS,
    LAYER_SMTP,
    LAYER_REVOCATION,
    LAYER_DNS, /* from here on only in a world (world/world.h), where the sender asks our DNS */
    LAYER_DNSSEC,
    LAYER_DANE,
    LAYER_STS,
    LAYER_COUNT,
};
const char *layer_name(enum layer layer); /* "certificate", "key-exchange" */

/* EXPECT_EITHER: refusing and delivering are both sound; only plaintext is not. */
enum expect { EXPECT_REFUSE, EXPECT_DELIVER, EXPECT_EITHER };
const char *expect_name(enum expect expect); /* "refuse", "deliver", "either" */

/* How much it matters, by what an attacker needs once a sender accepts it (doc/severity.md has the rules); of an oddity, by
 * how often real servers have it.  Controls have none. */
enum fault_severity {
    FAULT_UNRATED,
    FAULT_LOW,      /* a rule is broken, and no attack is known */
    FAULT_MEDIUM,   /* the attacker needs an event that he does not command */
    FAULT_HIGH,     /* computing, or an attack that was shown in public */
    FAULT_CRITICAL, /* nothing that anybody on the path cannot have within an hour */
    FAULT_SEVERITY_COUNT,
};
const char *
fault_severity_name(enum fault_severity severity); /* "none", "low", "medium", "high", "critical" */
int fault_severity_from_name(const char *name);    /* enum fault_severity, or -1 */

/* Who can make a sender notice: its administrator by a setting, its makers by another TLS library or code, nobody today. */
enum remedy { REMEDY_SETTING, REMEDY_LIBRARY, REMEDY_NOBODY, REMEDY_COUNT };
const char *remedy_name(enum remedy remedy);    /* "setting", "library", "nobody" */
const char *remedy_meaning(enum remedy remedy); /* the same as a sentence for people */

enum {
    FAULT_MAX_ALERTS = 8,
    FAULT_MAX_POLICIES = 8,
    FAULT_MAX_GROUPS = 4,
    FAULT_MAX_REFERENCES = 6,
};

/* Every text but clue and twin is there in every row, controls included; what needs a world has no clue, for `check` does not
 * look at it.  A newline is in `fix`
 * alone, between its lines. */
struct fault {
    const char *name;
    unsigned number;     /* serve's port is base + number */
    const char *title;   /* one line: what is wrong */
    const char *failure; /* for the table: "sent the message ... although <failure>" */
    enum layer layer;
    enum expect expect;
    const char *twin; /* the control it differs from; a control's own is NULL */
    const char *clue; /* the rule by which a strict checker recognises it; NULL for controls */
    const char *alerts[FAULT_MAX_ALERTS]; /* the fitting ones; ends with NULL */
    /* Where some policy allows it, those under which it is a fault, since it makes a server fail them: then `expect`, which
     * is for the policy "strict", is to deliver.  To a row without a list each policy objects, if only by a warning.
     * tests/unit/test_faulty_under.c holds the rows to the judge.  Ends with NULL. */
    const char *faulty_under[FAULT_MAX_POLICIES];
    /* "core": what any sound mail sender passes today, by doc/scoreboard.md; "seed", "slow" and so on.  Beside the layer's
     * own and "all". */
    const char *groups[FAULT_MAX_GROUPS];
    /* What a sound sender may give away inside TLS, where TLS itself is sound: the verdict is `fooled` beyond it. */
    enum exposure harmless;
    enum fault_severity severity;
    const char *severity_why; /* one sentence: what the attacker needs; NULL for controls */
    enum remedy remedy;
    /* Rows of nearly the same thing share one ("curves"), and a report tells them as one; or NULL. */
    const char *family;
    const char *since;  /* version of Doormat */
    const char *wrong;  /* a paragraph: what is wrong, and why it matters */
    const char *strict; /* what a sound sender does */
    const char *fix; /* lines: how a sender is made to notice, in the settings of mainstream MTAs */
    const char *references[FAULT_MAX_REFERENCES];
    struct recipe needs, changes; /* patches */
};

extern const struct fault catalogue[];
extern const size_t catalogue_count;

const struct fault *catalogue_find(const char *name); /* or NULL */
bool fault_is_control(const struct fault *fault);

/* Whether it shows only in a world, where the sender asks our DNS.  Such rows are in the group "world", not in "all". */
bool fault_needs_world(const struct fault *fault);
/* What its remedy answers: "Who can make a sender notice"; of what no policy calls a fault another question. */
const char *fault_remedy_question(const struct fault *fault);
bool fault_is_fault_under(const struct fault *fault, const char *policy);
bool fault_in_group(const struct fault *fault, const char *group); /* group without '@' */
bool catalogue_has_group(const char *group);                       /* likewise; it may be empty */

/* The name most like the given one, for "did you mean"; NULL if none is near. */
const char *catalogue_nearest(const char *name);
const char *catalogue_nearest_group(const char *group); /* the same of groups, without '@' */
const char *catalogue_group_at(size_t index);           /* without '@'; NULL past the last */

#endif
