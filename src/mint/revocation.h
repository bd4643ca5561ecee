/* revocation - what an authority says of a certificate over HTTP: its OCSP responses and its list, ready to be sent.
 *
 * Made with an identity, and as fresh as that is; from then on bytes alone, so that an answer costs no signature.
 * Life: identity_revocation counts a reference -> answers -> revocation_free.  One thread counts at a time. */
#ifndef DOORMAT_MINT_REVOCATION_H
#define DOORMAT_MINT_REVOCATION_H

#include <stddef.h>
#include <stdint.h>

struct revocation;

void revocation_ref(struct revocation *revocation);
void revocation_free(struct revocation **revocation);

enum revocation_answer {
    REVOCATION_BYTES, /* DER, as long as the reference is held; of garbage, what stands in its place */
    REVOCATION_MISSING, /* there is nothing at that place */
    REVOCATION_SILENCE, /* no answer may ever come */
};

/* The response to a request (RFC 6960 4.1), which may be any bytes: an error is a response too. */
enum revocation_answer revocation_ocsp(const struct revocation *revocation, const uint8_t *request,
                                       size_t len, const uint8_t **out, size_t *out_len);

/* The same for a request in the path of a URL (RFC 6960 A.1): base64, with nothing percent-encoded any more. */
enum revocation_answer revocation_ocsp_text(const struct revocation *revocation, const char *base64,
                                            const uint8_t **out, size_t *out_len);

enum revocation_answer revocation_crl(const struct revocation *revocation, const uint8_t **out,
                                      size_t *out_len);

#endif
