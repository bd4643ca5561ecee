/* chain - what stands above the leaf, and what of it is sent.  Private to src/mint. */
#ifndef DOORMAT_MINT_CHAIN_H
#define DOORMAT_MINT_CHAIN_H

#include "mint/lab.h"

struct mint_chain {
    struct authority issuer; /* signs the leaf; empty: the leaf signs itself */
    STACK_OF(X509) * above;  /* the issuer first, without the root; never NULL */
};

int chain_make(const struct mint_lab *lab, const struct mint_knobs *knobs, int64_t now_s,
               struct mint_chain *out, struct err *err) MUST_USE;
void chain_fini(struct mint_chain *chain);

/* Turns `above` into what is sent behind the leaf. */
int chain_send(const struct mint_lab *lab, enum mint_sent sent, X509 *leaf, int64_t now_s,
               STACK_OF(X509) * above, struct err *err) MUST_USE;

#endif
