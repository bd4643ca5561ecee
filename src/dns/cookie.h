/* cookie - who has shown that his address is his own: by a cookie of ours (RFC 7873, 9018), or by TCP.
 *
 * A cookie is good for an hour, from the address that it was given to.  An address that has asked by TCP is remembered for as
 * long, as far as there is room: DNS_SHOWN_MAX places, each for the address that came last.
 * Life: cookies_new (draws a secret) -> any calls -> cookies_free. */
#ifndef DOORMAT_DNS_COOKIE_H
#define DOORMAT_DNS_COOKIE_H

#include "base/err.h"
#include "dns/question.h"

enum { DNS_SHOWN_MAX = 4096, DNS_SHOWN_S = 3600, DNS_COOKIE_B = DNS_COOKIE_CLIENT_B + 16 };

struct cookies;

struct cookie_peer {
    uint8_t address[16];
    size_t len; /* 4 or 16 */
};

int cookies_new(struct cookies **out, struct err *err) MUST_USE;
void cookies_free(struct cookies **cookies);

/* Both halves, for a client whose half is in the question. */
void cookie_make(const struct cookies *cookies, const struct dns_question *question,
                 const struct cookie_peer *peer, int64_t now_s, uint8_t out[DNS_COOKIE_B]);

/* The question has a cookie of ours that is good. */
bool cookie_is_ours(const struct cookies *cookies, const struct dns_question *question,
                    const struct cookie_peer *peer, int64_t now_s);

void cookies_note_tcp(struct cookies *cookies, const struct cookie_peer *peer, int64_t now_s);
bool cookies_know_tcp(const struct cookies *cookies, const struct cookie_peer *peer, int64_t now_s);

#endif
