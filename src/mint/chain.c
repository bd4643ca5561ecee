#include "mint/chain.h"

#include "base/mem.h"
#include "crypto/err_openssl.h"
#include "mint/leaf.h"

#define DAY_S INT64_C(86400)

enum { HUNDRED = 100 };

struct building {
    const struct mint_lab *lab;
    const struct mint_knobs *knobs;
    int64_t now_s;
    struct mint_chain *out;
};

/* The chain counts it up, unless it has no room. */
static int insert(STACK_OF(X509) * certs, X509 *cert, int at, struct err *err) {
    if (X509_up_ref(cert) != 1)
        return err_openssl(err, "cannot make a chain");
    if (sk_X509_insert(certs, cert, at) > 0)
        return 0;
    X509_free(cert);
    return err_openssl(err, "cannot make a chain");
}

/* The new one becomes the issuer and stands first; the old one is the caller's to free. */
static int stack(const struct building *b, struct authority *made, struct err *err) {
    authority_fini(&b->out->issuer);
    b->out->issuer = *made;
    *made = (struct authority){0};
    return insert(b->out->above, b->out->issuer.cert, 0, err);
}

static int add(const struct building *b, const struct authority_order *order, struct err *err) {
    struct authority made;

    return authority_make(b->lab, order, b->now_s, &made, err) != 0 ? -1 : stack(b, &made, err);
}

/* The first authority below the lab root, or the next below the one that was made last. */
static const struct authority *last(const struct building *b) {
    return b->out->issuer.cert != NULL ? &b->out->issuer : &b->lab->root;
}

static int add_kind(const struct building *b, enum authority_kind kind, struct err *err) {
    const struct authority_order order = {
        .kind = kind, .as = &b->knobs->intermediate, .issuer = last(b)};

    return add(b, &order, err);
}

static int add_intermediate(const struct building *b, struct err *err) {
    return add_kind(b, AUTHORITY_INTERMEDIATE, err);
}

static int add_uppers(const struct building *b, unsigned count, struct err *err) {
    for (unsigned i = 1; i <= count; i++)
        if (add(b,
                &(struct authority_order){.kind = AUTHORITY_UPPER, .number = i, .issuer = last(b)},
                err) != 0)
            return -1;
    return 0;
}

static int build_lab(const struct building *b, struct err *err) {
    return add_intermediate(b, err);
}

static int make_stranger(const struct building *b, struct authority *out, struct err *err) {
    return authority_make(b->lab, &(struct authority_order){.kind = AUTHORITY_STRANGER}, b->now_s,
                          out, err);
}

static int build_stranger(const struct building *b, struct err *err) {
    struct authority root;

    if (make_stranger(b, &root, err) != 0)
        return -1;
    int rc = add(b,
                 &(struct authority_order){.kind = AUTHORITY_STRANGER_INTERMEDIATE,
                                           .as = &b->knobs->intermediate,
                                           .issuer = &root},
                 err);
    authority_fini(&root);
    return rc;
}

static int build_self(const struct building *b, struct err *err) {
    (void)b, (void)err;
    return 0;
}

static int build_root(const struct building *b, struct err *err) {
    const struct authority *root = &b->lab->root;

    if (X509_up_ref(root->cert) != 1 || EVP_PKEY_up_ref(root->key) != 1)
        return err_openssl(err, "cannot make a chain");
    b->out->issuer = *root;
    return 0;
}

static int build_deep(const struct building *b, struct err *err) {
    return add_uppers(b, 1, err) != 0 ? -1 : add_intermediate(b, err);
}

static int build_deeper(const struct building *b, struct err *err) {
    return add_uppers(b, 4, err) != 0 ? -1 : add_intermediate(b, err);
}

static int build_beyond(const struct building *b, struct err *err) {
    const struct authority_order order = {.kind = AUTHORITY_UPPER_LAST, .issuer = last(b)};

    return add(b, &order, err) != 0 ? -1 : add_intermediate(b, err);
}

static int build_server(const struct building *b, struct err *err) {
    static const struct mint_cert other = {.subject = "/CN=somebody-else.test",
                                           .san = "DNS:somebody-else.test"};
    struct authority server = {0};

    if (add_kind(b, AUTHORITY_INTERMEDIATE_OPEN, err) != 0)
        return -1;
    server.key = EVP_EC_gen("P-256");
    if (server.key == NULL)
        return err_openssl(err, "cannot make a key");
    if (leaf_make(b->lab, &other, &(struct leaf_keys){.leaf = server.key}, NULL, &b->out->issuer,
                  b->now_s, &server.cert, err) != 0) {
        authority_fini(&server);
        return -1;
    }
    return stack(b, &server, err);
}

