#include "harness/mta.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ascii.h"
#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "harness/mta_class.h"
#include "net/ask.h"
#include "net/child.h"
#include "net/local.h"
#include "report/settings.h"

enum {
    LABEL_MAX = 63,
    TAIL_MAX_B = 16 * 1024,
    GRACE_MS = 2000,
    LOG_MAX_B = 4 * 1024 * 1024,
    LOOK_MS = 2000,
    READY_LOOK_MS = 10,
    CA_MAX_B = 16 * 1024 * 1024
};

static const struct mta_class *const classes[] = {&mta_postfix, &mta_exim, &mta_opensmtpd,
                                                  &mta_sendmail};
const char mta_names[] = "postfix, exim, opensmtpd or sendmail";

const struct mta_class *mta_find(const char *word, const char **program) {
    size_t len = strcspn(word, "=");

    *program = word[len] == '=' && word[len + 1] != '\0' ? word + len + 1 : NULL;
    for (size_t i = 0; i < ARRAY_LEN(classes); i++)
        if (ascii_equal_n(word, len, classes[i]->name))
            return classes[i];
    return NULL;
}

const struct mta_class *mta_at(size_t index) {
    return index < ARRAY_LEN(classes) ? classes[index] : NULL;
}

const char *mta_name(const struct mta_class *class) {
    return class->name;
}

const char *mta_title(const struct mta_class *class) {
    return class->title;
}

bool mta_has_daemon(const struct mta_class *class) {
    return class->has_daemon;
}

/* --- routes --- */

void mta_route_init(struct mta_route *route, const char *scenario, size_t index) {
    bool fits = strlen(scenario) <= LABEL_MAX && strchr(scenario, '+') == NULL;

    route->domain = fits ? mem_printf("%s.doormat.test", scenario)
                         : mem_printf("fault-%zu.doormat.test", index);
    route->recipient = mem_printf("recipient@%s", route->domain);
}

void mta_route_fini(struct mta_route *route) {
    free(route->domain);
    free(route->recipient);
    *route = (struct mta_route){0};
}

static long find_recipient(const struct mta *mta, const char *text, size_t len) {
    for (size_t i = 0; i < mta->setup->route_count; i++)
        if (ascii_equal_n(text, len, mta->setup->routes[i].recipient))
            return (long)i;
    return -1;
}

long mta_recipient_in(const struct mta *mta, const char *line, const char *before, char end) {
    const char *at = strstr(line, before);
    const char *stop = at != NULL ? strchr(at + strlen(before), end) : NULL;

    if (stop == NULL)
        return -1;
    at += strlen(before);
    return find_recipient(mta, at, (size_t)(stop - at));
}

unsigned mta_port(const struct mta *mta, const struct mta_route *route) {
    return mta->is_implicit ? route->tls_port : route->port;
}

static bool is_at(const struct mta_route *route, unsigned long port) {
    return route->port == port || route->tls_port == port;
}

long mta_port_in(const struct mta *mta, const char *line) {
    const char *host = strstr(line, mta->setup->host);
    const char *at = host != NULL ? strstr(host, "]:") : NULL;
    unsigned long port = at != NULL ? strtoul(at + strlen("]:"), NULL, 10) : 0;

    for (size_t i = 0; port > 0 && i < mta->setup->route_count; i++)
        if (is_at(&mta->setup->routes[i], port))
            return (long)i;
    return -1;
}

/* --- for the classes --- */

char *mta_path(const struct mta *mta, const char *name) {
    return mem_printf("%s/%s", mta->setup->dir, name);
}

char *mta_beside(const struct mta *mta, const char *name) {
    const char *slash = strrchr(mta->program, '/');

    return mem_printf("%.*s/%s", (int)(slash - mta->program), mta->program, name);
}

int mta_write(const struct mta *mta, const char *name, const char *text, struct err *err) {
    char *path = mta_path(mta, name);
    int rc = file_write_plain(path, text, strlen(text), 0644, err);

    free(path);
    return rc;
}

