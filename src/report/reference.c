#include "report/reference.h"

#include "base/mem.h"
#include "report/plain.h"

/* What Markdown would take for markup in prose. */
static const char specials[] = "*_<>[]|";

static void put_prose(struct buf *out, const char *text) {
    plain_put_escaped(out, text, specials);
    buf_puts(out, "\n\n");
}

static void put_list(struct buf *out, const char *title, const char *const *words, size_t max) {
    if (words[0] == NULL)
        return;
    buf_printf(out, "%s: ", title);
    for (size_t i = 0; i < max && words[i] != NULL; i++)
        buf_printf(out, "%s%s", i > 0 ? "; " : "", words[i]);
    buf_puts(out, "\n\n");
}

static void put_facts(struct buf *out, const struct fault *fault) {
    buf_printf(out, "Number %u", fault->number);
    if (fault->twin != NULL)
        buf_printf(out, ", twin `%s`", fault->twin);
    if (fault->clue != NULL)
        buf_printf(out, ", clue `%s`", fault->clue);
    for (size_t i = 0; i < FAULT_MAX_GROUPS && fault->groups[i] != NULL; i++)
        buf_printf(out, "%s`@%s`", i == 0 ? ", groups " : " ", fault->groups[i]);
    buf_printf(out, ", since %s", fault->since);
    if (fault->family != NULL) {
        buf_puts(out, ", family: ");
        plain_put_escaped(out, fault->family, specials);
    }
    buf_puts(out, ".\n\n");
}

/* Controls have none. */
static void put_severity(struct buf *out, const struct fault *fault) {
    if (fault->severity == FAULT_UNRATED)
        return;
    buf_printf(out, "Severity: %s. ", fault_severity_name(fault->severity));
    plain_put_escaped(out, fault->severity_why, specials);
    buf_printf(out, "\n\n%s: %s\n\n", fault_remedy_question(fault), remedy_meaning(fault->remedy));
}

static void put_fault(struct buf *out, const struct fault *fault) {
    buf_printf(out, "### %s\n\n**", fault->name);
    plain_put_escaped(out, fault->title, specials);
    buf_puts(out, "**\n\n");
    put_prose(out, fault->wrong);
    put_prose(out, fault->strict);
    put_severity(out, fault);
    put_list(out, "Alerts that tell the reason", fault->alerts, FAULT_MAX_ALERTS);
    if (fault->fix != NULL)
        buf_printf(out, "```\n%s\n```\n\n", fault->fix);
    put_list(out, "References", fault->references, FAULT_MAX_REFERENCES);
    put_facts(out, fault);
}

static const char *const deeds[] = {
    [EXPECT_REFUSE] = "refuses", [EXPECT_DELIVER] = "delivers", [EXPECT_EITHER] = "does either"};

/* A table of contents by layer, with each fault's one line. */
static void put_contents(struct buf *out, const struct fault *const *faults, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || faults[i]->layer != faults[i - 1]->layer)
            buf_printf(out,
                       "\n**%s**\n\n| fault | a sound sender | severity | what is wrong |\n"
                       "|---|---|---|---|\n",
                       layer_name(faults[i]->layer));
        buf_printf(out, "| [%s](#%s) | %s | %s | ", faults[i]->name, faults[i]->name,
                   deeds[faults[i]->expect], fault_severity_name(faults[i]->severity));
        plain_put_escaped(out, faults[i]->title, specials);
        buf_puts(out, " |\n");
    }
}

