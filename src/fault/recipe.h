/* recipe - everything that an endpoint presents, and how recipes are put together.
 *
 * A recipe is five plain structs of knobs; all-zero is the control.  A patch is a recipe in
 * which only the knobs that are not zero count.  The table of knobs (recipe_knobs) names each of
 * them for people, and is what composition walks: there is no code per fault.  Knobs are
 * compared as bytes (so they hold no padding), texts by their address: two rows that mean the
 * same text must use the same literal. */
#ifndef DOORMAT_FAULT_RECIPE_H
#define DOORMAT_FAULT_RECIPE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "dns/knobs.h"
#include "mint/knobs.h"
#include "smtp/knobs.h"
#include "sts/knobs.h"
#include "tls/knobs.h"

struct recipe {
    struct mint_knobs mint;
    struct tls_knobs tls;
    struct smtp_knobs smtp;
    struct dns_knobs dns; /* of the mail domain; where there is no DNS, they show to nobody */
    struct sts_knobs sts; /* likewise */
    /* What the server cannot change: the message that `try` gives to the sender.  NULL: the ordinary one.  Else the lines
     * behind its header, as they stand; all lines end with CRLF then. */
    struct {
        const char *body;
    } message;
};

/* How far a sender must come before a knob can show to it, in this order.  Most knobs lie in the handshake. */
enum knob_shows {
    SHOWS_AT_ONCE = -3,
    SHOWS_AT_EHLO = -2, /* in plaintext */
    SHOWS_AT_STARTTLS = -1,
    SHOWS_AT_HELLO = 0, /* once the ClientHello has come */
    SHOWS_IN_SESSION,   /* once TLS stands */
    SHOWS_AT_EHLO_TLS,
    SHOWS_AT_AUTH,
    SHOWS_AT_MAIL, /* from here on in plaintext as well */
    SHOWS_AT_RCPT,
    SHOWS_AT_DATA,
    SHOWS_IN_MESSAGE,
    SHOWS_AT_DOT,
    SHOWS_NEVER,
};

struct recipe_knob {
    size_t offset, size_b;
    const char *what; /* "the certificate's validity" */
    /* Whether the value `has` does for who asked for `wanted`: TLS 1.0 does where TLS 1.2 or
     * older is wanted.  NULL: only the same value does. */
    bool (*serves)(const struct recipe *has, const struct recipe *wanted);
    enum knob_shows shows;
};
extern const struct recipe_knob recipe_knobs[];
extern const size_t recipe_knob_count;

bool recipe_knob_is_set(const struct recipe_knob *knob, const struct recipe *recipe);
bool recipe_knob_is_equal(const struct recipe_knob *knob, const struct recipe *a,
                          const struct recipe *b);
bool recipe_knob_is_served(const struct recipe_knob *knob, const struct recipe *has,
                           const struct recipe *wanted);

/* One knob as it is in another recipe. */
void recipe_take(const struct recipe_knob *knob, struct recipe *recipe, const struct recipe *from);

/* Every knob that is set in patch is set so in recipe. */
void recipe_apply(struct recipe *recipe, const struct recipe *patch);

/* The earliest of those that are set; SHOWS_AT_ONCE where none is. */
enum knob_shows recipe_shows(const struct recipe *patch);

/* The first knob that both set to different values, or NULL. */
const struct recipe_knob *recipe_clash(const struct recipe *a, const struct recipe *b);

#endif
