/* mint - certificates, right or wrong as asked, straight from libcrypto (RFC 5280).
 *
 * The chain is lab root (ECDSA P-384, trusted by the tester) -> intermediate (ECDSA P-256) -> leaf (ECDSA P-256), each
 * signed with SHA-384 or SHA-256; every knob that is zero keeps that.  Times are relative to the `now_s` that the caller
 * gives (Unix seconds, UTC), so that a certificate never ages into another fault.
 *
 * Life: mint_lab_new -> mint_identity, as often as needed, from any thread -> identity_free -> mint_lab_free.
 * The root is constrained to servers, and to the names it serves: the host, localhost, .test and loopback addresses, as DNS
 * names, addresses, mail addresses and URIs, and 127.0.0.1 or a host that is an address as a DNS name, too (RFC 5280 4.2.1.10
 * and 4.2.1.12). */
#ifndef DOORMAT_MINT_MINT_H
#define DOORMAT_MINT_MINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/key_pool.h"
#include "mint/identity.h"
#include "mint/knobs.h"

struct mint_lab;

/* host: the DNS name or address literal that senders are told to use.  The pool must outlive the lab. */
int mint_lab_new(const char *host, struct key_pool *pool, int64_t now_s, struct mint_lab **out,
                 struct err *err) MUST_USE;
/* A lab for another host, with the same root: what one sender trusts, many hosts have.  The root's names must permit the host:
 * it lies below the first lab's.  Free it like any lab; the first need not outlive it. */
int mint_lab_for(const struct mint_lab *lab, const char *host, struct mint_lab **out,
                 struct err *err) MUST_USE;
void mint_lab_free(struct mint_lab **lab);
const char *mint_lab_host(const struct mint_lab *lab);
const char *mint_lab_sni(const struct mint_lab *lab); /* the host; NULL if it is an address */

/* Whether names of such a certificate can be mistaken for the host's by somebody who compares them badly.  {parent} needs a
 * host below .test, and an asterisk a host that it can stand for. */
bool mint_names_can_show(const struct mint_lab *lab, const struct mint_cert *cert);

/* By what a key is pinned: SHA-256 of its SubjectPublicKeyInfo. */
struct mint_pin {
    char tlsa[80]; /* "3 1 1 " and hexadecimal digits (RFC 6698 2.1) */
    char spki[48]; /* base64 (RFC 7469 2.4) */
};

/* Of the key that a sound server with these knobs has. */
int mint_lab_pin(struct mint_lab *lab, const struct mint_knobs *knobs, struct mint_pin *out,
                 struct err *err) MUST_USE;

/* The port of the host at which revocation is to be learnt of.  Before the first identity; without, it is HTTP's own. */
void mint_lab_set_web_port(struct mint_lab *lab, unsigned port);

/* ... and another host than the certificate's own.  Before the first identity. */
void mint_lab_set_web_host(struct mint_lab *lab, const char *host);

/* Writes root.pem into dir and, for certificate directories, <dir>/ca/<hash>.0; makes both directories. */
int mint_lab_write_anchor(struct mint_lab *lab, const char *dir, struct err *err) MUST_USE;

int mint_identity(struct mint_lab *lab, const struct mint_knobs *knobs, int64_t now_s,
                  struct identity **out, struct err *err) MUST_USE;

/* The same with a name for the URLs, "http://localhost:20000/ocsp/NAME" and ".../crl/NAME.crl"; else it is "leaf". */
int mint_identity_as(struct mint_lab *lab, const char *name, const struct mint_knobs *knobs,
                     int64_t now_s, struct identity **out, struct err *err) MUST_USE;

#endif
