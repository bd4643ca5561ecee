/* dh_group - a group of finite-field Diffie-Hellman that a server made up, as a client below TLS 1.3 gets it: p and g, and no
 * word on who chose them (RFC 5246 7.4.3).  Private to src/tls; what is made of it is in tls/client.h. */
#ifndef DOORMAT_TLS_DH_GROUP_H
#define DOORMAT_TLS_DH_GROUP_H

#include <openssl/evp.h>

#include "tls/client.h"

/* NULL: it is one of RFC 7919, RFC 3526 or RFC 5114, or no such group at all. */
struct tls_group *dh_group_of(const EVP_PKEY *params);

#endif