int mta_write_like(const struct mta *mta, const char *name, const char *text, const char *like,
                   struct err *err) {
    char *path = mta_path(mta, name);
    struct stat machine;
    int rc = file_write_plain(path, text, strlen(text), 0600, err);

    if (rc == 0 && (stat(like, &machine) != 0 || chown(path, (uid_t)-1, machine.st_gid) != 0 ||
                    chmod(path, machine.st_mode & 0644) != 0))
        rc = err_errno(err, "%s", like);
    free(path);
    return rc;
}

/* Standard error alone, where it says why; else all. */
static void ask_why(const char *const *argv, struct buf *answer) {
    const char *words[MTA_MAX_ARGS + 4] = {"sh", "-c", "exec \"$@\" 2>&1 >/dev/null", "sh"};
    struct err ignored;

    for (size_t i = 0; argv[i] != NULL && i < MTA_MAX_ARGS - 1; i++)
        words[4 + i] = argv[i];
    if (ask_program(words, false, answer, &ignored) < 0 || answer->len == 0)
        buf_reset(answer);
    if (answer->len == 0 && ask_program(argv, true, answer, &ignored) < 0)
        buf_reset(answer);
}

/* A shell's third word is whom it speaks for. */
static int tell_failure(const char *const *argv, int status, struct err *err) {
    bool is_shell = strcmp(argv[0], "sh") == 0;
    char words[ERR_TEXT_SIZE_B];
    struct buf answer;

    buf_init(&answer, TAIL_MAX_B);
    ask_why(argv, &answer);
    mta_last_words(buf_text(&answer), NULL, words);
    buf_fini(&answer);
    return err_set(err, "%s ended with status %d%s%s", argv[is_shell ? 3 : 0], status,
                   *words != '\0' ? ": " : "", words);
}

int mta_ask(struct buf *out, struct err *err, const char *const *words) {
    int status = ask_program(words, false, out, err);

    return status <= 0 ? status : tell_failure(words, status, err);
}

void mta_set_argv(char **argv, const char *const *words) {
    for (size_t i = 0; words[i] != NULL && i + 1 < MTA_MAX_ARGS; i++)
        argv[i] = mem_strdup(words[i]);
}

int mta_write_anchors(const struct mta *mta, const char *theirs, struct err *err) {
    char *path = mta_path(mta, "ca.pem");
    struct buf all;

    buf_init(&all, CA_MAX_B);
    int rc = file_read(mta->setup->ca, &all, err);
    buf_puts(&all, "\n");
    if (rc == 0 && theirs != NULL && *theirs != '\0')
        rc = file_read(theirs, &all, err) == 0
                 ? 0
                 : err_prefix(err, "the file of the mail server's own authorities");
    if (rc == 0)
        rc = file_write_plain(path, all.data, all.len, 0644, err);
    buf_fini(&all);
    free(path);
    return rc;
}

/* --- the program --- */

char *mta_find_program(const char *name) {
    static const char more[] = ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin";
    const char *path = getenv("PATH");
    char *all = mem_printf("%s%s", path != NULL ? path : "", more);
    char *found = NULL, *rest = all;

    for (const char *dir; found == NULL && (dir = strsep(&rest, ":")) != NULL;) {
        found = mem_printf("%s/%s", dir, name);
        if (dir[0] != '/' || access(found, X_OK) != 0) {
            free(found);
            found = NULL;
        }
    }
    free(all);
    return found;
}

static int find_program(struct mta *mta, struct err *err) {
    const struct mta_setup *setup = mta->setup;

    if (geteuid() != 0)
        return err_set(
            err, "--with %s: it starts as root alone; run as root: sudo doormat try --with %s",
            setup->class->name, setup->class->name);
    mta->program = setup->program != NULL ? realpath(setup->program, NULL)
                                          : mta_find_program(setup->class->program);
    if (mta->program == NULL && setup->program == NULL && setup->class->other_program != NULL)
        mta->program = mta_find_program(setup->class->other_program);
    if (mta->program == NULL && setup->program != NULL)
        return err_errno(err, "--with %s", setup->program);
    if (mta->program == NULL)
        return err_set(err,
                       "--with %s: there is no %s on this machine; where it lies elsewhere: --with "
                       "%s=/path/to/%s",
                       setup->class->name, setup->class->program, setup->class->name,
                       setup->class->program);
    return 0;
}

