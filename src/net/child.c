#include "net/child.h"

#include <assert.h>
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/alone.h"
#include "net/inside.h"
#include "net/orphans.h"

enum { CHILD_KILL_WAIT_MS = 1000 }; /* until a process that was killed is dead */

struct child {
    pid_t pid;    /* also the process group */
    pid_t inside; /* 0: nowhere else */
    int pidfd, output_fd;
    struct event *exited, *readable;
    struct timer *grace;
    int64_t grace_ms;
    child_exit_fn *on_exit;
    child_output_fn *on_output;
    void *arg;
    char *marker; /* the variable by which its descendants are known */
    struct buf output;
    int status;
    bool has_exited;
    bool was_killed; /* SIGKILL was sent when the grace was over */
    bool is_lost;    /* it does not end, since we may not end it: setuid programs */
};

static void read_output(struct child *child) {
    char chunk[4096];
    ssize_t n;

    while ((n = read(child->output_fd, chunk, sizeof chunk)) > 0) {
        size_t room = child->output.max - child->output.len;
        if (child->on_output != NULL)
            child->on_output(chunk, (size_t)n, child->arg);
        buf_append(&child->output, chunk, (size_t)n < room ? (size_t)n : room);
    }
    if (n == 0)
        event_del(child->readable);
}

static void on_output(evutil_socket_t fd, short what, void *arg) {
    (void)fd;
    (void)what;
    read_output(arg);
}

static int status_of(int wait_status) {
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

/* Takes the command's end; flags WNOHANG: if it has come. */
static void reap(struct child *child, int flags) {
    int wait_status;

    if (waitpid(child->pid, &wait_status, flags) != child->pid)
        return;
    if (child->exited != NULL)
        event_del(child->exited);
    timer_unset(child->grace);
    child->status = status_of(wait_status);
    child->has_exited = true;
}

static void on_pidfd(evutil_socket_t fd, short what, void *arg) {
    struct child *child = arg;

    (void)fd;
    (void)what;
    reap(child, WNOHANG);
    if (!child->has_exited)
        return;
    read_output(child);
    child->on_exit(child, child->arg);
}

/* A process that has another user's id now may not be killed; it is left where it is. */
static void give_up(struct child *child) {
    child->is_lost = true;
    child->status = CHILD_LOST;
    event_del(child->exited);
    read_output(child);
    child->on_exit(child, child->arg);
}

static void on_grace_over(void *arg) {
    struct child *child = arg;

    if (child->has_exited)
        return;
    if (child->was_killed) {
        give_up(child);
        return;
    }
    kill(-child->pid, SIGKILL);
    child->was_killed = true;
    timer_set(child->grace, CHILD_KILL_WAIT_MS);
}

/* The child's variables first, then ours without those: what is set twice is read first by some, last by others. */
static const char **join_environment(const char *const *env) {
    size_t n = 0, ours = 0;

    while (environ[ours] != NULL)
        ours++;
    while (env[n] != NULL)
        n++;
    const char **all = mem_zalloc((n + ours + 1) * sizeof *all);
    memcpy(all, env, n * sizeof *all);
    size_t total = n;
    for (size_t i = 0; i < ours; i++) {
        size_t name = strcspn(environ[i], "=") + 1;
        bool again = false;
        for (size_t k = 0; k < n && !again; k++)
            again = strncmp(environ[i], env[k], name) == 0;
        if (!again)
            all[total++] = environ[i];
    }
    return all;
}

/* Each of these returns 0 or the errno of its failure. */
static int direct(posix_spawn_file_actions_t *actions, const struct child_spec *spec,
                  int output_fd) {
    const char *input = spec->stdin_path != NULL ? spec->stdin_path : "/dev/null";
    int cause = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, input, O_RDONLY, 0);

    if (cause == 0)
        cause = posix_spawn_file_actions_adddup2(actions, output_fd, STDOUT_FILENO);
    if (cause == 0)
        cause = posix_spawn_file_actions_adddup2(actions, output_fd, STDERR_FILENO);
    return cause;
}

static int start(const struct child_spec *spec, const posix_spawn_file_actions_t *actions,
                 const char **env, pid_t *pid) {
    posix_spawnattr_t attributes;
    sigset_t defaults;
    int cause = posix_spawnattr_init(&attributes);

    if (cause != 0)
        return cause;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sigaddset(&defaults, SIGINT);
    sigaddset(&defaults, SIGTERM);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
    cause = posix_spawnp(pid, spec->argv[0], actions, &attributes,
                         (char *const *)(uintptr_t)spec->argv, (char *const *)(uintptr_t)env);
    posix_spawnattr_destroy(&attributes);
    return cause;
}

