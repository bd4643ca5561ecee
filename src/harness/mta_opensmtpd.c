/* OpenSMTPD: a configuration with one action, whose options are those of the machine's last `relay`, and a table that leads
 * each test domain to its port.  Queue and socket have their paths built in: ours are laid over them. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "harness/mta_class.h"
#include "net/ask.h"
#include "net/cover.h"
#include "report/settings.h"

enum { ANSWER_MAX_B = 64 * 1024, WORDS_MAX = 64, DEPTH_MAX = 4 };

static const char machine_file[] = "/etc/smtpd.conf",
                  bundle[] = "/etc/ssl/certs/ca-certificates.crt";

/* What is laid over what. */
static const struct {
    const char *ours, *theirs;
} covers[] = {{"spool", "/var/spool/smtpd"}, {"run", "/run"}, {"ca.pem", bundle}};

static const char *const changed[] = {
    "/var/spool/smtpd and /run are empty directories of this run, for its processes alone.",
    "Nothing listens on the network. One action relays each test domain to its own port, with the "
    "options of the machine's; there is no other mail.",
    "The certificate authority of the test is trusted beside those of the system.",
    "Each message comes from an address of its own in 127.1.0.0/16, by IPv4: OpenSMTPD rests a route "
    "that fails.",
    "As many sessions as there are tests run at a time (mta limit), each for one message.",
    "The test server ends a connection that stands still after 20 s; OpenSMTPD would wait for 300 s.",
};

struct config {
    struct buf kept;    /* lines that concern what goes out */
    char *scheme;       /* "smtp", "smtp+tls" */
    struct buf options; /* of the relay: " tls no-verify" */
    bool has_relay;
};

/* --- the machine's lines --- */

/* The words of a line, quotes taken away; returns how many. */
static size_t split(char *line, char *words[WORDS_MAX]) {
    size_t n = 0;

    for (char *at = line; *at != '\0' && *at != '#' && n < WORDS_MAX;) {
        char end = *at == '"' ? '"' : ' ';

        if (*at == ' ' || *at == '\t') {
            at++;
            continue;
        }
        at += *at == '"';
        words[n++] = at;
        at += end == '"' ? strcspn(at, "\"") : strcspn(at, " \t");
        if (*at != '\0')
            *at++ = '\0';
    }
    return n;
}

/* `relay` with options: those that say how TLS is used stay, and of a relay host its scheme. */
static void take_relay(struct config *config, char *const *words, size_t count) {
    for (size_t i = 0; i + 1 < count; i++) /* into a mailbox */
        if (strcmp(words[i], "host") == 0 && strncmp(words[i + 1], "lmtp", 4) == 0)
            return;
    config->has_relay = true;
    free(config->scheme);
    config->scheme = mem_strdup("smtp");
    buf_reset(&config->options);
    for (size_t i = 0; i < count; i++) {
        bool has_next = i + 1 < count;

        if (strcmp(words[i], "tls") == 0)
            buf_printf(&config->options, " tls%s",
                       has_next && strcmp(words[i + 1], "no-verify") == 0 ? " no-verify" : "");
        if (strcmp(words[i], "helo") == 0 && has_next)
            buf_printf(&config->options, " helo \"%s\"", words[i + 1]);
        const char *mark =
            has_next && strcmp(words[i], "host") == 0 ? strstr(words[i + 1], "://") : NULL;
        if (mark != NULL) {
            free(config->scheme);
            config->scheme = mem_strndup(words[i + 1], (size_t)(mark - words[i + 1]));
        }
    }
}

static int read_file(struct config *config, const char *path, int depth, struct err *err);

static int take_line(struct config *config, char *line, int depth, struct err *err) {
    char *copy = mem_strdup(line), *words[WORDS_MAX];
    size_t count = split(copy, words);
    int rc = 0;

    if (count > 1 && strcmp(words[0], "include") == 0)
        rc = read_file(config, words[1], depth + 1, err);
    else if (count > 2 && strcmp(words[0], "smtp") == 0 && strcmp(words[1], "ciphers") == 0)
        buf_printf(&config->kept, "%s\n", line);
    else if (count > 2 && strcmp(words[0], "action") == 0 && strcmp(words[2], "relay") == 0)
        take_relay(config, words + 3, count - 3);
    free(copy);
    return rc;
}

