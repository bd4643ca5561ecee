/* scripted - senders of mail, scripted byte by byte, for what no real one does so reliably.
 *
 * usage: scripted MODE [VERSIONS], in the environment of `doormat try`; VERSIONS: any, tls10, tls11, tls12, tls13.
 *
 * careless     checks nothing, offers everything, takes any line for a reply and any reply for a yes, keeps what it read before
 *              TLS, passes the message on as it stands, and goes on in plaintext on the same connection where TLS fails, or on
 *              another where that fails; it gives its password to whoever offers AUTH then
 * eager        likewise, and logs in as soon as AUTH is offered, before STARTTLS too
 * encrypts     likewise, but sends nothing without TLS
 * timid        is strict, and comes back in plaintext at the first surprise
 * strict       checks everything, reads whole replies, leaves at the first surprise
 *
 * These send in plaintext, each in its own way, once they have asked for TLS; they are sound at a control:
 * plain        never begins the handshake
 * pipe         sends all behind STARTTLS, in the same write
 * fall-alert   verifies; where that fails: the alert and the message in one write
 * fall-noalert likewise, without the alert
 * fall-slow    likewise, and waits for the server between alert and message
 * unwrap       ends TLS with close_notify after the handshake, and goes on */
#include "scripted.h"

#include <ctype.h>
#include <openssl/err.h>
#include <strings.h>

static const char password[] = "AUTH PLAIN AHVzZXIAcGFzcw==";

struct careless {
    struct wire wire;
    const struct message *message;
    bool is_eager, needs_tls, says_helo, secured, logged_in;
    char listed[65536]; /* what EHLO was answered last, in capitals */
};

const char *sender_env(const char *name) {
    const char *value = getenv(name);

    return value != NULL ? value : "";
}

static int read_message(struct message *message) {
    FILE *file = fopen(sender_env("DOORMAT_MESSAGE"), "rb");
    long size_b = -1;

    if (file == NULL)
        return -1;
    if (fseek(file, 0, SEEK_END) == 0)
        size_b = ftell(file);
    rewind(file);
    message->data = size_b < 0 ? NULL : malloc((size_t)size_b + 1);
    if (message->data != NULL)
        message->data_b = fread(message->data, 1, (size_t)size_b, file);
    fclose(file);
    return message->data != NULL && message->data_b == (size_t)size_b ? 0 : -1;
}

static const struct {
    const char *name;
    int version;
} versions_known[] = {
    {"any", 0},
    {"tls10", TLS1_VERSION},
    {"tls11", TLS1_1_VERSION},
    {"tls12", TLS1_2_VERSION},
    {"tls13", TLS1_3_VERSION},
};

void limit_versions(SSL_CTX *context, const char *versions) {
    for (size_t i = 0; i < sizeof versions_known / sizeof *versions_known; i++)
        if (strcmp(versions_known[i].name, versions) == 0 && versions_known[i].version != 0) {
            SSL_CTX_set_min_proto_version(context, versions_known[i].version);
            SSL_CTX_set_max_proto_version(context, versions_known[i].version);
        }
}

/* All of these that the library knows: a list is refused whole if it has one name too many. */
static void offer_known(SSL_CTX *context, const char *const *names,
                        int (*set)(SSL_CTX *context, const char *list)) {
    char list[2048] = "";
    size_t list_b = 0;

    for (; *names != NULL; names++)
        if (set(context, *names) == 1)
            list_b += (size_t)snprintf(list + list_b, sizeof list - list_b, "%s%s",
                                       list_b > 0 ? ":" : "", *names);
    ERR_clear_error();
    set(context, list);
}

static int set_groups(SSL_CTX *context, const char *list) {
    return (int)SSL_CTX_set1_groups_list(context, list);
}

static int set_schemes(SSL_CTX *context, const char *list) {
    return (int)SSL_CTX_set1_sigalgs_list(context, list);
}

