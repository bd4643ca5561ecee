#include "fault/recipe.h"

#include "base/mem.h"

/* Composition lets a fault's change stand where another fault only needs something that goes
 * with it. */

static bool key_serves(const struct key_spec *has, const struct key_spec *wanted) {
    /* A shorter or flawed key signs for the same suites. */
    return key_spec_family(has) == key_spec_family(wanted);
}

static bool leaf_key_serves(const struct recipe *has, const struct recipe *wanted) {
    return key_serves(&has->mint.leaf.key, &wanted->mint.leaf.key);
}

static bool intermediate_key_serves(const struct recipe *has, const struct recipe *wanted) {
    return key_serves(&has->mint.intermediate.key, &wanted->mint.intermediate.key);
}

/* Zero at an end is a wish for nothing there, and an offer of the default. */
static bool versions_serve(const struct recipe *has, const struct recipe *wanted) {
    unsigned min = has->tls.versions.min != 0 ? has->tls.versions.min : TLS_VERSION_1_2;
    unsigned max = has->tls.versions.max != 0 ? has->tls.versions.max : TLS_VERSION_1_3;

    return (wanted->tls.versions.min == 0 || min >= wanted->tls.versions.min) &&
           (wanted->tls.versions.max == 0 || max <= wanted->tls.versions.max);
}

static bool kx_serves(const struct recipe *has, const struct recipe *wanted) {
    return has->tls.kx == TLS_KX_ANON_DH && wanted->tls.kx == TLS_KX_DHE; /* the same group */
}

static bool bulk_serves(const struct recipe *has, const struct recipe *wanted) {
    return has->tls.bulk == TLS_BULK_NULL && wanted->tls.bulk == TLS_BULK_AES_CBC_SHA1; /* as old */
}

#define KNOB(field) offsetof(struct recipe, field), sizeof(((struct recipe *)NULL)->field)

/* The names are one knob: a certificate for another host is for another host in subject and SAN
 * alike. */
_Static_assert(offsetof(struct mint_cert, san) ==
                   offsetof(struct mint_cert, subject) + sizeof(const char *),
               "subject and san side by side");

#define NAMES(cert) offsetof(struct recipe, cert.subject), 2 * sizeof(const char *)

