/* check - `doormat check`: judges receiving mail servers by a policy. */
#include "check/check.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "check/input.h"
#include "check/journal.h"
#include "cmd/check_output.h"
#include "cmd/cmd.h"
#include "cmd/explain_rules.h"
#include "cmd/names.h"
#include "cmd/terminal.h"
#include "cmd/values.h"
#include "net/limits.h"
#include "net/numeric.h"
#include "report/check.h"

enum {
    MAX_JOBS = 4096,
    MAX_SECONDS = 3600,
    PORT_SMTP = 25,
    PORT_SUBMISSIONS = 465,
    PROGRESS_EVERY_US = 100000,
    FIRST_YEAR = 1970,
    LAST_YEAR = 2100,
    LEAST_STEP_MS = 20000,
    STEPS_PER_HOST = 3, /* a reply may take that part of a host's time */
};

/* Of the option table's `choice`. */
enum { CHOICE_POLICY = 1, CHOICE_TLS, CHOICE_FORMAT };

static const struct cmd_option options[] = {
    {"policy", 'p', "NAME", "the policy to judge by", "bsi", values_policy, CHOICE_POLICY},
    {"as-of", 'd', "DATE", "judge by the years of this date (default: today)"},
    {"ca", 'c', "PATH", "CAs: PEM file or hashed directory (default: system's)"},
    {"crl", 'C', "FILE", "revocation lists; the certificate must not be on one"},
    {"starttls", 1001, NULL, "STARTTLS (default but at port 465)", .choice = CHOICE_TLS},
    {"tls", 1002, NULL, "implicit TLS (default at port 465)", .choice = CHOICE_TLS},
    {"quick", 'Q', NULL, "one offer only: do not ask what else the server accepts"},
    {"allow-private", 1008, NULL, "connect to special addresses from DNS or a list"},
    {"ipv4", '4', NULL, "leave IPv6 addresses out"},
    {"jobs", 'j', "N", "targets at a time", "256"},
    {"timeout", 't', "SECONDS", "for a host", "60"},
    {"tries", 'r', "N", "tries of a connection that fails", "2"},
    {"resolver", 1006, "ADDR[@PORT]", "ask this DNS server (default: the system's)"},
    {"no-dnssec", 1007, NULL, "do not validate DNS answers"},
    {"helo", 1003, "NAME", "the name in EHLO (default: this machine's)"},
    {"json", 1004, NULL, "an object per target", .choice = CHOICE_FORMAT},
    {"jsonl", 1005, NULL, "the same, a line each", .choice = CHOICE_FORMAT},
    {"format", 'F', "NAME", "its form", "text", values_check_format, CHOICE_FORMAT},
    {"output", 'o', "FILE", "write the report there"},
    {"resume", 'R', "FILE", "keep results in FILE, and skip what is in it"},
    {"explain", 'x', "RULE,...", "explain rules and how to fix them, or `list` them"},
    {"quiet", 'q', NULL, "no progress line"},
    {NULL, 0, NULL, NULL},
};

static const struct cmd_spec spec = {
    .usage = "check [OPTION...] TARGET... | -",
    .summary =
        "Connects to each TARGET as a strict mail system would, and says whether the connection "
        "meets the policy, and what breaks it. TARGET: a mail domain (its MX hosts), HOST:PORT, or "
        "an address; '-' reads targets from standard input, one a line.",
    .options = options,
};

struct settings {
    struct check_options check;
    const char *policy, *format, *output, *resume, *explain;
    char helo[256], terms[512];
    bool quiet, has_format;

    char **targets; /* from the command line; "-" is standard input */
    size_t target_count, next_target;
    struct input input;
    struct check_output out;
    bool any_failed, any_unclear, has_progress;
    int signo;          /* that interrupted the run */
    size_t taken, done; /* targets: read, those too that were left out; and judged */
    int64_t shown_us;
};

static int parse_seconds(const char *text, int64_t *out_ms) {
    long seconds;

    if (ascii_number(text, 1, MAX_SECONDS, &seconds) != 0)
        return cmd_usage_error(&spec, "--timeout %s: not a number from 1 to %d", text, MAX_SECONDS);
    *out_ms = seconds * 1000;
    return 0;
}

static int parse_count(const char *name, const char *text, long most, unsigned *out) {
    long count;

    if (ascii_number(text, 1, most, &count) != 0)
        return cmd_usage_error(&spec, "--%s %s: not a number from 1 to %ld", name, text, most);
    *out = (unsigned)count;
    return 0;
}