/* A backslash at the end of a line goes on with the next. */
static void join_lines(struct buf *text) {
    for (size_t i = 0; i + 1 < text->len; i++)
        if (text->data[i] == '\\' && text->data[i + 1] == '\n')
            text->data[i] = text->data[i + 1] = ' ';
}

static int read_file(struct config *config, const char *path, int depth, struct err *err) {
    struct buf text;

    if (depth > DEPTH_MAX)
        return err_set(err, "%s: too many files within files", path);
    buf_init(&text, MTA_CONFIG_MAX_B);
    int rc = file_read(path, &text, err);
    join_lines(&text);
    char *rest = rc == 0 && text.len > 0 ? (char *)text.data : NULL;
    for (char *line; rc == 0 && (line = strsep(&rest, "\n")) != NULL;)
        rc = take_line(config, line, depth, err);
    buf_fini(&text);
    return rc;
}

/* --- the instance --- */

/* A line that was tried is an option of the relay: "relay tls", "relay tls no-verify"; or one of its own. */
static int take_lines(const struct mta *mta, struct config *config, struct err *err) {
    char *copy = mem_strdup(mta->setup->lines), *rest = copy, *words[WORDS_MAX];

    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        if (strncmp(line, "relay", 5) != 0) {
            if (take_line(config, line, 0, err) != 0)
                break;
            continue;
        }
        size_t count = split(line, words);
        for (size_t i = 1; i < count; i++)
            if (strcmp(words[i], "tls") == 0 && strstr(buf_text(&config->options), " tls") == NULL)
                buf_puts(&config->options, " tls");
    }
    free(copy);
    return 0;
}

/* An action for each test domain, with a source address of its own: a route, which is a pair of addresses, rests for a while
 * when it fails, and a relay that has several goes through all of them. */
static void put_route(const struct mta *mta, const struct config *config, size_t index,
                      struct buf *out) {
    const struct mta_route *route = &mta->setup->routes[index];

    buf_printf(out,
               "action \"a%zu\" relay host \"%s://%s:%u\" src \"127.1.%zu.%zu\"%s\n"
               "match from local for domain \"%s\" action \"a%zu\"\n",
               index, config->scheme, mta->setup->host, mta_port(mta, route), index / 200 % 200,
               index % 200 + 1, buf_text(&config->options), route->domain, index);
}

static int write_config(const struct mta *mta, const struct config *config, struct err *err) {
    const struct mta_setup *setup = mta->setup;
    static const char *const limits[] = {"max-conn-per-host",   "max-conn-per-route",
                                         "max-conn-per-source", "max-conn-per-connector",
                                         "max-conn-per-relay",  "max-conn-per-domain"};
    struct buf text;

    buf_init(&text, MTA_CONFIG_MAX_B);
    buf_puts(&text, buf_text(&config->kept));
    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        buf_printf(&text, "mta limit %s %zu\n", limits[i], setup->route_count + 1);
    buf_puts(&text, "mta limit session-keepalive 0\nmta limit session-transaction-delay 0\n"
                    "mta limit reconn-delay-route 0\nmta limit inet4\n");
    for (size_t i = 0; i < setup->route_count; i++)
        put_route(mta, config, i, &text);
    int rc = text.overflow ? err_set(err, "the configuration is too long")
                           : mta_write_like(mta, "smtpd.conf", buf_text(&text), machine_file, err);
    buf_fini(&text);
    return rc;
}

