/* sendmail: the machine's sendmail.cf without the lines that name its queue, filters and limits, and with a mailer that goes
 * to the port of the test.  There is no daemon: `sendmail -odi` delivers. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "harness/mta_class.h"
#include "net/ask.h"
#include "report/settings.h"

enum { ANSWER_MAX_B = 256 * 1024, MAILER_MAX_B = 8 * 1024 };

static const char machine_file[] = "/etc/mail/sendmail.cf", access_file[] = "/etc/mail/access";

/* How lines of sendmail.cf begin that are left out, with those that go on with them. */
static const char *const left_out[] = {"O QueueDirectory",
                                       "O Timeout.",
                                       "O PidFile",
                                       "O CACertFile",
                                       "O HostStatusDirectory",
                                       "O DeliveryMode",
                                       "O ServiceSwitchFile",
                                       "O QueueLA",
                                       "O RefuseLA",
                                       "O DelayLA",
                                       "O DaemonPortOptions",
                                       "O InputMailFilters",
                                       "O StatusFile",
                                       "O HelpFile",
                                       "O ConnectionRateThrottle",
                                       "O MaxDaemonChildren",
                                       "O MinFreeBlocks",
                                       "O SingleThreadDelivery",
                                       "O DontBlameSendmail",
                                       "O MaxQueueChildren",
                                       "O RunAsUser",
                                       "O DoubleBounceAddress",
                                       "O PostmasterCopy",
                                       "O SuperSafe",
                                       "X",
                                       "DS",
                                       "Mrelay",
                                       NULL};

static const char *const changed[] = {
    "The queue lies in a temporary directory.",
    "SMART_HOST leads all mail to the port of the test; there are no filters.",
    "The certificate authority of the test is trusted beside those of CACertFile and CACertPath.",
    "Each SMTP time limit is 10 s.",
    "Names come from the hosts file, and not from DNS.",
};

struct config {
    struct buf kept, relay; /* sendmail.cf; the block of the relay mailer without its A= */
    char authorities[512];
    bool has_access;
};

static const char *const *match(const char *const *begins, const char *line) {
    for (; *begins != NULL; begins++)
        if (strncmp(line, *begins, strlen(*begins)) == 0)
            return begins;
    return NULL;
}

/* The mailer's flags and rules stay; where it goes is ours. */
static void take_relay(struct config *config, const char *line, size_t len) {
    const char *argv = memmem(line, len, "A=", 2);

    buf_append(&config->relay, line, argv != NULL ? (size_t)(argv - line) : len);
    buf_puts(&config->relay, argv != NULL ? "" : "\n");
}

static void note_line(struct config *config, const char *line, size_t len) {
    static const char anchors[] = "O CACertFile=";

    if (strncmp(line, anchors, strlen(anchors)) == 0)
        snprintf(config->authorities, sizeof config->authorities, "%.*s",
                 (int)(len - strlen(anchors)), line + strlen(anchors));
    config->has_access = config->has_access || strncmp(line, "Kaccess ", 8) == 0;
}

/* What rules refer to has to stand before them: the smart host, the access table. */
static void put_in_place(const struct mta *mta, struct config *config, const char *line) {
    if (strncmp(line, "DS", 2) == 0)
        buf_printf(&config->kept, "DSrelay:[%s]\n", mta->setup->host);
    else if (strncmp(line, "Kaccess ", 8) == 0)
        buf_printf(&config->kept, "Kaccess hash -T<TMPF> -o %s/access\n", mta->setup->dir);
}

static void take_lines(const struct mta *mta, struct config *config, const char *text) {
    bool drops = false, is_relay = false;

    for (const char *line = text; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        bool goes_on = *line == '\t' || *line == ' ';

        if (!goes_on) {
            drops = match(left_out, line) != NULL || strncmp(line, "Kaccess ", 8) == 0;
            is_relay = strncmp(line, "Mrelay", 6) == 0;
            put_in_place(mta, config, line);
        }
        note_line(config, line, len);
        if (is_relay)
            take_relay(config, line, len);
        if (!drops) {
            buf_append(&config->kept, line, len);
            buf_puts(&config->kept, "\n");
        }
        line += len + (line[len] == '\n');
    }
}

static int read_config(const struct mta *mta, struct config *config, struct err *err) {
    struct buf text;

    buf_init(&text, MTA_CONFIG_MAX_B);
    int rc = file_read(machine_file, &text, err);
    if (rc == 0)
        take_lines(mta, config, buf_text(&text));
    buf_fini(&text);
    if (rc == 0 && config->relay.len == 0)
        rc = err_set(err, "%s has no mailer `relay`: MAILER(`smtp') brings it", machine_file);
    return rc;
}

/* --- what was seen --- */

static void look_at(const struct mta *mta, const char *text) {
    static const char *const telling[] = {"O CACert",    "O TLS", "O CipherList",   "O ClientSSL",
                                          "O SSLEngine", "O CRL", "O DHParameters", NULL};

    for (const char *line = text; *line != '\0'; line += *line == '\n') {
        size_t len = strcspn(line, "\n");

        if (match(telling, line) != NULL)
            texts_add(&mta->setup->about->seen, "%.*s", (int)len, line);
        line += len;
    }
}

