#include "fault/catalogue.h"

#include "base/mem.h"
#include "base/nearest.h"

/* Numbers are dealt by layer, so that a new row finds a place beside its like and no number ever
 * moves:
 *
 *     1..19  controls             250..299  keys              450..499  key exchange
 *    40..49  presets              300..349  signatures        500..599  handshake
 *  100..199  certificate          350..399  protocol version  600..699  STARTTLS
 *  200..249  chain                400..449  cipher suite      700..799  SMTP
 *                                                              800..849  revocation
 * 1000..1099  dns                   1100..1199  dnssec           1200..1299  dane
 * 1300..1399  mta-sts
 *  850..949  certificates and chains, continued: certificate, chain and revocation again
 *
 * Which alerts fit: those that lead who reads the sender's log to the flaw, because they name it or
 * its family (RFC 8446 6.2 has the meanings; which library sends which is known from measuring).
 *
 *  - Of the certificate and how it is signed: bad_certificate and certificate_unknown, the family's
 *    own; beside them unknown_ca for trust, certificate_expired for time ("expired or not currently
 *    valid"), unsupported_certificate and insufficient_security for weak keys and digests.
 *  - Of what is negotiated: handshake_failure ("acceptable set of security parameters") and
 *    insufficient_security, the family's own; beside them protocol_version for versions,
 *    illegal_parameter for Diffie-Hellman groups.
 *  - Of the proof of possession: decrypt_error, and handshake_failure as older libraries have it.
 *
 * Nothing fits that names no flaw: internal_error (OpenSSL's way out of TLS 1.0 and 1.1 at
 * security level 1), decode_error, unexpected_message.  A sender that says these has refused,
 * and its administrator will look for the cause in vain. */
enum { DAY_S = 86400 };

/* The settings that many rows have in common, a line for each program or some. */
#define FIX_VERIFY                                                                                 \
    "Postfix: smtp_tls_security_level = verify or secure, or dane where the recipient "            \
    "publishes TLSA records. Set smtp_tls_CAfile too, and smtp_tls_policy_maps for single "        \
    "destinations.\n"                                                                              \
    "Exim: hosts_require_tls = *, tls_verify_hosts = * and tls_verify_cert_hostnames = * in "      \
    "the transport; without hosts_require_tls it falls back to plaintext.\n"                       \
    "OpenSMTPD: relay host smtp+tls://. sendmail: VERIFY in TLS_Srv. msmtp: tls_certcheck "        \
    "on. curl: --ssl-reqd, and no -k.\n"                                                           \
    "Python: starttls(context=ssl.create_default_context()). nodemailer: requireTLS: true, "       \
    "and no rejectUnauthorized: false."
#define FIX_VERSION                                                                                \
    "Postfix: smtp_tls_mandatory_protocols = >=TLSv1.2, and the same in "                          \
    "smtp_tls_protocols.\n"                                                                        \
    "Exim: openssl_options = +no_tlsv1 +no_tlsv1_1; with GnuTLS, as in Debian, "                   \
    "tls_require_ciphers = NORMAL:-VERS-TLS1.0:-VERS-TLS1.1 in the transport.\n"                   \
    "msmtp: tls_priorities NORMAL:-VERS-TLS1.0:-VERS-TLS1.1. curl: --tlsv1.2. nodemailer: "        \
    "tls.minVersion = 'TLSv1.2'.\n"                                                                \
    "OpenSSL: SSL_CTX_set_min_proto_version, or MinProtocol = TLSv1.2 in openssl.cnf."
#define FIX_LEVEL                                                                                  \
    "OpenSSL: security level 2, by SSL_CTX_set_security_level or by @SECLEVEL=2 in the list "      \
    "of ciphers.\n"                                                                                \
    "Postfix sets that level by itself: to 1 if smtp_tls_security_level is verify or "             \
    "secure. Then it notices RSA 512, SHA-1 and MD5. No setting of Postfix makes it notice "       \
    "RSA 1024.\n"                                                                                  \
    "curl: --ciphers DEFAULT@SECLEVEL=2. nodemailer: tls.ciphers = 'DEFAULT@SECLEVEL=2'."
