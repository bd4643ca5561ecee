/* dns_message - DNS messages for tests: names, records from text, and signed sets of records (RFC 1035, 4034).
 * Names are written whole and in lower case, which is the form that is signed. */
#ifndef DOORMAT_TESTS_DNS_MESSAGE_H
#define DOORMAT_TESTS_DNS_MESSAGE_H

#include <arpa/inet.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"

enum {
    DNS_A = 1,
    DNS_CNAME = 5,
    DNS_MX = 15,
    DNS_AAAA = 28,
    DNS_OPT = 41,
    DNS_RRSIG = 46,
    DNS_DNSKEY = 48,
    DNS_CLASS_IN = 1,
    DNS_TTL_S = 60,
    DNS_KEY_FLAGS = 257,
    DNS_KEY_PROTOCOL = 3,
    DNS_ECDSA_P256 = 13,
    DNS_P256_B = 32,
};

#define DNS_SIGNED_ZONE "signed.example"

static void dns_put_u8(struct buf *out, unsigned value) {
    uint8_t byte = (uint8_t)value;

    buf_append(out, &byte, 1);
}

static void dns_put_u16(struct buf *out, unsigned value) {
    dns_put_u8(out, value >> 8);
    dns_put_u8(out, value & 0xff);
}

static void dns_put_u32(struct buf *out, uint32_t value) {
    dns_put_u16(out, value >> 16);
    dns_put_u16(out, value & 0xffff);
}

/* "." is the root; "\" before a byte takes it as it is. */
static void dns_put_name(struct buf *out, const char *name) {
    while (*name != '\0' && strcmp(name, ".") != 0) {
        char label[64];
        size_t len = 0;

        for (; *name != '\0' && *name != '.'; name++) {
            if (*name == '\\')
                name++;
            label[len++] = (char)ascii_lower((unsigned char)*name);
        }
        dns_put_u8(out, (unsigned)len);
        buf_append(out, label, len);
        name += *name == '.';
    }
    dns_put_u8(out, 0);
}

/* The RDATA of a record as a zone file has it. */
static void dns_put_rdata(struct buf *out, int type, const char *text) {
    uint8_t bytes[16];
    char *rest;

    switch (type) {
    case DNS_A:
    case DNS_AAAA:
        inet_pton(type == DNS_A ? AF_INET : AF_INET6, text, bytes);
        buf_append(out, bytes, type == DNS_A ? 4 : 16);
        break;
    case DNS_MX:
        dns_put_u16(out, (unsigned)strtoul(text, &rest, 10));
        dns_put_name(out, rest + 1);
        break;
    default:
        dns_put_name(out, text);
    }
}

static void dns_put_record(struct buf *out, const char *owner, int type, const struct buf *rdata) {
    dns_put_name(out, owner);
    dns_put_u16(out, (unsigned)type);
    dns_put_u16(out, DNS_CLASS_IN);
    dns_put_u32(out, DNS_TTL_S);
    dns_put_u16(out, (unsigned)rdata->len);
    buf_append(out, rdata->data, rdata->len);
}

/* ---- signing ---- */

static void dns_put_key(struct buf *out, EVP_PKEY *key) {
    uint8_t point[1 + 2 * DNS_P256_B];
    size_t len = 0;

    dns_put_u16(out, DNS_KEY_FLAGS);
    dns_put_u8(out, DNS_KEY_PROTOCOL);
    dns_put_u8(out, DNS_ECDSA_P256);
    EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &len);
    buf_append(out, point + 1, sizeof point - 1);
}

/* RFC 4034 B */
static unsigned dns_key_tag(const struct buf *rdata) {
    uint32_t sum = 0;

    for (size_t i = 0; i < rdata->len; i++)
        sum += (i & 1) != 0 ? rdata->data[i] : (uint32_t)rdata->data[i] << 8;
    return (sum + (sum >> 16)) & 0xffff;
}

/* The signature as DNSSEC wants it: r and s, 32 bytes each (RFC 6605 4). */
static void dns_sign(EVP_PKEY *key, const struct buf *text, uint8_t out[2 * DNS_P256_B]) {
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t der[128];
    const uint8_t *pos = der;
    size_t len = sizeof der;

    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key);
    EVP_DigestSign(ctx, der, &len, text->data, text->len);
    EVP_MD_CTX_free(ctx);
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &pos, (long)len);
    BN_bn2binpad(ECDSA_SIG_get0_r(signature), out, DNS_P256_B);
    BN_bn2binpad(ECDSA_SIG_get0_s(signature), out + DNS_P256_B, DNS_P256_B);
    ECDSA_SIG_free(signature);
}

static unsigned dns_count_labels(const char *name) {
    unsigned count = 1;

    for (; *name != '\0'; name++)
        count += *name == '.';
    return count;
}

/* Appends the RRSIG for a set of records of one owner and type, written by dns_put_record in canonical order. */
static void dns_put_signature(struct buf *out, EVP_PKEY *key, const char *owner, int type,
                              const struct buf *set) {
    uint32_t now_s = (uint32_t)clock_wall_s(clock_system());
    uint8_t signature[2 * DNS_P256_B];
    struct buf public, rdata, text;

    buf_init(&public, 1024);
    buf_init(&rdata, 1024);
    buf_init(&text, 65536);
    dns_put_key(&public, key);
    dns_put_u16(&rdata, (unsigned)type);
    dns_put_u8(&rdata, DNS_ECDSA_P256);
    dns_put_u8(&rdata, dns_count_labels(owner));
    dns_put_u32(&rdata, DNS_TTL_S);
    dns_put_u32(&rdata, now_s + 3600);
    dns_put_u32(&rdata, now_s - 3600);
    dns_put_u16(&rdata, dns_key_tag(&public));
    dns_put_name(&rdata, DNS_SIGNED_ZONE);
    buf_append(&text, rdata.data, rdata.len);
    buf_append(&text, set->data, set->len);
    dns_sign(key, &text, signature);
    buf_append(&rdata, signature, sizeof signature);
    dns_put_record(out, owner, DNS_RRSIG, &rdata);
    buf_fini(&public);
    buf_fini(&rdata);
    buf_fini(&text);
}

#endif
