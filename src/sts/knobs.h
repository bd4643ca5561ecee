/* knobs - what can be wrong with a mail domain's MTA-STS (RFC 8461).  Plain data: all-zero is a domain without a policy.
 *
 * No struct has padding, since knobs are compared as bytes (fault/recipe.h).
 *
 * A sound policy is: one TXT record at _mta-sts.DOMAIN, and at https://mta-sts.DOMAIN/.well-known/mta-sts.txt, with a good
 * certificate, version STSv1, mode enforce, max_age a day, and the domain's host as its one mx. */
#ifndef DOORMAT_STS_KNOBS_H
#define DOORMAT_STS_KNOBS_H

enum sts_policy_is { STS_POLICY_ABSENT, STS_POLICY_THERE };

enum sts_record { /* the TXT record, 3.1.  The last five are valid. */
                  STS_RECORD_SOUND,
                  STS_RECORD_NONE,
                  STS_RECORD_TWO,
                  STS_RECORD_VERSION, /* STSv2 */
                  STS_RECORD_NO_ID,
                  STS_RECORD_ID_LONG,      /* 33 characters */
                  STS_RECORD_ID_CHARACTER, /* a hyphen in it */
                  STS_RECORD_VERSION_LAST, /* id first */
                  STS_RECORD_NO_SEMICOLON, /* between version and id */
                  STS_RECORD_BESIDE_OTHER, /* another TXT record, of something else, at the name */
                  STS_RECORD_SPLIT,        /* in several strings */
                  STS_RECORD_EXTENSION,    /* a field that nobody knows */
                  STS_RECORD_SPACES,       /* around the semicolons */
                  STS_RECORD_ALIAS,        /* a CNAME leads to it */
                  STS_RECORD_COUNT
};

enum sts_mode { STS_MODE_ENFORCE, STS_MODE_TESTING, STS_MODE_NONE, STS_MODE_COUNT };

enum sts_mx { /* which hosts the policy lists, 4.1 */
              STS_MX_HOST,
              STS_MX_OTHER,               /* another host, listed.DOMAIN */
              STS_MX_NONE,                /* no line */
              STS_MX_WILDCARD,            /* *.DOMAIN: the host is of that pattern */
              STS_MX_WILDCARD_TWO_LABELS, /* the host has two labels where the asterisk is */
              STS_MX_WILDCARD_APEX,       /* *.HOST: the host has none */
              STS_MX_TWO_WILDCARDS,       /* *.*.APEX, which is no pattern */
              STS_MX_TYPO,                /* "nmx: HOST" in place of "mx: HOST" */
              STS_MX_TRAILING_DOT,        /* "mx: HOST." */
              STS_MX_ADDRESS_BESIDE,      /* an address besides the host */
              STS_MX_COUNT
};

enum sts_text { /* what is odd in the policy's text, 3.2.  From LF on it is valid. */
                STS_TEXT_SOUND, /* lines end with CRLF */
                STS_TEXT_BOM,   /* bytes EF BB BF in front */
                STS_TEXT_NO_VERSION,
                STS_TEXT_VERSION_2,
                STS_TEXT_NO_MODE,
                STS_TEXT_UNKNOWN_MODE,
                STS_TEXT_NO_MAX_AGE,
                STS_TEXT_LONG_MAX_AGE, /* 11 digits */
                STS_TEXT_NEGATIVE_MAX_AGE,
                STS_TEXT_EMPTY,
                STS_TEXT_HTML, /* a page in place of the policy */
                STS_TEXT_LF,
                STS_TEXT_MIXED,          /* LF and CRLF by turns */
                STS_TEXT_DUPLICATE_MODE, /* the first one counts; the second says none */
                STS_TEXT_UNKNOWN_KEY,
                STS_TEXT_ORDER, /* the version is the last line */
                STS_TEXT_NO_LAST_NEWLINE,
                STS_TEXT_TABS, /* behind the colons */
                STS_TEXT_COUNT
};

enum sts_http { /* how the policy is given, 3.3 */
                STS_HTTP_SOUND,
                STS_HTTP_MOVED, /* 301, to the policy at another path of the same host */
                STS_HTTP_FOUND, /* 302, likewise */
                STS_HTTP_NOT_FOUND, /* from here to NO_CONTENT: with the policy as the body, where there may be one */
                STS_HTTP_SERVER_ERROR,
                STS_HTTP_NO_CONTENT,
                STS_HTTP_TYPE_HTML,       /* text/html */
                STS_HTTP_LARGE,           /* more than 64 KiB */
                STS_HTTP_ENDLESS,         /* without a length */
                STS_HTTP_CHUNKED_ENDLESS, /* in chunks */
                STS_HTTP_SILENT,          /* never */
                STS_HTTP_DRIP,            /* a byte a second */
                STS_HTTP_COUNT
};

enum sts_host { /* TLS of the policy's host, 3.3 (host.h) */
                STS_HOST_SOUND,
                STS_HOST_UNTRUSTED,
                STS_HOST_EXPIRED,
                STS_HOST_WRONG_NAME,
                STS_HOST_NAME_IN_CN, /* no subjectAltName */
                STS_HOST_SNI_REQUIRED,
                STS_HOST_TLS11,
                STS_HOST_SELF_SIGNED,
                STS_HOST_COUNT
};

struct sts_knobs {
    enum sts_policy_is policy;
    enum sts_record record;
    enum sts_mode mode;
    enum sts_mx mx;
    enum sts_text text;
    enum sts_http http;
    enum sts_host host;
};

#endif
