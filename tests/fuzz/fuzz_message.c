/* The messages of a server's handshake.  The first byte says which, and what the client knows beside it. */
#include <assert.h>

#include "tls/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void see(uint8_t kind, const uint8_t *body, size_t len, struct facts_handshake *facts) {
    switch (kind & 3) {
    case 0:
        message_server_hello(body, len, facts);
        break;
    case 1:
        message_key_exchange(body, len, (enum message_kx)(kind >> 2 & 3) % 3,
                             (enum message_auth)(kind >> 4 & 3), facts);
        break;
    case 2:
        message_certificate_verify(body, len, facts);
        break;
    case 3:
        message_ticket(body, len, facts);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct facts_handshake facts = {0};

    if (size == 0)
        return 0;
    facts.version = (data[0] & 0x80) != 0 ? 0x0304 : (data[0] & 0x40) != 0 ? 0x0303 : 0x0301;
    see(data[0], data + 1, size - 1, &facts);
    assert(strlen(facts.group_name) < sizeof facts.group_name);
    assert(strlen(facts.scheme_name) < sizeof facts.scheme_name);
    assert(facts.dh_bits <= 8 * 0xffff);
    return 0;
}
