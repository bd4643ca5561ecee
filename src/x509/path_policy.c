#include "x509/path_policy.h"

#include <openssl/x509v3.h>

static bool has(const X509 *cert, int nid) {
    return X509_get_ext_by_NID(cert, nid, -1) >= 0;
}

static bool constrains(const X509 *cert) {
    return has(cert, NID_policy_constraints);
}

static bool lists_none(const X509 *cert) {
    return constrains(cert) && !has(cert, NID_certificate_policies);
}

bool path_policy_is_asked(const STACK_OF(X509) * candidates) {
    bool any = false;

    for (int i = 0; i < sk_X509_num(candidates); i++) {
        if (lists_none(sk_X509_value(candidates, i)))
            return false;
        any |= constrains(sk_X509_value(candidates, i));
    }
    return any;
}

/* With so many certificates below it.  6.1.4 (h), (i) and 6.1.5 (a): the number counts down to 0, from where on it is required. */
static bool requires_policy(const X509 *cert, int below) {
    POLICY_CONSTRAINTS *constraints = X509_get_ext_d2i(cert, NID_policy_constraints, NULL, NULL);
    bool requires_it = constraints != NULL && constraints->requireExplicitPolicy != NULL &&
                       ASN1_INTEGER_get(constraints->requireExplicitPolicy) >= 0 &&
                       ASN1_INTEGER_get(constraints->requireExplicitPolicy) <= below;

    POLICY_CONSTRAINTS_free(constraints);
    return requires_it;
}

bool path_policy_ends_tree(const STACK_OF(X509) * path) {
    for (int i = 0; i < sk_X509_num(path); i++)
        if (lists_none(sk_X509_value(path, i)) && requires_policy(sk_X509_value(path, i), i))
            return true;
    return false;
}
