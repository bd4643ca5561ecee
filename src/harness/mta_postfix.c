/* Postfix: main.cf copied with overriding lines behind it, master.cf without listeners and without chroot. */
#include <dirent.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "harness/mta_postfix_policy.h"
#include "report/settings.h"

enum {
    BACKOFF_S = 1,
    /* minimal_backoff_time below */ ANSWER_MAX_B = 256 * 1024,
    FIELDS = 8,
    CHROOT_FIELD = 4
};

/* In place of the machine's.  What could lead mail elsewhere is emptied, whatever it was. */
static const char overrides[] =
    "multi_instance_enable = no\nmulti_instance_directories =\nmulti_instance_name =\n"
    "inet_interfaces = loopback-only\n"
    "maillog_file = /dev/stdout\nmaillog_file_prefixes = /dev/stdout\n"
    "authorized_submit_users = root\n"
    "mydestination =\nrelay_domains =\nvirtual_alias_domains =\nvirtual_mailbox_domains =\n"
    "local_recipient_maps =\nlocal_transport = error:doormat\nvirtual_transport = error:doormat\n"
    "relay_transport = error:doormat\ndefault_transport = discard:doormat\nluser_relay =\n"
    "alias_maps =\nalias_database =\nvirtual_alias_maps =\ncanonical_maps =\n"
    "sender_canonical_maps =\nrecipient_canonical_maps =\nrelocated_maps =\n"
    "smtp_generic_maps =\nmasquerade_domains =\nalways_bcc =\nsender_bcc_maps =\n"
    "recipient_bcc_maps =\ncontent_filter =\nnon_smtpd_milters =\nsmtpd_milters =\n"
    "header_checks =\nmime_header_checks =\nnested_header_checks =\nbody_checks =\n"
    "receive_override_options =\nrelayhost =\nsender_dependent_relayhost_maps =\n"
    "sender_dependent_default_transport_maps =\nsmtp_fallback_relay =\n"
    "default_filter_nexthop =\ndefer_transports =\nsmtp_sasl_auth_enable = no\n"
    "smtp_sender_dependent_authentication = no\nsmtp_bind_address =\nsmtp_bind_address6 =\n"
    "notify_classes =\ndebug_peer_list =\nsmtp_host_lookup = native\n"
    "smtp_tls_session_cache_database =\nsmtp_tls_connection_reuse = no\n"
    "smtp_connection_cache_on_demand = no\nsmtp_connection_cache_destinations =\n"
    "smtp_tls_loglevel = 1\nsmtp_mx_address_limit = 1\nsmtp_destination_rate_delay = 0s\n"
    "default_destination_rate_delay = 0s\ndefault_process_limit = 200\nin_flow_delay = 0s\n"
    "minimal_backoff_time = 1s\nmaximal_backoff_time = 1h\nqueue_run_delay = 1s\n"
    "smtp_connect_timeout = 10s\nsmtp_helo_timeout = 10s\nsmtp_starttls_timeout = 10s\n"
    "smtp_mail_timeout = 10s\nsmtp_rcpt_timeout = 10s\nsmtp_data_init_timeout = 10s\n"
    "smtp_data_xfer_timeout = 10s\nsmtp_data_done_timeout = 10s\nsmtp_rset_timeout = 10s\n"
    "smtp_quit_timeout = 10s\n";

/* The same in words, for the report. */
static const char *const changed[] = {
    "queue_directory and data_directory lie in a temporary directory; mail and log stay there.",
    "transport_maps sends each test domain to its own port, and all other mail nowhere: relayhost, "
    "aliases, filters, milters, copies (bcc) and SASL are off.",
    "smtp_host_lookup = native: the test host stands in a hosts file that only this run sees.",
    "The certificate authority of the test is trusted beside those of smtp_tls_CAfile.",
    "In master.cf no service listens on the network, and none runs in a chroot.",
    "Each SMTP time limit is 10 s. Each message is tried twice, 1 s apart, so that a second try in "
    "plaintext is seen (minimal_backoff_time; on the machine it comes later).",
    "TLS sessions and connections are not reused (smtp_tls_session_cache_database, "
    "smtp_tls_connection_reuse).",
};