const struct recipe_knob recipe_knobs[] = {
    {KNOB(mint.leaf.key), "the certificate's key", leaf_key_serves},
    {KNOB(mint.leaf.signature), "the certificate's signature", NULL},
    {KNOB(mint.leaf.profile), "the certificate's extensions", NULL},
    {KNOB(mint.leaf.validity), "the certificate's validity", NULL},
    {KNOB(mint.leaf.date), "the form of the certificate's dates", NULL},
    {KNOB(mint.leaf.version), "the certificate's version", NULL},
    {KNOB(mint.leaf.serial), "the certificate's serial number", NULL},
    {KNOB(mint.leaf.encoding), "the certificate's encoding", NULL},
    {KNOB(mint.leaf.tamper), "the certificate after its signing", NULL},
    {NAMES(mint.leaf), "the names in the certificate", NULL},
    {KNOB(mint.intermediate.key), "the intermediate's key", intermediate_key_serves,
     SHOWS_AT_HELLO},
    {KNOB(mint.intermediate.signature), "the intermediate's signature", NULL},
    {KNOB(mint.intermediate.profile), "the intermediate's extensions", NULL},
    {KNOB(mint.intermediate.validity), "the intermediate's validity", NULL},
    {KNOB(mint.intermediate.date), "the form of the intermediate's dates", NULL},
    {KNOB(mint.intermediate.version), "the intermediate's version", NULL},
    {KNOB(mint.intermediate.serial), "the intermediate's serial number", NULL},
    {KNOB(mint.intermediate.encoding), "the intermediate's encoding", NULL},
    {KNOB(mint.intermediate.tamper), "the intermediate after its signing", NULL},
    {NAMES(mint.intermediate), "the names in the intermediate", NULL},
    {KNOB(mint.issuer), "the certificate's issuer", NULL},
    {KNOB(mint.sent), "the certificates that are sent", NULL},
    {KNOB(mint.private_half), "the private key", NULL},
    {KNOB(mint.staple), "the OCSP staple", NULL},
    {KNOB(mint.responder), "the OCSP responder", NULL},
    {KNOB(mint.crl), "the revocation list", NULL},
    {KNOB(tls.versions), "the TLS versions", versions_serve},
    {KNOB(tls.kx), "the key exchange", kx_serves},
    {KNOB(tls.bulk), "the cipher", bulk_serves},
    {KNOB(tls.dh_bits), "the Diffie-Hellman group", NULL},
    {KNOB(tls.dh_kind), "the Diffie-Hellman numbers", NULL},
    {KNOB(tls.group), "the group", NULL},
    {KNOB(tls.scheme), "the handshake's signature", NULL},
    {KNOB(tls.pkcs1), "the handshake's signatures without PSS", NULL},
    {KNOB(tls.alert), "the answer to the ClientHello", NULL},
    {KNOB(tls.no_extended_master_secret), "the extended master secret", NULL},
    {KNOB(tls.no_encrypt_then_mac), "the use of encrypt-then-MAC", NULL},
    {KNOB(tls.client_cert), "the request for a client certificate", NULL},
    {KNOB(tls.sni), "the use of the server's name", NULL},
    {KNOB(tls.tickets), "the session tickets", NULL},
    {KNOB(tls.fragment_b), "the size of records", NULL},
    {KNOB(tls.first), "the first act behind the handshake", NULL},
    {KNOB(tls.end), "the end of the connection", NULL},
    {KNOB(smtp.starttls_offer), "the offer of STARTTLS", NULL, SHOWS_AT_EHLO},
    {KNOB(smtp.auth_in_plaintext), "the offer of AUTH in plaintext", NULL, SHOWS_AT_EHLO},
    {KNOB(smtp.at[SMTP_POINT_GREETING]), "the greeting", NULL, SHOWS_AT_ONCE},
    {KNOB(smtp.at[SMTP_POINT_EHLO]), "the reply to EHLO", NULL, SHOWS_AT_EHLO},
    {KNOB(smtp.at[SMTP_POINT_HELO]), "the reply to HELO", NULL, SHOWS_AT_EHLO},
    {KNOB(smtp.at[SMTP_POINT_STARTTLS]), "the reply to STARTTLS", NULL, SHOWS_AT_STARTTLS},
    {KNOB(smtp.at[SMTP_POINT_HANDSHAKE]), "the reply to the ClientHello", NULL, SHOWS_AT_STARTTLS},
    {KNOB(smtp.at[SMTP_POINT_SECURED]), "the first words inside TLS", NULL, SHOWS_IN_SESSION},
    {KNOB(smtp.at[SMTP_POINT_EHLO_TLS]), "the reply to EHLO inside TLS", NULL, SHOWS_AT_EHLO_TLS},
    {KNOB(smtp.at[SMTP_POINT_AUTH]), "the reply to AUTH", NULL, SHOWS_AT_AUTH},
    {KNOB(smtp.at[SMTP_POINT_MAIL]), "the reply to MAIL", NULL, SHOWS_AT_MAIL},
    {KNOB(smtp.at[SMTP_POINT_RCPT]), "the reply to RCPT", NULL, SHOWS_AT_RCPT},
    {KNOB(smtp.at[SMTP_POINT_DATA]), "the reply to DATA", NULL, SHOWS_AT_DATA},
    {KNOB(smtp.at[SMTP_POINT_BODY]), "the answer within the message", NULL, SHOWS_IN_MESSAGE},
    {KNOB(smtp.at[SMTP_POINT_DOT]), "the reply to the message", NULL, SHOWS_AT_DOT},
    {KNOB(smtp.at[SMTP_POINT_QUIT]), "the reply to QUIT", NULL, SHOWS_AT_DOT},
    {KNOB(smtp.capabilities[CHANNEL_PLAIN]), "the list in the reply to EHLO", NULL, SHOWS_AT_EHLO},
    {KNOB(smtp.capabilities[CHANNEL_TLS]), "the list in the reply to EHLO inside TLS", NULL,
     SHOWS_AT_EHLO_TLS},
    {KNOB(dns.reply), "the answers of DNS", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.signature), "the signatures in DNS", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.denial), "the denial in DNS", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.domain_cut), "the zone of the domain", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.host_cut), "the zone of the host", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.domain_alias), "the alias of the domain", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.host_alias), "the alias of the host", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.tlsa_alias), "the alias of the TLSA records", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.family), "the families of the addresses", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.beside), "the unasked answer of DNS", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.mx), "the MX records", NULL, SHOWS_AT_ONCE},
    {KNOB(dns.tlsa), "the TLSA records", NULL, SHOWS_AT_EHLO},
    {KNOB(dns.alias_tlsa), "the TLSA records at the alias", NULL, SHOWS_AT_EHLO},
    {KNOB(sts.policy), "the policy of MTA-STS", NULL, SHOWS_AT_ONCE},
    {KNOB(sts.record), "the TXT record of MTA-STS", NULL, SHOWS_AT_ONCE},
    {KNOB(sts.mode), "the mode in the policy", NULL, SHOWS_AT_ONCE},
    {KNOB(sts.mx), "the hosts in the policy", NULL, SHOWS_AT_ONCE},
    {KNOB(sts.text), "the text of the policy", NULL, SHOWS_AT_ONCE},
    {KNOB(sts.http), "the answer with the policy", NULL, SHOWS_AT_ONCE},
    {KNOB(sts.host), "the TLS of the policy's host", NULL, SHOWS_AT_ONCE},
    {KNOB(message.body), "the message that the sender is given", NULL, SHOWS_IN_MESSAGE},
};
const size_t recipe_knob_count = ARRAY_LEN(recipe_knobs);

