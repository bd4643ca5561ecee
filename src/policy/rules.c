/* The rules, a pure table: worst finding first means severity, then this order.
 *
 * The settings are those of the receiving side, Postfix' smtpd and Exim's main section, as of
 * Postfix 3.6 and Exim 4.94; Exim has others with OpenSSL than with GnuTLS, which Debian builds
 * it with. */
#include "policy/rules.h"

#include "base/mem.h"
#include "policy/policy.h"

#define FIX_CHAIN                                                                                  \
    "Postfix: smtpd_tls_chain_files = the file with key, certificate and intermediates, in this "  \
    "order.\n"                                                                                     \
    "Exim: tls_certificate = the file with certificate and intermediates, tls_privatekey = the "   \
    "key."
#define FIX_RENEW                                                                                  \
    "Let the authority issue it anew (certbot renew --force-renewal, acme.sh --renew --force, or " \
    "the form of your authority), put it in place and reload: postfix reload; Exim reads the "     \
    "files at each connection."
#define FIX_CA                                                                                     \
    "It is the authority that made the mistake: have it issue the certificate anew, or change "    \
    "the authority."
#define FIX_LIBRARY                                                                                \
    "Update the TLS library under the mail server, and the mail server with it: OpenSSL 1.1.1 or " \
    "GnuTLS 3.6 is the least.\n"