#define FIX_PSS                                                                                    \
    "No setting of OpenSSL refuses it: OpenSSL judges a PSS signature by its main digest.\n"       \
    "GnuTLS refuses it if certificates are verified: msmtp tls_certcheck on; Exim, as "            \
    "Debian builds it, tls_verify_hosts = *."
#define FIX_EXPONENT                                                                               \
    "No setting refuses it: the security levels of OpenSSL and the profiles of GnuTLS check "      \
    "only the size of a key.\n"                                                                    \
    "Your own program can read the exponent from the key of the certificate."
#define FIX_PKCS1                                                                                  \
    "No setting refuses it in a certificate: nearly all certificates are signed like "             \
    "this.\n"                                                                                      \
    "Your own program can check the signature algorithm of each certificate of the path."
#define FIX_SHA224                                                                                 \
    "OpenSSL: security level 3, which also refuses RSA below 3072 bits; level 2 accepts the "      \
    "112 bits of SHA-224.\n"                                                                       \
    "curl: --ciphers DEFAULT@SECLEVEL=3. nodemailer: tls.ciphers = 'DEFAULT@SECLEVEL=3'.\n"        \
    "GnuTLS: a priority string that begins with SECURE128 (msmtp tls_priorities, Exim "            \
    "tls_require_ciphers)."
#define FIX_DH                                                                                     \
    "Exim: tls_dh_min_bits = 2048 in the transport. msmtp: tls_min_dh_prime_bits 2048.\n"          \
    "Postfix: smtp_tls_exclude_ciphers = kDHE. Postfix has no setting for the size, and RFC "      \
    "9325 advises against all DHE in TLS 1.2.\n"                                                   \
    "OpenSSL: security level 2, or !kDHE. GnuTLS: gnutls_dh_set_prime_bits, or "                   \
    "%PROFILE_MEDIUM in the priority string."
#define FIX_SUITES                                                                                 \
    "Name the suites that you want, instead of using HIGH or NORMAL and excluding some.\n"         \
    "Postfix: tls_high_cipherlist with such a list, or smtp_tls_exclude_ciphers = CAMELLIA, "      \
    "ARIA, AESCCM8 and so on.\n"                                                                   \
    "Exim: tls_require_ciphers = ECDHE+AESGCM in the transport (OpenSSL).\n"                       \
    "curl: --ciphers ECDHE+AESGCM. nodemailer: tls.ciphers. msmtp and others with GnuTLS: "        \
    "-CAMELLIA-128-CBC and so on in the priority string."
#define FIX_GROUP                                                                                  \
    "Name the groups that you want.\n"                                                             \
    "Postfix: tls_eecdh_auto_curves = X25519 prime256v1 secp384r1; its default also has "          \
    "X448 and secp521r1.\n"                                                                        \
    "OpenSSL: SSL_CTX_set1_groups_list, or Groups = P-256:P-384 in openssl.cnf; its default "      \
    "is sound from 1.1.0 on.\n"                                                                    \
    "curl: --curves P-256:P-384. nodemailer: tls.ecdhCurve.\n"                                     \
    "GnuTLS: -GROUP-ALL:+GROUP-SECP256R1:+GROUP-SECP384R1 in the priority string."
#define FIX_SCHEME                                                                                 \
    "OpenSSL: security level 1 or above refuses SHA-1 in 3.0 and later. Or name the "              \
    "schemes, by SSL_CTX_set1_sigalgs_list or by SignatureAlgorithms in openssl.cnf.\n"            \
    "Postfix sets the level by itself, to 0 or 1. It has no setting of its own for the "           \
    "schemes: use openssl.cnf.\n"                                                                  \
    "curl: --ciphers DEFAULT@SECLEVEL=2, or --sigalgs from 8.14 on. nodemailer: "                  \
    "tls.sigalgs.\n"                                                                               \
    "GnuTLS: -SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-ECDSA-SECP256R1-SHA256 and so on in "       \
    "the priority string."
#define FIX_STARTTLS                                                                               \
    "Postfix: smtp_tls_security_level = encrypt at least; verify, secure or dane if it must "      \
    "also authenticate the server.\n"                                                              \
    "Exim: hosts_require_tls = *. OpenSMTPD: relay host smtp+tls://. sendmail: ENCR:112 in "       \
    "TLS_Srv.\n"                                                                                   \
    "msmtp: tls on. curl: --ssl-reqd, not --ssl. nodemailer: requireTLS: true. swaks: "            \
    "--tls, not --tls-optional.\n"                                                                 \
    "Between organisations: MTA-STS (RFC 8461) or DANE (RFC 7672). The receiver publishes "        \
    "it and the sender follows it."