static const char *bytes_of(const struct recipe_knob *knob, const struct recipe *recipe) {
    return (const char *)recipe + knob->offset;
}

bool recipe_knob_is_set(const struct recipe_knob *knob, const struct recipe *recipe) {
    const char *bytes = bytes_of(knob, recipe);

    for (size_t i = 0; i < knob->size_b; i++)
        if (bytes[i] != 0)
            return true;
    return false;
}

bool recipe_knob_is_equal(const struct recipe_knob *knob, const struct recipe *a,
                          const struct recipe *b) {
    return memcmp(bytes_of(knob, a), bytes_of(knob, b), knob->size_b) == 0;
}

bool recipe_knob_is_served(const struct recipe_knob *knob, const struct recipe *has,
                           const struct recipe *wanted) {
    return recipe_knob_is_equal(knob, has, wanted) ||
           (knob->serves != NULL && knob->serves(has, wanted));
}

void recipe_take(const struct recipe_knob *knob, struct recipe *recipe, const struct recipe *from) {
    memcpy((char *)recipe + knob->offset, bytes_of(knob, from), knob->size_b);
}

void recipe_apply(struct recipe *recipe, const struct recipe *patch) {
    for (size_t i = 0; i < recipe_knob_count; i++) {
        const struct recipe_knob *knob = &recipe_knobs[i];

        if (recipe_knob_is_set(knob, patch))
            recipe_take(knob, recipe, patch);
    }
}

enum knob_shows recipe_shows(const struct recipe *patch) {
    enum knob_shows first = SHOWS_NEVER;

    for (size_t i = 0; i < recipe_knob_count; i++)
        if (recipe_knob_is_set(&recipe_knobs[i], patch) && recipe_knobs[i].shows < first)
            first = recipe_knobs[i].shows;
    return first < SHOWS_NEVER ? first : SHOWS_AT_ONCE;
}

const struct recipe_knob *recipe_clash(const struct recipe *a, const struct recipe *b) {
    for (size_t i = 0; i < recipe_knob_count; i++) {
        const struct recipe_knob *knob = &recipe_knobs[i];

        if (recipe_knob_is_set(knob, a) && recipe_knob_is_set(knob, b) &&
            !recipe_knob_is_equal(knob, a, b))
            return knob;
    }
    return NULL;
}
