#include "x509/cert_names.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "net/numeric.h"

static void set_plain(struct facts_name *name, enum facts_name_kind kind, const char *text) {
    *name = (struct facts_name){kind, strlen(text), mem_strdup(text), false};
}

static bool is_ascii(const char *data, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)data[i] >= 0x80)
            return false;
    return true;
}

/* The text ends at a NUL, whereas the length goes on: so the trick of "good.example\0.evil.example" shows. */
static void set_text(struct facts_name *name, enum facts_name_kind kind, const ASN1_STRING *from) {
    const char *data = (const char *)ASN1_STRING_get0_data(from);
    size_t len = (size_t)ASN1_STRING_length(from);
    size_t shown = len > 0 ? strnlen(data, len) : 0;

    if (shown > FACTS_NAME_TEXT_MAX_B)
        shown = FACTS_NAME_TEXT_MAX_B;
    *name = (struct facts_name){kind, len, mem_zalloc(shown + 1), !is_ascii(data, len)};
    ascii_copy_clean(name->text, shown + 1, data, shown);
    for (char *c = name->text; kind == FACTS_NAME_DNS && *c != '\0'; c++)
        *c = (char)ascii_lower((unsigned char)*c);
}

static void set_address(struct facts_name *name, const ASN1_OCTET_STRING *from) {
    char text[NUMERIC_SIZE_B];

    if (numeric_format(ASN1_STRING_get0_data(from), (size_t)ASN1_STRING_length(from), text) == 0)
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
