/* scene - a spotless server as facts, with what a test changes of it: zero is "as it should be". */
#ifndef DOORMAT_TESTS_SCENE_H
#define DOORMAT_TESTS_SCENE_H

#include "base/buf.h"
#include "base/mem.h"
#include "policy/policy_tables.h"
#include "unit.h"

enum { AS_USUAL, YES, NO };
enum { SCENE_PATH_MAX = 2 };

struct scene {
    bool is_unreachable;
    enum smtp_client_starttls starttls;
    size_t behind_b;
    /* Nothing is agreed; or, with an alert alone, only what is offered widely. */
    bool fails, is_not_tls, has_bad_signature;
    enum tls_failure failure;
    int strict_alert;
    bool wants_client_cert;
    uint16_t failed_suite; /* the server had chosen before it failed */
    const char *within_tls;
    bool offers_auth, needs_sni, has_other_without_sni;
    unsigned lapses;
    struct scene_weak { /* taken by a client that offers nothing else; all zero: refused */
        uint16_t version, suite, group;
        unsigned dh_bits;
        enum dh_flaw dh;
    } weak[POLICY_WEAK_COUNT];
    uint16_t scheme12; /* of the handshake in TLS 1.2, where that was asked for apart */
    bool wants_client_cert12;
    bool issuer_is_stored;   /* it comes from the trust store, and was not sent */
    unsigned other_rsa_bits; /* of the certificate for another kind of key; 0: there is none */
    uint16_t version, suite, group, scheme;
    unsigned dh_bits;
    enum dh_flaw dh;
    int is_signed, ems, etm, ri;
    bool compression, early_data, has_no_chain;
    bool accepts[4];
    /* The leaf */
    enum facts_key key;
    unsigned bits;
    bool is_other_key, has_explicit_curve;
    enum facts_key_flaw key_flaw;
    unsigned rsa_exponent;
    const char *curve_name;
    enum facts_key signer;
    enum facts_padding padding;
    enum facts_hash hash;
    enum facts_pss pss;
    bool has_odd_length, has_odd_boolean, writes_default, writes_not_ca;
    const char *san, *serial;
    bool san_is_not_ascii;
    enum facts_name_kind san_kind;
    int cert_version, eku, days;
    unsigned key_usage;
    bool is_ca, is_self_issued, algorithms_differ, unknown_critical, duplicate, has_no_issuer,
        must_staple;
    /* The intermediate */
    enum facts_key issuer_key;
    unsigned issuer_bits;
    enum facts_key_flaw issuer_flaw;
    enum facts_hash issuer_hash;
    bool issuer_is_root, issuer_is_no_ca, issuer_is_stray;
    enum facts_staple staple;
    struct facts_path_entry path[SCENE_PATH_MAX]; /* ends with an empty text */
};

struct stage {
    struct host_facts facts;
    struct facts_cert certs[2], other[2];
    struct facts_name name;
    char san[64];
};

static const int64_t scene_begin_s = 1777593600; /* 2026-05-01 */

static int64_t date_in(int year) {
    struct tm tm = {.tm_year = year - 1900, .tm_mon = 5, .tm_mday = 15};

    return (int64_t)timegm(&tm);
}

static void set_key(struct facts_cert *cert, enum facts_key key, unsigned bits, const char *curve) {
    cert->key = key;
    cert->key_bits = bits;
    snprintf(cert->curve, sizeof cert->curve, "%s", curve != NULL ? curve : "");
}

static void set_leaf(struct stage *stage, const struct scene *scene) {
    struct facts_cert *leaf = &stage->certs[0];

    *leaf = (struct facts_cert){
        .subject = "CN=mx.test",
        .common_name = "mx.test",
        .version = scene->cert_version != 0 ? scene->cert_version : 3,
        .has_explicit_curve = scene->has_explicit_curve,
        .signature = {.key = FACTS_KEY_EC, .hash = FACTS_HASH_SHA256, .name = "a signature"},
        .signature_algorithms_differ = scene->algorithms_differ,
        .not_before_s = scene_begin_s,
        .not_after_s = scene_begin_s + (scene->days != 0 ? scene->days : 79) * INT64_C(86400),
        .has_key_usage = true,
        .key_usage = scene->key_usage != 0 ? scene->key_usage
                                           : FACTS_KU_DIGITAL_SIGNATURE | FACTS_KU_KEY_ENCIPHERMENT,
        .has_eku = true,
        .eku_server_auth = scene->eku != NO,
        .has_basic_constraints = true,
        .is_ca = scene->is_ca,
        .is_self_issued = scene->is_self_issued,
        .path_length = -1,
        .has_unknown_critical = scene->unknown_critical,
        .has_duplicate_extension = scene->duplicate,
        .must_staple = scene->must_staple,
        .key_flaw = scene->key_flaw,
        .rsa_exponent = scene->rsa_exponent,
        .has_odd_length = scene->has_odd_length,
        .has_odd_boolean = scene->has_odd_boolean,
        .writes_default = scene->writes_default,
        .writes_not_ca = scene->writes_not_ca,
    };
    snprintf(leaf->issuer, sizeof leaf->issuer, "%s", scene->has_no_issuer ? "" : "CN=issuer");
    snprintf(leaf->serial, sizeof leaf->serial, "%s", scene->serial ? scene->serial : "1f");
    if (scene->key != FACTS_KEY_OTHER || scene->is_other_key)
        set_key(leaf, scene->key, scene->bits, scene->curve_name);
    else
        set_key(leaf, FACTS_KEY_EC, 256, "secp256r1");
    if (scene->hash != FACTS_HASH_NONE || scene->signer != FACTS_KEY_OTHER) {
        leaf->signature.key = scene->signer;
        leaf->signature.padding = scene->padding;
        leaf->signature.hash = scene->hash;
        leaf->signature.pss = scene->pss;
    }
}