/* The root's name and key, under one that was good until a month ago: a second way up that leads nowhere. */
static int build_crossed(const struct building *b, struct err *err) {
    static const struct mint_cert expired = {
        .validity = {MINT_TIME_RELATIVE, -800 * DAY_S, -30 * DAY_S}};
    struct authority stranger, cross = {0};
    int rc = -1;

    if (add_intermediate(b, err) != 0 || make_stranger(b, &stranger, err) != 0)
        return -1;
    if (authority_make(
            b->lab,
            &(struct authority_order){.kind = AUTHORITY_ROOT, .as = &expired, .issuer = &stranger},
            b->now_s, &cross, err) == 0)
        rc = X509_add_cert(b->out->above, cross.cert, X509_ADD_FLAG_UP_REF) == 1
                 ? 0
                 : err_openssl(err, "cannot make a chain");
    authority_fini(&cross);
    authority_fini(&stranger);
    return rc;
}

/* a signs b, and then b signs a; they may have one name. */
static int build_cycle(const struct building *building, struct err *err) {
    struct authority_order order_a = {.kind = AUTHORITY_INTERMEDIATE_OPEN,
                                      .as = &building->knobs->intermediate};
    static const struct mint_cert same_name = {.subject = LAB_INTERMEDIATE_SUBJECT}, sound;
    bool alike = building->knobs->issuer == MINT_ISSUER_CYCLE_ALIKE;
    struct authority a, b;
    struct authority_order order_b = {
        .kind = AUTHORITY_UPPER, .as = alike ? &same_name : &sound, .issuer = &a};

    if (authority_make(building->lab, &order_a, building->now_s, &a, err) != 0)
        return -1;
    int rc = authority_make(building->lab, &order_b, building->now_s, &b, err);
    authority_fini(&a);
    if (rc != 0)
        return -1;
    order_a.issuer = &b;
    rc = add(building, &order_a, err);
    if (rc == 0 && X509_add_cert(building->out->above, b.cert, X509_ADD_FLAG_UP_REF) != 1)
        rc = err_openssl(err, "cannot make a chain");
    authority_fini(&b);
    return rc;
}

/* The new key has the old one's name, and what stands between is self-issued: it does not count (RFC 5280 6.1.4 (l)). */
static int build_self_issued(const struct building *b, struct err *err) {
    static const struct mint_cert same_name = {.subject = LAB_INTERMEDIATE_SUBJECT};

    if (add_intermediate(b, err) != 0)
        return -1;
    return add(b,
               &(struct authority_order){
                   .kind = AUTHORITY_UPPER_LAST, .as = &same_name, .issuer = last(b)},
               err);
}

/* Another certificate of an authority becomes the issuer's neighbour in what is sent. */
static int put(const struct building *b, const struct authority *made, int at, struct err *err) {
    return insert(b->out->above, made->cert, at, err);
}

/* a has the root's signature and b's, b has a's: sent are a by b, b, and a by the root. */
static int build_loop(const struct building *building, struct err *err) {
    const struct mint_cert *as = &building->knobs->intermediate;
    struct authority b = {0}, again = {0};
    int rc = -1;

    if (add_kind(building, AUTHORITY_INTERMEDIATE_OPEN, err) == 0 &&
        authority_make(building->lab,
                       &(struct authority_order){.kind = AUTHORITY_UPPER, .issuer = last(building)},
                       building->now_s, &b, err) == 0 &&
        authority_make(
            building->lab,
            &(struct authority_order){.kind = AUTHORITY_INTERMEDIATE_OPEN, .as = as, .issuer = &b},
            building->now_s, &again, err) == 0 &&
        put(building, &b, 0, err) == 0)
        rc = put(building, &again, 0, err);
    authority_fini(&again);
    authority_fini(&b);
    return rc;
}

