/* Exim: the machine's configuration as `exim -bP config` prints it, flat and with its macros put in: the main section and the
 * transport for outgoing mail stay, what routes, filters or rejects goes.  There is no daemon: `exim -odf` delivers. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "harness/mta_class.h"
#include "report/settings.h"

enum { ANSWER_MAX_B = 1024 * 1024, NAME_MAX_B = 128 };

/* Settings of the main section that are left out: they concern what comes in, when nothing is to be delivered, where to copies
 * go, or files of the machine's. */
static const char *const main_left_out[] = {"acl_*",
                                            "spool_directory",
                                            "log_file_path",
                                            "pid_file_path",
                                            "exim_path",
                                            "system_filter*",
                                            "freeze_tell",
                                            "errors_copy",
                                            "errors_reply*",
                                            "queue_*",
                                            "deliver_queue_*",
                                            "daemon_*",
                                            "local_interfaces",
                                            "never_users",
                                            "smtp_*",
                                            "auth_advertise_hosts",
                                            "notifier_*",
                                            "process_log_path",
                                            "syslog_*",
                                            "message_logs",
                                            "split_spool*",
                                            "check_spool_*",
                                            "check_log_*",
                                            "delay_warning*",
                                            "bounce_message_*",
                                            "warn_message_file",
                                            "spool_wireformat",
                                            "tls_advertise_hosts",
                                            "tls_certificate",
                                            "tls_privatekey",
                                            "local_from_check",
                                            "untrusted_set_sender",
                                            "event_action",
                                            "hosts_connection_nolog",
                                            "host_lookup",
                                            NULL};

/* ... of the transport. */
static const char *const transport_left_out[] = {"port",
                                                 "hosts",
                                                 "hosts_override",
                                                 "hosts_randomize",
                                                 "fallback_hosts",
                                                 "interface",
                                                 "connect_timeout",
                                                 "command_timeout",
                                                 "data_timeout",
                                                 "final_timeout",
                                                 "hosts_try_auth",
                                                 "hosts_require_auth",
                                                 "dkim_*",
                                                 "connection_max_messages",
                                                 "serialize_hosts",
                                                 "tls_verify_certificates",
                                                 "hosts_try_fastopen",
                                                 "debug_print",
                                                 "headers_rewrite",
                                                 "return_path",
                                                 "shadow_*",
                                                 "event_action",
                                                 "transport_filter*",
                                                 "socks_proxy",
                                                 "message_size_limit",
                                                 "allow_localhost",
                                                 "gethostbyname",
                                                 NULL};

static const char *const changed[] = {
    "Queue, log and retry data lie in a temporary directory.",
    ("Routers, ACLs, filters, rewriting and authenticators are left out: each test domain goes to "
     "its own port, and all other mail nowhere."),
    "The certificate authority of the test is trusted beside those of tls_verify_certificates.",
    "connect_timeout, command_timeout, data_timeout and final_timeout are 10 s.",
    "connection_max_messages = 1: each message has a connection of its own.",
    "Nothing is signed with DKIM, and no password is sent.",
};

struct config { /* pieces of the machine's */
    char *text;
    struct buf main, transport; /* what stays */
    char name[NAME_MAX_B];      /* of the transport */
    char authorities[NAME_MAX_B * 4];
};

static bool is_in(const char *const *names, const char *name, size_t len) {
    for (; *names != NULL; names++) {
        size_t own = strlen(*names);
        bool begins = (*names)[own - 1] == '*';

        if (begins ? own - 1 <= len && strncmp(*names, name, own - 1) == 0
                   : own == len && strncmp(*names, name, len) == 0)
            return true;
    }
    return false;
}

/* The name that an option line sets: behind "hide" and "no_", to the blank or the equals sign. */
static const char *option_name(const char *line, size_t *len) {
    while (*line == ' ')
        line++;
    if (strncmp(line, "hide ", 5) == 0)
        line += 5;
    *len = strcspn(line, " =\n");
    return line;
}

/* Whether the line begins a block: "remote_smtp:". */
static bool is_block(const char *line, size_t len) {
    while (len > 0 && *line == ' ') {
        line++;
        len--;
    }
    return len > 1 && line[len - 1] == ':' && memchr(line, ' ', len) == NULL &&
           memchr(line, '=', len) == NULL;
}

