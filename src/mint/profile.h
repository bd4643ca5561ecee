/* profile - which extensions a certificate has: by its place, and what its profile changes.  Private to src/mint. */
#ifndef DOORMAT_MINT_PROFILE_H
#define DOORMAT_MINT_PROFILE_H

#include "mint/cert.h"
#include "mint/lab.h"

enum mint_place {
    MINT_PLACE_SERVER,
    MINT_PLACE_ROOT,
    MINT_PLACE_UPPER,
    MINT_PLACE_ISSUER,
    MINT_PLACE_COUNT
};

/* Adds them to the plan, whose key is set; all but subjectAltName. */
void profile_apply(const struct mint_lab *lab, enum mint_place place, enum mint_profile profile,
                   struct cert_plan *plan);

/* Without a san of its own, such a certificate names the host. */
bool profile_names_host(enum mint_profile profile);

#endif
