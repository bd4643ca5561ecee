/* dialogue - plays scripts of client bytes against an SMTP session and compares what it answers and records.
 *
 *   dialogue FILE...     prints TAP: a line per script and way of playing; exits with 1 if one fails
 *
 * Each script is played twice: as written, where client lines in a row arrive in one piece, and byte by byte.
 *
 *   C: text              the client sends text and CRLF
 *   C! text              the client sends text with \r \n \t \0 \\ and \xHH replaced, and nothing behind it
 *   S: text              the server sends this line; a * at the end stands for any rest
 *   S! text              the server sends these bytes, with the same replacements as in C!
 *   S* COUNT             the server sends so many bytes
 *   !tls                 the server wants to start TLS; the handshake is complete
 *   !plain               TLS failed or ended, and the connection stands
 *   !close               the server closes
 *   !reset               the server resets the connection
 *   !gone                the client has closed the connection
 *   !wait MS [TURNS]     the server waits so long, so many times (once), and then goes on
 *   implicit             TLS came before the greeting
 *   fault NAME           what that row of the catalogue needs and changes
 *   knob starttls-offer offered|not-offered
 *   knob starttls-reply CODE TEXT
 *   limit NAME NUMBER    line, message, commands, errors, recipients, messages
 *   record KEY VALUE     what the record holds in the end; the keys are those of print_record, "-" stands for empty
 *   # text               a comment
 *
 * `implicit`, `fault`, `knob` and `limit` come first.  The server greets with host name mx.example.  What it sends must be said by
 * S lines in full before the client speaks again, and before !tls, !close, !reset and the end. */
#include "base/ascii.h"
#include "base/file.h"
#include "base/mem.h"
#include "fault/compose.h"
#include "smtp/session.h"

enum { SCRIPT_MAX_B = 64 * 1024, WIRE_MAX_B = 1024 * 1024 };

struct play {
    const char *file;
    size_t line_no;
    bool bytewise;
    struct smtp_knobs knobs;
    char *canned_text;
    struct smtp_limits limits;
    bool implicit_tls;
    struct smtp_session *session; /* made at the first line that is no setting */
    struct buf pending;           /* what the client says, not fed yet */
    struct buf out;               /* what the server said, not compared yet */
    enum smtp_step step;
    struct err err; /* the first failure */
    bool failed;
};

static int fail(struct play *play, const char *what, const char *detail) {
    if (!play->failed)
        err_set(&play->err, "%s:%zu: %s: %s", play->file, play->line_no, what, detail);
    play->failed = true;
    return -1;
}

static void start(struct play *play) {
    struct smtp_setup setup = {
        .hostname = "mx.example",
        .knobs = &play->knobs,
        .limits = &play->limits,
        .implicit_tls = play->implicit_tls,
    };

    if (play->session != NULL)
        return;
    play->session = smtp_session_new(&setup);
    play->step = smtp_session_greet(play->session, &play->out);
}

/* Feeds what the client has said since the server last spoke. */
static void flush(struct play *play) {
    size_t piece = play->bytewise ? 1 : play->pending.len;

    for (size_t pos = 0; pos < play->pending.len; pos += piece)
        play->step = smtp_session_feed(play->session, play->pending.data + pos, piece, &play->out);
    buf_reset(&play->pending);
}

static int expect_silence(struct play *play) {
    return play->out.len == 0 ? 0 : fail(play, "the server also said", buf_text(&play->out));
}

static int client_says(struct play *play, const void *data, size_t len) {
    return expect_silence(play) < 0 ? -1 : buf_append(&play->pending, data, len);
}

static int do_client_line(struct play *play, const char *text) {
    return client_says(play, text, strlen(text)) < 0 ? -1 : client_says(play, "\r\n", 2);
}

/* Replaces the escape at *at by its byte and moves past it; -1 if it is none. */
static int unescape(const char **at) {
    static const char names[] = "rnt0\\", bytes[] = "\r\n\t\0\\";
    const char *name = (*at)[1] != '\0' ? strchr(names, (*at)[1]) : NULL;
    char digits[3] = "", *end;

    if (name != NULL) {
        *at += 2;
        return bytes[name - names];
    }
    if ((*at)[1] != 'x')
        return -1;
    snprintf(digits, sizeof digits, "%s", *at + 2);
    unsigned long byte = strtoul(digits, &end, 16);
    *at += 4;
    return strlen(digits) == 2 && *end == '\0' ? (int)byte : -1;
}