static void copy_name(char *out, const char *line, size_t len) {
    while (len > 0 && *line == ' ') {
        line++;
        len--;
    }
    snprintf(out, NAME_MAX_B, "%.*s", (int)len, line);
}

/* The value behind "name = " in an indented line; NULL if the line is about something else. */
static const char *value_of(const char *line, const char *name) {
    size_t len;
    const char *at = option_name(line, &len);

    if (len != strlen(name) || strncmp(at, name, len) != 0)
        return NULL;
    at += len + strspn(at + len, " ");
    return *at == '=' ? at + 1 + strspn(at + 1, " ") : NULL;
}

/* --- which transport sends mail out: the one of the last router whose transport speaks SMTP --- */

/* Whether the block of that name in the transports has this driver. */
static bool has_driver(const char *transports, const char *name, const char *driver) {
    char block[NAME_MAX_B] = "";

    for (const char *line = transports; *line != '\0'; line += *line == '\n') {
        size_t len = strcspn(line, "\n");
        const char *value = value_of(line, "driver");

        if (is_block(line, len))
            copy_name(block, line, len - 1);
        if (value != NULL && strcmp(block, name) == 0)
            return strncmp(value, driver, strlen(driver)) == 0;
        line += len;
    }
    return false;
}

static void find_transport(struct config *config, const char *routers, const char *transports) {
    for (const char *line = routers; line < transports && *line != '\0'; line += *line == '\n') {
        const char *value = value_of(line, "transport");
        char name[NAME_MAX_B];

        line += strcspn(line, "\n");
        if (value == NULL)
            continue;
        copy_name(name, value, strcspn(value, " \n"));
        if (has_driver(transports, name, "smtp"))
            snprintf(config->name, sizeof config->name, "%s", name);
    }
}

/* --- what stays --- */

/* Lines but those of the names; a macro's definition, which begins with a capital, is in its place already. */
static void put_options(const char *from, const char *to, const char *const *left_out,
                        struct buf *out) {
    for (const char *line = from; line < to && *line != '\0';) {
        size_t len = strcspn(line, "\n"), name_len;
        const char *name = option_name(line, &name_len);

        if (name_len > 0 && *name != '#' && !isupper((unsigned char)*name) &&
            !is_in(left_out, name, name_len)) {
            buf_append(out, line, len);
            buf_puts(out, "\n");
        }
        line += len + (line[len] == '\n');
    }
}

static void take_transport(struct config *config, const char *transports) {
    const char *from = NULL, *to = transports;
    char block[NAME_MAX_B] = "";

    for (const char *line = transports; *line != '\0'; line += *line == '\n') {
        size_t len = strcspn(line, "\n");

        if (is_block(line, len) || (len > 0 && *line != ' ' && from != NULL)) {
            if (from != NULL)
                break;
            copy_name(block, line, len > 0 ? len - 1 : 0);
            if (strcmp(block, config->name) == 0)
                from = line + len;
        }
        const char *value = from != NULL ? value_of(line, "tls_verify_certificates") : NULL;
        if (value != NULL)
            snprintf(config->authorities, sizeof config->authorities, "%.*s",
                     (int)strcspn(value, "\n"), value);
        line += len;
        to = line;
    }
    if (from != NULL)
        put_options(from, to, transport_left_out, &config->transport);
}

static int read_config(const struct mta *mta, struct config *config, struct err *err) {
    struct buf answer;

    buf_init(&answer, MTA_CONFIG_MAX_B);
    int rc = mta_ask(&answer, err, (const char *const[]){mta->program, "-bP", "config", NULL});
    config->text = mem_strdup(buf_text(&answer));
    buf_fini(&answer);
    if (rc != 0)
        return -1;
    const char *text = config->text, *acl = strstr(text, "\nbegin ");
    const char *routers = strstr(text, "\nbegin routers\n");
    const char *transports = strstr(text, "\nbegin transports\n");
    if (routers == NULL || transports == NULL || transports < routers)
        return err_set(err, "the Exim of this machine has no routers or no transports");
    find_transport(config, routers + 1, transports);
    if (config->name[0] == '\0')
        return err_set(err, "no router of this machine's Exim has a transport that speaks SMTP");
    put_options(text, acl, main_left_out, &config->main);
    take_transport(config, transports + strlen("\nbegin transports\n"));
    return 0;
}

