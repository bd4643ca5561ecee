/* What makes Exim notice what: a pure table. */
#include "harness/mta_class.h"

/* Measured with Exim 4.96 and GnuTLS 3.7. */
static const char require[] = "hosts_require_tls = *\n";
static const char sni[] = "tls_sni = $host\n";
static const char priorities[] =
    "tls_require_ciphers = NORMAL:%PROFILE_MEDIUM:-VERS-TLS1.0:-VERS-TLS1.1:-RSA:-DHE-RSA"
    ":-SIGN-RSA-SHA1:-SIGN-ECDSA-SHA1:-SIGN-DSA-SHA1\n";
static const char *const old[] = {"tls10",
                                  "tls11",
                                  "static-rsa",
                                  "dhe1024",
                                  "dhe1536",
                                  "dhe-composite",
                                  "dhe-smooth-prime",
                                  "dhe-small-subgroup",
                                  "ske-sha1",
                                  "ske-sha1-ecdsa",
                                  NULL};
static const char *const server_name[] = {"sni-required", "sni-default-certificate", NULL};
static const char *const stapled[] = {"revoked-ocsp-staple",
                                      "ocsp-staple-expired",
                                      "ocsp-staple-wrong-*",
                                      "ocsp-staple-bad-signature",
                                      "ocsp-staple-self-signed",
                                      "ocsp-staple-garbage",
                                      NULL};
/* What it accepts at its strictest. */
static const char *const accepted[] = {"no-san",
                                       "empty-subject-plain-san",
                                       "utctime-no-seconds",
                                       "wrong-eku-*",
                                       "empty-eku",
                                       "key-usage-cert-sign",
                                       "pathlen-without-ca",
                                       "malformed-extension",
                                       "v1-certificate",
                                       "empty-san",
                                       "intermediate-wrong-eku",
                                       "nc-permitted-uri",
                                       "empty-issuer",
                                       "nc-permitted-directory",
                                       "upper-wrong-eku",
                                       "rsa-close-primes",
                                       "rsa-roca",
                                       "rsa-e-1",
                                       NULL};

const struct mta_advice mta_exim_advice[] = {
    {.lines = priorities,
     .why =
         "Nothing below TLS 1.2, no suites without forward secrecy or with finite-field "
         "Diffie-Hellman, no signatures with SHA-1, and, where certificates are verified, no keys "
         "below 2048 bits.",
     .needs_tls = true,
     .verdicts = 1U << VERDICT_FOOLED,
     .names = old,
     .library = "GnuTLS"},
    {.lines = sni,
     .why = "The server is told which name is looked for (SNI), and can choose the certificate.",
     .verdicts = 1U << VERDICT_TURNED_AWAY | 1U << VERDICT_LEAKED,
     .names = server_name},
    {.lines = "hosts_require_tls = *\ntls_verify_hosts = *\ntls_verify_cert_hostnames = *\n",
     .why = "Certificates are verified, and mail goes over TLS or not at all. With * this is for "
            "smarthosts and closed groups: many public mail servers have certificates that do not "
            "verify, and mail to them would stay in the queue. Else name the hosts in place of *.",
     .stops_leaks = true,
     .verdicts = 1U << VERDICT_FOOLED,
     .layers = 1U << LAYER_CERTIFICATE | 1U << LAYER_CHAIN | 1U << LAYER_KEY |
               1U << LAYER_SIGNATURE | 1U << LAYER_PRESET,
     .names = stapled,
     .but = accepted,
     .brings = {priorities, sni},
     .replaces = require},
    {.lines = require,
     .why = "Mail goes over TLS or not at all, with any certificate. Mail to servers without TLS "
            "stays in the queue; the list can name hosts in place of *.",
     .stops_leaks = true,
     .layers = 1U << LAYER_STARTTLS},
    {.lines = NULL},
};
