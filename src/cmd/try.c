/* try - `doormat try -- COMMAND`: the harness for any sender. */
#include "harness/try.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cmd/cmd.h"
#include "harness/placeholder.h"
#include "harness/plan.h"
#include "net/hosts.h"
#include "policy/policy.h"
#include "report/baseline.h"
#include "report/report.h"

enum {
    REPORT_MAX_B = 64 * 1024 * 1024,
    MAX_SECONDS = 7 * 24 * 3600,
    MAX_JOBS = 256,
    DOUBTS_MAX_B = 64 * 1024
};

static const struct cmd_option options[] = {
    {"faults", 'f', "LIST", "names, recipes and @groups, '-' takes out (default @core)"},
    {"jobs", 'j', "N", "commands at a time (default: one a core)"},
    {"timeout", 't', "S", "seconds that the sender has for a fault (default 30)"},
    {"wait", 'w', "S", "for senders that queue: seconds until it may come (default 0)"},
    {"settle", 's', "S", "for senders that queue: seconds to the last try (default 0)"},
    {"format", 'F', "NAME", "text, json, junit, tap, markdown or html (default text)"},
    {"title", 1006, "TEXT", "the title of the report (default: the name of the command)"},
    {"output", 'o', "FILE", "write the report there instead of standard output"},
    {"baseline", 'b', "FILE",
     "JSON of an earlier run: 0 if nothing got worse, and all can be compared"},
    {"fail-on", 1005, "SEVERITY", "exit 1 from there on: low, medium, high (default), critical"},
    {"policy", 'p', "NAME", "whose faults: strict (default: every policy's), bsi, nist ..."},
    {"trust", 1004, "NAME", "what the sender goes by: pkix, or dane-ee with {tlsa} (default pkix)"},
    {"host", 'H', "NAME", "the name in {host} and in certificates (default mx.doormat.test)"},
    {"from", 1001, "ADDRESS", "the sender in {from}"},
    {"to", 1002, "ADDRESS", "the recipient in {to}"},
    {"helo", 1003, "NAME", "the name in {helo}"},
    {"list-all", 'a', NULL, "list every fault, also where the sender did what it should"},
    {"verbose", 'v', NULL, "the same, with what the sender printed"},
    {"quiet", 'q', NULL, "no progress line"},
    {NULL, 0, NULL, NULL},
};

static const struct cmd_spec spec = {
    .usage = "try [OPTION...] -- COMMAND [ARG...]",
    .summary =
        "Runs COMMAND once per fault against a mail server that has it, and says what it did.\n"
        "In COMMAND these are replaced: {host} {port} {tls_port} {from} {to} {ca} {ca_dir} {helo}\n"
        "{fault} {message} {tlsa} {spki}; DOORMAT_HOST and so on stand in its environment; the message is on its\n"
        "standard input.  A host below .test resolves to this machine for COMMAND and its children\n"
        "alone: a daemon that runs already, or a setuid program, wants --host localhost.",
    .options = options,
};

struct settings {
    struct try_options try;
    const char *list, *format, *output, *baseline, *title;
    enum fault_severity fail_on;
    bool list_all, verbose, quiet;
};

/* A number of seconds, with a fraction if wanted, in milliseconds. */
static int parse_seconds(const char *name, const char *text, int64_t *out_ms) {
    char *end;
    double seconds = strtod(text, &end);

    if (*text == '\0' || *end != '\0' || !(seconds >= 0 && seconds <= MAX_SECONDS))
        return cmd_usage_error(&spec, "--%s %s: not a number of seconds", name, text);
    *out_ms = (int64_t)(seconds * 1000);
    return 0;
}

static int parse_jobs(const char *text, unsigned *out) {
    long jobs;

    if (ascii_number(text, 1, MAX_JOBS, &jobs) != 0)
        return cmd_usage_error(&spec, "--jobs %s: not a number from 1 to %d", text, MAX_JOBS);
    *out = (unsigned)jobs;
    return 0;
}

/* The severity that begins like it, for "did you mean"; high if none does. */
static const char *nearest_severity(const char *text) {
    for (int severity = FAULT_LOW; severity < FAULT_SEVERITY_COUNT; severity++)
        if (ascii_lower(text[0]) == fault_severity_name((enum fault_severity)severity)[0])
            return fault_severity_name((enum fault_severity)severity);
    return fault_severity_name(FAULT_HIGH);
}