int mta_new(const struct mta_setup *setup, struct mta **out, struct err *err) {
    struct mta *mta = mem_zalloc(sizeof *mta);

    mta->setup = setup;
    buf_init(&mta->line, MTA_LINE_MAX_B);
    buf_init(&mta->tail, TAIL_MAX_B);
    mta->waits = mem_zalloc((setup->route_count + 1) * sizeof *mta->waits);
    *out = mta;
    if (find_program(mta, err) == 0) {
        mta->is_prepared = true;
        setup->about->check = setup->class->check;
        if (setup->class->prepare(mta, err) == 0)
            return 0;
    }
    mta_free(out);
    return -1;
}

const char *const *mta_argv(const struct mta *mta) {
    return (const char *const *)mta->argv;
}

/* --- the daemon --- */

static void keep_tail(struct mta *mta, const char *line) {
    while (mta->tail.len > 0 && mta->tail.len + strlen(line) + 1 > TAIL_MAX_B / 2)
        buf_consume(&mta->tail, strcspn(buf_text(&mta->tail), "\n") + 1);
    buf_printf(&mta->tail, "%s\n", line);
}

/* Once it is up: before, it speaks of the copy. */
static void note_complaint(const struct mta *mta, const char *line) {
    size_t len = strcspn(line, "\n");

    if (mta->is_ready && mta_is_complaint(mta->setup->class->complaints, line, len)) {
        const char *bare = mta_bare_line(line, &len);
        server_log_add(&mta->setup->about->log, bare, len);
    }
}

/* Where its log is files of the instance's. */
static void read_logs(const struct mta *mta) {
    const char *const *names = mta->setup->class->logs;

    for (; names != NULL && *names != NULL; names++) {
        char *path = mta_path(mta, *names);
        struct err none;
        struct buf text;

        buf_init(&text, LOG_MAX_B);
        if (file_read(path, &text, &none) == 0)
            for (const char *line = buf_text(&text); *line != '\0';) {
                note_complaint(mta, line);
                line += strcspn(line, "\n");
                line += *line == '\n';
            }
        buf_fini(&text);
        free(path);
    }
}

/* Some say that they have started before they take messages: what is handed in meanwhile would go nowhere. */
static void look_whether_ready(struct mta *mta) {
    const char *socket = mta->setup->class->socket;

    if (socket != NULL && !local_is_listening(socket)) {
        timer_set(mta->timer, READY_LOOK_MS);
        return;
    }
    mta->is_ready = true;
    mta->setup->events->on_ready(mta->setup->arg);
}

/* It cannot go on: what it said, the gravest of it. */
static void tell_end(struct mta *mta, const char *how, int status, bool may_help) {
    const struct mta_class *class = mta->setup->class;
    struct err err;
    char words[ERR_TEXT_SIZE_B];

    mta_last_words(buf_text(&mta->tail), class->complaints, words);
    if (status >= 0)
        err_set(&err, "%s %s (exit status %d); it said: %s", class->title, how, status, words);
    else
        err_set(&err, "%s %s; it said: %s", class->title, how, words);
    mta->setup->events->on_end(&err, may_help, mta->setup->arg);
}

static void take_line(struct mta *mta, const char *line) {
    const struct mta_setup *setup = mta->setup;
    bool tried = false, last = false;

    if (strncmp(line, "debug: ", strlen("debug: ")) != 0)
        keep_tail(mta, line);
    note_complaint(mta, line);
    if (!mta->is_started && strstr(line, setup->class->ready) != NULL) {
        mta->is_started = true;
        look_whether_ready(mta);
        return;
    }
    if (!mta->has_tried && setup->class->broken != NULL &&
        strstr(line, setup->class->broken) != NULL) {
        /* a part of it ends as soon as it is started: a setting that it cannot understand */
        tell_end(mta, "cannot run with these settings", -1, false);
        return;
    }
    long index = setup->class->read_line(mta, line, &tried, &last);
    mta->has_tried = mta->has_tried || tried;
    if (index < 0)
        return;
    const char *recipient = setup->routes[index].recipient;
    setup->events->on_line(recipient, line, setup->arg);
    if (tried)
        mta->waits[index] = last ? MTA_WAIT_NONE : MTA_WAIT_TRIED;
    if (last)
        setup->events->on_tried(recipient, setup->arg);
}