#define FIX_LENIENT                                                                                \
    "No setting makes a sender understand it: its SMTP code is wrong. Update it, and report "      \
    "it to its makers.\n"                                                                          \
    "Until then, if the time limit is the cause: Postfix smtp_helo_timeout, "                      \
    "smtp_mail_timeout and similar ones, Exim command_timeout and data_timeout in the "            \
    "transport, msmtp timeout."
#define FIX_INJECTION                                                                              \
    "No setting prevents it: the sender must empty its buffers at STARTTLS, and forget the "       \
    "earlier offer. Update it (curl empties them since 7.79.0), and report it to its "             \
    "makers.\n"                                                                                    \
    "If you can choose, use implicit TLS (port 465, RFC 8314): it has no plaintext into "          \
    "which anything could be injected."
#define FIX_RETRY                                                                                  \
    "Postfix: smtp_tls_security_level = encrypt at least; the level may retries in "               \
    "plaintext if TLS fails.\n"                                                                    \
    "Exim: hosts_require_tls = *, or tls_tempfail_tryclear = false in the transport. "             \
    "sendmail: TLSFallbacktoClear off, as it is by default.\n"                                     \
    "curl: --ssl-reqd, not --ssl. swaks: --tls. Your own program: no second attempt without "      \
    "TLS, whatever ended the first one."
#define FIX_DIALOGUE                                                                               \
    "No setting helps: the sender's code reads the replies. Update the sender, and report "        \
    "it to its makers.\n"                                                                          \
    "Your own program must read the whole reply, compare all three digits with the expected "      \
    "ones, and stop at any other reply."
#define FIX_SMUGGLING                                                                              \
    "Postfix: smtpd_forbid_bare_newline = normalize and smtpd_data_restrictions = "                \
    "reject_unauth_pipelining where mail comes in; outgoing mail then has only CRLF.\n"            \
    "Exim: 4.97.1 or later. sendmail: 8.18.1 or later. curl: --crlf for a file with bare "         \
    "LF.\n"                                                                                        \
    "Your own program must make CRLF of every CR, LF and CRLF, and then double the leading "       \
    "dots."
#define FIX_NAME                                                                                   \
    "Postfix: smtp_tls_security_level = verify or secure, or dane; "                               \
    "smtp_tls_verify_cert_match and smtp_tls_secure_cert_match hold the names to look "            \
    "for.\n"                                                                                       \
    "Exim: tls_verify_cert_hostnames = * together with tls_verify_hosts = * and "                  \
    "hosts_require_tls = *.\n"                                                                     \
    "msmtp: tls_certcheck on. curl: --ssl-reqd, and no -k. Python: "                               \
    "ssl.create_default_context, which checks names.\n"                                            \
    "If the sender checks names and accepts this one, its library is wrong: update it, and "       \
    "report it to its makers."
#define FIX_COMMON_NAME                                                                            \
    "OpenSSL: X509_VERIFY_PARAM_set_hostflags with X509_CHECK_FLAG_NEVER_CHECK_SUBJECT; by "       \
    "default it looks at the common name if the SAN has no DNS name.\n"                            \
    "Postfix compares with the SAN, and with the common name only if there is no DNS name. "       \
    "Go 1.15 and later ignores the common name. Python ignores it if the context's "               \
    "hostname_checks_common_name is False.\n"                                                      \
    "The sender must check names in the first place: Postfix smtp_tls_security_level = "           \
    "verify or secure. Exim tls_verify_cert_hostnames = *. msmtp tls_certcheck on."
#define FIX_WILDCARD                                                                               \
    "OpenSSL: X509_VERIFY_PARAM_set_hostflags with X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS; by "      \
    "default it requires two labels after the asterisk.\n"                                         \
    "GnuTLS accepts asterisks only in the first label.\n"                                          \
    "The sender must check names in the first place: Postfix smtp_tls_security_level = "           \
    "verify or secure. Exim tls_verify_cert_hostnames = *. msmtp tls_certcheck on."
