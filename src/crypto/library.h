/* library - which TLS library this program runs with. */
#ifndef DOORMAT_CRYPTO_LIBRARY_H
#define DOORMAT_CRYPTO_LIBRARY_H

/* Before anything else of OpenSSL: from here on it has no more memory than we have, and without it the program ends (base/mem.h).
 * What it says of a certificate or a handshake is then never the lack of memory. */
void tls_library_init(void);

const char *tls_library_text(void); /* "OpenSSL 3.0.17 1 Jul 2025" */

#endif
