#include "tls/hello.h"

#include <openssl/evp.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "tls/cursor.h"

enum { /* IANA, TLS ExtensionType values */
       EXT_SERVER_NAME = 0,
       EXT_SUPPORTED_GROUPS = 10,
       EXT_SIGNATURE_ALGORITHMS = 13,
       EXT_ALPN = 16,
       EXT_SUPPORTED_VERSIONS = 43,
};

enum { JA4_MAX_COUNT = 99, JA4_HASH_CHARS = 12, JA4_NUMBER_CHARS = 5 /* "c02b," */ };

/* What JA4 needs and the stored lists may have been too short for. */
struct tally {
    unsigned suites, extensions; /* without GREASE */
    bool has_sni;
    struct cursor alpn; /* the first protocol, as sent */
};

struct parse {
    struct client_hello *hello;
    struct tally tally;
};

/* A vector behind which nothing may follow. */
static bool take_whole_vector(struct cursor *from, size_t width_b, struct cursor *out) {
    return cursor_take_vector(from, width_b, out) && from->left == 0;
}

/* RFC 8701: 0x0a0a, 0x1a1a ... 0xfafa. */
static bool is_grease(size_t value) {
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

/* Reads a vector's 16-bit numbers into a list of at most max.  An empty list breaks the syntax
 * of each that is read so. */
static bool read_list(struct cursor vector, uint16_t *list, unsigned max, unsigned *stored) {
    size_t value;

    *stored = 0;
    if (vector.left == 0 || vector.left % 2 != 0)
        return false;
    while (cursor_take_number(&vector, 2, &value))
        if (*stored < max)
            list[(*stored)++] = (uint16_t)value;
    return true;
}

static bool is_known_version(size_t version) {
    return version >= 0x0300 && version <= 0x0304;
}

/* However many strange versions stand before them: each takes the place of the last that is none of these. */
static void keep_known_versions(struct client_hello *hello, struct cursor list) {
    unsigned place = hello->version_count;
    struct cursor stored;
    size_t version;

    if (!cursor_take_bytes(&list, 2 * (size_t)hello->version_count, &stored))
        return;
    while (cursor_take_number(&list, 2, &version)) {
        if (!is_known_version(version))
            continue;
        while (place > 0 && is_known_version(hello->versions[place - 1]))
            place--;
        if (place > 0)
            hello->versions[--place] = (uint16_t)version;
    }
}

static bool read_versions(struct parse *parse, struct cursor body) {
    struct client_hello *hello = parse->hello;
    struct cursor list;

    hello->has_supported_versions = true;
    if (!take_whole_vector(&body, 1, &list) ||
        !read_list(list, hello->versions, HELLO_MAX_VERSIONS, &hello->version_count))
        return false;
    keep_known_versions(hello, list);
    return true;
}

static bool read_groups(struct parse *parse, struct cursor body) {
    struct client_hello *hello = parse->hello;
    struct cursor list;

    return take_whole_vector(&body, 2, &list) &&
           read_list(list, hello->groups, HELLO_MAX_GROUPS, &hello->group_count);
}

static bool read_sigalgs(struct parse *parse, struct cursor body) {
    struct client_hello *hello = parse->hello;
    struct cursor list;

    return take_whole_vector(&body, 2, &list) &&
           read_list(list, hello->sigalgs, HELLO_MAX_SIGALGS, &hello->sigalg_count);
}

/* RFC 6066 3.  host_name, type 0, is the only type there is; others are passed over. */
static bool read_server_name(struct parse *parse, struct cursor body) {
    struct client_hello *hello = parse->hello;
    struct cursor list, name;
    size_t type;

    parse->tally.has_sni = true;
    if (!take_whole_vector(&body, 2, &list) || list.left == 0)
        return false;
    while (list.left > 0) {
        if (!cursor_take_number(&list, 1, &type) || !cursor_take_vector(&list, 2, &name))
            return false;
        if (type == 0 && hello->sni[0] == '\0')
            ascii_copy_clean(hello->sni, sizeof hello->sni, (const char *)name.at, name.left);
    }
    return true;
}

/* RFC 7301 3.1.  Only the first, most wanted protocol is kept; the others must be well formed. */
static bool read_alpn(struct parse *parse, struct cursor body) {
    struct client_hello *hello = parse->hello;
    struct cursor list, name;

    if (!take_whole_vector(&body, 2, &list) || list.left == 0)
        return false;
    while (list.left > 0) {
        if (!cursor_take_vector(&list, 1, &name) || name.left == 0)
            return false;
        if (parse->tally.alpn.at == NULL)
            parse->tally.alpn = name;
    }
    ascii_copy_clean(hello->alpn, sizeof hello->alpn, (const char *)parse->tally.alpn.at,
                     parse->tally.alpn.left);
    return true;
}

static void forget_versions(struct parse *parse) {
    parse->hello->version_count = 0;
}

static void forget_groups(struct parse *parse) {
    parse->hello->group_count = 0;
}

static void forget_sigalgs(struct parse *parse) {
    parse->hello->sigalg_count = 0;
}

static void forget_server_name(struct parse *parse) {
    parse->hello->sni[0] = '\0';
}

static void forget_alpn(struct parse *parse) {
    parse->tally.alpn = (struct cursor){NULL, 0};
}

/* What is odd in an extension costs what it says, and not the hello: the library may take it all the same. */
static const struct {
    size_t type;
    bool (*read)(struct parse *parse, struct cursor body);
    void (*forget)(struct parse *parse);
} readers[] = {
    {EXT_SERVER_NAME, read_server_name, forget_server_name},
    {EXT_SUPPORTED_GROUPS, read_groups, forget_groups},
    {EXT_SIGNATURE_ALGORITHMS, read_sigalgs, forget_sigalgs},
    {EXT_ALPN, read_alpn, forget_alpn},
    {EXT_SUPPORTED_VERSIONS, read_versions, forget_versions},
};

static void read_extension(struct parse *parse, size_t type, struct cursor body) {
    struct client_hello *hello = parse->hello;

    hello->extensions_seen++;
    if (hello->extension_count < HELLO_MAX_EXTENSIONS)
        hello->extensions[hello->extension_count++] = (uint16_t)type;
    if (!is_grease(type))
        parse->tally.extensions++;
    for (size_t i = 0; i < ARRAY_LEN(readers); i++)
        if (readers[i].type == type && !readers[i].read(parse, body))
            readers[i].forget(parse);
}

/* A hello may end without the block (RFC 5246 7.4.1.2).  Of an extension that is sent twice,
 * which RFC 8446 4.2 forbids, the lists show the second. */
static bool read_extensions(struct parse *parse, struct cursor *rest) {
    struct cursor block, body;
    size_t type;

    if (rest->left == 0)
        return true;
    if (!take_whole_vector(rest, 2, &block))
        return false;
    while (block.left > 0) {
        if (!cursor_take_number(&block, 2, &type) || !cursor_take_vector(&block, 2, &body))
            return false;
        read_extension(parse, type, body);
    }
    return true;
}

static bool read_suites(struct parse *parse, struct cursor *from) {
    struct client_hello *hello = parse->hello;
    struct cursor list;
    size_t suite;

    if (!cursor_take_vector(from, 2, &list) ||
        !read_list(list, hello->suites, HELLO_MAX_SUITES, &hello->suite_count))
        return false;
    hello->suites_seen = (unsigned)(list.left / 2);
    while (cursor_take_number(&list, 2, &suite))
        if (!is_grease(suite))
            parse->tally.suites++;
    return true;
}

/* Without supported_versions the client means its legacy_version and all below it (RFC 5246
 * E.1), of which a server can only guess the lower end: listed are those down to TLS 1.0, or SSL
 * 3.0 for a client that knows nothing newer.  A number above TLS 1.2 means TLS 1.2 here: newer
 * ones are negotiated in the extension alone (RFC 8446 4.2.1). */
static void imply_versions(struct client_hello *hello) {
    unsigned highest = hello->legacy_version > 0x0303 ? 0x0303 : hello->legacy_version;

    hello->version_count = 0;
    if (highest == 0x0300)
        hello->versions[hello->version_count++] = 0x0300;
    for (unsigned version = highest; version >= 0x0301; version--)
        hello->versions[hello->version_count++] = (uint16_t)version;
}

static bool read_body(struct parse *parse, struct cursor body) {
    struct cursor random, session_id, compression;
    size_t version;

    if (!cursor_take_number(&body, 2, &version) || !cursor_take_bytes(&body, 32, &random) ||
        !cursor_take_vector(&body, 1, &session_id) || session_id.left > 32 ||
        !read_suites(parse, &body) || !cursor_take_vector(&body, 1, &compression) ||
        compression.left == 0 || !read_extensions(parse, &body))
        return false;
    parse->hello->legacy_version = (uint16_t)version;
    if (!parse->hello->has_supported_versions)
        imply_versions(parse->hello);
    return true;
}

/* --- JA4 (FoxIO, technical_details/JA4.md).  GREASE counts nowhere.  The counts are of all that
 * was sent (99 at most); the hashes are over the stored lists, so they are the published ones up
 * to HELLO_MAX_* entries. --- */

static const char *ja4_version(const struct client_hello *hello) {
    static const struct {
        uint16_t version;
        const char *code;
    } codes[] = {
        {0x0304, "13"}, {0x0303, "12"}, {0x0302, "11"}, {0x0301, "10"}, {0x0300, "s3"},
    };
    uint16_t highest = 0;

    for (unsigned i = 0; i < hello->version_count; i++)
        if (!is_grease(hello->versions[i]) && hello->versions[i] > highest)
            highest = hello->versions[i];
    for (size_t i = 0; i < ARRAY_LEN(codes); i++)
        if (codes[i].version == highest)
            return codes[i].code;
    return "00";
}

static const char hex[] = "0123456789abcdef";

static bool is_alphanumeric(int c) {
    return ascii_is_alpha(c) || ascii_is_digit(c);
}

/* First and last character of the protocol; where one is no letter or digit, those of its
 * hexadecimal form. */
static void ja4_alpn(const struct cursor *alpn, char out[3]) {
    snprintf(out, 3, "00");
    if (alpn->left == 0)
        return;
    uint8_t first = alpn->at[0], last = alpn->at[alpn->left - 1];
    bool plain = is_alphanumeric(first) && is_alphanumeric(last);
    out[0] = plain ? (char)first : hex[first >> 4];
    out[1] = plain ? (char)last : hex[last & 15];
}

static int compare_numbers(const void *a, const void *b) {
    return *(const uint16_t *)a - *(const uint16_t *)b;
}

static unsigned keep_all_but_grease(const uint16_t *from, unsigned count, uint16_t *out) {
    unsigned kept = 0;

    for (unsigned i = 0; i < count; i++)
        if (!is_grease(from[i]))
            out[kept++] = from[i];
    return kept;
}

/* SNI and ALPN are in the first part already, and may differ from one connection of a program to
 * the next. */
static unsigned drop_sni_and_alpn(uint16_t *list, unsigned count) {
    unsigned kept = 0;

    for (unsigned i = 0; i < count; i++)
        if (list[i] != EXT_SERVER_NAME && list[i] != EXT_ALPN)
            list[kept++] = list[i];
    return kept;
}

struct ja4_text {
    char text[(HELLO_MAX_SUITES + HELLO_MAX_EXTENSIONS + HELLO_MAX_SIGALGS) * JA4_NUMBER_CHARS + 1];
    size_t len;
};

static void ja4_write(struct ja4_text *out, char separator, const uint16_t *list, unsigned count) {
    for (unsigned i = 0; i < count; i++) {
        if (out->len > 0)
            out->text[out->len++] = i == 0 ? separator : ',';
        for (int shift = 12; shift >= 0; shift -= 4)
            out->text[out->len++] = hex[list[i] >> shift & 15];
    }
}

static int ja4_hash(const struct ja4_text *text, char out[JA4_HASH_CHARS + 1]) {
    uint8_t digest[EVP_MAX_MD_SIZE];

    snprintf(out, JA4_HASH_CHARS + 1, "000000000000");
    if (text->len == 0)
        return 0;
    if (EVP_Digest(text->text, text->len, digest, NULL, EVP_sha256(), NULL) != 1)
        return -1;
    for (size_t i = 0; i < JA4_HASH_CHARS; i++)
        out[i] = hex[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    return 0;
}

static int ja4_hash_suites(const struct client_hello *hello, char out[JA4_HASH_CHARS + 1]) {
    uint16_t list[HELLO_MAX_SUITES];
    struct ja4_text text;
    unsigned count = keep_all_but_grease(hello->suites, hello->suite_count, list);

    qsort(list, count, sizeof list[0], compare_numbers);
    text.len = 0;
    ja4_write(&text, ',', list, count);
    return ja4_hash(&text, out);
}

static int ja4_hash_extensions(const struct client_hello *hello, char out[JA4_HASH_CHARS + 1]) {
    uint16_t list[HELLO_MAX_EXTENSIONS], sigalgs[HELLO_MAX_SIGALGS];
    struct ja4_text text;
    unsigned count = keep_all_but_grease(hello->extensions, hello->extension_count, list);

    count = drop_sni_and_alpn(list, count);
    qsort(list, count, sizeof list[0], compare_numbers);
    text.len = 0;
    ja4_write(&text, ',', list, count);
    if (count > 0) /* without extensions there is nothing, not even signature algorithms */
        ja4_write(&text, '_', sigalgs,
                  keep_all_but_grease(hello->sigalgs, hello->sigalg_count, sigalgs));
    return ja4_hash(&text, out);
}

static unsigned ja4_count(unsigned count) {
    return count < JA4_MAX_COUNT ? count : JA4_MAX_COUNT;
}

/* A digest that libcrypto refuses (it may be told to) leaves the fingerprint empty: a display,
 * never a reason to fail. */
static void ja4_fill(struct client_hello *hello, const struct tally *tally) {
    char alpn[3], suites[JA4_HASH_CHARS + 1], extensions[JA4_HASH_CHARS + 1];

    if (ja4_hash_suites(hello, suites) < 0 || ja4_hash_extensions(hello, extensions) < 0)
        return;
    ja4_alpn(&tally->alpn, alpn);
    snprintf(hello->ja4, sizeof hello->ja4, "t%s%c%02u%02u%s_%s_%s", ja4_version(hello),
             tally->has_sni ? 'd' : 'i', ja4_count(tally->suites), ja4_count(tally->extensions),
             alpn, suites, extensions);
}

int client_hello_parse(const uint8_t *body, size_t len, struct client_hello *out) {
    struct parse parse = {.hello = out};

    *out = (struct client_hello){0};
    if (!read_body(&parse, (struct cursor){body, len})) {
        *out = (struct client_hello){0};
        return -1;
    }
    ja4_fill(out, &parse.tally);
    return 0;
}
