/* chain - a chain of certificates from bytes, judged as one from a handshake (path.h). */
#ifndef DOORMAT_X509_CHAIN_H
#define DOORMAT_X509_CHAIN_H

#include "x509/facts.h"
#include "x509/trust.h"

/* From DER certificates, the leaf first, at now_s (Unix seconds).  The caller frees *out with facts_chain_fini, also after a
 * failure. */
int chain_from_der(const uint8_t *const *der, const size_t *len, size_t count,
                   const struct trust *trust, int64_t now_s, struct facts_chain *out,
                   struct err *err) MUST_USE;

/* A chain as a server sent it, kept for a thread of its own to judge.  Life: chain_sent_new -> chain_sent_judge, in any thread ->
 * chain_sent_free. */
struct chain_sent;
struct stack_st_X509; /* OpenSSL's STACK_OF(X509) */

/* The certificates are counted, the staple (an OCSP response; NULL: none) is copied.  NULL: no memory. */
struct chain_sent *chain_sent_new(struct stack_st_X509 *certs, const uint8_t *staple,
                                  size_t staple_len);
void chain_sent_free(struct chain_sent **sent);

/* Whether the server's own certificate is that of this fingerprint (facts_cert.sha256). */
bool chain_sent_is_of(const struct chain_sent *sent, const char *sha256);

/* As chain_from_der.  It takes its time, as much as the sender of the chain likes: for ordinary chains a millisecond, for any
 * chain some seconds. */
int chain_sent_judge(const struct chain_sent *sent, const struct trust *trust, int64_t now_s,
                     struct facts_chain *out, struct err *err) MUST_USE;

#endif