#define FIX_PATH                                                                                   \
    "No mail server has a setting for this alone: its TLS library notices it if "                  \
    "certificates are verified at all.\n" FIX_VERIFY "\n"                                          \
    "OpenSSL: X509_V_FLAG_X509_STRICT makes it enforce more of RFC 5280. If the sender "           \
    "verifies and accepts this one, update its library."
#define FIX_CURVE                                                                                  \
    "OpenSSL: SSL_CTX_set1_sigalgs_list and SSL_CTX_set1_groups_list, or "                         \
    "SignatureAlgorithms and Groups in openssl.cnf, list what it offers. It accepts nothing "      \
    "else.\n"                                                                                      \
    "Postfix: tls_eecdh_auto_curves. Exim: openssl_options, or with GnuTLS "                       \
    "tls_require_ciphers. msmtp: tls_priorities.\n"                                                \
    "GnuTLS: a priority string that begins with SECURE128 or SECURE192."
#define FIX_KEY                                                                                    \
    "No mail server looks for flaws in the making of keys. The administrator of a receiving "      \
    "server can, with badkeys (badkeys.info). Anybody who pins keys can do the same: DANE and "    \
    "fingerprints do not help against a key that can be factored.\n"                               \
    "The sender must verify certificates at all, since public CAs refuse such keys:\n" FIX_VERIFY
#define FIX_LEGAL                                                                                  \
    "If the sender refuses this, it is stricter than the rules and loses mail: update its "        \
    "TLS library, or report it to its makers.\n"                                                   \
    "First check OpenSSL's X509_V_FLAG_X509_STRICT, and everything that was added in "             \
    "openssl.cnf or to a GnuTLS priority string."
#define FIX_EITHER                                                                                 \
    "The sender may refuse or deliver here: both are sound. But it must not come back in "         \
    "plaintext:\n" FIX_RETRY
#define FIX_STAPLE                                                                                 \
    "GnuTLS, and so Debian's msmtp and Exim, asks for a staple by itself and checks it if "        \
    "certificates are verified: Exim tls_verify_certificates and hosts_require_ocsp = *, "         \
    "msmtp tls_certcheck on.\n"                                                                    \
    "curl: --cert-status, which also refuses if no staple comes.\n"                                \
    "OpenSSL: SSL_set_tlsext_status_type, and a callback that judges the response; by "            \
    "default it does not ask. Postfix, sendmail and OpenSMTPD have no setting for it.\n"           \
    "nodemailer: tls.requestOCSP = true, and a listener on OCSPResponse. Python's ssl "            \
    "cannot ask."
#define FIX_REVOCATION                                                                             \
    "Hardly any mail server asks by itself. A sender can use lists, which a job fetches and "      \
    "converts to PEM. Certificates name the place: openssl x509 -ext "                             \
    "crlDistributionPoints.\n"                                                                     \
    "Exim: tls_crl in the transport. sendmail: CRLFile or CRLPath. msmtp: tls_crl_file. "          \
    "curl: --crlfile. Python: verify_flags |= ssl.VERIFY_CRL_CHECK_LEAF. nodemailer: "             \
    "tls.crl.\n"                                                                                   \
    "Postfix and OpenSMTPD have no setting for it. Short-lived certificates do the same "          \
    "work there, or DANE, by which the receiver can withdraw a key at once.\n"                     \
    "Your own program: OpenSSL X509_V_FLAG_CRL_CHECK and OCSP_sendreq_new, GnuTLS "                \
    "gnutls_x509_trust_list_add_crls; gnutls-cli --ocsp shows how."
#define FIX_SOFT                                                                                   \
    "If the sender refuses this, it insists on an answer. Let it go on without one after a "       \
    "few seconds, unless every recipient has agreed to that.\n"                                    \
    "OpenSSL: X509_V_ERR_UNABLE_TO_GET_CRL is an error once X509_V_FLAG_CRL_CHECK is set; a "      \
    "verify callback may ignore it."