/* A line that is longer than any should be is cut. */
static void on_output(const char *data, size_t len, void *arg) {
    struct mta *mta = arg;

    for (size_t i = 0; i < len; i++) {
        if (data[i] != '\n') {
            buf_append(&mta->line, data + i, data[i] != '\0');
            continue;
        }
        take_line(mta, buf_text(&mta->line));
        buf_reset(&mta->line);
    }
}

static void on_exit_of_daemon(struct child *child, void *arg) {
    tell_end(arg, "ended by itself", child_status(child), true);
}

static void on_nudged(struct child *child, void *arg) {
    (void)child, (void)arg;
}

/* The daemon's own clock for another try is not to be relied on: what waits for long is asked for. */
static void nudge(struct mta *mta) {
    static const char *const env[] = {"DOORMAT_MTA=2", NULL};
    struct child_spec spec = {.argv = (const char *const *)mta->nudge_argv,
                              .env = env,
                              .grace_ms = GRACE_MS,
                              .on_exit = on_nudged,
                              .arg = mta};
    struct err err;

    child_free(&mta->nudge);
    if (child_spawn(mta->setup->loop, &spec, &mta->nudge, &err) != 0)
        log_error("%s", err.text);
}

static void look_at_waits(struct mta *mta) {
    bool is_long = false;

    for (size_t i = 0; i < mta->setup->route_count; i++) {
        is_long = is_long || mta->waits[i] == MTA_WAIT_LONG;
        if (mta->waits[i] == MTA_WAIT_TRIED)
            mta->waits[i] = MTA_WAIT_LONG;
    }
    if (is_long)
        nudge(mta);
}

static void on_timer(void *arg) {
    struct mta *mta = arg;

    if (!mta->is_ready && (mta->is_started || !mta->setup->class->has_daemon))
        look_whether_ready(mta);
    if (mta->nudge_argv[0] == NULL)
        return;
    look_at_waits(mta);
    timer_set(mta->timer, LOOK_MS);
}

int mta_start(struct mta *mta, struct err *err) {
    static const char *const env[] = {"DOORMAT_MTA=1", NULL};
    struct child_spec spec = {.argv = (const char *const *)mta->daemon_argv,
                              .env = env,
                              .grace_ms = GRACE_MS,
                              .alone = true,
                              .on_exit = on_exit_of_daemon,
                              .on_output = on_output,
                              .arg = mta};
    bool has_daemon = mta->setup->class->has_daemon;

    mta->timer = timer_new(mta->setup->loop, on_timer, mta);
    if (!has_daemon || mta->nudge_argv[0] != NULL)
        timer_set(mta->timer, has_daemon ? LOOK_MS : 0);
    if (!has_daemon || child_spawn(mta->setup->loop, &spec, &mta->daemon, err) == 0)
        return 0;
    return err_prefix(
        err,
        "%s is started in a PID namespace, which takes CAP_SYS_ADMIN (in a container: "
        "--cap-add SYS_ADMIN)",
        mta->setup->class->title);
}

static void free_argv(char **argv) {
    for (size_t i = 0; i < MTA_MAX_ARGS; i++)
        free(argv[i]);
}

void mta_free(struct mta **mta) {
    struct mta *dying = *mta;

    *mta = NULL;
    if (dying == NULL)
        return;
    child_free(&dying->nudge);
    child_free(&dying->daemon);
    read_logs(dying);
    if (dying->is_prepared && dying->setup->class->clean != NULL)
        dying->setup->class->clean(dying);
    if (dying->timer != NULL)
        timer_free(&dying->timer);
    free_argv(dying->argv);
    free_argv(dying->daemon_argv);
    free_argv(dying->nudge_argv);
    buf_fini(&dying->line);
    buf_fini(&dying->tail);
    free(dying->waits);
    free(dying->program);
    free(dying->machine);
    free(dying);
}
