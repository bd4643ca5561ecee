#include "x509/path_names.h"

#include <openssl/err.h>
#include <openssl/x509v3.h>

enum { MAX_COMPARISONS = 1 << 18 };

static size_t count_subtrees(const X509 *cert) {
    NAME_CONSTRAINTS *constraints = X509_get_ext_d2i(cert, NID_name_constraints, NULL, NULL);
    size_t count = 0;

    if (constraints == NULL)
        return 0;
    for (int i = 0; i < 2; i++) {
        int subtrees = sk_GENERAL_SUBTREE_num(i == 0 ? constraints->permittedSubtrees
                                                     : constraints->excludedSubtrees);
        count += subtrees > 0 ? (size_t)subtrees : 0; /* -1: none are there */
    }
    NAME_CONSTRAINTS_free(constraints);
    return count;
}

/* A subject's attributes may be names as well. */
static size_t count_names(const X509 *cert) {
    GENERAL_NAMES *names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
    int listed = sk_GENERAL_NAME_num(names), attributes;

    GENERAL_NAMES_free(names);
    attributes = X509_NAME_entry_count(X509_get_subject_name(cert));
    return (size_t)(listed > 0 ? listed : 0) + (size_t)(attributes > 0 ? attributes : 0);
}

bool path_names_are_many(const STACK_OF(X509) * chain) {
    size_t subtrees = 0, names = 0;

    for (int i = 0; i < sk_X509_num(chain); i++)
        subtrees += count_subtrees(sk_X509_value(chain, i));
    for (int i = 0; subtrees > 0 && i < sk_X509_num(chain); i++)
        names += count_names(sk_X509_value(chain, i));
    ERR_clear_error();
    return subtrees > 0 && names > MAX_COMPARISONS / subtrees;
}