/* Why a row has its severity, where several have the same reason. */
#define WHY_OWN         "The attacker can make such a certificate within a second."
#define WHY_PUBLIC      "A public CA gives anybody such a certificate, for a name that they own."
#define WHY_STOLEN      "The attacker needs the stolen key of a certificate that is no longer good."
#define WHY_SLIP        "The attacker needs a CA that makes a mistake; public CAs do not issue this."
#define WHY_SUBORDINATE "The attacker needs the key of a CA that was given a limited purpose."
#define WHY_FORM        "A rule is broken, and no attack with it is known."
#define WHY_PLAINTEXT                                                                              \
    "Anybody on the path can do what this server does, and then reads the mail in "                \
    "plaintext."
/* Of rows inside sound TLS: what harms is plaintext, which is critical whatever the row. */
#define WHY_PLAINTEXT_APART                                                                        \
    "Over sound TLS an ignored answer harms nobody; plaintext is always critical."
#define WHY_LATER                                                                                  \
    "An attacker who listens on the path waits for such a server, and then reads the mail "        \
    "in plaintext."
#define WHY_INJECTION "Anybody on the path can write these bytes into the plaintext before TLS."
#define WHY_COMMANDS                                                                               \
    "The author of a message needs a server that answers like this; then its lines count as "      \
    "commands."
#define WHY_SMUGGLING                                                                              \
    "Researchers showed in 2023 how the author of a message smuggles a second one, in any "        \
    "name."
#define WHY_NO_ENCRYPTION "Nothing is encrypted: anybody who listens on the path reads the mail."
#define WHY_NO_AUTHENTICATION                                                                      \
    "No certificate is shown: anybody on the path can impersonate the server."
#define WHY_80_BITS                                                                                \
    "The attacker needs about 2^80 steps; nobody has done that in public, but a state may."
#define WHY_96_BITS   "It is below today's limits, but no attack that comes close is known."
#define WHY_ODD_CURVE "It was removed from TLS in 2018, and no attack on it is known."
#define WHY_SHA1                                                                                   \
    "The attacker needs a collision for tens of thousands of dollars, and a CA that still "        \
    "signs SHA-1."
#define WHY_SHA1_SIGNATURE                                                                         \
    "The attacker needs a collision of SHA-1 while the handshake runs, which nobody has "          \
    "shown."
#define WHY_DH_NUMBERS                                                                             \
    "The attacker needs a server with bad Diffie-Hellman numbers, which the attacker has "         \
    "chosen or knows."
#define WHY_COMMON "Very many real servers are like this."
#define WHY_SEEN   "Some real servers are like this."
#define WHY_RARE   "Hardly any real servers are like this."
#define WHY_EITHER "No attack with it is known; a sender may refuse it or accept it."

/* What EHLO lists inside TLS where a sender is to wait for each answer: the ordinary list without PIPELINING. */
#define LIST_LOCKSTEP "SIZE 10485760\nAUTH PLAIN LOGIN\nENHANCEDSTATUSCODES\n8BITMIME\nSMTPUTF8"

#define WHY_LOOK_UP                                                                                \
    "An attacker on the path can make the look-up fail, and so lead a careless sender elsewhere."
#define WHY_BOGUS "Anybody on the path to the resolver can make such an answer."
#define WHY_DANE                                                                                   \
    "Anybody on the path can be the server, and DANE is what its domain has against that."
#define STRICT_DEFER                                                                                \
    "It does not connect, keeps the mail in its queue, and tries again later. A failed look-up is " \
    "never taken for an absent record."
#define STRICT_BOGUS                                                                                 \
    "Its resolver validates, and answers SERVFAIL. The sender keeps the mail in its queue. It does " \
    "not connect."
#define STRICT_DANE                                                                                 \
    "It does not send to this host, in TLS or without. It tries other hosts, or keeps the mail in " \
    "its queue."
#define FIX_ROUTE                                                                                  \
    "Postfix, Exim, sendmail and OpenSMTPD look up MX records by themselves and know this.\n"      \
    "Your own program: use a library for the look-up, and tell a failure from an absent record."
#define FIX_RESOLVER                                                                               \
    "The resolver decides. Use one that validates (DNSSEC), on the same machine: unbound, Knot "   \
    "Resolver, BIND with dnssec-validation auto, systemd-resolved with DNSSEC=yes.\n"              \
    "Name it in /etc/resolv.conf, as nameserver 127.0.0.1."