/* timegm makes March of 31 February, and then the day is another. */
static int parse_date(const char *text, int64_t *out_s) {
    struct tm tm = {0};
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    int day = tm.tm_mday;

    if (end == NULL || *end != '\0')
        return cmd_usage_error(&spec, "--as-of %s: not a date such as 2026-11-23", text);
    *out_s = timegm(&tm);
    if (tm.tm_mday != day)
        return cmd_usage_error(&spec, "--as-of %s: there is no such day", text);
    if (tm.tm_year + 1900 < FIRST_YEAR || tm.tm_year + 1900 > LAST_YEAR)
        return cmd_usage_error(&spec, "--as-of %s: not a year from %d to %d", text, FIRST_YEAR,
                               LAST_YEAR);
    return 0;
}

static int parse_number_option(int key, struct settings *s) {
    switch (key) {
    case 'd':
        return parse_date(optarg, &s->check.date_s);
    case 'j':
        return parse_count("jobs", optarg, MAX_JOBS, &s->check.jobs);
    case 't':
        return parse_seconds(optarg, &s->check.host_ms);
    case 'r':
        return parse_count("tries", optarg, 10, &s->check.tries);
    default:
        return EXIT_USAGE;
    }
}

static int parse_option(int key, struct settings *s) {
    const struct {
        int key;
        const char **out;
        const char *value;
    } texts[] = {
        {'p', &s->policy, optarg},
        {'c', &s->check.ca, optarg},
        {'C', &s->check.crl, optarg},
        {1003, &s->check.helo, optarg},
        {1004, &s->format, "json"},
        {1005, &s->format, "jsonl"},
        {'F', &s->format, optarg},
        {'o', &s->output, optarg},
        {'R', &s->resume, optarg},
        {'x', &s->explain, optarg},
        {1006, &s->check.route.forwarder, optarg},
        {1007, &s->check.route.trust_anchor, ""},
    };
    const struct {
        int key;
        bool *out, value;
    } flags[] = {
        {1001, &s->check.starttls, true},      {1002, &s->check.implicit_tls, true},
        {'Q', &s->check.thorough, false},      {'4', &s->check.ipv4_only, true},
        {1008, &s->check.allow_private, true}, {'q', &s->quiet, true},
    };

    s->has_format |= key == 1004 || key == 1005 || key == 'F';
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (texts[i].key == key) {
            *texts[i].out = texts[i].value;
            return 0;
        }
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (flags[i].key == key) {
            *flags[i].out = flags[i].value;
            return 0;
        }
    return parse_number_option(key, s);
}

/* It goes to the server as it is: no blank, no line end. */
static bool is_helo(const char *text) {
    size_t len = strlen(text);

    for (size_t i = 0; i < len; i++)
        if (!ascii_is_alpha((unsigned char)text[i]) && !ascii_is_digit((unsigned char)text[i]) &&
            strchr(".-_:[]", text[i]) == NULL)
            return false;
    return len > 0 && len <= 255;
}

/* This machine's, if it is a name that EHLO may have: a whole one, with a dot in it (RFC 5321 2.3.5).  NULL: the address
 * will do. */
static const char *own_name(char *out, size_t size_b) {
    if (gethostname(out, size_b - 1) != 0 || strchr(out, '.') == NULL || !is_helo(out))
        return NULL;
    return out;
}

static void set_defaults(struct settings *s) {
    *s = (struct settings){.policy = "bsi", .format = "text"};
    s->check = (struct check_options){
        .date_s = clock_wall_s(clock_system()),
        .helo = own_name(s->helo, sizeof s->helo),
        .jobs = 256,
        .tries = 2,
        .connect_ms = 10000,
        .step_ms = LEAST_STEP_MS,
        .host_ms = 60000,
        .retry_ms = 1000,
        .thorough = true,
        .route = {.timeout_ms = 15000},
        .input_fd = STDIN_FILENO,
    };
}

/* By the year the policy's tables go. */
static void describe_terms(struct settings *s) {
    const struct check_options *check = &s->check;
    time_t date = (time_t)check->date_s;
    struct tm tm;

    gmtime_r(&date, &tm);
    snprintf(s->terms, sizeof s->terms, "as of %d, %s, --ca %s, --crl %s%s%s%s", tm.tm_year + 1900,
             check->implicit_tls ? "--tls"
             : check->starttls   ? "--starttls at 465 too"
                                 : "--starttls",
             check->ca != NULL ? check->ca : "system", check->crl != NULL ? check->crl : "none",
             check->thorough ? "" : ", --quick", check->ipv4_only ? ", --ipv4" : "",
             check->allow_private ? ", --allow-private" : "");
    s->check.terms = s->terms;
}

static unsigned default_port(const struct settings *s) {
    return s->check.implicit_tls ? PORT_SUBMISSIONS : PORT_SMTP;
}

