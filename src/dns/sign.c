#include "dns/sign.h"

#include <assert.h>

#include "base/log.h"
#include "base/mem.h"
#include "dns/own.h"

enum {
    FLAGS_SOUND = 257, /* the zone bit, and that it is the one which the zone above names */
    FLAG_ZONE = 0x0100,
    FLAG_REVOKED = 0x0080,
    PROTOCOL = 3,
    ALGORITHM = LDNS_ECDSAP256SHA256,
    ALGORITHM_OTHER = LDNS_RSASHA256,
    ALGORITHM_UNKNOWN = 100, /* not assigned */
    DIGEST_UNKNOWN = 100,
    KEY_HEAD_B = 4,
    PUBLIC_B = 64,
    SIGNED_MAX_B = 65536,
    BACK_S = 3600,
    DAY_S = 24 * 3600,
    VALID_S = 14 * DAY_S,
    OFF_S = 7 * DAY_S, /* resolvers bear with clocks that are off by a day */
};

enum zone_key { KEY_OWN, KEY_OTHER, KEY_COUNT };

struct kept {
    uint8_t of[LDNS_SHA256_DIGEST_LENGTH]; /* all that is signed, but for the times; and how */
    ldns_rr *signature;                    /* NULL: nothing is kept here */
    int64_t made_s;
};

struct signer {
    const struct clock *clock;
    ldns_key *keys[KEY_COUNT];
    uint8_t public[KEY_COUNT][PUBLIC_B];
    struct kept kept[2][DNS_SIGNATURES_KEPT]; /* the second: denial */
    unsigned long count;
};

/* --- keys --- */

static int load_key(struct signer *signer, enum zone_key which, struct key_pool *pool,
                    struct err *err) {
    static const enum key_role roles[] = {
        [KEY_OWN] = KEY_ROLE_ZONE, [KEY_OTHER] = KEY_ROLE_STRANGER_ZONE};
    static const struct key_spec spec = {.type = KEY_DEFAULT};
    struct evp_pkey_st *made = NULL;
    ldns_key *key = own_must(ldns_key_new());

    signer->keys[which] = key;
    if (key_pool_get(pool, roles[which], &spec, &made, err) != 0)
        return err_prefix(err, "the key of the zone");
    ldns_key_set_algorithm(key, LDNS_SIGN_ECDSAP256SHA256);
    ldns_key_set_evp_key(key, made);
    ldns_key_set_flags(key, FLAGS_SOUND);
    ldns_key_set_pubkey_owner(key, own_must(ldns_dname_new_frm_str(".")));
    ldns_rr *rr = ldns_key2rr(key);
    ldns_rdf *public = rr != NULL ? ldns_rr_dnskey_key(rr) : NULL;
    int rc = public != NULL && ldns_rdf_size(public) == PUBLIC_B
                 ? 0
                 : err_set(err, "the key of the zone: libldns cannot use it");
    if (rc == 0)
        memcpy(signer->public[which], ldns_rdf_data(public), PUBLIC_B);
    ldns_rr_free(rr);
    return rc;
}

int signer_new(struct key_pool *keys, const struct clock *clock, struct signer **out,
               struct err *err) {
    struct signer *signer = mem_zalloc(sizeof *signer);

    signer->clock = clock;
    for (enum zone_key i = 0; i < KEY_COUNT; i++)
        if (load_key(signer, i, keys, err) != 0) {
            signer_free(&signer);
            return -1;
        }
    *out = signer;
    return 0;
}

void signer_free(struct signer **signer) {
    if (*signer == NULL)
        return;
    for (size_t i = 0; i < KEY_COUNT; i++)
        ldns_key_deep_free((*signer)->keys[i]);
    for (size_t i = 0; i < 2 * DNS_SIGNATURES_KEPT; i++)
        ldns_rr_free((*signer)->kept[i / DNS_SIGNATURES_KEPT][i % DNS_SIGNATURES_KEPT].signature);
    free(*signer);
    *signer = NULL;
}

struct key_data {
    uint8_t bytes[KEY_HEAD_B + PUBLIC_B];
};

static unsigned algorithm_of(const struct dns_cut *cut) {
    if (cut->key != DNS_KEY_ALGORITHM)
        return ALGORITHM;
    return cut->algorithm != 0 ? cut->algorithm : (unsigned)ALGORITHM_UNKNOWN;
}