/* What `postconf` answers, without the newline at its end; the caller's to free; NULL: err. */
static char *ask_postconf(const struct mta *mta, const char *option, const char *name,
                          struct err *err) {
    char *postconf = mta_beside(mta, "postconf");
    const char *const words[] = {postconf, "-c", mta->machine, option, name, NULL};
    const char *const bare[] = {postconf, option, name, NULL};
    struct buf answer;
    char *text = NULL;

    buf_init(&answer, ANSWER_MAX_B);
    if (mta_ask(&answer, err, mta->machine != NULL ? words : bare) == 0) {
        while (answer.len > 0 && answer.data[answer.len - 1] == '\n')
            answer.len--;
        text = mem_strndup(buf_text(&answer), answer.len);
    }
    buf_fini(&answer);
    free(postconf);
    return text;
}

static int find_machine(struct mta *mta, struct err *err) {
    struct run_settings *about = mta->setup->about;

    mta->machine = ask_postconf(mta, "-h", "config_directory", err);
    if (mta->machine == NULL)
        return -1;
    about->version = ask_postconf(mta, "-h", "mail_version", err);
    if (about->version == NULL)
        return -1;
    about->where = mem_printf("%s/main.cf", mta->machine);
    double version = strtod(about->version, NULL);
    if (version < 3.0 || (version < 4.0 && strtol(about->version + 2, NULL, 10) < 4))
        return err_set(err, "Postfix %s is too old: `start-fg` and maillog_file came with 3.4",
                       about->version);
    return 0;
}

/* --- what was seen --- */