/* clang-format off */
const struct rule rules[] = {
    {
        .name = "starttls",
        .title = "The server offers STARTTLS and accepts it",
        .tlsrpt = "starttls-not-supported",
        .why =
            "Without STARTTLS the mail crosses the network in plaintext. A sender that insists on "
            "TLS does not deliver at all, one that does not can be listened to by anybody.",
        .fix =
            "Postfix: smtpd_tls_security_level = may, with smtpd_tls_chain_files; no starttls in "
            "smtpd_discard_ehlo_keywords.\n"
            "Exim: tls_advertise_hosts = *, with tls_certificate and tls_privatekey.\n"
            "If it is offered and refused, look into the mail log: key or certificate cannot be "
            "read. If it is set up and not offered, something on the way cuts it out: a firewall "
            "that inspects SMTP (Cisco: no inspect esmtp).",
    },
    {
        .name = "starttls-injection",
        .title = "Nothing in plaintext follows the reply to STARTTLS",
        .tlsrpt = "validation-failure",
        .why =
            "Text came behind the 220 and before the handshake. A client that keeps it takes it "
            "for something said within TLS: whoever is on the way can put words into the server's "
            "mouth (CVE-2011-0411, NO STARTTLS).",
        .fix =
            "Neither Postfix (since 2.8) nor Exim does so by itself: look for a proxy, a load "
            "balancer or a filter that answers in their place, and update it.\n"
            "Against the same from clients: Postfix smtpd_forbid_unauth_pipelining = yes, Exim "
            "smtp_enforce_sync = true, its default.",
    },
    {
        .name = "auth-plaintext",
        .title = "AUTH is offered within TLS alone",
        .why =
            "A client that finds AUTH before TLS may send its password in plaintext, to whoever "
            "listens. A server that offers it there has a user do so sooner or later.",
        .fix =
            "Postfix: smtpd_tls_auth_only = yes.\n"
            "Exim: auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}.",
    },
    {
        .name = "tls-handshake",
        .title = "The TLS handshake comes to its end",
        .tlsrpt = "validation-failure",
        .why =
            "The server agreed to TLS, and then there was none, or the handshake broke off "
            "whatever was offered. No sender can reach it over TLS.",
        .fix =
            "Look into the mail log at the time of the check: mostly key and certificate do not "
            "belong together, or cannot be read.\n"
            "Postfix: postfix check, and openssl pkey and x509 -pubkey on the files of "
            "smtpd_tls_chain_files.\n"
            "Exim: exim -bV says whether the configuration can be read; then exim -bd -d+tls on "
            "another port.\n"
            "A proxy that ends TLS before the server may be the one that breaks it.",
    },
    {
        .name = "tls-dialogue",
        .title = "The server answers within TLS",
        .tlsrpt = "validation-failure",
        .why =
            "The handshake came to its end, and behind it there was no mail server: it said "
            "nothing, hung up or refused. No sender can deliver there. In TLS 1.3 such a server "
            "may also have turned the client away without a word.",
        .fix =
            "Look into the mail log at the time of the check: a limit on connections, an access "
            "rule, or a filter behind the proxy that ends TLS.",
    },
    {
        .name = "no-common-parameters",
        .title = "The server agrees to parameters that the policy allows",
        .nss = "SSL_ERROR_NO_CYPHER_OVERLAP",
        .tlsrpt = "validation-failure",
        .why =
            "The server speaks TLS, but of all that the policy allows, offered together, it took "
            "nothing. That is no broken TLS: it has other ideas of what is secure, or is too old.",
        .fix =
            FIX_LIBRARY
            "Postfix: leave tls_high_cipherlist, tls_medium_cipherlist and tls_eecdh_auto_curves "
            "at their defaults, and smtpd_tls_exclude_ciphers free of AESGCM and kEECDH.\n"
            "Exim: leave tls_require_ciphers and tls_eccurve unset.",
    },
    {
        .name = "tls-version",
        .title = "The version of TLS is one that the policy allows",
        .nss = "SSL_ERROR_UNSUPPORTED_VERSION",
        .tlsrpt = "validation-failure",
        .why =
            "TLS 1.0 and 1.1 rest on MD5 and SHA-1, know no authenticated encryption, and have "
            "been forbidden since 2021 (RFC 8996). Whoever takes them beside better ones leaves "
            "old clients, and those that are led there, with their flaws.",
        .fix =
            "Postfix: smtpd_tls_protocols = >=TLSv1.2, and the same in "
            "smtpd_tls_mandatory_protocols; before 3.6 !SSLv2, !SSLv3, !TLSv1, !TLSv1.1.\n"
            "Exim with OpenSSL: openssl_options = +no_sslv2 +no_sslv3 +no_tlsv1 +no_tlsv1_1 "
            "+no_ticket +no_renegotiation +single_dh_use.\n"
            "Exim with GnuTLS: tls_require_ciphers = NORMAL:-VERS-ALL:+VERS-TLS1.2:+VERS-TLS1.3.\n"
            "If TLS 1.2 is missing: OpenSSL has had it since 1.0.1, and TLS 1.3 since 1.1.1.",
    },
    {
        .name = "cert-trust",
        .title = "The certificate leads to an authority that is trusted",
        .nss = "SEC_ERROR_UNKNOWN_ISSUER",
        .short_nss = "UNKNOWN_ISSUER",
        .tlsrpt = "certificate-not-trusted",
        .why =
            "Nobody who is trusted says that this key is the server's. Anybody in the middle can "
            "show such a certificate, and read and change the mail.",
        .fix =
            "If it signed itself, or its authority is your own: get one from a public authority "
            "(certbot, acme.sh), or publish its key in TLSA records (RFC 7672) for those senders "
            "that look there.\n"
            "If it is a public one, the intermediate certificates are not sent along:\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-expired",
        .title = "The certificate has not expired",
        .nss = "SEC_ERROR_EXPIRED_CERTIFICATE",
        .nss_issuer = "SEC_ERROR_EXPIRED_ISSUER_CERTIFICATE",
        .short_nss = "EXPIRED_CERTIFICATE",
        .tlsrpt = "certificate-expired",
        .why =
            "Past its end the authority answers no longer for who holds the key, and takes the "
            "certificate off its revocation lists: a key that was stolen works for ever.",
        .fix =
            "Renew it, and let that happen by itself (certbot's timer, acme.sh's cron job). If it "
            "was renewed and the old one is still shown, the server was not told: postfix reload "
            "as deploy hook; check that smtpd_tls_chain_files, or Exim's tls_certificate, names "
            "the new file.\n"
            "If an intermediate is the one that expired, replace it by the one that came with the "
            "new certificate:\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-not-yet-valid",
        .title = "The certificate is valid already",
        .nss = "MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE",
        .nss_issuer = "MOZILLA_PKIX_ERROR_NOT_YET_VALID_ISSUER_CERTIFICATE",
        .tlsrpt = "validation-failure",
        .why =
            "Its first day lies ahead: it was made for later, or on a machine whose clock is "
            "wrong. Until then the authority does not vouch for it.",
        .fix =
            "Wait, or use the certificate that it is to replace. With an authority of your own: "
            "set its clock (NTP) and issue the certificate anew.",
    },
    {
        .name = "cert-name",
        .title = "The certificate is for this host",
        .nss = "SSL_ERROR_BAD_CERT_DOMAIN",
        .short_nss = "BAD_CERT_DOMAIN",
        .tlsrpt = "certificate-host-mismatch",
        .why =
            "A certificate for another name proves that the server is that other one. Every "
            "authority gives one to whoever owns some name, so that without the name the rest says "
            "nothing. The name that counts is that of the MX host, as a DNS name in "
            "subjectAltName; the common name has not counted for years (RFC 9525).",
        .fix =
            "Issue a certificate that has the MX host among its DNS names (certbot certonly -d "
            "mx.example.org), or let the MX record point at a name that it has.\n"
            "Postfix: smtpd_tls_chain_files, and tls_server_sni_maps where a host has several "
            "names.\n"
            "Exim: tls_certificate, with $tls_in_sni where a host has several names.",
    },
    {
        .name = "cert-sni",
        .title = "A sender without SNI is given the same certificate",
        .why =
            "The server has another certificate, or none, for who does not name it in the "
            "handshake. Senders that go by MTA-STS or DANE name it (RFC 8461 4.1, RFC 7672 8.1); "
            "others need not, Postfix among them unless it is told to.",
        .fix =
            "Postfix: the certificate that belongs to the MX name goes into "
            "smtpd_tls_chain_files, others into tls_server_sni_maps.\n"
            "Exim: where tls_certificate depends on $tls_in_sni, name the main one last.",
    },
    {
        .name = "cert-revoked",
        .title = "The certificate is not revoked",
        .nss = "SEC_ERROR_REVOKED_CERTIFICATE",
        .tlsrpt = "validation-failure",
        .why =
            "The authority has taken its word back: the key was stolen, or the certificate should "
            "never have been issued. Someone else may hold the key.",
        .fix =
            "Make a new key, have it certified, and put both in place; never the old key again.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-bad-signature",
        .title = "The signatures on the certificates are right",
        .nss = "SEC_ERROR_BAD_SIGNATURE",
        .tlsrpt = "validation-failure",
        .why =
            "A signature does not fit what it signs, or cannot be checked: the certificate was "
            "changed, damaged, or signed by another key than that of the issuer it names.",
        .fix =
            "Put the files as the authority delivered them back in place, and mind that the "
            "intermediate is the one that signed this certificate (openssl verify -untrusted "
            "chain.pem cert.pem).\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-signature",
        .title = "The certificates are signed with an algorithm that the policy allows",
        .nss = "SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED",
        .short_nss = "WEAK_SIGNATURE_ALGORITHM",
        .tlsrpt = "validation-failure",
        .why =
            "A certificate is worth as much as the signature on it. MD5 and SHA-1 can be forged. "
            "RSA with PKCS #1 v1.5 cannot, but has left BSI's recommendations at the end of 2025.",
        .fix =
            "Have the certificate issued anew, under an ECDSA chain where the authority has one "
            "(certbot: --key-type ecdsa, and --preferred-chain for the chain).\n"
            "With an authority of your own: openssl x509 -req -sha256, and -sigopt "
            "rsa_padding_mode:pss with an RSA key.\n"
            FIX_CHAIN,
    },
    {
        .name = "key-size",
        .title = "The keys of the certificates are long enough",
        .nss = "MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE",
        .tlsrpt = "validation-failure",
        .why =
            "Who computes the private key from the public one is the server. RSA 512 takes hours, "
            "RSA 1024 is within reach of a state, and 2048 bits are what BSI no longer takes for "
            "the years to come.",
        .fix =
            "Make a new key and have it certified: certbot --key-type ecdsa --elliptic-curve "
            "secp256r1, or --rsa-key-size 4096; openssl genpkey -algorithm EC -pkeyopt "
            "ec_paramgen_curve:P-256.\n"
            "If an intermediate has the short key, only another chain or another authority "
            "helps.\n"
            FIX_CHAIN,
    },
    {
        .name = "key-weak",
        .title = "The keys of the certificates come from a sound generator",
        .nss = "SEC_ERROR_INVALID_KEY",
        .tlsrpt = "validation-failure",
        .why =
            "The public half gives away that the key was made badly: smart cards with the flaw "
            "ROCA, printers with primes side by side, programs with 1 for an exponent. However "
            "long it is, the private half can be computed from it, or signatures be forged without. "
            "An exponent below 65537 is no such hole, but has made one of each slip in checking "
            "signatures (CVE-2006-4339, BERserk).",
        .fix =
            "Make a new key, and not where the old one was made: openssl genpkey -algorithm EC "
            "-pkeyopt ec_paramgen_curve:P-256 on a computer of its own. Have it certified (certbot "
            "--key-type ecdsa --elliptic-curve secp256r1) and the old certificate revoked.\n"
            "If an intermediate has the bad key, only another authority helps.\n"
            FIX_CHAIN,
    },
    {
        .name = "key-type",
        .title = "The keys of the certificates are of a kind that the policy allows",
        .nss = "SEC_ERROR_UNSUPPORTED_KEYALG",
        .tlsrpt = "validation-failure",
        .why =
            "The key is long enough, but of a kind or on a curve that the policy does not list; "
            "with explicit parameters the curve is whatever the certificate says (CVE-2020-0601).",
        .fix =
            "Make a new key on a common curve and have it certified: certbot --key-type ecdsa "
            "--elliptic-curve secp256r1; openssl genpkey -algorithm EC -pkeyopt "
            "ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve.\n"
            FIX_CHAIN,
    },
    {
        .name = "handshake-signature",
        .title = "The server signs the handshake with an algorithm that the policy allows",
        .nss = "SSL_ERROR_UNSUPPORTED_SIGNATURE_ALGORITHM",
        .tlsrpt = "validation-failure",
        .why =
            "By this signature the server proves in each handshake that the certificate's key is "
            "its own. One that does not verify, or that can be forged, proves nothing.",
        .fix =
            "If it does not verify: certificate and private key do not belong together, or the key "
            "is damaged. Compare openssl x509 -pubkey -noout with openssl pkey -pubout.\n"
            FIX_LIBRARY
            "With that RSA-PSS comes by itself. An ECDSA key never signs with PKCS #1 v1.5.\n"
            "Postfix: tls_config_file and tls_config_name (3.9, 3.7.6) select a section of "
            "openssl.cnf with SignatureAlgorithms = ECDSA+SHA256:RSA-PSS+SHA256.\n"
            "Exim with OpenSSL: the same in the system's openssl.cnf.",
    },
    {
        .name = "cipher",
        .title = "The cipher suite is one that the policy allows",
        .nss = "SSL_ERROR_NO_CYPHER_OVERLAP",
        .tlsrpt = "validation-failure",
        .why =
            "The suite decides how the mail is encrypted and who can read it later: NULL does not "
            "encrypt, anonymous ones show no certificate, RC4 and 3DES are broken, static RSA lets "
            "whoever gets the key read all that was recorded.",
        .fix =
            "Postfix: smtpd_tls_ciphers = high and smtpd_tls_exclude_ciphers = aNULL, eNULL, kRSA, "
            "SHA1, RC4, 3DES; the same for smtpd_tls_mandatory_ciphers and "
            "smtpd_tls_mandatory_exclude_ciphers; tls_preempt_cipherlist = yes.\n"
            "Exim with OpenSSL: tls_require_ciphers = ECDHE+AESGCM:ECDHE+CHACHA20 and "
            "openssl_options with +cipher_server_preference.\n"
            "Exim with GnuTLS: tls_require_ciphers = "
            "NORMAL:-RSA:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:%SERVER_PRECEDENCE.",
    },
    {
        .name = "group",
        .title = "The key exchange uses a group that the policy allows",
        .nss = "SSL_ERROR_NO_CYPHER_OVERLAP",
        .tlsrpt = "validation-failure",
        .why =
            "The keys of the connection are agreed in this group. Small curves can be broken; "
            "X25519 is sound and yet not in every list.",
        .fix =
            "Postfix: tls_eecdh_auto_curves = prime256v1 secp384r1 secp521r1 (or with X25519 in "
            "front), and smtpd_tls_eecdh_grade = auto.\n"
            "Exim with OpenSSL: tls_eccurve = auto, and Groups = P-256:P-384:P-521 in the system's "
            "openssl.cnf.\n"
            "Exim with GnuTLS: tls_require_ciphers = "
            "NORMAL:-GROUP-ALL:+GROUP-SECP256R1:+GROUP-SECP384R1.",
    },
    {
        .name = "dh-size",
        .title = "The Diffie-Hellman group is large enough",
        .nss = "SSL_ERROR_WEAK_SERVER_EPHEMERAL_DH_KEY",
        .tlsrpt = "validation-failure",
        .why =
            "Groups of 512 bits are broken within minutes, those of 1024 bits within reach of a "
            "state, and a precomputation serves for all servers that share them (Logjam). What was "
            "recorded is then read as well.",
        .fix =
            "The simplest is to do without: Postfix smtpd_tls_exclude_ciphers = kDHE; Exim with "
            "OpenSSL tls_dhparam = none, with GnuTLS tls_require_ciphers = NORMAL:-DHE-RSA.\n"
            "Postfix: smtpd_tls_dh1024_param_file = auto, or a file with ffdhe3072 (openssl "
            "genpkey -genparam -algorithm DH -pkeyopt group:ffdhe3072).\n"
            "Exim with OpenSSL: tls_dhparam = ffdhe3072 and tls_dh_max_bits = 4096.",
    },
    {
        .name = "dh-unsound",
        .title = "The Diffie-Hellman group is sound",
        .nss = "SSL_ERROR_WEAK_SERVER_EPHEMERAL_DH_KEY",
        .tlsrpt = "validation-failure",
        .why =
            "Of a group that nobody published nobody knows who chose it, and for whom. Where the "
            "modulus is no prime, or (p - 1) / 2 is none, there may be a back door by which the "
            "mail is read, or small subgroups that give the server's key away bit by bit "
            "(CVE-2016-2217, CVE-2016-0701). Hardly a client has the time to look.",
        .fix =
            "The simplest is to do without: Postfix smtpd_tls_exclude_ciphers = kDHE; Exim with "
            "OpenSSL tls_dhparam = none, with GnuTLS tls_require_ciphers = NORMAL:-DHE-RSA.\n"
            "Postfix: smtpd_tls_dh1024_param_file = auto, or a file with ffdhe3072 (openssl "
            "genpkey -genparam -algorithm DH -pkeyopt group:ffdhe3072).\n"
            "Exim with OpenSSL: tls_dhparam = ffdhe3072 and tls_dh_max_bits = 4096.\n"
            "And find out where the file with the old group came from.",
    },
    {
        .name = "encrypt-then-mac",
        .title = "CBC goes with encrypt-then-MAC",
        .tlsrpt = "validation-failure",
        .why =
            "With CBC the order of encrypting and authenticating matters: the old one leaks the "
            "plaintext to whoever measures carefully (Lucky Thirteen). RFC 7366 turns it round.",
        .fix =
            "The simplest is to have no CBC: Postfix smtpd_tls_exclude_ciphers = SHA1, SHA256, "
            "SHA384; Exim with OpenSSL tls_require_ciphers = ECDHE+AESGCM:ECDHE+CHACHA20, with "
            "GnuTLS NORMAL:-AES-128-CBC:-AES-256-CBC.\n"
            "Encrypt-then-MAC itself comes with OpenSSL 1.1.0 and GnuTLS 3.4, by default.",
    },
    {
        .name = "extended-master-secret",
        .title = "The master secret is bound to the handshake",
        .nss = "SSL_ERROR_MISSING_EXTENDED_MASTER_SECRET",
        .tlsrpt = "validation-failure",
        .why =
            "Without RFC 7627 two connections of TLS 1.2 can be made to have the same master "
            "secret, by which somebody in the middle resumes one as the other (Triple Handshake).",
        .fix =
            FIX_LIBRARY
            "It is on by default: look for Options = -ExtendedMasterSecret in openssl.cnf, and for "
            "%NO_SESSION_HASH in the GnuTLS priority string of Exim's tls_require_ciphers.",
    },
    {
        .name = "renegotiation",
        .title = "Renegotiation is secure, or there is none",
        .nss = "SSL_ERROR_UNSAFE_NEGOTIATION",
        .tlsrpt = "validation-failure",
        .why =
            "Without RFC 5746 somebody on the way can begin a session and let the victim's follow "
            "in it: what he said before counts as the victim's (CVE-2009-3555).",
        .fix =
            FIX_LIBRARY
            "Postfix: tls_ssl_options = NO_RENEGOTIATION forbids it besides.\n"
            "Exim: openssl_options with +no_renegotiation, its default since 4.94.",
    },
    {
        .name = "compression",
        .title = "TLS does not compress",
        .tlsrpt = "validation-failure",
        .why =
            "The length of what is compressed betrays what stands in it (CRIME, CVE-2012-4929).",
        .fix =
            "Postfix: tls_ssl_options = NO_COMPRESSION.\n"
            "Exim with OpenSSL: openssl_options with +no_compression.",
    },
    {
        .name = "early-data",
        .title = "The server takes no early data",
        .tlsrpt = "validation-failure",
        .why =
            "Data in the first flight of TLS 1.3 can be sent again by anybody, and the server "
            "cannot tell. SMTP has no profile that says what may be in it (RFC 8446 E.5).",
        .fix =
            "Neither Postfix nor Exim takes early data: it is a proxy in front of them. Switch "
            "0-RTT off there (nginx: ssl_early_data off).",
    },
    {
        .name = "cert-key-usage",
        .title = "The key usage fits what the certificates are used for",
        .nss = "SEC_ERROR_INADEQUATE_KEY_USAGE",
        .tlsrpt = "validation-failure",
        .why =
            "The authority says what the key is for: digitalSignature in a server's certificate, "
            "keyCertSign in an issuer's. Used otherwise, its word does not hold.",
        .fix =
            "Have the certificate issued for a server, with digitalSignature (and keyEncipherment "
            "for RSA). With an authority of your own: keyUsage = critical, digitalSignature in the "
            "section that openssl x509 -extfile reads.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-eku",
        .title = "The certificate is for servers",
        .nss = "SEC_ERROR_INADEQUATE_CERT_TYPE",
        .tlsrpt = "validation-failure",
        .why =
            "Its extended key usage names other purposes (clients, e-mail, code) and not TLS "
            "servers. The authority did not check what it would have checked for a server.",
        .fix =
            "Have the certificate issued for a server, with serverAuth. With an authority of your "
            "own: extendedKeyUsage = serverAuth.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-ca",
        .title = "The server's certificate is no authority's",
        .nss = "MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY",
        .tlsrpt = "validation-failure",
        .why =
            "A certificate with CA:TRUE can issue others, and its key lies on a mail server: "
            "whoever breaks in there is an authority.",
        .fix =
            "Issue a certificate for the server under it, with basicConstraints = CA:FALSE, and "
            "keep the authority's key elsewhere.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-chain",
        .title = "Every issuer in the chain is an authority",
        .nss = "SEC_ERROR_CA_CERT_INVALID",
        .tlsrpt = "certificate-not-trusted",
        .why =
            "A certificate was signed by one that may not sign: not CA:TRUE, or too old a version "
            "to say so. Otherwise everybody with a certificate could make others.",
        .fix = FIX_CA "\n" FIX_CHAIN,
    },
    {
        .name = "cert-path-length",
        .title = "The chain is no longer than its authorities allow",
        .nss = "SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID",
        .tlsrpt = "validation-failure",
        .why =
            "An authority was allowed so many others below it (pathLenConstraint), and there are "
            "more: one of them was not to be.",
        .fix = FIX_CA "\n" FIX_CHAIN,
    },
    {
        .name = "cert-name-constraints",
        .title = "The names are such as the authority may certify",
        .nss = "SEC_ERROR_CERT_NOT_IN_NAME_SPACE",
        .tlsrpt = "validation-failure",
        .why =
            "An authority that is constrained to some names, as a company's is to its own, has "
            "certified another.",
        .fix =
            "Have the certificate issued by an authority that may certify the name.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-critical-extension",
        .title = "Every critical extension is known",
        .nss = "SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION",
        .tlsrpt = "validation-failure",
        .why =
            "An extension is marked critical: who does not understand it must not use the "
            "certificate. Nobody knows what it demands.",
        .fix = FIX_CA "\n" FIX_CHAIN,
    },
    {
        .name = "cert-encoding",
        .title = "The certificates are made as RFC 5280 has it",
        .nss = "SEC_ERROR_BAD_DER",
        .tlsrpt = "validation-failure",
        .why =
            "Something in a certificate is not as it must be: a field that is missing, twice "
            "there, or says something else inside than outside. What each reader makes of it "
            "differs, and such differences have been attacks.",
        .fix = FIX_CA "\n" FIX_CHAIN,
    },
    {
        .name = "cert-path",
        .title = "The path to the authority is valid",
        .nss = "SEC_ERROR_POLICY_VALIDATION_FAILED",
        .tlsrpt = "validation-failure",
        .why =
            "Path validation (RFC 5280 6) fails for a reason that has no rule of its own; the text "
            "is libcrypto's.",
        .fix = FIX_RENEW "\n" FIX_CHAIN,
    },
    {
        .name = "cert-must-staple",
        .title = "The server sends the OCSP staple that its certificate promises",
        .nss = "MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING",
        .tlsrpt = "validation-failure",
        .why =
            "The certificate says that the server always brings a fresh word from the authority "
            "that it is not revoked (RFC 7633). Without it, a revoked one could be shown.",
        .fix =
            "Postfix cannot staple: have the certificate issued without must-staple (certbot "
            "without --must-staple).\n"
            "Exim: tls_ocsp_file = the response, which a job fetches with openssl ocsp -respout.",
    },
    {
        .name = "cert-revocation-unknown",
        .title = "Revocation can be learnt of",
        .nss = "SEC_ERROR_OCSP_UNKNOWN_CERT",
        .tlsrpt = "validation-failure",
        .why =
            "A staple or a revocation list was there, and of no use: too old, from somebody else, "
            "or without a word on this certificate.",
        .fix =
            "Exim: renew the file of tls_ocsp_file more often than the response lives, or unset "
            "the option.\n"
            "With lists of your own (--crl): fetch that of the server's issuer anew.",
    },
    {
        .name = "cert-validity-period",
        .title = "The certificate is not valid for too long",
        .nss = "MOZILLA_PKIX_ERROR_VALIDITY_TOO_LONG",
        .tlsrpt = "validation-failure",
        .why =
            "The longer a certificate is valid, the longer a stolen key is of use, and the longer "
            "ago somebody checked who holds it.",
        .fix =
            "Have it issued for a shorter time, and renewed by a machine (certbot's timer, "
            "acme.sh's cron job).",
    },
};
/* clang-format on */
const size_t rule_count = ARRAY_LEN(rules);

/* "bsi:key-size" only with a policy that there is. */
static const char *without_policy(const char *name) {
    char policy[32];
    const char *colon = strchr(name, ':');

    if (colon == NULL)
        return name;
    if ((size_t)(colon - name) >= sizeof policy)
        return "";
    snprintf(policy, sizeof policy, "%.*s", (int)(colon - name), name);
    return policy_find(policy) != NULL ? colon + 1 : "";
}

const struct rule *rule_find(const char *name) {
    name = without_policy(name);
    for (size_t i = 0; i < rule_count; i++)
        if (strcmp(rules[i].name, name) == 0)
            return &rules[i];
    return NULL;
}
