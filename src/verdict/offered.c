#include "verdict/offered.h"

#include "base/mem.h"

/* What certificates are signed with where that is unusual, and yet to be taken: by an ECDSA key, by an RSA key. */
static const struct {
    uint16_t ec, rsa;
} schemes[MINT_SIGNATURE_COUNT] = {
    [MINT_SIGNATURE_SHA224] = {0x0303 /* ecdsa_sha224 */, 0x0301 /* rsa_pkcs1_sha224 */},
    [MINT_SIGNATURE_PKCS1] = {.rsa = 0x0401 /* rsa_pkcs1_sha256 */},
};

static uint16_t scheme_of_certificate(const struct recipe *recipe) {
    bool is_rsa = key_spec_family(&recipe->mint.intermediate.key) == KEY_FAMILY_RSA;
    enum mint_signature signature = recipe->mint.leaf.signature;

    return is_rsa ? schemes[signature].rsa : schemes[signature].ec;
}

/* Code 0 is nothing in particular. */
static bool has(const uint16_t *codes, unsigned count, unsigned max, unsigned code) {
    if (code == 0 || count == 0 || count == max)
        return true;
    for (unsigned i = 0; i < count; i++)
        if (codes[i] == code)
            return true;
    return false;
}

static bool has_scheme(const struct client_hello *hello, unsigned scheme) {
    return has(hello->sigalgs, hello->sigalg_count, HELLO_MAX_SIGALGS, scheme);
}

bool is_offered(const struct recipe *recipe, const struct client_hello *hello) {
    return has(hello->groups, hello->group_count, HELLO_MAX_GROUPS, recipe->tls.group) &&
           has_scheme(hello, recipe->tls.scheme) &&
           has_scheme(hello, scheme_of_certificate(recipe));
}
