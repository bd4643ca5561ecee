/* library - which TLS library this program runs with. */
#ifndef DOORMAT_CRYPTO_LIBRARY_H
#define DOORMAT_CRYPTO_LIBRARY_H

const char *tls_library_text(void); /* "OpenSSL 3.0.17 1 Jul 2025" */

#endif