/* The RDATA of a DNSKEY record. */
static struct key_data key_data(const struct signer *signer, enum zone_key which,
                                const struct dns_cut *cut) {
    enum dns_key_how how = cut->key;
    struct key_data data;
    unsigned flags = FLAGS_SOUND;

    if (how == DNS_KEY_NO_ZONE_BIT)
        flags &= ~(unsigned)FLAG_ZONE;
    if (how == DNS_KEY_REVOKED)
        flags |= FLAG_REVOKED;
    data.bytes[0] = (uint8_t)(flags >> 8);
    data.bytes[1] = (uint8_t)flags;
    data.bytes[2] = how == DNS_KEY_PROTOCOL ? PROTOCOL - 1 : PROTOCOL;
    data.bytes[3] = (uint8_t)algorithm_of(cut);
    memcpy(data.bytes + KEY_HEAD_B, signer->public[which], PUBLIC_B);
    return data;
}

static uint16_t tag_of(const struct key_data *data) {
    return ldns_calc_keytag_raw(data->bytes, sizeof data->bytes);
}

void signer_add_keys(const struct signer *signer, const struct dns_cut *cut,
                     struct dns_node *node) {
    enum dns_key_how how = cut->key;
    struct key_data own = key_data(signer, KEY_OWN, cut), other = key_data(signer, KEY_OTHER, cut);

    if (how == DNS_KEY_ABSENT)
        return;
    dns_node_add(node, DNS_TYPE_DNSKEY, own.bytes, sizeof own.bytes);
    if (how == DNS_KEY_STANDBY)
        dns_node_add(node, DNS_TYPE_DNSKEY, other.bytes, sizeof other.bytes);
}

/* --- DS --- */

struct ds_data {
    uint8_t bytes[KEY_HEAD_B + LDNS_SHA384_DIGEST_LENGTH];
    size_t len;
};

/* The digest of the owner's name and the key (RFC 4034 5.1.4). */
static struct ds_data ds_data(const struct dns_name *zone, const struct key_data *key,
                              enum dns_ds_how how) {
    uint8_t text[DNS_NAME_MAX_B + sizeof key->bytes];
    struct dns_name lower = dns_name_lower(zone);
    unsigned text_len = (unsigned)(lower.len + sizeof key->bytes);
    uint16_t tag = tag_of(key);
    struct ds_data data = {.bytes = {(uint8_t)(tag >> 8), (uint8_t)tag, key->bytes[3]}};
    uint8_t *digest = data.bytes + KEY_HEAD_B;

    memcpy(text, lower.bytes, lower.len);
    memcpy(text + lower.len, key->bytes, sizeof key->bytes);
    if (how == DNS_DS_SHA1) {
        ldns_sha1(text, text_len, digest);
        data.bytes[3] = LDNS_SHA1;
        data.len = KEY_HEAD_B + LDNS_SHA1_DIGEST_LENGTH;
    } else if (how == DNS_DS_SHA384) {
        ldns_sha384(text, text_len, digest);
        data.bytes[3] = LDNS_SHA384;
        data.len = KEY_HEAD_B + LDNS_SHA384_DIGEST_LENGTH;
    } else {
        ldns_sha256(text, text_len, digest);
        data.bytes[3] = LDNS_SHA256;
        data.len = KEY_HEAD_B + LDNS_SHA256_DIGEST_LENGTH;
    }
    return data;
}

static void spoil_ds(enum dns_ds_how how, struct ds_data *data) {
    switch (how) {
    case DNS_DS_DIGEST:
    case DNS_DS_UNKNOWN_BESIDE:
        data->bytes[KEY_HEAD_B] ^= 1;
        break;
    case DNS_DS_TAG:
        data->bytes[1] ^= 1;
        break;
    case DNS_DS_ALGORITHM:
        data->bytes[2] = ALGORITHM_OTHER;
        break;
    case DNS_DS_UNKNOWN_DIGEST:
        data->bytes[3] = DIGEST_UNKNOWN;
        break;
    default:
        break;
    }
}

void signer_add_ds(const struct signer *signer, const struct dns_name *zone,
                   const struct dns_cut *cut, struct dns_node *node) {
    struct key_data key = key_data(signer, cut->ds == DNS_DS_OTHER_KEY ? KEY_OTHER : KEY_OWN, cut);
    struct ds_data data = ds_data(zone, &key, cut->ds), unknown = data;

    if (cut->ds == DNS_DS_ABSENT)
        return;
    spoil_ds(cut->ds, &data);
    dns_node_add(node, DNS_TYPE_DS, data.bytes, data.len);
    spoil_ds(DNS_DS_UNKNOWN_DIGEST, &unknown);
    if (cut->ds == DNS_DS_UNKNOWN_BESIDE)
        dns_node_add(node, DNS_TYPE_DS, unknown.bytes, unknown.len);
}