static int do_client_bytes(struct play *play, const char *text) {
    while (*text != '\0') {
        int byte = *text == '\\' ? unescape(&text) : (unsigned char)*text++;
        if (byte < 0)
            return fail(play, "no such escape", text);
        if (client_says(play, &(uint8_t){(uint8_t)byte}, 1) < 0)
            return -1;
    }
    return 0;
}

static int do_server_bytes(struct play *play, const char *text) {
    flush(play);
    while (*text != '\0') {
        int byte = *text == '\\' ? unescape(&text) : (unsigned char)*text++;
        if (byte < 0 || play->out.len == 0 || play->out.data[0] != byte)
            return fail(play, "the server said", buf_text(&play->out));
        buf_consume(&play->out, 1);
    }
    return 0;
}

static int do_server_count(struct play *play, const char *text) {
    long count;

    flush(play);
    if (ascii_number(text, 1, WIRE_MAX_B, &count) < 0 || (size_t)count > play->out.len)
        return fail(play, "the server did not say so many bytes", text);
    buf_consume(&play->out, (size_t)count);
    return 0;
}

static bool matches(const char *line, size_t len, const char *pattern) {
    size_t pattern_len = strlen(pattern);
    bool is_prefix = pattern_len > 0 && pattern[pattern_len - 1] == '*';

    if (is_prefix)
        return len >= pattern_len - 1 && memcmp(line, pattern, pattern_len - 1) == 0;
    return len == pattern_len && memcmp(line, pattern, len) == 0;
}

static int do_server_line(struct play *play, const char *pattern) {
    flush(play);
    const char *said = buf_text(&play->out), *end = strstr(said, "\r\n");

    if (end == NULL)
        return fail(play, "the server said nothing, instead of", pattern);
    if (!matches(said, (size_t)(end - said), pattern))
        return fail(play, "the server said", said);
    buf_consume(&play->out, (size_t)(end - said) + 2);
    return 0;
}

static int expect_step(struct play *play, enum smtp_step step) {
    flush(play);
    if (expect_silence(play) < 0)
        return -1;
    return play->step == step
               ? 0
               : fail(play, "the server did not want to", "start TLS, close or wait");
}

static int do_tls(struct play *play, const char *text) {
    (void)text;
    if (expect_step(play, SMTP_STEP_START_TLS) < 0)
        return -1;
    play->step = smtp_session_secured(play->session, &play->out);
    return 0;
}

static int do_plain(struct play *play, const char *text) {
    (void)text;
    flush(play);
    if (expect_silence(play) < 0)
        return -1;
    play->step = smtp_session_unsecured(play->session, &play->out);
    return 0;
}

static int do_close(struct play *play, const char *text) {
    (void)text;
    return expect_step(play, SMTP_STEP_CLOSE);
}

static int do_reset(struct play *play, const char *text) {
    (void)text;
    return expect_step(play, SMTP_STEP_RESET);
}

static int do_gone(struct play *play, const char *text) {
    (void)text;
    flush(play);
    if (expect_silence(play) < 0)
        return -1;
    smtp_session_ended(play->session);
    return 0;
}

static int do_wait(struct play *play, const char *text) {
    long ms, turns = 1;
    char *number = mem_strndup(text, strcspn(text, " "));
    const char *rest = strchr(text, ' ');
    int rc = ascii_number(number, 0, 3600 * 1000, &ms);

    free(number);
    if (rc < 0 || (rest != NULL && ascii_number(rest + 1, 1, 1000000, &turns) < 0))
        return fail(play, "no number", text);
    flush(play);
    for (long i = 0; i < turns; i++) {
        if (play->step != SMTP_STEP_WAIT || smtp_session_wait_ms(play->session) != (unsigned)ms)
            return fail(play, "the server does not wait so long", text);
        play->step = smtp_session_go_on(play->session, &play->out);
    }
    return play->step != SMTP_STEP_WAIT ? 0 : fail(play, "the server waits on", text);
}

static int do_fault(struct play *play, const char *text) {
    struct scenario scenario;

    if (scenario_parse(text, &scenario, &play->err) < 0)
        return fail(play, "no such fault", text);
    play->knobs = scenario.recipe.smtp;
    return 0;
}