/* --- what was seen --- */

static void look_at(const struct mta *mta, const struct buf *options) {
    static const char *const telling[] = {
        "tls_*", "hosts_*", "openssl_options", "gnutls_*", "dnssec_*", "protocol", NULL};
    char *copy = mem_strdup(buf_text(options)), *rest = copy;

    for (char *line; (line = strsep(&rest, "\n")) != NULL;) {
        size_t len;
        const char *name = option_name(line, &len);

        if (is_in(telling, name, len))
            texts_add(&mta->setup->about->seen, "%s", name);
    }
    free(copy);
}

/* "Exim version 4.96 #2 built ...", "Support for: ... GnuTLS ..." */
static int find_version(struct mta *mta, struct err *err) {
    static const char begin[] = "Exim version ", file[] = "Configuration file is ";
    struct run_settings *about = mta->setup->about;
    struct buf answer;

    buf_init(&answer, ANSWER_MAX_B);
    int rc = mta_ask(&answer, err, (const char *const[]){mta->program, "-bV", NULL});
    const char *text = buf_text(&answer), *version = strstr(text, begin);
    const char *path = strstr(text, file);
    if (rc == 0 && (version == NULL || path == NULL))
        rc = err_set(err, "%s does not answer like Exim", mta->program);
    else if (rc != 0 && version == NULL)
        err_prefix(err, "%s does not answer like Exim", mta->program);
    if (rc == 0) {
        version += strlen(begin);
        path += strlen(file);
        about->library = mem_strdup(strstr(text, " GnuTLS ") != NULL ? "GnuTLS" : "OpenSSL");
        about->version =
            mem_printf("%.*s with %s", (int)strcspn(version, " \n"), version, about->library);
        mta->machine = mem_strndup(path, strcspn(path, "\n"));
    }
    buf_fini(&answer);
    return rc;
}

/* --- the instance --- */

/* The tried lines go into the transport, in place of its own. */
static void put_transport(const struct mta *mta, const struct config *config, struct buf *out) {
    const char *names[32] = {NULL};
    char *copy = mem_strdup(mta->setup->lines), *rest = copy;
    size_t n = 0;

    for (char *line; (line = strsep(&rest, "\n")) != NULL && n + 1 < ARRAY_LEN(names);) {
        if (*line == '\0')
            continue;
        line[strcspn(line, " =")] = '\0';
        names[n++] = line;
    }
    const char *theirs = buf_text(&config->transport);
    put_options(theirs, theirs + strlen(theirs), names, out);
    for (const char *line = mta->setup->lines; *line != '\0'; line += strcspn(line, "\n") + 1)
        buf_printf(out, "  %.*s\n", (int)strcspn(line, "\n"), line);
    free(copy);
}

static int write_config(const struct mta *mta, const struct config *config, struct err *err) {
    const struct mta_setup *setup = mta->setup;
    struct buf text;

    buf_init(&text, MTA_CONFIG_MAX_B);
    buf_printf(&text,
               "%sexim_path = %s\nspool_directory = %s/spool\nlog_file_path = %s/log/%%slog\n"
               "never_users =\nlocal_from_check = false\nuntrusted_set_sender = *\n"
               "message_logs = false\n"
               "begin routers\ndoormat:\n  driver = manualroute\n  domains = *.doormat.test\n"
               "  route_list = * %s byname\n  transport = %s\n  self = send\n"
               "begin transports\n%s:\n",
               buf_text(&config->main), mta->program, setup->dir, setup->dir, setup->host,
               config->name, config->name);
    put_transport(mta, config, &text);
    buf_printf(&text,
               "  port = ${lookup{$domain}lsearch{%s/ports}{$value}{25}}\n"
               "  tls_verify_certificates = %s/ca.pem\n  hosts_try_fastopen =\n"
               "  connection_max_messages = 1\n  connect_timeout = 10s\n"
               "  command_timeout = 10s\n  data_timeout = 10s\n  final_timeout = 10s\n"
               "begin retry\n* * F,1h,1m\n",
               setup->dir, setup->dir);
    int rc = text.overflow ? err_set(err, "%s is too long", mta->machine)
                           : mta_write_like(mta, "exim.conf", buf_text(&text), mta->machine, err);
    buf_fini(&text);
    return rc;
}