/* --- signatures --- */

struct making {
    struct signer *signer;
    const struct sign_order *order;
    const struct sign_set *set;
    enum zone_key key;
};

static bool is_wildcard(enum dns_signature_how how) {
    return how == DNS_SIGNATURE_WILDCARD || how == DNS_SIGNATURE_WILDCARD_BARE;
}

/* "*" in place of the first label, if there is one. */
static struct dns_name signed_owner(const struct making *making) {
    struct dns_name owner = dns_name_lower(making->set->owner), up;

    if (!is_wildcard(making->order->how) || owner.labels == 0)
        return owner;
    up = dns_name_top(&owner, owner.labels - 1u);
    (void)!dns_name_add_label(&up, "*", 1, &owner); /* no longer than it was */
    return owner;
}

/* The records in canonical form and order (RFC 4034 6). */
static ldns_rr_list *canonical(const struct making *making) {
    const struct sign_set *set = making->set;
    struct dns_name owner = signed_owner(making);
    ldns_rr_list *list = own_must(ldns_rr_list_new());

    for (size_t i = 0; i < set->count; i++) {
        const struct dns_record *record = &set->records[i];
        if (record->type != set->type)
            continue;
        ldns_rr *rr = own_record(&owner, set->type, set->ttl_s, record->data, record->len);
        ldns_rr2canonical(rr);
        own_push(list, rr);
    }
    ldns_rr_list_sort(list);
    return list;
}

static void set_field(ldns_rr *rr, ldns_rdf *value, size_t at) {
    ldns_rdf_deep_free(ldns_rr_set_rdf(rr, own_must(value), at));
}

enum rrsig_field { /* their order in the RDATA (RFC 4034 3.1) */
                   FIELD_COVERED,
                   FIELD_ALGORITHM,
                   FIELD_LABELS,
                   FIELD_TTL,
                   FIELD_END,
                   FIELD_BEGIN,
                   FIELD_TAG,
                   FIELD_SIGNER,
                   FIELD_SIGNATURE,
};

static void set_times(ldns_rr *rr, int64_t begin_s, int64_t end_s) {
    set_field(rr, ldns_native2rdf_int32(LDNS_RDF_TYPE_TIME, (uint32_t)begin_s), FIELD_BEGIN);
    set_field(rr, ldns_native2rdf_int32(LDNS_RDF_TYPE_TIME, (uint32_t)end_s), FIELD_END);
}

/* A zone of the same depth that is not above the name; below the root, since all names are within that. */
static struct dns_name foreign_zone(const struct dns_name *zone) {
    struct dns_name up = dns_name_top(zone, zone->labels > 0 ? zone->labels - 1u : 0), other;

    return dns_name_add_label(&up, "foreign", 7, &other) == 0 ? other : up;
}

static unsigned labels_of(const struct making *making) {
    unsigned labels = making->set->owner->labels;

    if (making->order->how == DNS_SIGNATURE_LABELS)
        return labels + 1;
    return is_wildcard(making->order->how) && labels > 0 ? labels - 1 : labels;
}

static uint16_t tag_for(const struct making *making) {
    bool claims = making->order->how == DNS_SIGNATURE_OTHER_KEY_SAME_TAG;
    struct key_data data =
        key_data(making->signer, claims ? KEY_OWN : making->key, making->order->cut);

    return tag_of(&data);
}

static unsigned algorithm_for(const struct sign_order *order) {
    return order->how == DNS_SIGNATURE_ALGORITHM ? ALGORITHM_UNKNOWN : algorithm_of(order->cut);
}

/* All of it but the times and the signature. */
static ldns_rr *draft(const struct making *making, const ldns_rr_list *set) {
    const struct sign_order *order = making->order;
    ldns_rr *rr = own_must(ldns_create_empty_rrsig(set, making->signer->keys[making->key]));
    struct dns_name foreign = foreign_zone(order->zone);
    bool is_foreign = order->how == DNS_SIGNATURE_SIGNER;

    set_field(rr, ldns_native2rdf_int8(LDNS_RDF_TYPE_ALG, (uint8_t)algorithm_for(order)),
              FIELD_ALGORITHM);
    set_field(rr, ldns_native2rdf_int8(LDNS_RDF_TYPE_INT8, (uint8_t)labels_of(making)),
              FIELD_LABELS);
    set_field(rr, ldns_native2rdf_int16(LDNS_RDF_TYPE_INT16, tag_for(making)), FIELD_TAG);
    set_field(rr, own_name(is_foreign ? &foreign : order->zone), FIELD_SIGNER);
    return rr;
}

