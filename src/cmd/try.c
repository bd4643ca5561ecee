/* try - `doormat try -- COMMAND`: the harness for any sender. */
#include "harness/try.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/output.h"
#include "cmd/cmd.h"
#include "cmd/listen.h"
#include "cmd/names.h"
#include "cmd/progress.h"
#include "cmd/terminal.h"
#include "cmd/values.h"
#include "harness/apply.h"
#include "harness/interrupt.h"
#include "harness/placeholder.h"
#include "harness/plan.h"
#include "harness/stage.h"
#include "net/hosts.h"
#include "report/baseline.h"
#include "report/report.h"

enum {
    REPORT_MAX_B = 64 * 1024 * 1024,
    MAX_SECONDS = 7 * 24 * 3600,
    MAX_JOBS = 256,
    MAX_RETRIES = 10,
    DOUBTS_MAX_B = 64 * 1024,
    TIMEOUT_MS = 30000,
    MTA_TIMEOUT_MS = 60000,
    MTA_HANDED_IN = 6,   /* at a time, into a queue */
    MTA_DELIVERIES = 24, /* at a time, each by a process that waits more than it works */
};

/* The headings of --help. */
static const char what[] = "The faults", when[] = "Time", who[] = "The sender",
                  where[] = "The report";

/* Of the option table's `choice`. */
enum { CHOICE_FORMAT = 1, CHOICE_FAIL_ON, CHOICE_POLICY, CHOICE_TRUST };

static const struct cmd_option options[] = {
    {"faults", 'f', "LIST", "names, recipes and @groups; '-' removes", "@core", .group = what},
    {"policy", 'p', "NAME", "whose faults", "strict", values_try_policy, CHOICE_POLICY, what},
    {"trust", 1004, "NAME", "what the sender trusts", "pkix", values_trust, CHOICE_TRUST, what},
    {"host", 'H', "NAME", "{host}, in certificates too", "mx.doormat.test", .group = who},
    {"listen", 'l', "ADDRESS", "listen there too; may be given again", .group = who,
     .repeats = true},
    {"from", 1001, "ADDRESS", "{from}", "sender@doormat.test", .group = who},
    {"to", 1002, "ADDRESS", "{to}", "recipient@doormat.test", .group = who},
    {"helo", 1003, "NAME", "{helo}", "sender.doormat.test", .group = who},
    {"with", 1008, "MTA[=PATH]", "this machine's MTA, instead of COMMAND", .group = who},
    {"room", 1009, NULL, "in a sealed room: each fault is a mail domain, met by MX", .group = who},
    {"setup", 1010, "COMMAND", "--room: first let sh(1) start a mail server there", .group = who},
    {"once", 1011, NULL, "--room: do not wait for one fault before the next", .group = who},
    {"apply", 1007, NULL, "--with: put the lines that help on the copy, run again", .group = who},
    {"jobs", 'j', "N", "commands at a time (default: one per core)", .group = when},
    {"timeout", 't', "SECONDS", "what the sender has for a fault", "30", .group = when},
    {"retry", 'r', "N", "more tries if it did not come or finish", "0", .group = when},
    {"wait", 'w', "SECONDS", "for its queue: until it may connect", "0", .group = when},
    {"settle", 's', "SECONDS", "for its queue: until its last try", "0", .group = when},
    {"format", 'F', "NAME", "its form", "text", values_try_format, CHOICE_FORMAT, where},
    {"title", 1006, "TEXT", "its title (default: the name of the command)", .group = where},
    {"output", 'o', "FILE", "write it there instead of standard output", .group = where},
    {"baseline", 'b', "FILE", "JSON of an earlier run: exit 0 if nothing got worse",
     .group = where},
    {"require", 1012, "LIST", "--room: a failure if it does not use these: dane, mta-sts",
     .group = where},
    {"fail-on", 1005, "SEVERITY", "exit 1 from there on", "high", values_severity, CHOICE_FAIL_ON,
     where},
    {"list-all", 'a', NULL, "list every fault, also where the sender was right", .group = where},
    {"verbose", 'v', NULL, "the same, with its output and a transcript", .group = where},
    {"quiet", 'q', NULL, "no progress line", .group = where},
    {NULL, 0, NULL, NULL},
};

