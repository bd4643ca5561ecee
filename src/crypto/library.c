#include "crypto/library.h"

#include <openssl/crypto.h>

const char *tls_library_text(void) {
    return OpenSSL_version(OPENSSL_VERSION);
}