static void set_issuer(struct stage *stage, const struct scene *scene) {
    struct facts_cert *issuer = &stage->certs[1];

    *issuer = (struct facts_cert){
        .subject = "CN=issuer",
        .issuer = "CN=root",
        .serial = "02",
        .version = 3,
        .signature = {.key = FACTS_KEY_EC, .hash = FACTS_HASH_SHA384, .name = "a signature"},
        .has_key_usage = true,
        .key_usage = FACTS_KU_CERT_SIGN | FACTS_KU_CRL_SIGN,
        .has_basic_constraints = true,
        .is_ca = !scene->issuer_is_no_ca,
        .is_self_issued = scene->issuer_is_root,
        .key_flaw = scene->issuer_flaw,
    };
    if (scene->issuer_key != FACTS_KEY_OTHER)
        set_key(issuer, scene->issuer_key, scene->issuer_bits, NULL);
    else
        set_key(issuer, FACTS_KEY_RSA, 4096, NULL);
    if (scene->issuer_hash != FACTS_HASH_NONE)
        issuer->signature.hash = scene->issuer_hash;
}

/* As sent, up to a certificate of no use. */
static void set_path(struct facts_chain *chain, size_t length) {
    for (size_t i = 0; i < length; i++) {
        chain->certs[i].is_on_path = true;
        chain->path_sent[chain->path_length++] = (int)i;
    }
}

/* The same chain but for its leaf's key. */
static void set_other(struct stage *stage, struct facts_chain *out, unsigned rsa_bits) {
    memcpy(stage->other, stage->certs, sizeof stage->other);
    if (rsa_bits != 0)
        set_key(&stage->other[0], FACTS_KEY_RSA, rsa_bits, NULL);
    *out = stage->facts.chain;
    out->certs = stage->other;
}

static void set_chain(struct stage *stage, const struct scene *scene) {
    struct facts_chain *chain = &stage->facts.chain;

    set_leaf(stage, scene);
    set_issuer(stage, scene);
    snprintf(stage->san, sizeof stage->san, "%s", scene->san != NULL ? scene->san : "mx.test");
    stage->name = (struct facts_name){scene->san_kind, strlen(stage->san), stage->san,
                                      scene->san_is_not_ascii};
    stage->certs[0].names = &stage->name;
    stage->certs[0].name_count = stage->certs[0].names_seen = stage->san[0] != '\0';
    stage->facts.has_chain = !scene->has_no_chain;
    chain->certs = stage->certs;
    chain->cert_count = chain->certs_seen = scene->is_self_issued ? 1 : 2;
    set_path(chain, scene->issuer_is_stray ? 1 : chain->cert_count);
    if (scene->issuer_is_stored) {
        chain->cert_count = chain->certs_seen = 1;
        chain->path_sent[1] = -1;
        chain->stored = &stage->certs[1];
        chain->stored_depth[0] = 1;
        chain->stored_count = 1;
    }
    chain->staple = scene->staple;
    while (chain->path_count < SCENE_PATH_MAX && *scene->path[chain->path_count].text != '\0') {
        chain->path[chain->path_count] = scene->path[chain->path_count];
        chain->path_count++;
    }
}