/* Whatever the library itself would still object to at its lowest level. */
static int allow(const SSL *ssl, const SSL_CTX *context, int op, int bits, int nid, void *other,
                 void *ex) {
    (void)ssl, (void)context, (void)op, (void)bits, (void)nid, (void)other, (void)ex;
    return 1;
}

static SSL_CTX *careless_context(const char *versions) {
    /* The groups first that most servers have; a client sends a share for the first alone. */
    static const char *const groups[] = {"X25519",          "P-256",           "X448",
                                         "P-384",           "P-521",           "brainpoolP256r1",
                                         "brainpoolP384r1", "brainpoolP512r1", "ffdhe2048",
                                         "ffdhe3072",       "ffdhe4096",       "ffdhe6144",
                                         "ffdhe8192",       "P-192",           "P-224",
                                         "secp256k1",       "secp160k1",       "secp160r1",
                                         "secp160r2",       "secp192k1",       "secp224k1",
                                         "sect163k1",       "sect163r1",       "sect163r2",
                                         "sect193r1",       "sect193r2",       "sect233k1",
                                         "sect233r1",       "sect239k1",       "sect283k1",
                                         "sect283r1",       "sect409k1",       "sect409r1",
                                         "sect571k1",       "sect571r1",       NULL};
    static const char *const schemes[] = {
        "ECDSA+SHA256",   "ECDSA+SHA384",       "ECDSA+SHA512",       "ed25519",
        "ed448",          "rsa_pss_pss_sha256", "rsa_pss_pss_sha384", "rsa_pss_pss_sha512",
        "RSA-PSS+SHA256", "RSA-PSS+SHA384",     "RSA-PSS+SHA512",     "RSA+SHA256",
        "RSA+SHA384",     "RSA+SHA512",         "ECDSA+SHA224",       "RSA+SHA224",
        "ECDSA+SHA1",     "RSA+SHA1",           "DSA+SHA256",         "DSA+SHA384",
        "DSA+SHA512",     "DSA+SHA224",         "DSA+SHA1",           NULL};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_security_callback(context, allow);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, 0);
    SSL_CTX_set_cipher_list(context, "ALL:eNULL:aNULL:COMPLEMENTOFDEFAULT:@SECLEVEL=0");
    SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                      "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_CCM_SHA256:"
                                      "TLS_AES_128_CCM_8_SHA256");
    offer_known(context, groups, set_groups);
    offer_known(context, schemes, set_schemes);
    SSL_CTX_set_options(context, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                     SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
    SSL_CTX_set_max_cert_list(context, 16L * 1024 * 1024);
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    limit_versions(context, versions);
    return context;
}

/* --- the careless dialogue --- */

static bool is_first_of_many(const char *line) {
    return isdigit((unsigned char)line[0]) && isdigit((unsigned char)line[1]) &&
           isdigit((unsigned char)line[2]) && line[3] == '-';
}

/* Any line for a reply; the listing keeps as much as there is room for. */
static int careless_reply(struct careless *sender) {
    size_t listed_b = 0;

    sender->listed[0] = '\0';
    do {
        if (wire_read_line(&sender->wire) != 0)
            return -1;
        for (size_t i = 0; i < sender->wire.line_b && listed_b + 1 < sizeof sender->listed; i++)
            sender->listed[listed_b++] = (char)toupper((unsigned char)sender->wire.line[i]);
        sender->listed[listed_b] = '\0';
    } while (is_first_of_many(sender->wire.line));
    return 0;
}

static int careless_command(struct careless *sender, const char *text) {
    return wire_say(&sender->wire, text) == 0 ? careless_reply(sender) : -1;
}

static int say_with(struct careless *sender, const char *verb, const char *variable,
                    const char *end) {
    char text[512];

    snprintf(text, sizeof text, "%s%s%s", verb, sender_env(variable), end);
    return careless_command(sender, text);
}