/* Settings that decide about TLS when mail is sent. */
static bool is_telling(const char *line) {
    static const char *const begins[] = {"smtp_tls_",        "tls_",           "smtp_use_tls",
                                         "smtp_enforce_tls", "smtp_host_",     "relayhost",
                                         "smtp_dns_",        "transport_maps", "default_transport"};

    for (size_t i = 0; i < ARRAY_LEN(begins); i++)
        if (strncmp(line, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

/* dane goes on like `may` where the recipient publishes nothing. */
static bool is_opportunistic(const char *level) {
    static const char *const levels[] = {"", "none", "may", "dane"};

    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (strcmp(level, levels[i]) == 0)
            return true;
    return false;
}

static int look_at_settings(const struct mta *mta, struct err *err) {
    char *all = ask_postconf(mta, "-n", NULL, err), *rest = all;
    char *level = ask_postconf(mta, "-h", "smtp_tls_security_level", err);

    mta->setup->about->opportunistic = level != NULL && is_opportunistic(level);
    if (level != NULL && *level == '\0')
        texts_add(&mta->setup->about->seen,
                  "smtp_tls_security_level is not set: Postfix uses no TLS");
    for (const char *line; all != NULL && (line = strsep(&rest, "\n")) != NULL;)
        if (is_telling(line))
            texts_add(&mta->setup->about->seen, "%s", line);
    bool good = all != NULL && level != NULL;
    free(all);
    free(level);
    return good ? 0 : -1;
}

/* --- main.cf --- */

/* Whether the text has a line "name =" of its own. */
static bool sets(const char *text, const char *name, size_t len) {
    for (const char *line = text; *line != '\0'; line += *line == '\n') {
        if (strncmp(line, name, len) == 0 && line[len + strspn(line + len, " \t")] == '=')
            return true;
        line += strcspn(line, "\n");
    }
    return false;
}

/* Logical lines, but those of settings that `ours` has too: Postfix would take the last one and warn of each. */
static void put_without(const char *theirs, const char *ours, struct buf *out) {
    bool drops = false;

    for (const char *line = theirs; *line != '\0';) {
        size_t len = strcspn(line, "\n");

        if (*line != ' ' && *line != '\t' && *line != '#' && len > 0)
            drops = sets(ours, line, strcspn(line, " \t=\n"));
        if (!drops || *line == '#') {
            buf_append(out, line, len);
            buf_puts(out, "\n");
        }
        line += len + (line[len] == '\n');
    }
}

static int write_main(const struct mta *mta, bool has_policy, struct err *err) {
    const struct mta_setup *setup = mta->setup;
    char *path = mem_printf("%s/main.cf", mta->machine);
    struct buf theirs, ours, all;

    buf_init(&theirs, MTA_CONFIG_MAX_B);
    buf_init(&ours, MTA_CONFIG_MAX_B);
    buf_init(&all, MTA_CONFIG_MAX_B);
    int rc = file_read(path, &theirs, err);
    buf_printf(&ours,
               "%squeue_directory = %s/queue\ndata_directory = %s/data\n"
               "transport_maps = texthash:%s/transport\nsmtp_tls_CAfile = %s/ca.pem\n",
               overrides, setup->dir, setup->dir, setup->dir, setup->dir);
    if (has_policy)
        buf_printf(&ours, "smtp_tls_policy_maps = texthash:%s/tls_policy\n", setup->dir);
    put_without(setup->lines, buf_text(&ours), &all); /* what was tried */
    buf_append(&all, ours.data, ours.len);
    buf_reset(&ours);
    put_without(buf_text(&theirs), buf_text(&all), &ours);
    buf_append(&ours, all.data, all.len);
    if (rc == 0 && (ours.overflow || all.overflow))
        rc = err_set(err, "%s is too long", path);
    if (rc == 0)
        rc = mta_write_like(mta, "main.cf", buf_text(&ours), path, err);
    buf_fini(&theirs);
    buf_fini(&ours);
    buf_fini(&all);
    free(path);
    return rc;
}

/* The service of master.cf by which the machine's mail goes out, with the settings that it has there. */
static char *find_transport(const struct mta *mta, struct err *err) {
    static const char *const others[] = {"",     "error", "discard", "retry",
                                         "lmtp", "local", "virtual"};
    char *name = ask_postconf(mta, "-xh", "default_transport", err);

    if (name == NULL)
        return NULL;
    name[strcspn(name, ":")] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(name, others[i]) == 0) {
            free(name);
            return mem_strdup("smtp");
        }
    return name;
}

/* The service's own setting stands before main.cf's. */
static bool is_wrapped(const struct mta *mta, const char *service) {
    static const char setting[] = "smtp_tls_wrappermode";
    char *name = mem_printf("%s/unix/%s", service, setting);
    struct err none;
    char *own = ask_postconf(mta, "-P", name, &none);
    char *ours = own != NULL && strstr(own, "= ") != NULL
                     ? mem_strdup(strstr(own, "= ") + 2)
                     : ask_postconf(mta, "-xh", setting, &none);
    bool is = ours != NULL && strcmp(ours, "yes") == 0;

    free(name);
    free(own);
    free(ours);
    return is;
}

static int write_transport(const struct mta *mta, const char *name, struct err *err) {
    const struct mta_setup *setup = mta->setup;
    struct buf text;

    buf_init(&text, MTA_CONFIG_MAX_B);
    for (size_t i = 0; i < setup->route_count; i++)
        buf_printf(&text, "%s %s:[%s]:%u\n", setup->routes[i].domain, name, setup->host,
                   mta_port(mta, &setup->routes[i]));
    int rc = mta_write(mta, "transport", buf_text(&text), err);
    buf_fini(&text);
    return rc;
}

/* --- master.cf --- */

/* One service as `postconf -M` prints it: fields with blanks between, the options behind. */
static void put_service(char *line, struct buf *out) {
    char *fields[FIELDS], *rest = line;
    size_t n = 0;

    while (n + 1 < FIELDS && (fields[n] = strsep(&rest, " ")) != NULL)
        n += *fields[n] != '\0';
    if (n + 1 < FIELDS || rest == NULL || strcmp(fields[1], "inet") == 0 ||
        strcmp(fields[1], "pass") == 0)
        return;
    for (size_t i = 0; i + 1 < FIELDS; i++)
        buf_printf(out, "%s ", i == CHROOT_FIELD ? "n" : fields[i]);
    buf_printf(out, "%s\n", rest);
}

static int write_master(const struct mta *mta, struct err *err) {
    char *all = ask_postconf(mta, "-M", NULL, err), *rest = all;
    struct buf text;

    if (all == NULL)
        return -1;
    buf_init(&text, MTA_CONFIG_MAX_B);
    bool has_log = strstr(all, "postlogd") != NULL;
    for (char *line; (line = strsep(&rest, "\n")) != NULL;)
        put_service(line, &text);
    if (!has_log)
        buf_puts(&text, "postlog unix-dgram n - n - 1 postlogd\n");
    int rc = mta_write(mta, "master.cf", buf_text(&text), err);
    buf_fini(&text);
    free(all);
    return rc;
}

/* --- the directory --- */

/* Tables that main.cf names by $config_directory are found. */
static void link_tables(const struct mta *mta) {
    DIR *dir = opendir(mta->machine);
    struct dirent *entry;

    while (dir != NULL && (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "main.cf") == 0 ||
            strcmp(entry->d_name, "master.cf") == 0 || strcmp(entry->d_name, "transport") == 0)
            continue;
        char *theirs = mem_printf("%s/%s", mta->machine, entry->d_name);
        char *ours = mta_path(mta, entry->d_name);
        if (symlink(theirs, ours) != 0)
            texts_add(&mta->setup->about->changed, "%s could not be linked to.", theirs);
        free(theirs);
        free(ours);
    }
    if (dir != NULL)
        closedir(dir);
}

static int make_directories(const struct mta *mta, struct err *err) {
    char *owner = ask_postconf(mta, "-xh", "mail_owner", err);
    const struct passwd *user = owner != NULL ? getpwnam(owner) : NULL;
    char *queue = mta_path(mta, "queue"), *data = mta_path(mta, "data");
    int rc = -1;

    if (owner != NULL && user == NULL)
        err_set(err, "Postfix' user %s (mail_owner) is not on this machine", owner);
    else if (owner != NULL && file_make_dir(queue, 0755, err) == 0 &&
             file_make_dir(data, 0700, err) == 0)
        rc = chown(data, user->pw_uid, user->pw_gid) == 0 ? 0 : err_errno(err, "%s", data);
    free(owner);
    free(queue);
    free(data);
    return rc;
}

static int write_files(struct mta *mta, struct err *err) {
    bool has_policy = false;
    char *service = find_transport(mta, err);

    if (service == NULL)
        return -1;
    mta->is_implicit = is_wrapped(mta, service);
    int rc = postfix_write_policy(mta, ask_postconf, &has_policy, err);
    if (rc == 0 && (write_main(mta, has_policy, err) != 0 ||
                    write_transport(mta, service, err) != 0 || write_master(mta, err) != 0))
        rc = -1;
    free(service);
    return rc;
}

static int prepare(struct mta *mta, struct err *err) {
    struct run_settings *about = mta->setup->about;

    if (find_machine(mta, err) != 0 || look_at_settings(mta, err) != 0)
        return -1;
    char *theirs = ask_postconf(mta, "-xh", "smtp_tls_CAfile", err);
    int rc = theirs != NULL ? mta_write_anchors(mta, theirs, err) : -1;
    free(theirs);
    if (rc != 0 || write_files(mta, err) != 0 || make_directories(mta, err) != 0)
        return -1;
    link_tables(mta);
    for (size_t i = 0; i < ARRAY_LEN(changed); i++)
        texts_add(&about->changed, "%s", changed[i]);
    char *sendmail = mta_beside(mta, "sendmail");
    mta_set_argv(mta->argv, (const char *const[]){sendmail, "-C", mta->setup->dir, "-oi", "-f",
                                                  "{from}", "{to}", NULL});
    mta_set_argv(mta->daemon_argv,
                 (const char *const[]){mta->program, "-c", mta->setup->dir, "start-fg", NULL});
    char *postqueue = mta_beside(mta, "postqueue");
    mta_set_argv(mta->nudge_argv,
                 (const char *const[]){postqueue, "-c", mta->setup->dir, "-f", NULL});
    free(postqueue);
    free(sendmail);
    return 0;
}

/* How long a message lay in the queue before the try that the line tells of; seconds, "delays=1.2/0/0.1/0". */
static double age_of(const char *line) {
    static const char mark[] = ", delays=";
    const char *at = strstr(line, mark);

    return at != NULL ? strtod(at + strlen(mark), NULL) : 0;
}

/* "postfix/smtp[9]: 3F2A: to=<recipient@expired.doormat.test>, relay=..., status=deferred (...)".  In plaintext Postfix tries
 * what has waited for minimal_backoff_time, so that a younger message's try is not the last.  "Suspended" is no try. */
static long read_line(struct mta *mta, const char *line, bool *tried, bool *last) {
    static const char mark[] = ", status=";
    long index = mta_recipient_in(mta, line, " to=<", '>');
    const char *status = index >= 0 ? strstr(line, mark) : NULL;

    if (index < 0)
        return mta_port_in(mta, line);
    if (status == NULL)
        return index;
    *tried = true;
    *last =
        strncmp(status + strlen(mark), "deferred", 8) != 0 ||
        (age_of(line) >= BACKOFF_S && strstr(status, "(delivery temporarily suspended") == NULL);
    return index;
}

/* Measured with Postfix 3.7 and OpenSSL 3.0: tests/e2e/test_with.py holds that each row turns what it claims. */
static const char encrypt[] = "smtp_tls_security_level = encrypt\n";
static const char sni[] = "smtp_tls_servername = hostname\n";
static const char *const versions[] = {"tls10", "tls11", NULL};
static const char *const suites[] = {"camellia",         "aria",
                                     "static-rsa",       "dhe1024",
                                     "dhe1536",          "dhe-composite",
                                     "dhe-smooth-prime", "dhe-small-subgroup",
                                     "dsa1024",          NULL};
static const char *const below_domain[] = {"subdomain-san", "wildcard-below-host", NULL};
static const char *const server_name[] = {"sni-required", "sni-default-certificate", NULL};
static const char *const unverified[] = {"anon-dh", "anon-ecdh", "ske-sha1", "ske-sha1-ecdsa",
                                         NULL};
/* What Postfix accepts at its strictest. */
static const char *const accepted[] = {"no-san",
                                       "empty-subject-plain-san",
                                       "wrong-key-usage",
                                       "key-usage-cert-sign",
                                       "pathlen-without-ca",
                                       "must-staple-no-staple",
                                       "v1-certificate",
                                       "v1-with-extensions",
                                       "empty-san",
                                       "subdomain-san",
                                       "wildcard-below-host",
                                       "empty-issuer",
                                       "policy-required",
                                       "policy-other",
                                       "rsa1024",
                                       "rsa1536",
                                       "rsa2047",
                                       "rsa-close-primes",
                                       "rsa-roca",
                                       "rsa-e-1",
                                       "dsa1024",
                                       "weak-intermediate-key",
                                       "ripemd160",
                                       "pss-mgf1-sha1",
                                       "pss-no-salt",
                                       NULL};

static const struct mta_advice advice[] = {
    {.lines = "smtp_tls_protocols = >=TLSv1.2\nsmtp_tls_mandatory_protocols = >=TLSv1.2\n",
     .why =
         "TLS 1.0 and 1.1 are not spoken any more. Mail to servers that have nothing newer stays "
         "in the queue.",
     .needs_tls = true,
     .verdicts = 1U << VERDICT_FOOLED,
     .names = versions},
    {.lines = "smtp_tls_exclude_ciphers = kRSA, kDHE, CAMELLIA, ARIA\n",
     .why = "No cipher suites without forward secrecy, with finite-field Diffie-Hellman, or with "
            "ciphers that no policy lists. Postfix has no setting for the size of a group.",
     .needs_tls = true,
     .verdicts = 1U << VERDICT_FOOLED,
     .names = suites},
    {.lines = "smtp_tls_secure_cert_match = nexthop\n",
     .why = "At level secure, a name below the recipient's domain is then not enough. Where a "
            "domain's certificates hold the names of its mail hosts, give these by match= in "
            "smtp_tls_policy_maps.",
     .verdicts = 1U << VERDICT_FOOLED,
     .names = below_domain},
    {.lines = sni,
     .why = "The server is told which name is looked for (SNI), and can choose the certificate.",
     .verdicts = 1U << VERDICT_TURNED_AWAY | 1U << VERDICT_LEAKED,
     .names = server_name},
    {.lines = "smtp_tls_security_level = secure\n",
     .why =
         "Certificates are verified, and mail goes over TLS or not at all. For all destinations "
         "this is for relays and closed groups: many public mail servers have certificates that "
         "do not verify, and mail to them would stay in the queue. Else begin with "
         "encrypt, at which only mail to servers without TLS stays in the queue, and name single "
         "partners in smtp_tls_policy_maps: 'partner.example secure'. It wants authorities: smtp_tls_CAfile "
         "= /etc/ssl/certs/ca-certificates.crt.",
     .stops_leaks = true,
     .verdicts = 1U << VERDICT_FOOLED,
     .layers = 1U << LAYER_CERTIFICATE | 1U << LAYER_CHAIN | 1U << LAYER_KEY |
               1U << LAYER_SIGNATURE | 1U << LAYER_PRESET,
     .names = unverified,
     .but = accepted,
     .brings = {sni},
     .replaces = encrypt},
    {.lines = encrypt,
     .why = "Mail goes over TLS or not at all, with any certificate. Mail to servers without TLS "
            "stays in the queue; for these: smtp_tls_policy_maps with 'partner.example may'.",
     .stops_leaks = true,
     .layers = 1U << LAYER_STARTTLS},
    {.lines = NULL},
};

static const char *const complaints[] = {
    ": panic: ", ": fatal: ", ": error: ", ": warning: ", NULL};

const struct mta_class mta_postfix = {
    .name = "postfix",
    .title = "Postfix",
    .program = "postfix",
    .has_daemon = true,
    .ready = "daemon started",
    .check = "postfix check",
    .complaints = complaints,
    .broken = "bad command startup -- throttling",
    .prepare = prepare,
    .read_line = read_line,
    .advice = advice,
};
