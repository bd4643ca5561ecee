/* path_policy - whether certificate policies matter to a path (RFC 5280 6.1), and what libcrypto had better not be asked.
 * Private to src/x509. */
#ifndef DOORMAT_X509_PATH_POLICY_H
#define DOORMAT_X509_PATH_POLICY_H

#include <openssl/x509.h>
#include <stdbool.h>

/* Whether one of the authorities constrains policies, and libcrypto can be asked to look at them: without such a certificate
 * nobody pays for its tree of policies, which it keeps within 1000 nodes (CVE-2023-0464). */
bool path_policy_is_asked(const STACK_OF(X509) * candidates);

/* Whether an authority of the path (leaf first) requires a policy of what is below it and lists none itself: the tree ends
 * there (RFC 5280 6.1.3 (e)), so that no path through it is valid.  libcrypto 3.0 comes to the same answer, and leaks the
 * constraints that it has read. */
bool path_policy_ends_tree(const STACK_OF(X509) * path);

#endif
