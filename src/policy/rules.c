/* The rules, a pure table: worst finding first means severity, then this order.
 *
 * The settings are those of the receiving side, Postfix' smtpd and Exim's main section, as of
 * Postfix 3.6 and Exim 4.94; Exim has others with OpenSSL than with GnuTLS, which Debian builds
 * it with. */
#include "policy/rules.h"

#include "base/mem.h"
#include "base/nearest.h"
#include "policy/policy.h"

#define FIX_CHAIN                                                                                  \
    "Postfix: smtpd_tls_chain_files = the file with key, certificate and intermediates, in this "  \
    "order.\n"                                                                                     \
    "Exim: tls_certificate = the file with certificate and intermediates, tls_privatekey = the "   \
    "key."
#define FIX_RENEW                                                                                  \
    "Have the CA issue it again (certbot renew --force-renewal, acme.sh --renew --force, or the "  \
    "form of your CA), install it and reload: postfix reload; Exim reads the files at each "       \
    "connection."
#define FIX_CA "The CA made the mistake: have it issue the certificate again, or use another CA."
#define FIX_LIBRARY                                                                                \
    "Update the TLS library of the mail server, and the mail server too: OpenSSL 1.1.1 or GnuTLS " \
    "3.6 at least.\n"

/* clang-format off */
const struct rule rules[] = {
    {
        .name = "starttls",
        .title = "The server offers STARTTLS and accepts it",
        .tlsrpt = "starttls-not-supported",
        .why =
            "Without STARTTLS the mail crosses the network in plaintext. A sender that insists "
            "on TLS does not deliver at all. If a sender does not insist, anybody on the path "
            "can read the mail.",
        .fix =
            "Postfix: smtpd_tls_security_level = may, with smtpd_tls_chain_files; no starttls "
            "in smtpd_discard_ehlo_keywords.\n"
            "Exim: tls_advertise_hosts = *, with tls_certificate and tls_privatekey.\n"
            "If the server offers and refuses it, look into the mail log: the server cannot "
            "read its key or certificate. If it is configured but not offered, something on the "
            "path removes it, such as a firewall that inspects SMTP (Cisco: no inspect esmtp).",
    },
    {
        .name = "starttls-injection",
        .title = "Nothing in plaintext follows the reply to STARTTLS",
        .tlsrpt = "validation-failure",
        .why =
            "Text came after the 220 and before the handshake. A client that keeps this text "
            "treats it as part of the TLS connection. So an attacker on the path can forge "
            "replies of the server (CVE-2011-0411, NO STARTTLS).",
        .fix =
            "Neither Postfix (since 2.8) nor Exim does so by itself. Look for a proxy, a load "
            "balancer or a filter that answers instead, and update it.\n"
            "Against the same from clients: Postfix smtpd_forbid_unauth_pipelining = yes, Exim "
            "smtp_enforce_sync = true, its default.",
    },
    {
        .name = "auth-plaintext",
        .title = "AUTH is offered only within TLS",
        .why =
            "A client that finds AUTH before TLS may send its password in plaintext, and "
            "anybody on the path can read it. If a server offers it there, sooner or later a "
            "user does so.",
        .fix =
            "Postfix: smtpd_tls_auth_only = yes.\n"
            "Exim: auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}.",
    },
    {
        .name = "tls-handshake",
        .title = "The TLS handshake completes",
        .tlsrpt = "validation-failure",
        .why =
            "The server agreed to TLS, but the handshake did not complete, whatever was "
            "offered. No sender can reach it over TLS.",
        .fix =
            "Look into the mail log at the time of the check. Usually key and certificate do "
            "not belong together, or the server cannot read them.\n"
            "Postfix: postfix check, and openssl pkey and x509 -pubkey on the files of "
            "smtpd_tls_chain_files.\n"
            "Exim: exim -bV says whether the configuration can be read; then exim -bd -d+tls on "
            "another port.\n"
            "A proxy that ends TLS before the server may be the cause.",
    },
    {
        .name = "tls-dialogue",
        .title = "The server answers within TLS",
        .tlsrpt = "validation-failure",
        .why =
            "The handshake completed, but no mail server answered after it: it said nothing, "
            "closed or refused. No sender can deliver there. In TLS 1.3 such a server may also "
            "have rejected the client without an alert.",
        .fix =
            "Look into the mail log at the time of the check. Possible causes: a limit on "
            "connections, an access rule, or a filter behind the proxy that ends TLS.",
    },
    {
        .name = "no-common-parameters",
        .title = "The server agrees to parameters that the policy allows",
        .nss = "SSL_ERROR_NO_CYPHER_OVERLAP",
        .tlsrpt = "validation-failure",
        .why =
            "The server speaks TLS. But it accepted nothing of all that the policy allows, "
            "offered together. TLS is not broken there: the server is configured for other "
            "parameters, or is too old.",
        .fix =
            FIX_LIBRARY
            "Postfix: leave tls_high_cipherlist, tls_medium_cipherlist and "
            "tls_eecdh_auto_curves at their defaults, and smtpd_tls_exclude_ciphers free of "
            "AESGCM and kEECDH.\n"
            "Exim: leave tls_require_ciphers and tls_eccurve unset.",
    },
    {
        .name = "tls-version",
        .title = "The policy allows the version of TLS",
        .nss = "SSL_ERROR_UNSUPPORTED_VERSION",
        .tlsrpt = "validation-failure",
        .why =
            "TLS 1.0 and 1.1 depend on MD5 and SHA-1, and have no authenticated encryption. RFC "
            "8996 has forbidden them since 2021. A server that also accepts them leaves old "
            "clients with their flaws, and clients that an attacker downgrades.",
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
        .title = "The certificate leads to a trusted CA",
        .nss = "SEC_ERROR_UNKNOWN_ISSUER",
        .short_nss = "UNKNOWN_ISSUER",
        .tlsrpt = "certificate-not-trusted",
        .why =
            "No trusted CA confirms that this key belongs to the server. Anybody in the middle "
            "can show such a certificate, and read and change the mail.",
        .fix =
            "If the certificate is self-signed, or your own CA signed it: get one from a public "
            "CA (certbot, acme.sh). Or publish its key in TLSA records (RFC 7672) for senders "
            "that look there.\n"
            "If a public CA signed it, the server does not send the intermediate "
            "certificates:\n"
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
            "After the end date the CA no longer confirms who holds the key. It also removes "
            "the certificate from its revocation lists, so a stolen key works forever.",
        .fix =
            "Renew it, and automate that (certbot's timer, acme.sh's cron job). If it was "
            "renewed and the server still shows the old one, the server was not reloaded. Use "
            "postfix reload as deploy hook. Check that smtpd_tls_chain_files, or Exim's "
            "tls_certificate, names the new file.\n"
            "If an intermediate is the one that expired, replace it with the one that came with "
            "the new certificate:\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-not-yet-valid",
        .title = "The certificate is already valid",
        .nss = "MOZILLA_PKIX_ERROR_NOT_YET_VALID_CERTIFICATE",
        .nss_issuer = "MOZILLA_PKIX_ERROR_NOT_YET_VALID_ISSUER_CERTIFICATE",
        .tlsrpt = "validation-failure",
        .why =
            "Its first day is in the future. It was made for later, or on a machine whose clock "
            "is wrong. Until then the CA does not confirm it.",
        .fix =
            "Wait, or use the certificate that it will replace. With your own CA: set its clock "
            "(NTP) and issue the certificate again.",
    },
    {
        .name = "cert-name",
        .title = "The certificate is for this host",
        .nss = "SSL_ERROR_BAD_CERT_DOMAIN",
        .short_nss = "BAD_CERT_DOMAIN",
        .tlsrpt = "certificate-host-mismatch",
        .why =
            "A certificate for another name proves that the server is that other one. Every CA "
            "gives one to anybody who owns some name. So without the right name the certificate "
            "proves nothing. The name that counts is the name of the MX host, as a DNS name in "
            "subjectAltName. The common name has not counted for years (RFC 9525).",
        .fix =
            "Get a certificate that has the MX host among its DNS names (certbot certonly -d "
            "mx.example.org). Or let the MX record point to a name that the certificate has.\n"
            "Postfix: smtpd_tls_chain_files, and tls_server_sni_maps if a host has several "
            "names.\n"
            "Exim: tls_certificate, with $tls_in_sni if a host has several names.",
    },
    {
        .name = "cert-sni",
        .title = "Senders without SNI get the same certificate",
        .why =
            "The server has another certificate, or none, for clients that do not name it in "
            "the handshake (SNI). Senders that follow MTA-STS or DANE name it (RFC 8461 4.1, "
            "RFC 7672 8.1). Others need not: Postfix does not, by default.",
        .fix =
            "Postfix: put the certificate for the MX name into smtpd_tls_chain_files, and "
            "others into tls_server_sni_maps.\n"
            "Exim: if tls_certificate depends on $tls_in_sni, put the main certificate last.",
    },
    {
        .name = "cert-revoked",
        .title = "The certificate is not revoked",
        .nss = "SEC_ERROR_REVOKED_CERTIFICATE",
        .tlsrpt = "validation-failure",
        .why =
            "The CA has withdrawn the certificate: the key was stolen, or the certificate "
            "should never have been issued. Somebody else may hold the key.",
        .fix =
            "Make a new key, get a certificate for it, and install both. Never use the old key "
            "again.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-bad-signature",
        .title = "The signatures on the certificates are correct",
        .nss = "SEC_ERROR_BAD_SIGNATURE",
        .tlsrpt = "validation-failure",
        .why =
            "A signature does not match what it signs, or cannot be checked. The certificate "
            "was changed or damaged, or another key than that of the named issuer signed it.",
        .fix =
            "Install the files again as the CA delivered them. Check that the intermediate is "
            "the one that signed this certificate (openssl verify -untrusted chain.pem "
            "cert.pem).\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-signature",
        .title = "The policy allows the algorithm that signs the certificates",
        .nss = "SEC_ERROR_CERT_SIGNATURE_ALGORITHM_DISABLED",
        .short_nss = "WEAK_SIGNATURE_ALGORITHM",
        .tlsrpt = "validation-failure",
        .why =
            "A certificate is worth as much as the signature on it. MD5 and SHA-1 can be "
            "forged. RSA with PKCS #1 v1.5 cannot, but BSI has not recommended it since the end "
            "of 2025.",
        .fix =
            "Have the certificate issued again, under an ECDSA chain if the CA has one "
            "(certbot: --key-type ecdsa, and --preferred-chain for the chain).\n"
            "With your own CA: openssl x509 -req -sha256, and -sigopt rsa_padding_mode:pss with "
            "an RSA key.\n"
            FIX_CHAIN,
    },
    {
        .name = "key-size",
        .title = "The keys of the certificates are long enough",
        .nss = "MOZILLA_PKIX_ERROR_INADEQUATE_KEY_SIZE",
        .tlsrpt = "validation-failure",
        .why =
            "Anybody who computes the private key from the public one can impersonate the "
            "server. RSA 512 takes hours, and RSA 1024 is within reach of a state. BSI no "
            "longer accepts 2048 bits for the years to come.",
        .fix =
            "Make a new key and get a certificate for it: certbot --key-type ecdsa "
            "--elliptic-curve secp256r1, or --rsa-key-size 4096; openssl genpkey -algorithm EC "
            "-pkeyopt ec_paramgen_curve:P-256.\n"
            "If an intermediate has the short key, only another chain or another CA helps.\n"
            FIX_CHAIN,
    },
    {
        .name = "key-weak",
        .title = "The keys of the certificates come from a sound generator",
        .nss = "SEC_ERROR_INVALID_KEY",
        .tlsrpt = "validation-failure",
        .why =
            "The public key shows that the key was made badly. Examples: smart cards with the "
            "flaw ROCA, printers with primes close together, programs with exponent 1. Whatever "
            "its length, an attacker can compute the private key, or forge signatures without "
            "it. An exponent below 65537 is no such hole. But it has turned mistakes in "
            "checking signatures into attacks (CVE-2006-4339, BERserk).",
        .fix =
            "Make a new key, but not with the tool that made the old one: openssl genpkey "
            "-algorithm EC -pkeyopt ec_paramgen_curve:P-256 on another computer. Get a "
            "certificate for it (certbot --key-type ecdsa --elliptic-curve secp256r1), and have "
            "the old certificate revoked.\n"
            "If an intermediate has the bad key, only another CA helps.\n"
            FIX_CHAIN,
    },
    {
        .name = "key-type",
        .title = "The policy allows the kind of the keys",
        .nss = "SEC_ERROR_UNSUPPORTED_KEYALG",
        .tlsrpt = "validation-failure",
        .why =
            "The key is long enough, but the policy does not list its kind or its curve. With "
            "explicit parameters the certificate itself defines the curve (CVE-2020-0601).",
        .fix =
            "Make a new key on a common curve and get a certificate for it: certbot --key-type "
            "ecdsa --elliptic-curve secp256r1; openssl genpkey -algorithm EC -pkeyopt "
            "ec_paramgen_curve:P-256 -pkeyopt ec_param_enc:named_curve.\n"
            FIX_CHAIN,
    },
    {
        .name = "handshake-signature",
        .title = "The policy allows the algorithm that signs the handshake",
        .nss = "SSL_ERROR_UNSUPPORTED_SIGNATURE_ALGORITHM",
        .tlsrpt = "validation-failure",
        .why =
            "With this signature the server proves in each handshake that it has the "
            "certificate's key. A signature that does not verify, or that can be forged, proves "
            "nothing.",
        .fix =
            "If it does not verify: certificate and private key do not belong together, or the "
            "key is damaged. Compare openssl x509 -pubkey -noout with openssl pkey -pubout.\n"
            FIX_LIBRARY
            "A current library uses RSA-PSS by default. An ECDSA key never signs with PKCS #1 "
            "v1.5.\n"
            "Postfix: tls_config_file and tls_config_name (3.9, 3.7.6) select a section of "
            "openssl.cnf with SignatureAlgorithms = ECDSA+SHA256:RSA-PSS+SHA256.\n"
            "Exim with OpenSSL: the same in the system's openssl.cnf.",
    },
    {
        .name = "cipher",
        .title = "The policy allows the cipher suite",
        .nss = "SSL_ERROR_NO_CYPHER_OVERLAP",
        .tlsrpt = "validation-failure",
        .why =
            "The suite decides how the mail is encrypted and who can read it later. NULL does "
            "not encrypt, and anonymous suites show no certificate. RC4 and 3DES are broken. "
            "With static RSA anybody who gets the key can read all recorded mail.",
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
        .title = "The policy allows the group of the key exchange",
        .nss = "SSL_ERROR_NO_CYPHER_OVERLAP",
        .tlsrpt = "validation-failure",
        .why =
            "The keys of the connection are agreed in this group. Small curves can be broken; "
            "X25519 is sound, but not in every list.",
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
            "Groups of 512 bits are broken within minutes, and those of 1024 bits are within "
            "reach of a state. One precomputation breaks all servers that share the group "
            "(Logjam). An attacker can then also read recorded connections.",
        .fix =
            "The simplest solution is not to use it: Postfix smtpd_tls_exclude_ciphers = kDHE; "
            "Exim with OpenSSL tls_dhparam = none, with GnuTLS tls_require_ciphers = "
            "NORMAL:-DHE-RSA.\n"
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
            "A group that was never published may have been chosen to hide a backdoor. If the "
            "modulus is no prime, or (p - 1) / 2 is none, an attacker may be able to read the "
            "mail. Or small subgroups may reveal the server's key bit by bit (CVE-2016-2217, "
            "CVE-2016-0701). Hardly any client has the time to check.",
        .fix =
            "The simplest solution is not to use it: Postfix smtpd_tls_exclude_ciphers = kDHE; "
            "Exim with OpenSSL tls_dhparam = none, with GnuTLS tls_require_ciphers = "
            "NORMAL:-DHE-RSA.\n"
            "Postfix: smtpd_tls_dh1024_param_file = auto, or a file with ffdhe3072 (openssl "
            "genpkey -genparam -algorithm DH -pkeyopt group:ffdhe3072).\n"
            "Exim with OpenSSL: tls_dhparam = ffdhe3072 and tls_dh_max_bits = 4096.\n"
            "Also find out where the file with the old group came from.",
    },
    {
        .name = "encrypt-then-mac",
        .title = "CBC is used with encrypt-then-MAC",
        .tlsrpt = "validation-failure",
        .why =
            "With CBC the order of encrypting and authenticating matters. The old order leaks "
            "the plaintext to an attacker who measures carefully (Lucky Thirteen). RFC 7366 "
            "reverses it.",
        .fix =
            "The simplest solution is not to use CBC: Postfix smtpd_tls_exclude_ciphers = SHA1, "
            "SHA256, SHA384; Exim with OpenSSL tls_require_ciphers = "
            "ECDHE+AESGCM:ECDHE+CHACHA20, with GnuTLS NORMAL:-AES-128-CBC:-AES-256-CBC.\n"
            "OpenSSL 1.1.0 and GnuTLS 3.4 have encrypt-then-MAC by default.",
    },
    {
        .name = "extended-master-secret",
        .title = "The master secret is bound to the handshake",
        .nss = "SSL_ERROR_MISSING_EXTENDED_MASTER_SECRET",
        .tlsrpt = "validation-failure",
        .why =
            "Without RFC 7627 an attacker can give two TLS 1.2 connections the same master "
            "secret. Then somebody in the middle can resume one as the other (Triple "
            "Handshake).",
        .fix =
            FIX_LIBRARY
            "It is on by default. Look for Options = -ExtendedMasterSecret in openssl.cnf, and "
            "for %NO_SESSION_HASH in the GnuTLS priority string of Exim's tls_require_ciphers.",
    },
    {
        .name = "renegotiation",
        .title = "Renegotiation is secure, or there is none",
        .nss = "SSL_ERROR_UNSAFE_NEGOTIATION",
        .tlsrpt = "validation-failure",
        .why =
            "Without RFC 5746 an attacker on the path can begin a session and continue it with "
            "that of the victim. Data that the attacker sent before counts as the victim's "
            "(CVE-2009-3555).",
        .fix =
            FIX_LIBRARY
            "Postfix: tls_ssl_options = NO_RENEGOTIATION also forbids it.\n"
            "Exim: openssl_options with +no_renegotiation, its default since 4.94.",
    },
    {
        .name = "compression",
        .title = "TLS does not compress",
        .tlsrpt = "validation-failure",
        .why =
            "The length of compressed data reveals its content (CRIME, CVE-2012-4929).",
        .fix =
            "Postfix: tls_ssl_options = NO_COMPRESSION.\n"
            "Exim with OpenSSL: openssl_options with +no_compression.",
    },
    {
        .name = "early-data",
        .title = "The server accepts no early data",
        .tlsrpt = "validation-failure",
        .why =
            "Anybody can send the data in the first flight of TLS 1.3 again, and the server "
            "cannot tell. SMTP has no profile that says what may be in it (RFC 8446 E.5).",
        .fix =
            "Neither Postfix nor Exim accepts early data: a proxy in front of them does. Switch "
            "0-RTT off there (nginx: ssl_early_data off).",
    },
    {
        .name = "cert-key-usage",
        .title = "The key usage matches the use of the certificates",
        .nss = "SEC_ERROR_INADEQUATE_KEY_USAGE",
        .tlsrpt = "validation-failure",
        .why =
            "The CA says what the key is for: digitalSignature in a server's certificate, "
            "keyCertSign in an issuer's. For any other use the certificate is not valid.",
        .fix =
            "Have the certificate issued for a server, with digitalSignature (and "
            "keyEncipherment for RSA). With your own CA: keyUsage = critical, digitalSignature "
            "in the section that openssl x509 -extfile reads.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-eku",
        .title = "The certificate is for servers",
        .nss = "SEC_ERROR_INADEQUATE_CERT_TYPE",
        .tlsrpt = "validation-failure",
        .why =
            "Its extended key usage names other purposes (clients, e-mail, code) and not TLS "
            "servers. The CA did not check what it checks for a server.",
        .fix =
            "Have the certificate issued for a server, with serverAuth. With your own CA: "
            "extendedKeyUsage = serverAuth.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-ca",
        .title = "The server's certificate is no CA certificate",
        .nss = "MOZILLA_PKIX_ERROR_CA_CERT_USED_AS_END_ENTITY",
        .tlsrpt = "validation-failure",
        .why =
            "A certificate with CA:TRUE can issue others, and its key is on a mail server. "
            "Anybody who breaks in there becomes a CA.",
        .fix =
            "Issue a certificate for the server under it, with basicConstraints = CA:FALSE, and "
            "keep the CA's key elsewhere.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-chain",
        .title = "Every issuer in the chain is a CA",
        .nss = "SEC_ERROR_CA_CERT_INVALID",
        .tlsrpt = "certificate-not-trusted",
        .why =
            "A certificate that may not sign has signed another one: it is not CA:TRUE, or its "
            "version is too old to say so. If this were accepted, anybody with a certificate "
            "could make more.",
        .fix = FIX_CA "\n" FIX_CHAIN,
    },
    {
        .name = "cert-path-length",
        .title = "The chain is no longer than its CAs allow",
        .nss = "SEC_ERROR_PATH_LEN_CONSTRAINT_INVALID",
        .tlsrpt = "validation-failure",
        .why =
            "A CA may have a limited number of other CAs below it (pathLenConstraint), and "
            "there are more. So one of them was not allowed.",
        .fix = FIX_CA "\n" FIX_CHAIN,
    },
    {
        .name = "cert-name-constraints",
        .title = "The CA may sign for the names in the certificate",
        .nss = "SEC_ERROR_CERT_NOT_IN_NAME_SPACE",
        .tlsrpt = "validation-failure",
        .why =
            "A CA that is limited to some names, such as those of a company, has signed for "
            "another name.",
        .fix =
            "Have the certificate issued by a CA that may sign for the name.\n"
            FIX_CHAIN,
    },
    {
        .name = "cert-critical-extension",
        .title = "Every critical extension is known",
        .nss = "SEC_ERROR_UNKNOWN_CRITICAL_EXTENSION",
        .tlsrpt = "validation-failure",
        .why =
            "An extension is marked critical: software that does not understand it must not use "
            "the certificate. Nobody knows what it demands.",
        .fix = FIX_CA "\n" FIX_CHAIN,
    },
    {
        .name = "cert-encoding",
        .title = "The certificates follow the form of RFC 5280",
        .nss = "SEC_ERROR_BAD_DER",
        .tlsrpt = "validation-failure",
        .why =
            "Something in a certificate is malformed. A field is missing or present twice, or "
            "its inner and outer copies differ. Different readers then see different "
            "certificates, and attacks have used such differences.",
        .fix = FIX_CA "\n" FIX_CHAIN,
    },
    {
        .name = "cert-path",
        .title = "The path to the CA is valid",
        .nss = "SEC_ERROR_POLICY_VALIDATION_FAILED",
        .tlsrpt = "validation-failure",
        .why =
            "Path validation (RFC 5280 6) fails for a reason that has no rule of its own; the "
            "text comes from libcrypto.",
        .fix = FIX_RENEW "\n" FIX_CHAIN,
    },
    {
        .name = "cert-must-staple",
        .title = "The server sends the OCSP staple that its certificate promises",
        .nss = "MOZILLA_PKIX_ERROR_REQUIRED_TLS_FEATURE_MISSING",
        .tlsrpt = "validation-failure",
        .why =
            "The certificate promises that the server always sends a fresh OCSP response of the "
            "CA (RFC 7633). Without the response, somebody could show a revoked certificate.",
        .fix =
            "Postfix cannot staple: have the certificate issued without must-staple (certbot "
            "without --must-staple).\n"
            "Exim: tls_ocsp_file = the response, which a job fetches with openssl ocsp "
            "-respout.",
    },
    {
        .name = "cert-revocation-unknown",
        .title = "The revocation status can be determined",
        .nss = "SEC_ERROR_OCSP_UNKNOWN_CERT",
        .tlsrpt = "validation-failure",
        .why =
            "There was a staple or a revocation list, but it is not usable. It is too old, "
            "from somebody else, or says nothing about this certificate.",
        .fix =
            "Exim: renew the file of tls_ocsp_file more often than the response expires, or "
            "unset the option.\n"
            "With your own lists (--crl): fetch the list of the server's issuer again.",
    },
    {
        .name = "cert-validity-period",
        .title = "The certificate is not valid for too long",
        .nss = "MOZILLA_PKIX_ERROR_VALIDITY_TOO_LONG",
        .tlsrpt = "validation-failure",
        .why =
            "The longer a certificate is valid, the longer a thief can use a stolen key, and "
            "the older is the check of who holds it.",
        .fix =
            "Have it issued for a shorter time, and renew it automatically (certbot's timer, "
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

const char *rule_nearest(const char *name) {
    struct nearest near;

    nearest_init(&near, without_policy(name));
    for (size_t i = 0; i < rule_count; i++)
        nearest_offer(&near, rules[i].name);
    return nearest_found(&near);
}