/* EHLO, or HELO where that is not understood; then the password, to whoever wants it. */
static int careless_hello(struct careless *sender, bool logs_in) {
    if (sender->says_helo)
        return say_with(sender, "HELO ", "DOORMAT_HELO", "");
    if (say_with(sender, "EHLO ", "DOORMAT_HELO", "") != 0)
        return -1;
    if (strncmp(sender->listed, "250", 3) != 0)
        return say_with(sender, "HELO ", "DOORMAT_HELO", "");
    if (strstr(sender->listed, "AUTH") == NULL || sender->logged_in || !logs_in)
        return 0;
    char *kept = strdup(sender->listed);
    int rc = careless_command(sender, password);
    snprintf(sender->listed, sizeof sender->listed, "%s", kept);
    free(kept);
    sender->logged_in = sender->wire.ssl != NULL;
    return rc;
}

static int careless_mail(struct careless *sender) {
    if (sender->needs_tls && !sender->secured)
        return -1;
    if (say_with(sender, "MAIL FROM:<", "DOORMAT_FROM", ">") != 0 ||
        say_with(sender, "RCPT TO:<", "DOORMAT_TO", ">") != 0 ||
        careless_command(sender, "DATA") != 0 ||
        wire_send(&sender->wire, sender->message->data, sender->message->data_b) != 0 ||
        wire_send(&sender->wire, "\r\n.\r\n", 5) != 0 || careless_reply(sender) != 0)
        return -1;
    (void)wire_say(&sender->wire, "QUIT");
    return 0;
}

static int careless_deliver(struct careless *sender, SSL_CTX *context) {
    if (careless_reply(sender) != 0 || careless_hello(sender, sender->is_eager) != 0)
        return -1;
    if (strstr(sender->listed, "STARTTLS") != NULL) {
        if (careless_command(sender, "STARTTLS") != 0)
            return -1;
        sender->secured = sender->listed[0] == '2' && wire_secure(&sender->wire, context) == 0;
    }
    if (sender->needs_tls && !sender->secured)
        return -1;
    if (careless_hello(sender, true) != 0)
        return -1;
    return careless_mail(sender);
}

/* A new connection, and no word of TLS: not even EHLO. */
static int deliver_in_plaintext(struct careless *sender) {
    int rc = -1;

    wire_close(&sender->wire);
    sender->says_helo = true;
    if (wire_open(&sender->wire, sender_env("DOORMAT_PORT"), SENDER_TIMEOUT_MS) == 0 &&
        careless_reply(sender) == 0 && careless_hello(sender, true) == 0)
        rc = careless_mail(sender);
    return rc;
}

static int run_careless(const char *mode, const struct message *message, const char *versions) {
    static struct careless sender; /* a megabyte */
    SSL_CTX *context = careless_context(versions);
    int rc = -1;

    sender.message = message;
    sender.is_eager = strcmp(mode, "eager") == 0;
    sender.needs_tls = strcmp(mode, "encrypts") == 0;
    if (wire_open(&sender.wire, sender_env("DOORMAT_PORT"), SENDER_TIMEOUT_MS) == 0)
        rc = careless_deliver(&sender, context);
    if (rc != 0 && !sender.needs_tls)
        rc = deliver_in_plaintext(&sender);
    wire_close(&sender.wire);
    SSL_CTX_free(context);
    return rc;
}

static int run_strict(const char *mode, const struct message *message, const char *versions) {
    (void)mode;
    return strict_deliver(message, versions);
}

static int run_timid(const char *mode, const struct message *message, const char *versions) {
    static struct careless sender;

    (void)mode;
    if (strict_deliver(message, versions) == 0)
        return 0;
    sender.message = message;
    sender.wire.fd = -1;
    int rc = deliver_in_plaintext(&sender);
    wire_close(&sender.wire);
    return rc;
}

/* --- in plaintext, wherever that can be said --- */

