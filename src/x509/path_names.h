/* path_names - whether the names of a chain can be held against its name constraints in little time (RFC 5280 6.1.3 (b)).
 * Private to src/x509. */
#ifndef DOORMAT_X509_PATH_NAMES_H
#define DOORMAT_X509_PATH_NAMES_H

#include <openssl/x509.h>
#include <stdbool.h>

/* libcrypto compares each name with each constraint of each authority above it, within 2^20 for each pair of certificates, of
 * which 32 have 496.  True: in all there are more than 2^18, ten times what the largest chain of the catalogue has. */
bool path_names_are_many(const STACK_OF(X509) * chain);

#endif
