/* mint - certificates, right or wrong as asked, straight from libcrypto (RFC 5280).
 *
 * The chain is lab root (ECDSA P-384, trusted by the tester) -> intermediate (ECDSA P-256) -> leaf (ECDSA P-256), each
 * signed with SHA-384 or SHA-256; every knob that is zero keeps that.  Times are relative to the `now_s` that the caller
 * gives (Unix seconds, UTC), so that a certificate never ages into another fault.
 *
 * Life: mint_lab_new -> mint_identity, as often as needed, from any thread -> identity_free -> mint_lab_free.
 * The root is constrained to the names it serves: the host, localhost, .test and loopback addresses (RFC 5280 4.2.1.10). */
#ifndef DOORMAT_TLS_MINT_H
#define DOORMAT_TLS_MINT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "tls/key.h"

enum mint_signature {                       /* by the issuer's key */
                      MINT_SIGNATURE_SOUND, /* ECDSA with SHA-256 (P-384: SHA-384), RSA-PSS with SHA-256 */
                      MINT_SIGNATURE_SHA1, /* ecdsa-with-SHA1, sha1WithRSAEncryption */
                      MINT_SIGNATURE_MD5,  /* md5WithRSAEncryption: needs an RSA issuer */
                      MINT_SIGNATURE_COUNT,
};

enum mint_time {
    MINT_TIME_DEFAULT /* from 1 day ago for 90 days */,
    MINT_TIME_RELATIVE,
    MINT_TIME_ABSOLUTE
};
struct mint_validity {
    int64_t time; /* enum mint_time; as wide as the others, so that there is no padding */
    int64_t not_before_s, not_after_s; /* from now, or Unix time */
};

enum mint_profile {
    MINT_PROFILE_SERVER, /* digitalSignature (RSA: and keyEncipherment), serverAuth, CA:FALSE, SKI, AKI */
    MINT_PROFILE_REQ_X509, /* as `openssl req -x509` writes it: SKI, AKI, critical CA:TRUE */
    MINT_PROFILE_COUNT,
};

/* subject: "/C=DE/CN=abc.xy"; "": empty; NULL: CN = the host (cut to 64 bytes) or, if that is an address, O = Doormat.
 * san: "DNS:a,DNS:b,IP:1.2.3.4"; "": none; NULL: the host alone, and none under REQ_X509.  "{host}" as an item of its own
 * stands for the host and its kind, within an item ("DNS:mx.{host}") for its text. */
struct mint_cert {
    struct key_spec key;
    enum mint_signature signature;
    enum mint_profile profile;
    struct mint_validity validity;
    const char *subject;
    const char *san;
};

enum mint_issuer {
    MINT_ISSUER_LAB,      /* intermediate under the lab root */
    MINT_ISSUER_STRANGER, /* intermediate under a root that nobody trusts */
    MINT_ISSUER_SELF,
};
enum mint_sent { MINT_SENT_CHAIN /* leaf and intermediate */, MINT_SENT_LEAF };
enum mint_private {
    MINT_PRIVATE_SOUND,
    MINT_PRIVATE_WRONG, /* the public half is right, the private one is not: signatures made with it do not verify */
};

struct mint_knobs {
    struct mint_cert leaf;
    struct key_spec intermediate_key;
    enum mint_issuer issuer;
    enum mint_sent sent;
    enum mint_private private_half;
};

struct mint_lab;
struct identity; /* what one endpoint presents: certificates, private key, trust anchor */

/* host: the DNS name or address literal that senders are told to use.  The pool must outlive the lab. */
int mint_lab_new(const char *host, struct key_pool *pool, int64_t now_s, struct mint_lab **out,
                 struct err *err) MUST_USE;
void mint_lab_free(struct mint_lab **lab);
const char *mint_lab_host(const struct mint_lab *lab);

/* Writes root.pem into dir and, for certificate directories, <dir>/ca/<hash>.0; makes both directories. */
int mint_lab_write_anchor(struct mint_lab *lab, const char *dir, struct err *err) MUST_USE;

int mint_identity(struct mint_lab *lab, const struct mint_knobs *knobs, int64_t now_s,
                  struct identity **out, struct err *err) MUST_USE;
void identity_free(struct identity **identity);

/* Unix seconds after which the identity must be minted again, lest it age into another fault; INT64_MAX: never. */
int64_t identity_fresh_until(const struct identity *identity);

/* leaf.pem, chain.pem (as sent), key.pem (0600), root.pem (what makes the control acceptable), into a directory that is
 * there. */
int identity_write(const struct identity *identity, const char *dir, struct err *err) MUST_USE;

/* The leaf as `openssl x509 -text` prints it, with its PEM. */
int identity_print(const struct identity *identity, struct buf *out, struct err *err) MUST_USE;

#endif