static int do_implicit(struct play *play, const char *text) {
    (void)text;
    play->implicit_tls = true;
    return 0;
}

static int do_knob(struct play *play, const char *text) {
    static const char reply[] = "starttls-reply ";
    char *end;

    if (strcmp(text, "starttls-offer offered") == 0)
        play->knobs.starttls_offer = SMTP_STARTTLS_OFFERED;
    else if (strcmp(text, "starttls-offer not-offered") == 0)
        play->knobs.starttls_offer = SMTP_STARTTLS_NOT_OFFERED;
    else if (strncmp(text, reply, sizeof reply - 1) == 0) {
        play->knobs.at[SMTP_POINT_STARTTLS].code =
            (unsigned)strtoul(text + sizeof reply - 1, &end, 10);
        free(play->canned_text);
        play->canned_text = mem_strdup(*end == ' ' ? end + 1 : end);
        play->knobs.at[SMTP_POINT_STARTTLS].text = play->canned_text;
    } else
        return fail(play, "no such knob", text);
    return 0;
}

static int do_limit(struct play *play, const char *text) {
    const struct {
        const char *name;
        unsigned *number;
    } counts[] = {
        {"commands", &play->limits.commands},
        {"errors", &play->limits.errors},
        {"recipients", &play->limits.recipients},
        {"messages", &play->limits.messages},
    };
    size_t name_len = strcspn(text, " ");
    long value;

    if (text[name_len] == '\0' || ascii_number(text + name_len + 1, 0, 1000000, &value) < 0)
        return fail(play, "no number", text);
    if (ascii_equal_n(text, name_len, "line"))
        return play->limits.line_b = (size_t)value, 0;
    if (ascii_equal_n(text, name_len, "message"))
        return play->limits.message_b = (uint64_t)value, 0;
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        if (ascii_equal_n(text, name_len, counts[i].name))
            return *counts[i].number = (unsigned)value, 0;
    return fail(play, "no such limit", text);
}

static const char *yes_no(bool yes) {
    return yes ? "yes" : "no";
}

/* All of the record as "key value\n" lines: compared line by line with a script's `record` lines. */
static void print_record(const struct smtp_seen *record, struct buf *text) {
    const struct {
        const char *key, *value;
    } names[] = {
        {"helo", record->helo},
        {"first-inside-tls", record->first_inside_tls},
        {"stage", smtp_stage_name(record->furthest)},
        {"starttls", starttls_outcome_name(record->starttls)},
        {"exposed-plain", exposure_name(record->exposed[CHANNEL_PLAIN])},
        {"exposed-tls", exposure_name(record->exposed[CHANNEL_TLS])},
        {"accepted-plain", yes_no(record->accepted[CHANNEL_PLAIN])},
        {"accepted-tls", yes_no(record->accepted[CHANNEL_TLS])},
        {"quit", yes_no(record->quit)},
        {"believed", yes_no(record->believed)},
    };
    const struct {
        const char *key;
        size_t value;
    } counts[] = {
        {"commands", record->commands},     {"errors", record->errors},
        {"messages", record->messages},     {"bare-lf", record->bare_lf},
        {"false-ends", record->false_ends}, {"behind-starttls", record->behind_starttls_b},
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        buf_printf(text, "\n%s %s\n", names[i].key,
                   names[i].value[0] != '\0' ? names[i].value : "-");
    for (size_t i = 0; i < ARRAY_LEN(counts); i++)
        buf_printf(text, "\n%s %zu\n", counts[i].key, counts[i].value);
}

static int do_record(struct play *play, const char *text) {
    struct buf fields;
    char *line = mem_printf("\n%s\n", text);

    flush(play);
    buf_init(&fields, WIRE_MAX_B);
    print_record(smtp_session_seen(play->session), &fields);
    int rc = strstr(buf_text(&fields), line) != NULL
                 ? 0
                 : fail(play, "the record says otherwise", buf_text(&fields));
    buf_fini(&fields);
    free(line);
    return rc;
}

static const struct {
    const char *word;
    bool is_setting; /* else it needs the session */
    int (*run)(struct play *play, const char *text);
} directives[] = {
    {"C: ", false, do_client_line},  {"C! ", false, do_client_bytes},
    {"S: ", false, do_server_line},  {"S! ", false, do_server_bytes},
    {"S* ", false, do_server_count}, {"!tls", false, do_tls},
    {"!plain", false, do_plain},     {"!close", false, do_close},
    {"!reset", false, do_reset},     {"!gone", false, do_gone},
    {"!wait ", false, do_wait},      {"implicit", true, do_implicit},
    {"fault ", true, do_fault},      {"knob ", true, do_knob},
    {"limit ", true, do_limit},      {"record ", false, do_record},
};

static int play_line(struct play *play, const char *line) {
    if (line[0] == '#' || line[0] == '\0')
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(directives); i++) {
        size_t len = strlen(directives[i].word);
        if (strncmp(line, directives[i].word, len) != 0)
            continue;
        if (!directives[i].is_setting)
            start(play);
        else if (play->session != NULL)
            return fail(play, "too late for", line);
        return directives[i].run(play, line + len);
    }
    return fail(play, "what is this", line);
}

