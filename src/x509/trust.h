/* trust - a store of trust anchors, and of the lists by which certificates are revoked.
 *
 * Life: trust_new -> trust_add_crls -> trust_free.  From then on it is read only, and any thread may use it. */
#ifndef DOORMAT_X509_TRUST_H
#define DOORMAT_X509_TRUST_H

#include "base/err.h"

struct trust;

/* path: a PEM file or a hashed directory; NULL: the system's store.  A place that holds no trust anchor is an error. */
int trust_new(const char *path, struct trust **out, struct err *err) MUST_USE;

/* Revocation lists: a PEM file, or one list as DER.  From now on the server's certificate needs one that is current, or it gets
 * FACTS_PATH_REVOCATION_UNKNOWN; an authority's is looked for where there is a list of its issuer. */
int trust_add_crls(struct trust *trust, const char *path, struct err *err) MUST_USE;
void trust_free(struct trust **trust);

#endif