/* What is known to be asked for; and what stands in the way. */
static const struct {
    const char *what, *why;
} not_served[] = {
    {"SSL 2 and 3, RC4, DES and 3DES, export suites, ephemeral RSA (FREAK), TLS compression (CRIME), heartbeat",
     "Debian's OpenSSL 3.0 is built without them, or they have left its code"},
    {"A version, cipher suite, group, signature scheme or extension that was not offered; a version that does not exist; the mark of a downgrade",
     "OpenSSL answers only with what was offered"},
    {"A message of the handshake left out, sent twice, early or out of order; a wrong Finished; more bytes after a message",
     "OpenSSL's states allow none of it. If bytes are changed underneath, the Finished fails, so Doormat could not tell which sender would have accepted them"},
    {"A certificate that is cut off, has bytes after its end or is no DER; an empty list of certificates",
     "OpenSSL must read its own certificate, and has one"},
    {"A key exchange signed with MD5, PKCS #1 v1.5 in TLS 1.3, a curve that is not the scheme's",
     "OpenSSL signs with no such scheme"},
    {"A Diffie-Hellman modulus that is even, a generator of 1, a public value of 0, 1 or p - 1",
     "OpenSSL does not compute with these numbers"},
    {"A point that is not on the curve, an X25519 value of small order, a secret of zeros, a bad share of ML-KEM",
     "OpenSSL makes its own shares"},
    {"Endless retries (HelloRetryRequest), retries for a group that was not offered or is already there, retries with a cookie",
     "OpenSSL asks once, and has cookies only for datagrams; `p384-only` is the retry that is sound"},
    {"No answer to renegotiation_info; renegotiation begun by the server",
     "OpenSSL always answers. It closes the connection if the client declines to renegotiate, which every client may do"},
    {"Static ECDH and DH, PSK, SRP",
     "OpenSSL has dropped the first two, and no mail sender offers the others"},
    {"ML-DSA in certificates, hybrid groups, brainpool in TLS 1.3",
     "OpenSSL has them from 3.5, 3.5 and 3.2 on"},
    {"Records without content, of one byte, too long, with a wrong MAC or padding",
     "OpenSSL writes the records; `small-records` are the smallest that it writes"},
    {"Another certificate or a weaker suite in a session that is resumed, tickets used twice, early data",
     "each connection must show a whole handshake, so Doormat resumes none"},
    {"A protocol of another service in ALPN",
     "senders do not offer ALPN unless configured (Exim: tls_alpn), and without an offer nothing is chosen"},
    {"A server that fails on TLS 1.3",
     "it looks like `handshake-rst`, `alert-protocol-version` or `alert-inappropriate-fallback`, which are here"},
    {"Keys of Debian's generator of 2008; keys that others have published (Superfish, eDellRoot)",
     "they are known by lists of fingerprints, which do not contain a key of Doormat's; other people's private keys do not belong here"},
    {"MD2 and MD4 in signatures; MD5 in the intermediate's",
     "OpenSSL 3.0 has the first two switched off, and the root's key is on a curve, with which MD5 has no signature"},
    {"SHA-1 in the root's own signature",
     "no sender has to check it, and OpenSSL and GnuTLS do not"},
    {"Certificates in no order at all", "for a path builder it is the same as `reversed-chain`"},
    {"A wildcard for a public suffix", "it depends on the name of the host, which you choose"},
    {"No certificate transparency, or a wrong one", "no policy for mail requires it"},
    {"8BITMIME and SMTPUTF8 that are offered and refused",
     "this shows only with addresses and messages that need them, and the sender brings its own"},
    {"A fault the first time and none the second, over hours",
     "`try` runs a sender for one message; `starttls-454-once` and similar faults fit into that"},
    {"DANE, DNSSEC, MTA-STS, TLS reports",
     "they need a DNS zone and a web site of their own, and are planned"},
};

static void put_not_served(struct buf *out) {
    buf_puts(out,
             "## what is not served, and why\n\nMuch of it needs a TLS engine of our own.\n\n");
    for (size_t i = 0; i < ARRAY_LEN(not_served); i++)
        buf_printf(out, "- %s: %s.\n", not_served[i].what, not_served[i].why);
}

void reference_markdown(const struct fault *const *faults, size_t count, struct buf *out) {
    buf_puts(
        out,
        "# The faults\n\nMade by `doormat faults --markdown`.  `doormat faults NAME` shows one of "
        "them.\n");
    put_contents(out, faults, count);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || faults[i]->layer != faults[i - 1]->layer)
            buf_printf(out, "\n## %s\n\n", layer_name(faults[i]->layer));
        put_fault(out, faults[i]);
    }
    if (count == catalogue_count)
        put_not_served(out);
}
