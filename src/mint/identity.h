/* identity - what one endpoint presents: certificates, private key, trust anchor, and what is said of the certificate
 * afterwards.  Made by mint_identity (mint.h), freed by identity_free. */
#ifndef DOORMAT_MINT_IDENTITY_H
#define DOORMAT_MINT_IDENTITY_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "mint/revocation.h"

struct identity;

void identity_free(struct identity **identity);

/* Unix seconds after which the identity must be minted again, lest it age into another fault; INT64_MAX: never. */
int64_t identity_fresh_until(const struct identity *identity);

/* leaf.pem, chain.pem (as sent), key.pem (0600), root.pem (what makes the control acceptable), into a directory that is
 * there. */
int identity_write(const struct identity *identity, const char *dir, struct err *err) MUST_USE;

/* The leaf as `openssl x509 -text` prints it, with its PEM. */
int identity_print(const struct identity *identity, struct buf *out, struct err *err) MUST_USE;

enum identity_part {
    IDENTITY_LEAF,
    IDENTITY_ISSUER, /* what is sent behind the leaf, first of it; where nothing is, the root */
    IDENTITY_ROOT,
    IDENTITY_PART_COUNT
};

/* A certificate and its public key (SubjectPublicKeyInfo), in DER, appended: what a TLSA record is made of (RFC 6698 2.1). */
int identity_der(const struct identity *identity, enum identity_part part, struct buf *whole,
                 struct buf *key, struct err *err) MUST_USE;

/* What is said of the leaf, with a reference that is the caller's to free; NULL: nothing is said. */
struct revocation *identity_revocation(const struct identity *identity);

#endif