/* What is signed (RFC 4034 3.1.8.1), into a new buffer. */
static ldns_buffer *text_of(const ldns_rr *draft, const ldns_rr_list *set) {
    ldns_buffer *text = own_must(ldns_buffer_new(1024));

    ldns_dname2canonical(ldns_rr_rdf(draft, FIELD_SIGNER));
    if (ldns_rrsig2buffer_wire(text, draft) != LDNS_STATUS_OK ||
        ldns_rr_list2buffer_wire(text, set) != LDNS_STATUS_OK)
        abort();
    assert(ldns_buffer_position(text) <= SIGNED_MAX_B);
    return text;
}

static void choose_times(const struct making *making, int64_t now_s, ldns_rr *rr) {
    switch (making->order->how) {
    case DNS_SIGNATURE_EXPIRED:
        set_times(rr, now_s - VALID_S - OFF_S, now_s - OFF_S);
        break;
    case DNS_SIGNATURE_EARLY:
        set_times(rr, now_s + OFF_S, now_s + OFF_S + VALID_S);
        break;
    case DNS_SIGNATURE_INVERTED:
        set_times(rr, now_s + DAY_S, now_s - DAY_S);
        break;
    default:
        set_times(rr, now_s - BACK_S, now_s + VALID_S);
    }
}

/* Lengths of labels are below 'a'. */
static void make_capitals(ldns_rdf *name) {
    for (size_t i = 0; i < ldns_rdf_size(name); i++)
        if (ldns_rdf_data(name)[i] >= 'a' && ldns_rdf_data(name)[i] <= 'z')
            ldns_rdf_data(name)[i] -= 'a' - 'A';
}

/* After signing. */
static void spoil(enum dns_signature_how how, ldns_rr *rr) {
    ldns_rdf *signature = ldns_rr_rdf(rr, FIELD_SIGNATURE);

    if (how == DNS_SIGNATURE_CAPITALS)
        make_capitals(ldns_rr_rdf(rr, FIELD_SIGNER));

    if (how == DNS_SIGNATURE_BROKEN)
        ldns_rdf_data(signature)[ldns_rdf_size(signature) / 2] ^= 1;
    if (how == DNS_SIGNATURE_TTL)
        set_field(rr, ldns_native2rdf_int32(LDNS_RDF_TYPE_INT32, ldns_rr_ttl(rr) + 1), FIELD_TTL);
}

/* NULL: OpenSSL failed, and the set goes out unsigned. */
static ldns_rr *sign(const struct making *making) {
    struct signer *signer = making->signer;
    ldns_rr_list *set = canonical(making);
    ldns_rr *rr = draft(making, set);

    choose_times(making, clock_wall_s(signer->clock), rr);
    ldns_buffer *text = text_of(rr, set);
    ldns_rdf *signature = ldns_sign_public_buffer(text, signer->keys[making->key]);
    ldns_buffer_free(text);
    ldns_rr_list_deep_free(set);
    signer->count++;
    if (signature == NULL) {
        log_error("a DNS record could not be signed: resolvers will call it bogus");
        ldns_rr_free(rr);
        return NULL;
    }
    set_field(rr, signature, FIELD_SIGNATURE);
    spoil(making->order->how, rr);
    return rr;
}

/* --- the stores --- */

static bool is_fresh(const struct kept *kept, int64_t now_s) {
    return kept->signature != NULL && now_s >= kept->made_s && now_s < kept->made_s + DAY_S;
}

/* Lengths go before what has any length, so that no two sets give the same text. */
static void digest_of(const struct making *making, uint8_t out[LDNS_SHA256_DIGEST_LENGTH]) {
    const struct sign_order *order = making->order;
    const struct sign_set *set = making->set;
    struct dns_name owner = dns_name_lower(set->owner);
    const uint32_t numbers[] = {set->type, set->ttl_s, order->how, order->cut->key,
                                order->cut->algorithm};
    ldns_sha256_CTX context;

    ldns_sha256_init(&context);
    ldns_sha256_update(&context, (const uint8_t *)numbers, sizeof numbers);
    ldns_sha256_update(&context, owner.bytes, owner.len);
    ldns_sha256_update(&context, order->zone->bytes, order->zone->len);
    for (size_t i = 0; i < set->count; i++) {
        const struct dns_record *record = &set->records[i];
        if (record->type != set->type)
            continue;
        ldns_sha256_update(&context, (const uint8_t *)&record->len, sizeof record->len);
        ldns_sha256_update(&context, record->data, record->len);
    }
    ldns_sha256_final(out, &context);
}