static int lay_covers(struct mta *mta, struct err *err) {
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < ARRAY_LEN(covers); i++) {
        char *ours = mta_path(mta, covers[i].ours);
        bool is_dir = strchr(covers[i].ours, '.') == NULL;

        if (is_dir)
            rc = file_make_dir(ours, 0711, err);
        if (rc == 0 && is_dir && access(covers[i].theirs, F_OK) != 0)
            rc = err_errno(err, "%s, which is built into OpenSMTPD", covers[i].theirs);
        if (rc == 0 && access(covers[i].theirs, F_OK) == 0) {
            rc = cover_with(ours, covers[i].theirs, err);
            mta->covered |= (rc == 0 ? 1U : 0U) << i;
        }
        free(ours);
    }
    return rc;
}

static void clean(struct mta *mta) {
    for (size_t i = 0; i < ARRAY_LEN(covers); i++)
        if ((mta->covered >> i & 1) != 0)
            cover_undo(covers[i].theirs);
}

/* "version: OpenSMTPD 6.8.0p2", with the status of a usage error. */
static int find_version(const struct mta *mta, struct err *err) {
    static const char begin[] = "OpenSMTPD ";
    struct buf answer;

    buf_init(&answer, ANSWER_MAX_B);
    int status = ask_program((const char *const[]){mta->program, "-h", NULL}, true, &answer, err);
    const char *version = status < 0 ? NULL : strstr(buf_text(&answer), begin);
    int rc = version == NULL ? err_set(err, "%s does not answer like OpenSMTPD", mta->program) : 0;
    if (rc == 0)
        mta->setup->about->version =
            mem_strndup(version + strlen(begin), strcspn(version + strlen(begin), "\n"));
    buf_fini(&answer);
    return rc;
}

/* Only a part of the machine's lines goes into the copy; what it cannot understand may be in the others. */
static int check_machine(const struct mta *mta, struct err *err) {
    struct buf answer;

    buf_init(&answer, ANSWER_MAX_B);
    int rc =
        mta_ask(&answer, err, (const char *const[]){mta->program, "-n", "-f", machine_file, NULL});
    if (rc != 0)
        err_prefix(err, "%s cannot be used as it is", machine_file);
    buf_fini(&answer);
    return rc;
}

static void tell_seen(const struct mta *mta, const struct config *config) {
    struct run_settings *about = mta->setup->about;
    bool demands =
        strstr(buf_text(&config->options), " tls") != NULL || strcmp(config->scheme, "smtp") != 0;

    texts_add(&about->seen, "relay%s", buf_text(&config->options));
    texts_add(&about->seen, "%s://", config->scheme);
    if (config->kept.len > 0)
        texts_add(&about->seen, "%.*s", (int)strcspn(buf_text(&config->kept), "\n"),
                  buf_text(&config->kept));
    about->opportunistic = !demands;
    for (size_t i = 0; i < ARRAY_LEN(changed); i++)
        texts_add(&about->changed, "%s", changed[i]);
}

/* As "sendmail" its smtpctl hands in a message. */
static int set_commands(struct mta *mta, struct err *err) {
    char *conf = mta_path(mta, "smtpd.conf"), *link = mta_path(mta, "sendmail");
    char *control = mta_beside(mta, "smtpctl");
    int rc = access(control, X_OK) == 0 ? 0 : err_errno(err, "%s, which hands in mail", control);

    if (rc == 0 && symlink(control, link) != 0)
        rc = err_errno(err, "%s", link);
    mta_set_argv(mta->argv, (const char *const[]){link, "-f", "{from}", "{to}", NULL});
    mta_set_argv(mta->daemon_argv,
                 (const char *const[]){mta->program, "-d", "-v", "-v", "-f", conf, NULL});
    free(conf);
    free(link);
    free(control);
    return rc;
}

static int prepare(struct mta *mta, struct err *err) {
    struct config config = {0};

    mta->machine = mem_strdup(machine_file);
    mta->setup->about->where = mem_strdup(machine_file);
    if (find_version(mta, err) != 0)
        return -1;
    buf_init(&config.kept, MTA_CONFIG_MAX_B);
    buf_init(&config.options, ANSWER_MAX_B);
    int rc = check_machine(mta, err);
    if (rc == 0)
        rc = read_file(&config, machine_file, 0, err);
    if (rc == 0 && !config.has_relay)
        rc = err_set(err, "%s has no action that relays", machine_file);
    if (rc == 0)
        tell_seen(mta, &config);
    mta->is_implicit = rc == 0 && strcmp(config.scheme, "smtps") == 0;
    if (rc == 0 && take_lines(mta, &config, err) == 0 &&
        mta_write_anchors(mta, access(bundle, R_OK) == 0 ? bundle : NULL, err) == 0 &&
        write_config(mta, &config, err) == 0 && set_commands(mta, err) == 0)
        rc = lay_covers(mta, err);
    else
        rc = -1;
    buf_fini(&config.kept);
    buf_fini(&config.options);
    free(config.scheme);
    return rc;
}