static int send_all(struct wire *wire, const char *first, const struct message *message) {
    char head[2048];
    int head_b = snprintf(
        head, sizeof head, "%sEHLO %s\r\nMAIL FROM:<%s>\r\nRCPT TO:<%s>\r\nDATA\r\n", first,
        sender_env("DOORMAT_HELO"), sender_env("DOORMAT_FROM"), sender_env("DOORMAT_TO"));
    static const char end[] = "\r\n.\r\nQUIT\r\n";
    size_t all_b = (size_t)head_b + message->data_b + sizeof end - 1;
    char *all = malloc(all_b);

    memcpy(all, head, (size_t)head_b);
    memcpy(all + head_b, message->data, message->data_b);
    memcpy(all + head_b + message->data_b, end, sizeof end - 1);
    int rc = wire_send(wire, all, all_b);
    free(all);
    return rc;
}

static void fall(struct careless *sender, const char *mode) {
    SSL_CTX *context = strict_context("any");
    bool is_slow = strcmp(mode, "fall-slow") == 0;
    enum { SLOW_MS = 300 };

    sender->wire.drops_last_word = strcmp(mode, "fall-noalert") == 0;
    if (wire_secure(&sender->wire, context) == 0 && !strict_accepts(sender->wire.ssl))
        wire_unwrap(&sender->wire);
    if (is_slow && sender->wire.ssl == NULL)
        wire_wait(&sender->wire, SLOW_MS);
    (void)send_all(&sender->wire, "", sender->message);
    SSL_CTX_free(context);
}

static void unwrap(struct careless *sender) {
    SSL_CTX *context = careless_context("any");

    if (wire_secure(&sender->wire, context) == 0)
        wire_unwrap(&sender->wire);
    (void)send_all(&sender->wire, "", sender->message);
    SSL_CTX_free(context);
}

static int run_plaintext(const char *mode, const struct message *message, const char *versions) {
    static struct careless sender;
    bool is_pipe = strcmp(mode, "pipe") == 0;

    if (strncmp(sender_env("DOORMAT_FAULT"), "control", 7) == 0)
        return strict_deliver(message, versions);
    sender.message = message;
    if (wire_open(&sender.wire, sender_env("DOORMAT_PORT"), SENDER_TIMEOUT_MS) == 0 &&
        careless_reply(&sender) == 0 && say_with(&sender, "EHLO ", "DOORMAT_HELO", "") == 0) {
        if (is_pipe)
            (void)send_all(&sender.wire, "STARTTLS\r\n", message);
        else if (careless_command(&sender, "STARTTLS") != 0 || strcmp(mode, "plain") == 0)
            (void)send_all(&sender.wire, "", message);
        else if (strcmp(mode, "unwrap") == 0)
            unwrap(&sender);
        else
            fall(&sender, mode);
        wire_drain(&sender.wire);
    }
    wire_close(&sender.wire);
    return -1;
}

static const struct {
    const char *name;
    int (*run)(const char *mode, const struct message *message, const char *versions);
} modes[] = {
    {"careless", run_careless},   {"eager", run_careless},       {"encrypts", run_careless},
    {"timid", run_timid},         {"strict", run_strict},        {"plain", run_plaintext},
    {"pipe", run_plaintext},      {"fall-alert", run_plaintext}, {"fall-noalert", run_plaintext},
    {"fall-slow", run_plaintext}, {"unwrap", run_plaintext},
};

int main(int argc, char **argv) {
    struct message message = {0};
    int rc = -1;

    if (argc < 2 || read_message(&message) != 0) {
        fprintf(stderr, "usage: scripted MODE [VERSIONS], under doormat try\n");
        return 2;
    }
    for (size_t i = 0; i < sizeof modes / sizeof *modes; i++)
        if (strcmp(modes[i].name, argv[1]) == 0)
            rc = modes[i].run(argv[1], &message, argc > 2 ? argv[2] : "any");
    free(message.data);
    return rc == 0 ? 0 : 1;
}