/* What the upper intermediate of a chain with two is like. */
static const struct mint_cert uppers[MINT_ISSUER_COUNT] = {
    [MINT_ISSUER_UPPER_EXPIRED] = {.validity = {MINT_TIME_RELATIVE, -800 * DAY_S, -1 * DAY_S}},
    [MINT_ISSUER_UPPER_NOT_CA] = {.profile = MINT_PROFILE_NOT_CA},
    [MINT_ISSUER_UPPER_EMAIL] = {.profile = MINT_PROFILE_EKU_EMAIL},
    [MINT_ISSUER_UPPER_PERMITS_OTHER] = {.profile = MINT_PROFILE_PERMITS_OTHER_DNS},
    [MINT_ISSUER_UPPER_PATHLEN_1] = {.profile = MINT_PROFILE_PATHLEN_1},
};

static int build_upper(const struct building *b, struct err *err) {
    const struct authority_order order = {
        .kind = AUTHORITY_UPPER, .as = &uppers[b->knobs->issuer], .issuer = last(b)};

    return add(b, &order, err) != 0 ? -1 : add_intermediate(b, err);
}

/* What is not in order in the issuer's other certificate, which is sent before the one that is. */
static const struct second {
    struct mint_cert as;
    bool is_untrusted, has_other_key;
} seconds[MINT_ISSUER_COUNT] = {
    [MINT_ISSUER_SECOND_EXPIRED] = {.as.validity = {MINT_TIME_RELATIVE, -800 * DAY_S, -1 * DAY_S}},
    [MINT_ISSUER_SECOND_UNTRUSTED] = {.is_untrusted = true},
    [MINT_ISSUER_SECOND_NOT_CA] = {.as.profile = MINT_PROFILE_NOT_CA},
    [MINT_ISSUER_SECOND_UNCONSTRAINED] = {.as.profile = MINT_PROFILE_NO_BASIC_CONSTRAINTS},
    [MINT_ISSUER_SECOND_PERMITS_OTHER] = {.as.profile = MINT_PROFILE_PERMITS_OTHER_DNS},
    [MINT_ISSUER_SECOND_WRONG_EKU] = {.as.profile = MINT_PROFILE_EKU_CODE},
    [MINT_ISSUER_SECOND_SHA1] = {.as.signature = MINT_SIGNATURE_SHA1},
    [MINT_ISSUER_SECOND_OTHER_KEY] = {.as.subject = LAB_INTERMEDIATE_SUBJECT,
                                      .has_other_key = true},
};

static int build_second(const struct building *b, struct err *err) {
    const struct second *second = &seconds[b->knobs->issuer];
    struct mint_cert as = second->as;
    struct authority stranger = {0}, made = {0};
    struct authority_order order = {
        .kind = second->has_other_key ? AUTHORITY_UPPER_LAST : AUTHORITY_INTERMEDIATE, .as = &as};

    if (add_intermediate(b, err) != 0 ||
        (second->is_untrusted && make_stranger(b, &stranger, err) != 0))
        return -1;
    as.key = b->knobs->intermediate.key;
    order.issuer = second->is_untrusted ? &stranger : &b->lab->root;
    int rc = authority_make(b->lab, &order, b->now_s, &made, err);
    authority_fini(&stranger);
    if (rc == 0)
        rc = put(b, &made, 0, err);
    authority_fini(&made);
    return rc;
}

static int build_hundred(const struct building *b, struct err *err) {
    if (make_stranger(b, &b->out->issuer, err) != 0 || add_uppers(b, HUNDRED - 1, err) != 0)
        return -1;
    return add_intermediate(b, err);
}

/* Each of them signed each other, and itself, for all that a path builder can see. */
static int build_hundred_alike(const struct building *b, struct err *err) {
    int rc = make_stranger(b, &b->out->issuer, err);

    for (unsigned i = 1; rc == 0 && i < HUNDRED; i++)
        rc = add_kind(b, AUTHORITY_INTERMEDIATE_OPEN, err);
    return rc == 0 ? add_intermediate(b, err) : -1;
}