/* "Version 8.17.1.9"; it may not get to say it, where its own name takes long to be looked up.  The same run reads the
 * machine's sendmail.cf, and tells of what it cannot understand. */
static int find_version(const struct mta *mta, struct err *err) {
    static const char begin[] = "Version ";
    static const char *const marks[] = {": line ", NULL};
    const char *const words[] = {mta->program, "-d0.1", "-bt", NULL};
    char said[ERR_TEXT_SIZE_B];
    struct run_settings *about = mta->setup->about;
    struct buf answer;
    int rc = 0;

    buf_init(&answer, ANSWER_MAX_B);
    int status = ask_program(words, true, &answer, err);
    const char *version = strstr(buf_text(&answer), begin);
    if (status < 0)
        texts_add(&about->seen, "its version is not known: %s", err->text);
    else if (version == NULL)
        rc = err_set(err, "%s does not answer like sendmail", mta->program);
    else if (status > 0) {
        mta_last_words(buf_text(&answer), marks, said);
        rc = err_set(err, "sendmail -bt ended with status %d: %s", status, said);
    }
    if (rc == 0 && version != NULL)
        about->version =
            mem_strndup(version + strlen(begin), strcspn(version + strlen(begin), "\n"));
    buf_fini(&answer);
    return rc;
}

/* --- the access table: the machine's, with the lines that are tried --- */

static void add_tried(const struct mta *mta, struct buf *access, struct buf *options) {
    for (const char *line = mta->setup->lines; *line != '\0';) {
        size_t len = strcspn(line, "\n");
        struct buf *out = strncmp(line, "O ", 2) == 0 ? options : access;

        buf_append(out, line, len);
        buf_puts(out, "\n");
        line += len + (line[len] == '\n');
    }
}

static int make_map(const struct mta *mta, const char *text, struct err *err) {
    char *makemap = mta_beside(mta, "makemap"), *source = mta_path(mta, "access");
    char *cf = mta_path(mta, "sendmail.cf");
    struct buf answer;

    if (access(makemap, X_OK) != 0) { /* the program may lie in libexec, and this one not */
        free(makemap);
        makemap = mta_find_program("makemap");
    }
    buf_init(&answer, ANSWER_MAX_B);
    int rc = makemap == NULL ? err_set(err, "there is no makemap on this machine")
                             : mta_write(mta, "access", text, err);
    if (rc == 0) {
        char *command = mem_printf("exec '%s' -C'%s' hash '%s' <'%s'", makemap, cf, source, source);
        rc = mta_ask(&answer, err, (const char *const[]){"sh", "-c", command, makemap, NULL});
        free(command);
    }
    buf_fini(&answer);
    free(makemap);
    free(source);
    free(cf);
    return rc;
}

/* --- the instance --- */

static int write_config(const struct mta *mta, const struct config *config, const char *options,
                        struct err *err) {
    const struct mta_setup *setup = mta->setup;
    static const char *const limits[] = {"initial", "connect",  "iconnect",  "helo",      "mail",
                                         "rcpt",    "datainit", "datablock", "datafinal", "rset",
                                         "quit",    "misc",     "command",   "starttls"};
    struct buf text;

    buf_init(&text, MTA_CONFIG_MAX_B);
    buf_printf(&text, "%s", buf_text(&config->kept));
    buf_printf(&text, "%sA=TCP $h ${doormatPort}\n", buf_text(&config->relay));
    buf_printf(&text,
               "%sO QueueDirectory=%s/queue\nO CACertFile=%s/ca.pem\n"
               "O ServiceSwitchFile=%s/switch\nO DontBlameSendmail=MapInUnsafeDirPath\n"
               "O QueueLA=1000\nO RefuseLA=1000\nO SuperSafe=false\nO HostStatusDirectory=\n",
               options, setup->dir, setup->dir, setup->dir);
    for (size_t i = 0; i < ARRAY_LEN(limits); i++)
        buf_printf(&text, "O Timeout.%s=10s\n", limits[i]);
    int rc = text.overflow ? err_set(err, "%s is too long", machine_file)
                           : mta_write_like(mta, "sendmail.cf", buf_text(&text), machine_file, err);
    buf_fini(&text);
    return rc == 0 ? mta_write(mta, "switch", "hosts files\n", err) : -1;
}

static int write_all(const struct mta *mta, const struct config *config, struct err *err) {
    struct buf access_text, options;
    char *queue = mta_path(mta, "queue");
    struct err none;

    buf_init(&access_text, MTA_CONFIG_MAX_B);
    buf_init(&options, MAILER_MAX_B);
    if (file_read(access_file, &access_text, &none) == 0)
        buf_puts(&access_text, "\n");
    add_tried(mta, &access_text, &options);
    int rc = write_config(mta, config, buf_text(&options), err);
    if (rc == 0 && config->has_access)
        rc = make_map(mta, buf_text(&access_text), err);
    if (rc == 0)
        rc = file_make_dir(queue, 0700, err);
    buf_fini(&access_text);
    buf_fini(&options);
    free(queue);
    return rc;
}