static const struct cmd_spec spec = {
    .usage = "try [OPTION...] -- COMMAND [ARG...]",
    .summary =
        "Runs COMMAND once per fault against a mail server that has it, and says what it did. "
        "These words of COMMAND are replaced: {host} {port} {tls_port} {from} {to} {ca} {ca_dir} "
        "{helo} {fault} {message} {tlsa} {spki}. DOORMAT_HOST and so on are in its environment, "
        "the message is on its standard input. Only COMMAND and its children resolve a "
        "host below .test; running daemons need --host localhost.",
    .options = options,
};

struct settings {
    struct try_options try;
    const char *list, *format, *output, *baseline, *title;
    enum fault_severity fail_on;
    unsigned required; /* layers */
    bool list_all, verbose, quiet, apply;
    const char *mta_argv[2]; /* stands for the command */
    struct listen_places places;
    struct output *file; /* that the report goes to */
    struct progress progress;
    char host[IDN_SIZE_B], helo[IDN_SIZE_B], from[IDN_ADDRESS_SIZE_B], to[IDN_ADDRESS_SIZE_B];
};

/* A number of seconds, with a fraction if wanted, in milliseconds. */
static int parse_seconds(const char *name, const char *text, int64_t *out_ms) {
    char *end;
    double seconds = strtod(text, &end);

    if (*text == '\0' || *end != '\0' || !(seconds >= 0 && seconds <= MAX_SECONDS))
        return cmd_usage_error(&spec, "--%s %.40s: not a number of seconds from 0 to %d", name,
                               text, MAX_SECONDS);
    *out_ms = (int64_t)(seconds * 1000);
    return 0;
}

/* The sender needs time at least to connect. */
static int parse_timeout(const char *text, int64_t *out_ms) {
    if (parse_seconds("timeout", text, out_ms) != 0)
        return EXIT_USAGE;
    return *out_ms > 0 ? 0
                       : cmd_usage_error(&spec, "--timeout %s: the sender needs some time", text);
}

static int parse_count(const char *name, const char *text, long least, long most, unsigned *out) {
    long count;

    if (ascii_number(text, least, most, &count) != 0)
        return cmd_usage_error(&spec, "--%s %.40s: not a number from %ld to %ld", name, text, least,
                               most);
    *out = (unsigned)count;
    return 0;
}

static int add_address(struct settings *s, const char *address) {
    struct err err;

    return listen_add(&s->places, address, &err) == 0 ? 0 : cmd_fail(&err);
}

static const char *values_mta(size_t index) {
    const struct mta_class *class = mta_at(index);

    return class != NULL ? mta_name(class) : NULL;
}

static int parse_with(const char *text, struct settings *s) {
    char hint[CMD_HINT_SIZE_B], *word = mem_strndup(text, strcspn(text, "="));

    s->try.mta = mta_find(text, &s->try.mta_program);
    if (s->try.mta == NULL)
        cmd_usage_error(&spec, "--with %.40s: not %s%s", text, mta_names,
                        cmd_hint(hint, word, values_mta));
    free(word);
    return s->try.mta != NULL ? 0 : EXIT_USAGE;
}

