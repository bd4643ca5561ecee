/* credentials - what a host presents in TLS: minted off the loop when it is first needed, and again before it would age into
 * another fault.
 *
 * Life: credentials_new -> credentials_get, for each connection -> credentials_free, also while they are minted.
 * Whoever needs them meanwhile waits for on_made.  A mixture of faults in which no client could get in (tls/rehearsal.h) fails
 * as a certificate that cannot be made does; after a failure it is not tried again for a while. */
#ifndef DOORMAT_ENDPOINT_CREDENTIALS_H
#define DOORMAT_ENDPOINT_CREDENTIALS_H

#include "base/err.h"
#include "endpoint/site.h"
#include "mint/identity.h"
#include "mint/revocation.h"
#include "tls/server.h"

struct credentials;

/* What the certificates are, for TLSA records: in DER, the public keys as SubjectPublicKeyInfo. */
struct endpoint_papers {
    struct buf whole[IDENTITY_PART_COUNT], keys[IDENTITY_PART_COUNT];
};

struct credentials_setup {
    struct site *site;
    const char *name; /* of the scenario: in URLs and in the log */
    const char *host; /* in the certificates; NULL: the site's */
    const struct mint_knobs *mint;
    const struct tls_knobs *tls;
    bool is_mixture; /* of faults: nobody knows yet whether a client can get in */
    void (*on_made)(const struct err *err, void *arg); /* from the loop; err NULL: they are there */
    void *arg;
};

/* What the setup points to must outlive them. */
struct credentials *credentials_new(const struct credentials_setup *setup);
void credentials_free(struct credentials **credentials);

/* Before they are minted.  The name must outlive them. */
void credentials_set_host(struct credentials *credentials, const char *host);

/* Mints them at once: on_made follows. */
void credentials_prepare(struct credentials *credentials);

enum credentials_state {
    CREDENTIALS_FRESH,   /* may be used now */
    CREDENTIALS_MINTING, /* on_made follows */
    CREDENTIALS_FAILED,  /* could not be minted a moment ago: not tried again yet */
};
enum credentials_state credentials_get(struct credentials *credentials);

/* All NULL before the first time; papers also where the host is the site's. */
struct tls_server *credentials_tls(const struct credentials *credentials);
const struct revocation *credentials_revocation(const struct credentials *credentials);
const struct endpoint_papers *credentials_papers(const struct credentials *credentials);

#endif