static int (*const shapes[MINT_ISSUER_COUNT])(const struct building *b, struct err *err) = {
    [MINT_ISSUER_LAB] = build_lab,
    [MINT_ISSUER_STRANGER] = build_stranger,
    [MINT_ISSUER_SELF] = build_self,
    [MINT_ISSUER_ROOT] = build_root,
    [MINT_ISSUER_DEEP] = build_deep,
    [MINT_ISSUER_DEEPER] = build_deeper,
    [MINT_ISSUER_BEYOND] = build_beyond,
    [MINT_ISSUER_SERVER] = build_server,
    [MINT_ISSUER_CROSSED] = build_crossed,
    [MINT_ISSUER_CYCLE] = build_cycle,
    [MINT_ISSUER_HUNDRED] = build_hundred,
    [MINT_ISSUER_SELF_ISSUED] = build_self_issued,
    [MINT_ISSUER_CYCLE_ALIKE] = build_cycle,
    [MINT_ISSUER_HUNDRED_ALIKE] = build_hundred_alike,
    [MINT_ISSUER_LOOP] = build_loop,
    [MINT_ISSUER_UPPER_EXPIRED] = build_upper,
    [MINT_ISSUER_UPPER_NOT_CA] = build_upper,
    [MINT_ISSUER_UPPER_EMAIL] = build_upper,
    [MINT_ISSUER_UPPER_PERMITS_OTHER] = build_upper,
    [MINT_ISSUER_UPPER_PATHLEN_1] = build_upper,
    [MINT_ISSUER_SECOND_EXPIRED] = build_second,
    [MINT_ISSUER_SECOND_UNTRUSTED] = build_second,
    [MINT_ISSUER_SECOND_NOT_CA] = build_second,
    [MINT_ISSUER_SECOND_UNCONSTRAINED] = build_second,
    [MINT_ISSUER_SECOND_PERMITS_OTHER] = build_second,
    [MINT_ISSUER_SECOND_WRONG_EKU] = build_second,
    [MINT_ISSUER_SECOND_SHA1] = build_second,
    [MINT_ISSUER_SECOND_OTHER_KEY] = build_second,
};

int chain_make(const struct mint_lab *lab, const struct mint_knobs *knobs, int64_t now_s,
               struct mint_chain *out, struct err *err) {
    const struct building building = {lab, knobs, now_s, out};

    *out = (struct mint_chain){.above = sk_X509_new_null()};
    if (out->above == NULL)
        return err_openssl(err, "cannot make a chain");
    if (shapes[knobs->issuer](&building, err) == 0)
        return 0;
    chain_fini(out);
    return -1;
}

void chain_fini(struct mint_chain *chain) {
    authority_fini(&chain->issuer);
    sk_X509_pop_free(chain->above, X509_free);
    chain->above = NULL;
}

/* --- what is sent --- */

static void reverse(STACK_OF(X509) * certs) {
    for (int i = 0, j = sk_X509_num(certs) - 1; i < j; i++, j--) {
        X509 *cert = sk_X509_value(certs, i);
        sk_X509_set(certs, i, sk_X509_value(certs, j));
        sk_X509_set(certs, j, cert);
    }
}

static int repeat(STACK_OF(X509) * certs, struct err *err) {
    for (int i = 0; i < sk_X509_num(certs); i += 2)
        if (insert(certs, sk_X509_value(certs, i), i, err) != 0)
            return -1;
    return 0;
}

static int add_stranger(const struct mint_lab *lab, enum mint_profile profile, int64_t now_s,
                        STACK_OF(X509) * certs, struct err *err) {
    const struct mint_cert as = {.profile = profile};
    struct authority stranger;

    if (authority_make(lab, &(struct authority_order){.kind = AUTHORITY_STRANGER, .as = &as}, now_s,
                       &stranger, err) != 0)
        return -1;
    int rc = insert(certs, stranger.cert, 0, err);
    authority_fini(&stranger);
    return rc;
}

int chain_send(const struct mint_lab *lab, enum mint_sent sent, X509 *leaf, int64_t now_s,
               STACK_OF(X509) * above, struct err *err) {
    switch (sent) {
    case MINT_SENT_LEAF:
        while (sk_X509_num(above) > 0)
            X509_free(sk_X509_pop(above));
        return 0;
    case MINT_SENT_ROOT:
        return insert(above, lab->root.cert, sk_X509_num(above), err);
    case MINT_SENT_REVERSED:
        reverse(above);
        return 0;
    case MINT_SENT_TWICE:
        return repeat(above, err);
    case MINT_SENT_LEAF_TWICE:
        return insert(above, leaf, 0, err);
    case MINT_SENT_STRANGER:
        return add_stranger(lab, MINT_PROFILE_SOUND, now_s, above, err);
    case MINT_SENT_STRANGER_CRITICAL:
        return add_stranger(lab, MINT_PROFILE_UNKNOWN_CRITICAL, now_s, above, err);
    case MINT_SENT_ROOT_FIRST:
        return insert(above, lab->root.cert, 0, err);
    default:
        return 0;
    }
}