static int write_ports(const struct mta *mta, struct err *err) {
    struct buf text;

    buf_init(&text, MTA_CONFIG_MAX_B);
    for (size_t i = 0; i < mta->setup->route_count; i++)
        buf_printf(&text, "%s: %u\n", mta->setup->routes[i].domain,
                   mta_port(mta, &mta->setup->routes[i]));
    int rc = mta_write(mta, "ports", buf_text(&text), err);
    buf_fini(&text);
    return rc;
}

/* Spool and log belong to whom the machine's spool belongs to. */
static int make_directories(const struct mta *mta, struct err *err) {
    static const char begin[] = "spool_directory = ";
    struct stat machine = {0};
    struct buf answer;

    buf_init(&answer, ANSWER_MAX_B);
    int rc =
        mta_ask(&answer, err, (const char *const[]){mta->program, "-bP", "spool_directory", NULL});
    if (rc == 0 && strncmp(buf_text(&answer), begin, strlen(begin)) == 0) {
        char *path = mem_strdup(buf_text(&answer) + strlen(begin));
        path[strcspn(path, "\n")] = '\0';
        if (stat(path, &machine) != 0)
            rc = err_errno(err, "%s", path);
        free(path);
    }
    buf_fini(&answer);
    for (size_t i = 0; rc == 0 && i < 2; i++) {
        char *path = mta_path(mta, i == 0 ? "spool" : "log");
        rc = file_make_dir(path, 0750, err);
        if (rc == 0 && chown(path, machine.st_uid, machine.st_gid) != 0)
            rc = err_errno(err, "%s", path);
        free(path);
    }
    return rc;
}

/* Authorities that are no file, as "system" or a lookup, are those of the system. */
static const char *file_of(const struct config *config) {
    static const char system[] = "/etc/ssl/certs/ca-certificates.crt";
    struct stat status;

    if (stat(config->authorities, &status) == 0 && S_ISREG(status.st_mode))
        return config->authorities;
    return stat(system, &status) == 0 ? system : NULL;
}

static int prepare(struct mta *mta, struct err *err) {
    struct run_settings *about = mta->setup->about;
    struct config config = {0};

    if (find_version(mta, err) != 0)
        return -1;
    buf_init(&config.main, MTA_CONFIG_MAX_B);
    buf_init(&config.transport, MTA_CONFIG_MAX_B);
    int rc = read_config(mta, &config, err);
    if (rc == 0) {
        about->where = mem_printf("%s, transport %s", mta->machine, config.name);
        mta->is_implicit = strstr(buf_text(&config.transport), "protocol = smtps\n") != NULL;
        about->opportunistic = strstr(buf_text(&config.transport), "hosts_require_tls") == NULL;
        look_at(mta, &config.main);
        look_at(mta, &config.transport);
    }
    if (rc == 0 && mta_write_anchors(mta, file_of(&config), err) == 0 &&
        write_config(mta, &config, err) == 0 && write_ports(mta, err) == 0)
        rc = make_directories(mta, err);
    else
        rc = -1;
    for (size_t i = 0; i < ARRAY_LEN(changed); i++)
        texts_add(&about->changed, "%s", changed[i]);
    char *file = mta_path(mta, "exim.conf");
    mta_set_argv(mta->argv, (const char *const[]){mta->program, "-C", file, "-odf", "-v", "-oi",
                                                  "-f", "{from}", "{to}", NULL});
    free(file);
    buf_fini(&config.main);
    buf_fini(&config.transport);
    free(config.text);
    return rc;
}

static const char *const complaints[] = {
    " panic",     "TLS error", "TLS session: ", "a TLS session is required",
    "failed to ", "unable to", "not found",     NULL};
static const char *const logs[] = {"log/paniclog", "log/mainlog", NULL};

const struct mta_class mta_exim = {.name = "exim",
                                   .title = "Exim",
                                   .program = "exim4",
                                   .other_program = "exim",
                                   .check = "exim -bV",
                                   .complaints = complaints,
                                   .logs = logs,
                                   .prepare = prepare,
                                   .advice = mta_exim_advice};