/* What is on the command line is known before anything starts; a line of a list is reported in its place. */
static int check_targets(const struct settings *s) {
    struct target target;
    struct err err;
    int status = 0;

    for (size_t i = 0; i < s->target_count; i++)
        if (strcmp(s->targets[i], "-") != 0 &&
            target_parse(s->targets[i], default_port(s), &target, &err) != 0)
            status = cmd_fail(&err);
    return status;
}

/* "192.0.2.53", "2001:db8::53", either with "@5353"; a zone may stand behind the address. */
static int check_resolver(const char *text) {
    char address[128], canonical[NUMERIC_SIZE_B];
    const char *at = strchr(text, '@');
    size_t len = at != NULL ? (size_t)(at - text) : strlen(text);
    long port;

    snprintf(address, sizeof address, "%.*s", (int)strcspn(text, "@%"), text);
    if (len >= sizeof address || numeric_parse(address, canonical) != 0)
        return cmd_usage_error(
            &spec, "--resolver %s: not an IP address, such as 192.0.2.53 or 192.0.2.53@5353", text);
    if (at != NULL && ascii_number(at + 1, 1, 65535, &port) != 0)
        return cmd_usage_error(&spec, "--resolver %s: the port is no number from 1 to 65535", text);
    return 0;
}

/* A third of the host's time if that is enough to wait, else 20 seconds, but never so much that there is no second try. */
static int64_t step_of(int64_t host_ms) {
    if (host_ms / STEPS_PER_HOST > LEAST_STEP_MS)
        return host_ms / STEPS_PER_HOST;
    return host_ms / 2 < LEAST_STEP_MS ? host_ms / 2 : LEAST_STEP_MS;
}

/* It prints text, and looks at nobody. */
static int check_explain_alone(const struct settings *s) {
    if (s->target_count > 0)
        return cmd_usage_error(&spec, "--explain takes no target: leave out '%.60s'",
                               s->targets[0]);
    if (s->has_format || s->output != NULL || s->resume != NULL)
        return cmd_usage_error(&spec, "--explain prints text: no format and no file beside it");
    return 0;
}

static int parse_settings(int argc, char **argv, struct settings *s) {
    int key;

    set_defaults(s);
    while ((key = cmd_next_option(argc, argv, &spec, false)) != CMD_DONE)
        if (key == CMD_BAD || parse_option(key, s) != 0)
            return EXIT_USAGE;
    s->targets = argv + optind;
    s->target_count = (size_t)(argc - optind);
    if (s->explain != NULL)
        return check_explain_alone(s);
    s->check.policy = policy_find(s->policy);
    s->out.format = check_format_find(s->resume != NULL ? "jsonl" : s->format);
    s->check.step_ms = step_of(s->check.host_ms);
    if (s->check.helo != NULL && s->check.helo != s->helo &&
        names_take_host(&spec, "helo", &s->check.helo, s->helo) != 0)
        return EXIT_USAGE;
    if (s->resume != NULL && s->has_format && strcmp(s->format, "jsonl") != 0)
        return cmd_usage_error(&spec, "--resume keeps its file as jsonl: no --format %s beside it",
                               s->format);
    describe_terms(s);
    if (s->resume != NULL && s->output != NULL)
        return cmd_usage_error(&spec,
                               "--resume keeps the results in its file: no --output beside it");
    if (s->target_count == 0)
        return cmd_usage_error(&spec, "no target");
    if (s->check.route.forwarder != NULL && check_resolver(s->check.route.forwarder) != 0)
        return EXIT_USAGE;
    return check_targets(s);
}

static enum check_next next_from_arguments(struct settings *s, struct target *out,
                                           struct err *err) {
    const char *text = s->targets[s->next_target];

    if (strcmp(text, "-") == 0) {
        enum check_next next = input_next(&s->input, out, err);
        if (next != CHECK_NEXT_END)
            return next;
        s->next_target++;
        return s->next_target < s->target_count ? next_from_arguments(s, out, err) : next;
    }
    s->next_target++;
    if (target_parse(text, default_port(s), out, err) == 0) {
        out->is_typed = true;
        return CHECK_NEXT_TARGET;
    }
    ascii_copy_clean(out->text, sizeof out->text, text, strlen(text));
    return CHECK_NEXT_BAD;
}

static bool is_blocked(void *arg) {
    struct settings *s = arg;

    sink_answer(s->out.outlet.out);
    return sink_is_full(s->out.outlet.out);
}

static bool is_writing(void *arg) {
    struct settings *s = arg;

    sink_answer(s->out.outlet.out);
    return sink_await(s->out.outlet.out);
}

static enum check_next next_target(struct target *out, struct err *err, void *arg) {
    struct settings *s = arg;