static int parse_option(int key, struct settings *s) {
    switch (key) {
    case 'f':
        s->list = optarg;
        return 0;
    case 'j':
        return parse_count("jobs", optarg, 1, MAX_JOBS, &s->try.jobs);
    case 't':
        return parse_timeout(optarg, &s->try.timeout_ms);
    case 'r':
        return parse_count("retry", optarg, 0, MAX_RETRIES, &s->try.retries);
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
        return names_take_host(&spec, "host", &s->try.host, s->host);
    case 'l':
        return add_address(s, optarg);
    case 1001:
        s->try.from = optarg;
        return names_take_address(&spec, "from", &s->try.from, s->from);
    case 1002:
        s->try.to = optarg;
        return names_take_address(&spec, "to", &s->try.to, s->to);
    case 1003:
        s->try.helo = optarg;
        return names_take_host(&spec, "helo", &s->try.helo, s->helo);
    case 1006:
        s->title = optarg;
        return 0;
    case 1005:
        s->fail_on = (enum fault_severity)fault_severity_from_name(optarg);
        return 0;
    case 1009:
        s->try.in_room = true;
        return 0;
    case 1012:
        return values_take_layers(optarg, LAYER_DANE, &s->required) == 0
                   ? 0
                   : cmd_usage_error(&spec, "--require %.40s: a list of dane and mta-sts", optarg);
    case 1010:
        s->try.setup = optarg;
        return 0;
    case 1011:
        s->try.once = true;
        return 0;
    case 1008:
        return parse_with(optarg, s);
    case 1007:
        s->apply = true;
        return 0;
    case 'a':
        s->list_all = true;
        return 0;
    case 'v':
        s->verbose = s->try.keeps_transcripts = true;
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

/* Or it itself (RFC 6761 6.2), however it is spelt. */
static bool is_below_test(const char *host) {
    const char *dot = strrchr(host, '.');

    return ascii_equal(dot != NULL ? dot + 1 : host, "test");
}

/* With a mail server of the machine's there is no command, and other times are usual. */
static int check_with(int argc, char **argv, struct settings *s) {
    bool has_daemon = s->try.mta != NULL && mta_has_daemon(s->try.mta);

    if (s->try.timeout_ms < 0)
        s->try.timeout_ms = s->try.mta != NULL ? MTA_TIMEOUT_MS : TIMEOUT_MS;
    if (s->try.jobs == 0)
        s->try.jobs = s->try.mta == NULL ? core_count()
                      : has_daemon       ? MTA_HANDED_IN
                                         : MTA_DELIVERIES;
    if (s->try.mta == NULL)
        return s->apply ? cmd_usage_error(&spec, "--apply: what to apply is known with --with MTA")
                        : 0;
    if (optind < argc)
        return cmd_usage_error(&spec, "--with %s runs the mail server itself: leave out '%.40s'",
                               mta_name(s->try.mta), argv[optind]);
    if (s->try.wait_ms + s->try.settle_ms > 0)
        return cmd_usage_error(&spec,
                               "--with %s knows when the mail server is done: leave out "
                               "--wait and --settle",
                               mta_name(s->try.mta));
    if (s->try.host != NULL && !is_below_test(s->try.host) &&
        !ascii_equal(s->try.host, "localhost"))
        return cmd_usage_error(&spec, "--host %.60s: with --with a name below .test, or localhost",
                               s->try.host);
    return 0;
}

/* The world has its own names and addresses. */
static int check_room(struct settings *s) {
    if (!s->try.in_room && (s->try.setup != NULL || s->try.once || s->required != 0))
        return cmd_usage_error(&spec, "--setup, --once and --require go with --room");
    if (!s->try.in_room)
        return 0;
    if (s->try.mta != NULL)
        return cmd_usage_error(&spec, "--room has no --with yet: give the command that hands the "
                                      "message over, such as sendmail {to}");
    if (s->try.host != NULL || s->places.given_count > 0)
        return cmd_usage_error(&spec, "--room has hosts and addresses of its own: leave out --host "
                                      "and --listen");
    return 0;
}

static int parse_settings(int argc, char **argv, struct settings *s) {
    int key;

    *s = (struct settings){.list = "@core", .format = "text"};
    s->try = (struct try_options){.policy = "strict",
                                  .trust = trust_pkix,
                                  .mta_lines = "",
                                  .from = "sender@doormat.test",
                                  .to = "recipient@doormat.test",
                                  .helo = "sender.doormat.test",
                                  .timeout_ms = -1};
    while ((key = cmd_next_option(argc, argv, &spec, true)) != CMD_DONE)
        if (key == CMD_BAD || parse_option(key, s) != 0)
            return EXIT_USAGE;
    if (check_with(argc, argv, s) != 0 || check_room(s) != 0)
        return EXIT_USAGE;
    if (s->try.mta == NULL && optind >= argc)
        return cmd_usage_error(&spec, "no command to try; it follows `--`");
    if (s->try.mta != NULL) {
        s->mta_argv[0] = mta_name(s->try.mta);
        s->try.argv = s->mta_argv;
        return 0;
    }
    s->try.argv = (const char *const *)(argv + optind);
    if (*s->try.argv[0] == '\0')
        return cmd_usage_error(&spec, "the command is empty");
    return check_placeholders(s);
}

static void show_progress(unsigned done, unsigned total, const char *name, void *arg) {
    progress_show(arg, done, total, name);
}

static void close_unwritten(struct settings *s) {
    struct err err;

    if (output_close(&s->file, false, &err) != 0)
        cmd_fail(&err);
}

/* The output is closed in any case. */
static int write_report(struct settings *s, const struct run *run, struct err *err) {
    bool is_shown = output_is_stdout(s->file);
    struct report_style style = {.colour = is_shown && cmd_wants_colour(),
                                 .verbose = s->verbose,
                                 .list_all = s->list_all,
                                 .columns = is_shown ? terminal_columns() : 0};
    struct buf out;

    buf_init(&out, REPORT_MAX_B);
    report_find(s->format)->write(run, &style, &out);
    int rc = out.overflow ? err_set(err, "the report is longer than %d MiB", REPORT_MAX_B >> 20)
                          : output_write(s->file, out.data, out.len, err);
    buf_fini(&out);
    if (rc == 0)
        return output_close(&s->file, true, err);
    close_unwritten(s);
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
static int die_of(int signo) {
    fputs("doormat: interrupted; every process of the sender was ended\n", stderr);
    interrupt_release();
    raise(signo);
    return EXIT_USAGE;
}

static const char default_host[] = "mx.doormat.test";

/* Makes the host resolve for the sender.  Where that cannot be had, localhost takes the default's place; a host that was
 * asked for is left to the machine's resolver. */
static void settle_host(struct settings *s) {
    bool is_default = s->try.host == NULL;
    struct err err;

    if (is_default)
        s->try.host = default_host;
    if (!is_below_test(s->try.host))
        listen_check_host(&s->places, s->try.host);
    if (!is_below_test(s->try.host) || hosts_add_loopback(s->try.host, &err) == 0)
        return;
    fprintf(stderr, "doormat: %s cannot be made to resolve: %s%s\n", s->try.host, err.text,
            is_default ? "; the host is localhost, where some names cannot show" : "");
    if (is_default)
        s->try.host = "localhost";
}

static int settle_places(struct settings *s, struct err *err) {
    if (s->try.in_room) {
        s->try.host = stage_apex;
        return stage_enter(err);
    }
    listen_settle(&s->places);
    s->try.addresses = s->places.addresses;
    settle_host(s);
    return 0;
}

static int run_and_report(struct settings *s, const struct baseline *baseline) {
    struct run run;
    struct err err;
    int status;

    progress_init(&s->progress, !s->quiet);
    s->try.progress = show_progress;
    s->try.arg = &s->progress;
    s->try.fail_on = s->fail_on;
    enum try_outcome outcome = s->try.mta != NULL ? apply_run(&s->try, s->apply, &run, &err)
                                                  : try_run(&s->try, &run, &err);
    run.fail_on = s->fail_on;
    run.required = s->required;
    run.title = s->title;
    progress_clear(&s->progress);
    if (outcome != TRY_INTERRUPTED && output_is_stdout(s->file))
        interrupt_release(); /* a reader that stops keeps nobody waiting */
    if (outcome == TRY_FAILED || write_report(s, &run, &err) != 0)
        status = cmd_fail(&err);
    else
        status = baseline != NULL ? compare(baseline, &run) : run_exit_status(&run);
    run_fini(&run);
    return status;
}

/* Signals are held before anything is made that must be removed, but not while another process is waited for: who writes the
 * baseline or reads the report may never come. */
static int open_files(struct settings *s, struct baseline **baseline, struct err *err) {
    if (s->baseline != NULL && baseline_load(s->baseline, baseline, err) != 0)
        return -1;
    if (!output_may_wait(s->output))
        interrupt_hold();
    int rc = output_open(s->output, &s->file, err);
    interrupt_hold();
    return rc;
}

static int parse_list(const struct settings *s, struct scenario_list *out, struct err *err) {
    if (scenario_list_parse(s->list, out, err) != 0)
        return -1;
    const struct scenario *first = scenario_list_find_of_world(out);
    if (first == NULL || s->try.in_room)
        return 0;
    return err_set(err, "%.60s shows only where the sender asks our DNS: give --room", first->name);
}

int cmd_try(int argc, char **argv) {
    struct settings s;
    struct scenario_list scenarios = {0};
    struct baseline *baseline = NULL;
    struct err err;
    int status = parse_settings(argc, argv, &s);

    if (status != 0)
        return status;
    if (parse_list(&s, &scenarios, &err) != 0 || plan_add_controls(&scenarios, &err) != 0 ||
        (s.try.mta != NULL && plan_add_substitutes(&scenarios, &err) != 0) ||
        open_files(&s, &baseline, &err) != 0) {
        status = cmd_fail(&err);
    } else {
        plan_set_policy(&scenarios, s.try.policy);
        if (strcmp(s.try.trust, trust_dane_ee) == 0)
            plan_trust_key_alone(&scenarios);
        s.try.scenarios = &scenarios;
        status = settle_places(&s, &err) == 0 ? run_and_report(&s, baseline) : cmd_fail(&err);
        close_unwritten(&s);
    }
    baseline_free(&baseline);
    scenario_list_fini(&scenarios);
    return interrupt_seen() != 0 ? die_of(interrupt_seen()) : status;
}