static int parse_fail_on(const char *text, enum fault_severity *out) {
    int severity = fault_severity_from_name(text);

    if (severity < FAULT_LOW)
        return cmd_usage_error(&spec,
                               "--fail-on %.40s: not low, medium, high or critical; did you mean "
                               "'%s'?",
                               text, nearest_severity(text));
    *out = (enum fault_severity)severity;
    return 0;
}

static int parse_option(int key, struct settings *s) {
    switch (key) {
    case 'f':
        s->list = optarg;
        return 0;
    case 'j':
        return parse_jobs(optarg, &s->try.jobs);
    case 't':
        return parse_seconds("timeout", optarg, &s->try.timeout_ms);
    case 'w':
        return parse_seconds("wait", optarg, &s->try.wait_ms);
    case 's':
        return parse_seconds("settle", optarg, &s->try.settle_ms);
    case 'F':
        s->format = optarg;
        return 0;
    case 'o':
        s->output = optarg;
        return 0;
    case 'b':
        s->baseline = optarg;
        return 0;
    case 'p':
        s->try.policy = optarg;
        return 0;
    case 1004:
        s->try.trust = optarg;
        return 0;
    case 'H':
        s->try.host = optarg;
        return 0;
    case 1001:
        s->try.from = optarg;
        return 0;
    case 1002:
        s->try.to = optarg;
        return 0;
    case 1003:
        s->try.helo = optarg;
        return 0;
    case 1006:
        s->title = optarg;
        return 0;
    case 1005:
        return parse_fail_on(optarg, &s->fail_on);
    case 'a':
        s->list_all = true;
        return 0;
    case 'v':
        s->verbose = true;
        return 0;
    case 'q':
        s->quiet = true;
        return 0;
    }
    return EXIT_USAGE;
}

static unsigned core_count(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores > 0 ? (unsigned)cores : 1;
}

static const char trust_pkix[] = "pkix", trust_dane_ee[] = "dane-ee";

static int check_placeholders(const struct settings *s) {
    struct buf doubts;
    struct err err;

    buf_init(&doubts, DOUBTS_MAX_B);
    int rc = placeholder_check(s->try.argv, &doubts, &err);
    for (char *at = (char *)doubts.data, *end; rc == 0 && at != NULL && *at != '\0'; at = end + 1) {
        end = strchr(at, '\n');
        fprintf(stderr, "doormat: %.*s\n", (int)(end - at), at);
    }
    buf_fini(&doubts);
    return rc == 0 ? 0 : cmd_fail(&err);
}

static int parse_settings(int argc, char **argv, struct settings *s) {
    int key;

    *s = (struct settings){.list = "@core", .format = "text"};
    s->try = (struct try_options){.policy = "strict",
                                  .trust = trust_pkix,
                                  .from = "sender@doormat.test",
                                  .to = "recipient@doormat.test",
                                  .helo = "sender.doormat.test",
                                  .jobs = core_count(),
                                  .timeout_ms = 30000};
    while ((key = cmd_next_option(argc, argv, &spec, true)) != CMD_DONE)
        if (key == CMD_BAD || parse_option(key, s) != 0)
            return EXIT_USAGE;
    if (optind >= argc)
        return cmd_usage_error(&spec, "no command to try; it follows `--`");
    if (report_find(s->format) == NULL)
        return cmd_usage_error(&spec, "--format %s: not text, json, junit, tap, markdown or html",
                               s->format);
    if (strcmp(s->try.policy, "strict") != 0 && policy_find(s->try.policy) == NULL)
        return cmd_usage_error(&spec,
                               "--policy %s: not strict, bsi, bsi-lenient, ncsc-nl, nist, "
                               "mozilla-modern, mozilla-intermediate or rfc9325",
                               s->try.policy);
    if (strcmp(s->try.trust, trust_pkix) != 0 && strcmp(s->try.trust, trust_dane_ee) != 0)
        return cmd_usage_error(&spec, "--trust %s: not pkix or dane-ee", s->try.trust);
    s->try.argv = (const char *const *)(argv + optind);
    return check_placeholders(s);
}