static void play_text(struct play *play, const char *text) {
    int rc = 0;

    while (*text != '\0' && rc == 0) {
        size_t len = strcspn(text, "\n");
        char *line = mem_strndup(text, len);

        play->line_no++;
        rc = play_line(play, line);
        free(line);
        text += text[len] == '\n' ? len + 1 : len;
    }
    if (rc < 0)
        return;
    if (play->session == NULL)
        fail(play, "nothing is played", play->file);
    else {
        flush(play);
        expect_silence(play);
    }
}

/* What was seen, for comparison between the two ways of playing. */
static void play_script(struct play *play, const char *text, struct buf *seen) {
    play->limits = smtp_limits_default;
    buf_init(&play->pending, WIRE_MAX_B);
    buf_init(&play->out, WIRE_MAX_B);
    play_text(play, text);
    if (play->session != NULL)
        print_record(smtp_session_seen(play->session), seen);
    smtp_session_free(&play->session);
    buf_fini(&play->pending);
    buf_fini(&play->out);
    free(play->canned_text);
}

/* A TAP line; what went wrong stands below it as comments. */
static bool report(unsigned number, const struct play *play) {
    const char *base = strrchr(play->file, '/'), *text = play->err.text;

    printf("%sok %u - %s, %s\n", play->failed ? "not " : "", number,
           base != NULL ? base + 1 : play->file, play->bytewise ? "byte by byte" : "as written");
    while (play->failed && *text != '\0') {
        size_t len = strcspn(text, "\n");
        printf("# %.*s\n", (int)len, text);
        text += text[len] == '\n' ? len + 1 : len;
    }
    return !play->failed;
}

/* Plays one file both ways; returns whether both went well and left the same record. */
static bool run_file(unsigned index, const char *file) {
    struct play whole = {.file = file}, bytewise = {.file = file, .bytewise = true};
    struct buf script, seen_whole, seen_bytewise;

    buf_init(&script, SCRIPT_MAX_B);
    buf_init(&seen_whole, WIRE_MAX_B);
    buf_init(&seen_bytewise, WIRE_MAX_B);
    if (file_read(file, &script, &whole.err) < 0) {
        whole.failed = bytewise.failed = true;
        bytewise.err = whole.err;
    } else {
        play_script(&whole, buf_text(&script), &seen_whole);
        play_script(&bytewise, buf_text(&script), &seen_bytewise);
        if (strcmp(buf_text(&seen_whole), buf_text(&seen_bytewise)) != 0)
            fail(&bytewise, "another record than as written", buf_text(&seen_bytewise));
    }
    bool whole_ok = report(2 * index + 1, &whole), bytewise_ok = report(2 * index + 2, &bytewise);
    buf_fini(&script);
    buf_fini(&seen_whole);
    buf_fini(&seen_bytewise);
    return whole_ok && bytewise_ok;
}

int main(int argc, char **argv) {
    bool ok = argc > 1;

    if (argc < 2)
        fputs("usage: dialogue FILE...\n", stderr);
    for (int i = 1; i < argc; i++)
        ok = run_file((unsigned)i - 1, argv[i]) && ok;
    printf("1..%d\n", 2 * (argc - 1));
    return ok ? 0 : 1;
}