#define FIX_DANE                                                                                    \
    "Postfix: smtp_dns_support_level = dnssec and smtp_tls_security_level = dane, with a resolver " \
    "on the same machine that validates. smtp_host_lookup stays dns.\n"                             \
    "Exim: hosts_try_dane = * in the transport, dnssec_request_domains = * in the router.\n"        \
    "sendmail: confDANE, if it is built with DANE. OpenSMTPD 6.8 has no DANE."

#define WHY_STS                                                                                    \
    "Anybody on the path can be the server, and MTA-STS is what its domain has against that."
#define WHY_STS_MISSED                                                                             \
    "The attacker needs a domain whose policy has this form, and can then be its server."
#define WHY_STS_HOST "Anybody on the path can set up such a web server, and give its own policy."
#define STRICT_STS                                                                                 \
    "It fetches the policy. It does not send to this host, in TLS or without. It tries other "     \
    "hosts, or keeps the mail in its queue."
#define STRICT_STS_DELIVER "It fetches the policy, and delivers over TLS."
#define STRICT_STS_IGNORE  "It delivers as if the domain had no policy."
#define STRICT_STS_HOST                                                                            \
    "It ends the handshake with the web server and asks for nothing. It delivers as if the "       \
    "domain had no policy."
#define FIX_STS                                                                                    \
    "Postfix: install postfix-mta-sts-resolver or postfix-tlspol, and name it in "                 \
    "smtp_tls_policy_maps.\n"                                                                      \
    "chasquid, Maddy, mox and Stalwart have MTA-STS. Exim, sendmail and OpenSMTPD have none.\n"    \
    "No setting changes how they read a policy. If one of them fails this, update it, or report "  \
    "it to its makers."

/* A list of TLSA records that is empty, and stands in place of the twin's. */
#define NO_TLSA                                                                                    \
    { false, 1 }

/* In the order of their numbers, a file per layer; what found no place in its layer's block is in rows_path.inc. */
/* clang-format off */
const struct fault catalogue[] = {
#include "fault/rows_control.inc"
#include "fault/rows_preset.inc"
#include "fault/rows_certificate.inc"
#include "fault/rows_chain.inc"
#include "fault/rows_key.inc"
#include "fault/rows_signature.inc"
#include "fault/rows_protocol.inc"
#include "fault/rows_cipher.inc"
#include "fault/rows_key_exchange.inc"
#include "fault/rows_handshake.inc"
#include "fault/rows_starttls.inc"
#include "fault/rows_smtp.inc"
#include "fault/rows_revocation.inc"
#include "fault/rows_path.inc"
#include "fault/rows_dns.inc"
#include "fault/rows_dnssec.inc"
#include "fault/rows_dane.inc"
#include "fault/rows_sts.inc"
};
/* clang-format on */
const size_t catalogue_count = ARRAY_LEN(catalogue);

static const char *const layer_names[LAYER_COUNT] = {
    [LAYER_CONTROL] = "control",
    [LAYER_PRESET] = "preset",
    [LAYER_CERTIFICATE] = "certificate",
    [LAYER_CHAIN] = "chain",
    [LAYER_KEY] = "key",
    [LAYER_SIGNATURE] = "signature",
    [LAYER_PROTOCOL] = "protocol",
    [LAYER_CIPHER] = "cipher",
    [LAYER_KEY_EXCHANGE] = "key-exchange",
    [LAYER_HANDSHAKE] = "handshake",
    [LAYER_STARTTLS] = "starttls",
    [LAYER_SMTP] = "smtp",
    [LAYER_REVOCATION] = "revocation",
    [LAYER_DNS] = "dns",
    [LAYER_DNSSEC] = "dnssec",
    [LAYER_DANE] = "dane",
    [LAYER_STS] = "mta-sts",
};

/* Groups beside the layers; one may have no fault in it yet. */
static const char *const group_names[] = {"all",   "core",     "seed", "slow",
                                          "legal", "pedantic", "world"};

const char *layer_name(enum layer layer) {
    return layer_names[layer];
}

const char *expect_name(enum expect expect) {
    static const char *const names[] = {
        [EXPECT_REFUSE] = "refuse", [EXPECT_DELIVER] = "deliver", [EXPECT_EITHER] = "either"};

    return names[expect];
}

