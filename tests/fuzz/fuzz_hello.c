/* The ClientHello parser: any bytes, and whatever it accepts must be a hello that keeps its own
 * promises. */
#include <assert.h>

#include "tls/hello.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const struct client_hello zero;
    struct client_hello hello;

    memset(&hello, 0xff, sizeof hello);
    if (client_hello_parse(data, size, &hello) < 0) {
        assert(memcmp(&hello, &zero, sizeof hello) == 0);
        return 0;
    }
    assert(hello.version_count <= HELLO_MAX_VERSIONS && hello.suite_count <= HELLO_MAX_SUITES);
    assert(hello.group_count <= HELLO_MAX_GROUPS && hello.sigalg_count <= HELLO_MAX_SIGALGS);
    assert(hello.extension_count <= HELLO_MAX_EXTENSIONS);
    assert(hello.suite_count <= hello.suites_seen);
    assert(hello.extension_count <= hello.extensions_seen);
    assert(strlen(hello.sni) < sizeof hello.sni && strlen(hello.alpn) < sizeof hello.alpn);
    assert(strlen(hello.ja4) == HELLO_JA4_SIZE_B - 1);
    return 0;
}