static void set_agreed(struct facts_handshake *handshake, const struct scene *scene) {
    bool old = scene->version != 0 && scene->version < TLS1_3;
    bool has_dh = scene->dh_bits != 0;

    *handshake = (struct facts_handshake){
        .handshake = TLS_HANDSHAKE_COMPLETED,
        .alert_read = TLS_NO_ALERT,
        .begun = true,
        .version = scene->version != 0 ? scene->version : TLS1_3,
        .suite = scene->suite != 0 ? scene->suite : TLS_AES_128_GCM_SHA256,
        .group = scene->group != 0 ? scene->group : secp256r1,
        .scheme = scene->scheme != 0 ? scene->scheme : ecdsa_secp256r1_sha256,
        .dh_bits = scene->dh_bits,
        .dh = scene->dh,
        .extended_master_secret = old && scene->ems != NO,
        .encrypt_then_mac = scene->etm == YES,
        .secure_renegotiation = old && scene->ri != NO,
        .compression = scene->compression,
        .early_data = scene->early_data,
    };
    if (scene->is_signed == NO)
        handshake->scheme = 0;
    if ((scene->is_signed == NO && !has_dh) || scene->group == 0xffff)
        handshake->group = 0;
}

static void set_failed(struct facts_handshake *handshake, const struct scene *scene) {
    *handshake = (struct facts_handshake){
        .handshake = TLS_HANDSHAKE_FAILED,
        .failure = scene->failure,
        .bad_signature = scene->has_bad_signature,
        .alert_read = scene->strict_alert != 0 ? scene->strict_alert : TLS_NO_ALERT,
        .begun = !scene->is_not_tls,
        .suite = scene->failed_suite,
        .client_cert_requested = scene->wants_client_cert,
    };
}

static void set_weak(struct host_facts *facts, const struct scene *scene) {
    for (size_t i = 0; i < POLICY_WEAK_COUNT; i++) {
        const struct scene_weak *weak = &scene->weak[i];
        if (weak->suite != 0)
            facts->weak[i] = (struct facts_handshake){.handshake = TLS_HANDSHAKE_COMPLETED,
                                                      .alert_read = TLS_NO_ALERT,
                                                      .begun = true,
                                                      .answered = true,
                                                      .version = weak->version,
                                                      .suite = weak->suite,
                                                      .group = weak->group,
                                                      .dh_bits = weak->dh_bits,
                                                      .dh = weak->dh};
    }
}

static void set_version12(struct host_facts *facts, const struct scene *scene) {
    struct facts_handshake *handshake = &facts->of_version[TLS1_2 - TLS1_0];

    handshake->version = TLS1_2;
    handshake->alert_read = scene->wants_client_cert12 ? 40 : TLS_NO_ALERT;
    handshake->client_cert_requested = scene->wants_client_cert12;
    if (scene->scheme12 == 0)
        return;
    handshake->handshake = TLS_HANDSHAKE_COMPLETED;
    handshake->scheme = scene->scheme12;
}

static void set_beside(struct stage *stage, const struct scene *scene) {
    struct host_facts *facts = &stage->facts;

    facts->offers_auth = scene->offers_auth;
    facts->starttls_lapses = scene->lapses;
    facts->needs_sni = scene->needs_sni;
    snprintf(facts->within_tls, sizeof facts->within_tls, "%s",
             scene->within_tls != NULL ? scene->within_tls : "");
    set_weak(facts, scene);
    set_version12(facts, scene);
    if (scene->other_rsa_bits != 0)
        set_other(stage, &facts->others[POLICY_OTHER_KEY], scene->other_rsa_bits);
    if (scene->has_other_without_sni)
        set_other(stage, &facts->others[POLICY_OTHER_SNI], 0);
}

/* The stage must not move: the facts point into it. */
static void stage_set(struct stage *stage, const struct scene *scene) {
    struct host_facts *facts = &stage->facts;

    *stage = (struct stage){.name = {0}};
    facts->reference = "mx.test";
    facts->reached = !scene->is_unreachable;
    facts->starttls = scene->starttls != SMTP_CLIENT_STARTTLS_UNKNOWN
                          ? scene->starttls
                          : SMTP_CLIENT_STARTTLS_ACCEPTED;
    facts->behind_starttls_b = scene->behind_b;
    memcpy(facts->accepts_version, scene->accepts, sizeof facts->accepts_version);
    if (scene->fails || scene->strict_alert != 0)
        set_failed(&facts->strict, scene);
    else
        set_agreed(&facts->strict, scene);
    if (scene->fails)
        set_failed(&facts->wide, scene);
    else
        set_agreed(&facts->wide, scene);
    if (!scene->fails)
        set_chain(stage, scene);
    set_beside(stage, scene);
}

static inline bool findings_have_rule(const struct findings *findings, const char *rule) {
    for (size_t i = 0; i < findings->count; i++)
        if (strcmp(findings->items[i].rule->name, rule) == 0)
            return true;
    return false;
}

#endif
