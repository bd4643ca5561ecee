#include "tls/mint_chain.h"

#include "base/mem.h"
#include "tls/err_openssl.h"
#include "tls/mint_leaf.h"

#define DAY_S INT64_C(86400)

enum { HUNDRED = 100 };

struct building {
    const struct mint_lab *lab;
    const struct mint_knobs *knobs;
    int64_t now_s;
    struct mint_chain *out;
};

/* The new one becomes the issuer and stands first; the old one is the caller's to free. */
static int stack(const struct building *b, struct authority *made, struct err *err) {
    authority_fini(&b->out->issuer);
    b->out->issuer = *made;
    *made = (struct authority){0};
    if (X509_up_ref(b->out->issuer.cert) == 1 &&
        sk_X509_unshift(b->out->above, b->out->issuer.cert) > 0)
        return 0;
    return err_openssl(err, "cannot make a chain");
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

/* a signs b, and then b signs a. */
static int build_cycle(const struct building *building, struct err *err) {
    struct authority_order order_a = {.kind = AUTHORITY_INTERMEDIATE_OPEN,
                                      .as = &building->knobs->intermediate};
    struct authority a, b;
    struct authority_order order_b = {.kind = AUTHORITY_UPPER, .issuer = &a};

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

static int build_hundred(const struct building *b, struct err *err) {
    if (make_stranger(b, &b->out->issuer, err) != 0 || add_uppers(b, HUNDRED - 1, err) != 0)
        return -1;
    return add_intermediate(b, err);
}

static int (*const shapes[MINT_ISSUER_COUNT])(const struct building *b, struct err *err) = {
    [MINT_ISSUER_LAB] = build_lab,         [MINT_ISSUER_STRANGER] = build_stranger,
    [MINT_ISSUER_SELF] = build_self,       [MINT_ISSUER_ROOT] = build_root,
    [MINT_ISSUER_DEEP] = build_deep,       [MINT_ISSUER_DEEPER] = build_deeper,
    [MINT_ISSUER_BEYOND] = build_beyond,   [MINT_ISSUER_SERVER] = build_server,
    [MINT_ISSUER_CROSSED] = build_crossed, [MINT_ISSUER_CYCLE] = build_cycle,
    [MINT_ISSUER_HUNDRED] = build_hundred,
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

static int insert(STACK_OF(X509) * certs, X509 *cert, int at, struct err *err) {
    if (X509_up_ref(cert) != 1 || sk_X509_insert(certs, cert, at) <= 0)
        return err_openssl(err, "cannot make a chain");
    return 0;
}

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

static int add_stranger(const struct mint_lab *lab, int64_t now_s, STACK_OF(X509) * certs,
                        struct err *err) {
    struct authority stranger;

    if (authority_make(lab, &(struct authority_order){.kind = AUTHORITY_STRANGER}, now_s, &stranger,
                       err) != 0)
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
        return add_stranger(lab, now_s, above, err);
    default:
        return 0;
    }
}