    if (s->next_target == s->target_count || check_output_has_failed(&s->out))
        return CHECK_NEXT_END;
    enum check_next next = next_from_arguments(s, out, err);
    s->taken += next <= CHECK_NEXT_BAD;
    if (next > CHECK_NEXT_BAD || s->out.journal == NULL || journal_claim(s->out.journal, out->text))
        return next;
    return CHECK_NEXT_NONE;
}

static void show_progress(struct settings *s) {
    int64_t now_us = clock_mono_us(clock_system());

    if (!s->has_progress || now_us - s->shown_us < PROGRESS_EVERY_US)
        return;
    s->shown_us = now_us;
    char text[64];
    int len = snprintf(text, sizeof text, "\r\033[K%zu checked", s->done);
    sink_offer(s->out.outlet.log, text, (size_t)len);
}

static void clear_progress(const struct settings *s) {
    static const char clear[] = "\r\033[K";

    if (s->has_progress)
        sink_offer(s->out.outlet.log, clear, sizeof clear - 1);
}

static void on_result(struct check_result *result, void *arg) {
    struct settings *s = arg;

    s->done++;
    s->any_failed |= result->verdict == CHECK_BREAKS;
    s->any_unclear |= result->verdict == CHECK_UNREACHED || result->verdict == CHECK_UNDECIDED;
    clear_progress(s);
    check_output_result(&s->out, result);
    check_result_free(&result);
    show_progress(s);
}

static int die_of(int signo) {
    fputs("doormat: interrupted; `--resume FILE` goes on where a run was cut off\n", stderr);
    signal(signo, SIG_DFL);
    raise(signo);
    return EXIT_USAGE;
}

/* What an earlier run found counts for the exit status as well, unless this one has looked again. */
static void note_earlier(struct settings *s) {
    if (s->out.journal == NULL)
        return;
    struct journal_tally found = journal_found(s->out.journal);
    s->any_failed |= found.failed > 0;
    s->any_unclear |= found.unclear > 0;
}

/* Nobody has asked for nothing: an input that could not be read, or held no target, is a mistake. */
static int judge_input(struct settings *s) {
    struct err err;

    if (check_output_has_failed(&s->out)) /* nothing was read then; it is told at the end */
        return 0;
    if (s->input.cause != 0) {
        errno = s->input.cause;
        err_errno(&err, "standard input");
        return cmd_fail(&err);
    }
    if (s->taken > 0)
        return 0;
    err_set(&err, "no target: there is none in standard input");
    return cmd_fail(&err);
}

static int run(struct settings *s) {
    struct err err;

    s->check.next = next_target;
    s->check.on_result = on_result;
    s->check.is_blocked = is_blocked;
    s->check.is_writing = is_writing;
    s->check.written_fd = sink_bell(s->out.outlet.out);
    s->check.signo = &s->signo;
    s->check.arg = s;
    s->has_progress =
        !s->quiet && terminal_takes_escapes(STDERR_FILENO) && check_output_is_silent(&s->out);
    limits_raise_files();
    check_output_begin(&s->out);
    enum check_outcome outcome = check_run(&s->check, &err);
    clear_progress(s);
    if (outcome == CHECK_FAILED)
        return cmd_fail(&err);
    if (outcome == CHECK_DONE && judge_input(s) != 0)
        return EXIT_USAGE;
    if (check_output_finish(&s->out, outcome == CHECK_INTERRUPTED, &err) != 0)
        return cmd_fail(&err);
    if (outcome == CHECK_INTERRUPTED)
        return die_of(s->signo);
    note_earlier(s);
    if (s->any_failed)
        return EXIT_FOUND;
    return s->any_unclear ? EXIT_UNCLEAR : EXIT_OK;
}

static int open_journal(struct settings *s, struct err *err) {
    return journal_open(s->resume, s->policy, s->check.terms, &s->out.journal, err);
}

/* Before anything is opened, which would get its number. */
static int find_input(const struct settings *s) {
    struct err err;

    for (size_t i = 0; i < s->target_count; i++)
        if (strcmp(s->targets[i], "-") == 0 && fcntl(STDIN_FILENO, F_GETFD) < 0) {
            err_errno(&err, "standard input");
            return cmd_fail(&err);
        }
    return 0;
}

int cmd_check(int argc, char **argv) {
    struct settings s;
    struct err err;
    int status = parse_settings(argc, argv, &s);

    if (status != 0)
        return status;
    if (s.explain != NULL)
        return explain_rules(s.explain);
    status = find_input(&s);
    if (status != 0)
        return status;
    if ((s.resume != NULL && open_journal(&s, &err) != 0) ||
        check_output_open(&s.out, s.output, &err) != 0)
        return cmd_fail(&err);
    input_init(&s.input, STDIN_FILENO, default_port(&s));
    status = run(&s);
    input_fini(&s.input);
    check_output_close(&s.out);
    journal_close(&s.out.journal);
    return status;
}