static int spawn_beside(const struct child_spec *spec, const char **env, int output_fd,
                        pid_t *pid) {
    posix_spawn_file_actions_t actions;
    int cause = posix_spawn_file_actions_init(&actions);

    if (cause != 0)
        return cause;
    cause = direct(&actions, spec, output_fd);
    if (cause == 0)
        cause = start(spec, &actions, env, pid);
    posix_spawn_file_actions_destroy(&actions);
    return cause;
}

static int spawn(const struct child_spec *spec, int output_fd, pid_t *pid) {
    const char **env = join_environment(spec->env);
    const char *input = spec->stdin_path != NULL ? spec->stdin_path : "/dev/null";
    int cause = spec->inside != 0
                    ? inside_spawn(spec->inside, spec->argv, env, input, output_fd, pid)
                : spec->alone ? alone_spawn(spec->argv, env, input, output_fd, pid)
                              : spawn_beside(spec, env, output_fd, pid);

    free(env);
    return cause;
}

static int watch(struct loop *loop, struct child *child, struct err *err) {
    child->pidfd = pidfd_open(child->pid, 0);
    if (child->pidfd < 0)
        return err_errno(err, "cannot watch process %d", (int)child->pid);
    child->exited = event_new(loop_base(loop), child->pidfd, EV_READ | EV_PERSIST, on_pidfd, child);
    child->readable =
        event_new(loop_base(loop), child->output_fd, EV_READ | EV_PERSIST, on_output, child);
    if (child->exited == NULL || child->readable == NULL)
        abort();
    if (event_add(child->exited, NULL) != 0 || event_add(child->readable, NULL) != 0)
        return err_set(err, "cannot watch process %d: the kernel refuses it", (int)child->pid);
    return 0;
}

int child_spawn(struct loop *loop, const struct child_spec *spec, struct child **out,
                struct err *err) {
    struct child *child = mem_zalloc(sizeof *child);
    int ends[2] = {-1, -1};

    assert(spec->env[0] != NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    *child = (struct child){.pidfd = -1, .output_fd = -1, .grace_ms = spec->grace_ms};
    child->inside = spec->inside;
    child->on_exit = spec->on_exit;
    child->on_output = spec->on_output;
    child->arg = spec->arg;
    child->marker = mem_strdup(spec->env[0]);
    child->grace = timer_new(loop, on_grace_over, child);
    buf_init(&child->output, CHILD_OUTPUT_MAX_B);
    if (pipe2(ends, O_CLOEXEC) != 0) {
        err_errno(err, "%s", spec->argv[0]);
        goto fail;
    }
    child->output_fd = ends[0];
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    int cause = spawn(spec, ends[1], &child->pid);
    close(ends[1]);
    if (cause != 0) {
        child->pid = 0;
        err_set(err, "%s cannot be run: %s", spec->argv[0], strerror(cause));
        goto fail;
    }
    if (watch(loop, child, err) != 0)
        goto fail;
    *out = child;
    return 0;
fail:
    child_free(&child);
    return -1;
}

void child_stop(struct child *child) {
    if (child->has_exited)
        return;
    kill(-child->pid, SIGTERM);
    timer_set(child->grace, child->grace_ms);
}

/* Waits for a process that was killed, as long as that may take. */
static bool is_soon_over(pid_t pid) {
    struct pollfd end = {.fd = pidfd_open(pid, 0), .events = POLLIN};
    bool over = end.fd >= 0 && poll(&end, 1, CHILD_KILL_WAIT_MS) == 1;

    if (end.fd >= 0)
        close(end.fd);
    return over;
}

unsigned child_end(struct child *child) {
    const struct orphans orphans = {child->pid, child->marker, child->inside};

    if (child->pid <= 0)
        return 0;
    if (!child->has_exited && !child->is_lost) {
        kill(-child->pid, SIGKILL);
        child->is_lost = !is_soon_over(child->pid);
        if (child->is_lost)
            child->status = CHILD_LOST;
        else
            reap(child, 0); /* only once it is dead are its children ours */
    }
    return child->is_lost + orphans_end(&orphans);
}

void child_free(struct child **child) {
    struct child *dying = *child;

    *child = NULL;
    if (dying == NULL)
        return;
    child_end(dying);
    if (dying->exited != NULL)
        event_free(dying->exited);
    if (dying->readable != NULL)
        event_free(dying->readable);
    timer_free(&dying->grace);
    if (dying->pidfd >= 0)
        close(dying->pidfd);
    if (dying->output_fd >= 0)
        close(dying->output_fd);
    buf_fini(&dying->output);
    free(dying->marker);
    free(dying);
}

int child_status(const struct child *child) {
    return child->status;
}

const struct buf *child_output(const struct child *child) {
    return &child->output;
}
