#include "dns/cookie.h"

#include <ldns/sha2.h>
#include <string.h>
#include <sys/random.h>

#include "base/mem.h"

enum { SECRET_B = 32, VERSION = 1, STAMP_AT = DNS_COOKIE_CLIENT_B + 4, HASH_AT = STAMP_AT + 4 };
enum { HASH_B = DNS_COOKIE_B - HASH_AT, AHEAD_S = 300 };

struct shown {
    struct cookie_peer peer; /* len 0: nobody */
    int64_t until_s;
};

struct cookies {
    uint8_t secret[SECRET_B];
    struct shown shown[DNS_SHOWN_MAX];
};

int cookies_new(struct cookies **out, struct err *err) {
    struct cookies *cookies = mem_zalloc(sizeof *cookies);

    if (getrandom(cookies->secret, SECRET_B, 0) != SECRET_B) {
        free(cookies);
        return err_errno(err, "no random bytes for DNS cookies");
    }
    *out = cookies;
    return 0;
}

void cookies_free(struct cookies **cookies) {
    free(*cookies);
    *cookies = NULL;
}

/* The secret, what is told of the cookie, and whose it is; all of it of a fixed length. */
static void digest(const struct cookies *cookies, const uint8_t head[HASH_AT],
                   const struct cookie_peer *peer, uint8_t out[LDNS_SHA256_DIGEST_LENGTH]) {
    uint8_t text[SECRET_B + HASH_AT + 1 + sizeof peer->address] = {0};

    memcpy(text, cookies->secret, SECRET_B);
    memcpy(text + SECRET_B, head, HASH_AT);
    text[SECRET_B + HASH_AT] = (uint8_t)peer->len;
    memcpy(text + SECRET_B + HASH_AT + 1, peer->address, peer->len);
    ldns_sha256(text, sizeof text, out);
}

void cookie_make(const struct cookies *cookies, const struct dns_question *question,
                 const struct cookie_peer *peer, int64_t now_s, uint8_t out[DNS_COOKIE_B]) {
    uint8_t hash[LDNS_SHA256_DIGEST_LENGTH];

    memset(out, 0, DNS_COOKIE_B);
    memcpy(out, question->cookie, DNS_COOKIE_CLIENT_B);
    out[DNS_COOKIE_CLIENT_B] = VERSION;
    for (int i = 0; i < 4; i++)
        out[STAMP_AT + i] = (uint8_t)(now_s >> (24 - 8 * i));
    digest(cookies, out, peer, hash);
    memcpy(out + HASH_AT, hash, HASH_B);
}

static bool is_same(const uint8_t *a, const uint8_t *b, size_t len) {
    unsigned difference = 0;

    for (size_t i = 0; i < len; i++)
        difference |= (unsigned)(a[i] ^ b[i]);
    return difference == 0;
}

bool cookie_is_ours(const struct cookies *cookies, const struct dns_question *question,
                    const struct cookie_peer *peer, int64_t now_s) {
    uint8_t hash[LDNS_SHA256_DIGEST_LENGTH];
    uint32_t stamp = 0;

    if (question->cookie_len != DNS_COOKIE_B || question->cookie[DNS_COOKIE_CLIENT_B] != VERSION)
        return false;
    for (int i = 0; i < 4; i++)
        stamp = stamp << 8 | question->cookie[STAMP_AT + i];
    int32_t age_s = (int32_t)((uint32_t)now_s - stamp);
    digest(cookies, question->cookie, peer, hash);
    return age_s >= -AHEAD_S && age_s <= DNS_SHOWN_S &&
           is_same(hash, question->cookie + HASH_AT, HASH_B);
}

static size_t slot_of(const struct cookies *cookies, const struct cookie_peer *peer) {
    static const uint8_t head[HASH_AT];
    uint8_t hash[LDNS_SHA256_DIGEST_LENGTH];

    digest(cookies, head, peer, hash);
    return ((size_t)hash[0] << 8 | hash[1]) % DNS_SHOWN_MAX;
}

void cookies_note_tcp(struct cookies *cookies, const struct cookie_peer *peer, int64_t now_s) {
    if (peer->len > 0)
        cookies->shown[slot_of(cookies, peer)] =
            (struct shown){.peer = *peer, .until_s = now_s + DNS_SHOWN_S};
}

bool cookies_know_tcp(const struct cookies *cookies, const struct cookie_peer *peer,
                      int64_t now_s) {
    const struct shown *shown = &cookies->shown[slot_of(cookies, peer)];

    return peer->len > 0 && shown->peer.len == peer->len && shown->until_s > now_s &&
           memcmp(shown->peer.address, peer->address, peer->len) == 0;
}