static struct kept *slot_of(const struct making *making, const uint8_t *digest) {
    size_t at = ((size_t)digest[0] << 8 | digest[1]) % DNS_SIGNATURES_KEPT;

    return &making->signer->kept[making->order->is_denial ? 1 : 0][at];
}

static void sign_with(const struct making *making, ldns_rr_list *out) {
    int64_t now_s = clock_wall_s(making->signer->clock);
    uint8_t digest[LDNS_SHA256_DIGEST_LENGTH];

    digest_of(making, digest);
    struct kept *kept = slot_of(making, digest);
    if (!is_fresh(kept, now_s) || memcmp(kept->of, digest, sizeof digest) != 0) {
        ldns_rr *made = sign(making);
        if (made == NULL)
            return;
        ldns_rr_free(kept->signature);
        *kept = (struct kept){.signature = made, .made_s = now_s};
        memcpy(kept->of, digest, sizeof digest);
    }
    ldns_rr *rr = own_must(ldns_rr_clone(kept->signature));
    ldns_rdf_deep_free(ldns_rr_owner(rr));
    ldns_rr_set_owner(rr, own_name(making->set->owner)); /* with its capitals, no wildcard */
    own_push(out, rr);
}

static void add_signatures(struct signer *signer, const struct sign_order *order,
                           const struct sign_set *set, ldns_rr_list *out) {
    bool is_other =
        order->how == DNS_SIGNATURE_OTHER_KEY || order->how == DNS_SIGNATURE_OTHER_KEY_SAME_TAG;
    struct sign_order unknown = *order;
    struct making making = {
        .signer = signer, .order = order, .set = set, .key = is_other ? KEY_OTHER : KEY_OWN};

    unknown.how = DNS_SIGNATURE_ALGORITHM;
    if (order->how != DNS_SIGNATURE_MISSING)
        sign_with(&making, out);
    making.order = &unknown;
    if (order->how == DNS_SIGNATURE_BESIDE_ALGORITHM)
        sign_with(&making, out);
}

void signer_add_set(struct signer *signer, const struct sign_order *order,
                    const struct sign_set *set, ldns_rr_list *out) {
    for (size_t i = 0; i < set->count; i++)
        if (set->records[i].type == set->type)
            own_push(out, own_record(set->owner, set->type, set->ttl_s, set->records[i].data,
                                     set->records[i].len));
    if (order != NULL)
        add_signatures(signer, order, set, out);
}

int signer_sign_whole(struct signer *signer, const struct dns_name *zone,
                      struct ldns_struct_dnssec_zone *content, struct ldns_struct_rr_list *made,
                      struct err *err) {
    ldns_key *key = signer->keys[KEY_OWN];
    ldns_key_list *keys = own_must(ldns_key_list_new());
    int64_t now_s = clock_wall_s(signer->clock);

    ldns_rdf_deep_free(ldns_key_pubkey_owner(key));
    ldns_key_set_pubkey_owner(key, own_name(zone));
    ldns_key_set_inception(key, (uint32_t)(now_s - BACK_S));
    ldns_key_set_expiration(key, (uint32_t)(now_s + VALID_S));
    ldns_key_set_keytag(key, 0);
    ldns_rr *public = own_must(ldns_key2rr(key));
    ldns_key_set_keytag(key, ldns_calc_keytag(public));
    ldns_rr_free(public);
    if (!ldns_key_list_push_key(keys, key))
        abort();
    ldns_status status =
        ldns_dnssec_zone_sign(content, made, keys, ldns_dnssec_default_replace_signatures, NULL);
    ldns_key_list_set_key_count(keys, 0); /* the key is the signer's */
    ldns_key_list_free(keys);
    return status == LDNS_STATUS_OK
               ? 0
               : err_set(err, "the zone cannot be signed: %s", ldns_get_errorstr_by_id(status));
}

unsigned long signer_count(const struct signer *signer) {
    return signer->count;
}