static int prepare(struct mta *mta, struct err *err) {
    struct run_settings *about = mta->setup->about;
    struct config config = {0};

    mta->machine = mem_strdup(machine_file);
    about->where = mem_printf("%s and %s", machine_file, access_file);
    about->opportunistic = true;
    buf_init(&config.kept, MTA_CONFIG_MAX_B);
    buf_init(&config.relay, MAILER_MAX_B);
    int rc = find_version(mta, err);
    if (rc == 0)
        rc = read_config(mta, &config, err);
    if (rc == 0) {
        look_at(mta, buf_text(&config.kept));
        texts_add(&about->seen, config.has_access
                                    ? "TLS_Srv entries of the access table are looked up"
                                    : "There is no access_db, so that TLS_Srv lines do nothing: "
                                      "FEATURE(`access_db') in sendmail.mc brings it");
        rc = mta_write_anchors(mta, config.authorities, err);
    }
    if (rc == 0)
        rc = write_all(mta, &config, err);
    for (size_t i = 0; i < ARRAY_LEN(changed); i++)
        texts_add(&about->changed, "%s", changed[i]);
    char *file = mta_path(mta, "sendmail.cf");
    char *option = mem_printf("-C%s", file);
    mta_set_argv(mta->argv,
                 (const char *const[]){mta->program, option, "-M{doormatPort}{port}", "-odi", "-oi",
                                       "-v", "-f", "{from}", "{to}", NULL});
    free(file);
    free(option);
    buf_fini(&config.kept);
    buf_fini(&config.relay);
    return rc;
}

/* Measured with sendmail 8.17 and OpenSSL 3.0. */
static const char encrypt[] = "TLS_Srv: ENCR:112\n";
static const char *const suites[] = {
    "camellia",           "aria", "static-rsa", "dhe-composite", "dhe-smooth-prime",
    "dhe-small-subgroup", NULL};
/* VERIFY compares no name, and sees no more than the TLS library. */
static const char *const accepted[] = {"wrong-host",
                                       "no-san",
                                       "san-mismatch-cn-match",
                                       "nul-in-san",
                                       "subdomain-san",
                                       "parent-domain-san",
                                       "sibling-san",
                                       "host-prefix-san",
                                       "wildcard-*",
                                       "ip-san-only",
                                       "rfc822-san-only",
                                       "srv-san-only",
                                       "uri-san-only",
                                       "recipient-domain-cert",
                                       "empty-subject-plain-san",
                                       "address-as-dns-name",
                                       "wrong-key-usage",
                                       "key-usage-cert-sign",
                                       "pathlen-without-ca",
                                       "must-staple-no-staple",
                                       "v1-*",
                                       "empty-issuer",
                                       "policy-required",
                                       "rsa2047",
                                       "rsa-close-primes",
                                       "rsa-roca",
                                       "rsa-e-1",
                                       "pss-mgf1-sha1",
                                       "pss-no-salt",
                                       "empty-san",
                                       "policy-other",
                                       NULL};

static const struct mta_advice advice[] = {
    {.lines = "O CipherList=HIGH:!aNULL:!kRSA:!kDHE:!CAMELLIA:!ARIA\n",
     .why = "In sendmail.cf. No cipher suites without forward secrecy, with finite-field "
            "Diffie-Hellman, or with ciphers that no policy lists.",
     .needs_tls = true,
     .verdicts = 1U << VERDICT_FOOLED,
     .names = suites},
    {.lines = "O CACertFile=/etc/ssl/certs/ca-certificates.crt\nO CACertPath=/etc/ssl/certs\n"
              "TLS_Srv: VERIFY\n",
     .why =
         "The last one in the access table; makemap hash /etc/mail/access behind it. Certificates are "
         "verified, but no names are compared, and mail goes over TLS or not at all. It wants "
         "FEATURE(`access_db'). For all "
         "servers this is for closed groups: else write TLS_Srv:mx.partner.example.",
     .stops_leaks = true,
     .verdicts = 1U << VERDICT_FOOLED,
     .layers = 1U << LAYER_CERTIFICATE | 1U << LAYER_CHAIN | 1U << LAYER_KEY |
               1U << LAYER_SIGNATURE | 1U << LAYER_PRESET,
     .but = accepted,
     .replaces = encrypt},
    {.lines = encrypt,
     .why =
         "In the access table; makemap hash /etc/mail/access behind it. Mail goes over TLS or not "
         "at all, with any certificate. It wants FEATURE(`access_db').",
     .stops_leaks = true,
     .layers = 1U << LAYER_STARTTLS},
    {.lines = NULL},
};

const struct mta_class mta_sendmail = {.name = "sendmail",
                                       .title = "sendmail",
                                       .program = "sendmail",
                                       .check = "sendmail -bt",
                                       .prepare = prepare,
                                       .advice = advice};