/* "... mta delivery evpid=... from=<...> to=<...> rcpt=<-> source=... relay=... delay=1s result="TempFail" stat=..." */
static long read_line(struct mta *mta, const char *line, bool *tried, bool *last) {
    if (strstr(line, " mta delivery ") == NULL)
        return mta_port_in(mta, line);
    *tried = *last = true;
    return mta_recipient_in(mta, line, " to=<", '>');
}

/* Measured with OpenSMTPD 6.8 and OpenSSL 3.0. */
static const char *const suites[] = {
    "camellia",           "aria", "static-rsa", "dhe-composite", "dhe-smooth-prime",
    "dhe-small-subgroup", NULL};
/* What it accepts at its strictest. */
static const char *const accepted[] = {"no-san",
                                       "empty-subject-plain-san",
                                       "wrong-eku-*",
                                       "empty-eku",
                                       "wrong-key-usage",
                                       "key-usage-cert-sign",
                                       "pathlen-without-ca",
                                       "must-staple-no-staple",
                                       "v1-*",
                                       "empty-san",
                                       "intermediate-wrong-eku",
                                       "empty-issuer",
                                       "policy-required",
                                       "upper-wrong-eku",
                                       "policy-other",
                                       "rsa1024",
                                       "rsa512",
                                       "rsa768",
                                       "rsa1536",
                                       "rsa2047",
                                       "rsa-close-primes",
                                       "rsa-roca",
                                       "rsa-e-1",
                                       "weak-intermediate-key",
                                       "sha1",
                                       "md5",
                                       "sha1-intermediate",
                                       "ripemd160",
                                       "pss-sha1",
                                       "pss-mgf1-sha1",
                                       "pss-no-salt",
                                       NULL};

static const struct mta_advice advice[] = {
    {.lines = "smtp ciphers \"HIGH:!aNULL:!kRSA:!kDHE:!CAMELLIA:!ARIA\"\n",
     .why = "No cipher suites without forward secrecy, with finite-field Diffie-Hellman, or with "
            "ciphers that no policy lists.",
     .needs_tls = true,
     .verdicts = 1U << VERDICT_FOOLED,
     .names = suites},
    {.lines = "relay tls\n",
     .why =
         "The option tls of the action that relays. Certificates are verified, and mail goes over "
         "TLS or not at all. For all destinations this is for smarthosts and closed groups: else "
         "give single domains an action of their own, with match for domain.",
     .stops_leaks = true,
     .verdicts = 1U << VERDICT_FOOLED,
     .layers = 1U << LAYER_CERTIFICATE | 1U << LAYER_CHAIN | 1U << LAYER_KEY |
               1U << LAYER_SIGNATURE | 1U << LAYER_PRESET,
     .but = accepted},
    {.lines = NULL},
};

static const char *const complaints[] = {
    "could not", ": unknown user", "fatal", ": chroot: ", "Failed to", ": Permission denied", NULL};

const struct mta_class mta_opensmtpd = {.name = "opensmtpd",
                                        .title = "OpenSMTPD",
                                        .program = "smtpd",
                                        .has_daemon = true,
                                        .ready = "ecdsa_engine_init",
                                        .socket = "/run/smtpd.sock",
                                        .check = "smtpd -n",
                                        .complaints = complaints,
                                        .broken = "Failed to parse smarthost",
                                        .prepare = prepare,
                                        .clean = clean,
                                        .read_line = read_line,
                                        .advice = advice};
