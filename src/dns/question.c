#include "dns/question.h"

#include <string.h>

enum {
    FLAG_RESPONSE = 0x8000,
    FLAG_RECURSION_DESIRED = 0x0100,
    FLAG_AUTHENTIC_DATA = 0x0020,
    FLAG_CHECKING_DISABLED = 0x0010,
    OPCODE_SHIFT = 11,
    OPT_FIXED_B = 11, /* the root, type, class, TTL, length */
    OPT_DNSSEC_OK = 0x8000,
    OPTION_HEAD_B = 4,
    OPTION_COOKIE = 10,
    COOKIE_SERVER_MIN_B = 8,
};

struct cursor {
    const uint8_t *at;
    size_t left;
};

static unsigned u16(const uint8_t *data) {
    return (unsigned)data[0] << 8 | data[1];
}

static void skip(struct cursor *cursor, size_t len) {
    cursor->at += len;
    cursor->left -= len;
}

static bool read_name(struct cursor *cursor, struct dns_question *out) {
    size_t len = dns_name_read(cursor->at, cursor->left, &out->name);

    if (len == 0 || cursor->left - len < 4)
        return false;
    skip(cursor, len);
    out->type = (uint16_t)u16(cursor->at);
    out->class = (uint16_t)u16(cursor->at + 2);
    out->has_name = true;
    skip(cursor, 4);
    return true;
}

/* The client's half, or both (RFC 7873 5.2.2). */
static bool read_cookie(const uint8_t *data, size_t len, struct dns_question *out) {
    if (len != DNS_COOKIE_CLIENT_B &&
        (len < DNS_COOKIE_CLIENT_B + COOKIE_SERVER_MIN_B || len > DNS_COOKIE_MAX_B))
        return false;
    if (out->cookie_len > 0)
        return true; /* the first one counts */
    memcpy(out->cookie, data, len);
    out->cookie_len = len;
    return true;
}

static bool read_options(struct cursor *cursor, struct dns_question *out) {
    while (cursor->left > 0) {
        size_t len = cursor->left >= OPTION_HEAD_B ? u16(cursor->at + 2) : 0;
        if (cursor->left < OPTION_HEAD_B + len)
            return false;
        if (u16(cursor->at) == OPTION_COOKIE && !read_cookie(cursor->at + OPTION_HEAD_B, len, out))
            return false;
        skip(cursor, OPTION_HEAD_B + len);
    }
    return true;
}

static enum dns_rcode read_opt(struct cursor *cursor, struct dns_question *out) {
    const uint8_t *opt = cursor->at;

    if (cursor->left < OPT_FIXED_B || opt[0] != 0 || u16(opt + 1) != DNS_TYPE_OPT)
        return DNS_FORMERR;
    skip(cursor, OPT_FIXED_B);
    if (u16(opt + 9) != cursor->left || !read_options(cursor, out))
        return DNS_FORMERR;
    out->has_edns = true;
    out->udp_b = (uint16_t)(u16(opt + 3) > DNS_UDP_MIN_B ? u16(opt + 3) : DNS_UDP_MIN_B);
    out->dnssec_ok = (u16(opt + 7) & OPT_DNSSEC_OK) != 0;
    return opt[6] == 0 ? DNS_NOERROR : DNS_BADVERS;
}

/* counts: the four of the header. */
static enum dns_rcode read_rest(struct cursor *cursor, const uint8_t *counts,
                                struct dns_question *out) {
    unsigned additional = u16(counts + 6);

    if (out->opcode != DNS_OPCODE_QUERY)
        return DNS_NOTIMP;
    if (u16(counts) != 1 || !read_name(cursor, out))
        return DNS_FORMERR;
    if (u16(counts + 2) != 0 || u16(counts + 4) != 0 || additional > 1)
        return DNS_FORMERR;
    if (additional == 0)
        return cursor->left == 0 ? DNS_NOERROR : DNS_FORMERR;
    return read_opt(cursor, out);
}

bool dns_question_read(const uint8_t *data, size_t len, struct dns_question *out) {
    *out = (struct dns_question){.udp_b = DNS_UDP_MIN_B, .len = len};
    if (len < DNS_HEADER_B || (u16(data + 2) & FLAG_RESPONSE) != 0)
        return false;
    unsigned flags = u16(data + 2);
    struct cursor cursor = {.at = data + DNS_HEADER_B, .left = len - DNS_HEADER_B};
    out->id = (uint16_t)u16(data);
    out->opcode = (uint8_t)(flags >> OPCODE_SHIFT & 0xf);
    out->recursion_desired = (flags & FLAG_RECURSION_DESIRED) != 0;
    out->authentic_data = (flags & FLAG_AUTHENTIC_DATA) != 0;
    out->checking_disabled = (flags & FLAG_CHECKING_DISABLED) != 0;
    out->rcode = read_rest(&cursor, data + 4, out);
    return true;
}