static void show_progress(unsigned done, unsigned total, const char *name, void *arg) {
    (void)arg;
    fprintf(stderr, "\r\033[K%u/%u %.60s", done, total, done < total ? name : "");
    fflush(stderr);
}

static void clear_progress(const struct settings *s) {
    if (s->try.progress != NULL)
        fputs("\r\033[K", stderr);
}

static int write_report(const struct settings *s, const struct run *run, struct err *err) {
    struct report_style style = {.colour = s->output == NULL && cmd_wants_colour(),
                                 .verbose = s->verbose,
                                 .list_all = s->list_all};
    struct buf out;

    buf_init(&out, REPORT_MAX_B);
    report_find(s->format)->write(run, &style, &out);
    int rc = out.overflow ? err_set(err, "the report is longer than %d MiB", REPORT_MAX_B >> 20)
                          : cmd_write_output(s->output, out.data, out.len, err);
    buf_fini(&out);
    return rc;
}

/* What changed goes to standard error, so that the report stays readable by programs. */
static int compare(const struct baseline *baseline, const struct run *run) {
    struct baseline_outcome outcome;
    struct buf changes;

    buf_init(&changes, REPORT_MAX_B);
    baseline_compare(baseline, run, &changes, &outcome);
    fputs(buf_text(&changes), stderr);
    buf_fini(&changes);
    return baseline_exit_status(&outcome);
}

/* Ends as the signal would have, so that a shell loop around us ends too. */
static int die_of_interrupt(void) {
    fputs("doormat: interrupted; every process of the sender was ended\n", stderr);
    signal(SIGINT, SIG_DFL);
    raise(SIGINT);
    return EXIT_USAGE;
}

static const char default_host[] = "mx.doormat.test";

/* Or it itself (RFC 6761 6.2), however it is spelt. */
static bool is_below_test(const char *host) {
    const char *dot = strrchr(host, '.');

    return ascii_equal(dot != NULL ? dot + 1 : host, "test");
}

/* Makes the host resolve for the sender.  Where that cannot be had, localhost takes the default's place; a host that was
 * asked for is left to the machine's resolver. */
static void settle_host(struct settings *s) {
    bool is_default = s->try.host == NULL;
    struct err err;

    if (is_default)
        s->try.host = default_host;
    if (!is_below_test(s->try.host) || hosts_add_loopback(s->try.host, &err) == 0)
        return;
    fprintf(stderr, "doormat: %s cannot be made to resolve: %s%s\n", s->try.host, err.text,
            is_default ? "; the host is localhost, where some names cannot show" : "");
    if (is_default)
        s->try.host = "localhost";
}

static int run_and_report(struct settings *s, const struct baseline *baseline) {
    struct run run;
    struct err err;
    int status;

    enum try_outcome outcome = try_run(&s->try, &run, &err);
    run.fail_on = s->fail_on;
    run.title = s->title;
    clear_progress(s);
    if (outcome == TRY_INTERRUPTED)
        status = die_of_interrupt();
    else if (outcome == TRY_FAILED || write_report(s, &run, &err) != 0)
        status = cmd_fail(&err);
    else
        status = baseline != NULL ? compare(baseline, &run) : run_exit_status(&run);
    run_fini(&run);
    return status;
}

int cmd_try(int argc, char **argv) {
    struct settings s;
    struct scenario_list scenarios = {0};
    struct baseline *baseline = NULL;
    struct err err;
    int status = parse_settings(argc, argv, &s);

    if (status != 0)
        return status;
    if (!s.quiet && isatty(STDERR_FILENO) == 1)
        s.try.progress = show_progress;
    if (scenario_list_parse(s.list, &scenarios, &err) != 0 ||
        plan_add_controls(&scenarios, &err) != 0 ||
        (s.baseline != NULL && baseline_load(s.baseline, &baseline, &err) != 0)) {
        status = cmd_fail(&err);
    } else {
        plan_set_policy(&scenarios, s.try.policy);
        if (strcmp(s.try.trust, trust_dane_ee) == 0)
            plan_trust_key_alone(&scenarios);
        s.try.scenarios = &scenarios;
        settle_host(&s);
        status = run_and_report(&s, baseline);
    }
    baseline_free(&baseline);
    scenario_list_fini(&scenarios);
    return status;
}
