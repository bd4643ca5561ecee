#include "tls/cert_names.h"

#include "base/ascii.h"
#include "base/mem.h"

enum { V4_B = 4, V6_B = 16, V6_WORDS = 8 };

static void print_v4(const uint8_t *address, char *out, size_t size_b) {
    snprintf(out, size_b, "%u.%u.%u.%u", address[0], address[1], address[2], address[3]);
}

/* The longest run of two zero words or more, the first of several (RFC 5952 4.2). */
static size_t find_gap(const unsigned *words, size_t *len) {
    size_t start = V6_WORDS;

    *len = 1;
    for (size_t i = 0; i < V6_WORDS; i++) {
        size_t n = 0;
        while (i + n < V6_WORDS && words[i + n] == 0)
            n++;
        if (n > *len) {
            start = i;
            *len = n;
        }
    }
    return start;
}

static void print_v6(const uint8_t *address, char *out, size_t size_b) {
    unsigned words[V6_WORDS];
    size_t gap_len, used = 0, end = V6_WORDS;

    for (size_t i = 0; i < V6_WORDS; i++)
        words[i] = (unsigned)(address[2 * i] << 8 | address[2 * i + 1]);
    size_t gap = find_gap(words, &gap_len);
    bool holds_v4 = gap == 0 && (gap_len == 6 || (gap_len == 5 && words[5] == 0xffff));
    if (holds_v4)
        end = 6;
    for (size_t i = 0; i < end; i++) {
        if (i == gap) {
            used += (size_t)snprintf(out + used, size_b - used, "::");
            i += gap_len - 1;
        } else {
            bool colon = i > 0 && i != gap + gap_len;
            used += (size_t)snprintf(out + used, size_b - used, "%s%x", colon ? ":" : "", words[i]);
        }
    }
    if (!holds_v4)
        return;
    if (gap_len == 5)
        used += (size_t)snprintf(out + used, size_b - used, ":");
    print_v4(address + V6_B - V4_B, out + used, size_b - used);
}

bool cert_address_text(const uint8_t *address, size_t len, char out[CERT_ADDRESS_SIZE_B]) {
    if (len == V4_B)
        print_v4(address, out, CERT_ADDRESS_SIZE_B);
    else if (len == V6_B)
        print_v6(address, out, CERT_ADDRESS_SIZE_B);
    return len == V4_B || len == V6_B;
}

static void set_plain(struct facts_name *name, enum facts_name_kind kind, const char *text) {
    *name = (struct facts_name){kind, strlen(text), mem_strdup(text)};
}

/* The text ends at a NUL, whereas the length goes on: so the trick of "good.example\0.evil.example" shows. */
static void set_text(struct facts_name *name, enum facts_name_kind kind, const ASN1_STRING *from) {
    const char *data = (const char *)ASN1_STRING_get0_data(from);
    size_t len = (size_t)ASN1_STRING_length(from);
    size_t shown = len > 0 ? strnlen(data, len) : 0;

    if (shown > FACTS_NAME_TEXT_MAX_B)
        shown = FACTS_NAME_TEXT_MAX_B;
    *name = (struct facts_name){kind, len, mem_zalloc(shown + 1)};
    ascii_copy_clean(name->text, shown + 1, data, shown);
    for (char *c = name->text; kind == FACTS_NAME_DNS && *c != '\0'; c++)
        *c = (char)ascii_lower((unsigned char)*c);
}

static void set_address(struct facts_name *name, const ASN1_OCTET_STRING *from) {
    char text[CERT_ADDRESS_SIZE_B];

    if (cert_address_text(ASN1_STRING_get0_data(from), (size_t)ASN1_STRING_length(from), text))
        set_plain(name, FACTS_NAME_IP, text);
    else
        set_plain(name, FACTS_NAME_OTHER, "address of a wrong length");
}

static void set_other(struct facts_name *name, const OTHERNAME *other) {
    if (OBJ_obj2nid(other->type_id) == NID_SRVName &&
        ASN1_TYPE_get(other->value) == V_ASN1_IA5STRING)
        set_text(name, FACTS_NAME_SRV, other->value->value.ia5string);
    else
        set_plain(name, FACTS_NAME_OTHER, "otherName");
}

static void set_name(struct facts_name *name, const GENERAL_NAME *from) {
    switch (from->type) {
    case GEN_DNS:
        set_text(name, FACTS_NAME_DNS, from->d.dNSName);
        break;
    case GEN_IPADD:
        set_address(name, from->d.iPAddress);
        break;
    case GEN_EMAIL:
        set_text(name, FACTS_NAME_EMAIL, from->d.rfc822Name);
        break;
    case GEN_URI:
        set_text(name, FACTS_NAME_URI, from->d.uniformResourceIdentifier);
        break;
    case GEN_OTHERNAME:
        set_other(name, from->d.otherName);
        break;
    default:
        set_plain(name, FACTS_NAME_OTHER,
                  from->type == GEN_DIRNAME ? "directoryName" : "another kind of name");
    }
}

void cert_names_read(const GENERAL_NAMES *names, struct facts_cert *out) {
    int seen = sk_GENERAL_NAME_num(names);

    if (seen <= 0)
        return;
    out->names_seen = (size_t)seen;
    out->name_count = out->names_seen < FACTS_MAX_NAMES ? out->names_seen : FACTS_MAX_NAMES;
    out->names = mem_zalloc(out->name_count * sizeof *out->names);
    for (size_t i = 0; i < out->name_count; i++)
        set_name(&out->names[i], sk_GENERAL_NAME_value(names, (int)i));
}