static const char *const severity_names[FAULT_SEVERITY_COUNT] = {
    [FAULT_UNRATED] = "none", [FAULT_LOW] = "low",           [FAULT_MEDIUM] = "medium",
    [FAULT_HIGH] = "high",    [FAULT_CRITICAL] = "critical",
};

const char *fault_severity_name(enum fault_severity severity) {
    return severity_names[severity];
}

int fault_severity_from_name(const char *name) {
    for (int severity = FAULT_UNRATED; severity < FAULT_SEVERITY_COUNT; severity++)
        if (strcmp(severity_names[severity], name) == 0)
            return severity;
    return -1;
}

static const struct {
    const char *name, *meaning;
} remedies[REMEDY_COUNT] = {
    [REMEDY_SETTING] = {"setting", "Its administrator: there is a setting."},
    [REMEDY_LIBRARY] = {"library", "Its makers: by another TLS library, or in its code."},
    [REMEDY_NOBODY] = {"nobody", "Nobody today: no mail sender is known to notice it."},
};

const char *remedy_name(enum remedy remedy) {
    return remedies[remedy].name;
}

const char *remedy_meaning(enum remedy remedy) {
    return remedies[remedy].meaning;
}

const struct fault *catalogue_find(const char *name) {
    for (size_t i = 0; i < catalogue_count; i++)
        if (strcmp(catalogue[i].name, name) == 0)
            return &catalogue[i];
    return NULL;
}

bool fault_is_control(const struct fault *fault) {
    return fault->layer == LAYER_CONTROL;
}

bool fault_needs_world(const struct fault *fault) {
    static const struct recipe none;

    return fault->layer >= LAYER_DNS ||
           memcmp(&fault->changes.dns, &none.dns, sizeof none.dns) != 0 ||
           memcmp(&fault->changes.sts, &none.sts, sizeof none.sts) != 0;
}

const char *fault_remedy_question(const struct fault *fault) {
    static const char *const questions[] = {
        [EXPECT_REFUSE] = "Who can make a sender notice",
        [EXPECT_DELIVER] = "Who can make a sender deliver",
        [EXPECT_EITHER] = "Who can keep a sender from plaintext",
    };

    return questions[fault->faulty_under[0] != NULL ? EXPECT_REFUSE : fault->expect];
}

bool fault_is_fault_under(const struct fault *fault, const char *policy) {
    if (fault->faulty_under[0] == NULL)
        return fault->expect == EXPECT_REFUSE;
    for (size_t i = 0; i < FAULT_MAX_POLICIES && fault->faulty_under[i] != NULL; i++)
        if (strcmp(fault->faulty_under[i], policy) == 0)
            return true;
    return false;
}

bool fault_in_group(const struct fault *fault, const char *group) {
    if (strcmp(group, "all") == 0 || strcmp(group, "world") == 0)
        return fault_needs_world(fault) == (strcmp(group, "world") == 0);
    if (strcmp(group, layer_name(fault->layer)) == 0)
        return fault->layer != LAYER_CONTROL || !fault_needs_world(fault);
    for (size_t i = 0; i < FAULT_MAX_GROUPS && fault->groups[i] != NULL; i++)
        if (strcmp(fault->groups[i], group) == 0)
            return true;
    return false;
}

bool catalogue_has_group(const char *group) {
    for (size_t i = 0; i < LAYER_COUNT; i++)
        if (strcmp(layer_names[i], group) == 0)
            return true;
    for (size_t i = 0; i < ARRAY_LEN(group_names); i++)
        if (strcmp(group_names[i], group) == 0)
            return true;
    return false;
}

/* --- likeness --- */

const char *catalogue_nearest(const char *name) {
    struct nearest near;

    nearest_init(&near, name);
    for (size_t i = 0; i < catalogue_count; i++)
        nearest_offer(&near, catalogue[i].name);
    return nearest_found(&near);
}

const char *catalogue_group_at(size_t index) {
    if (index < ARRAY_LEN(group_names))
        return group_names[index];
    index -= ARRAY_LEN(group_names);
    return index < LAYER_COUNT ? layer_names[index] : NULL;
}

const char *catalogue_nearest_group(const char *group) {
    struct nearest near;

    nearest_init(&near, group);
    for (size_t i = 0; catalogue_group_at(i) != NULL; i++)
        nearest_offer(&near, catalogue_group_at(i));
    return nearest_found(&near);
}
