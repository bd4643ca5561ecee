#include "net/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/close_range.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/become.h"

enum { NAMESPACES = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWUTS | CLONE_NEWIPC };

struct order {
    const char *const *argv, *const *env;
    const char *input;
    int output_fd;
    int place_fd; /* a pidfd */
    int root_fd;  /* the root directory there */
    int told_fd;  /* where news go */
    char cwd[PATH_MAX];
};

/* Either the command's number here, or why there is no command. */
struct news {
    pid_t pid;
    int cause;
};

static void tell(const struct order *order, struct news news) {
    if (write(order->told_fd, &news, sizeof news) < 0)
        _exit(EXIT_FAILURE);
}

/* A descriptor that somebody forgot to mark must not get into the room. */
static int become_command(const struct order *order, int input_fd) {
    if (close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) != 0)
        return errno;
    return become_program(order->argv, order->env, input_fd, order->output_fd);
}

/* A PID namespace is for children: hence the second process, which CLONE_PARENT makes a child of our parent's, too. */
static int enter_and_fork(const struct order *order) {
    int input_fd = become_open_input(order->input);

    if (input_fd < 0 || setns(order->place_fd, NAMESPACES) != 0)
        return errno;
    /* A mount namespace leads to its own root, out of any chroot(2) that we, and the place, are in. */
    if (fchdir(order->root_fd) != 0 || chroot(".") != 0)
        return errno;
    bool is_there = chdir(order->cwd) == 0;
    if (!is_there && chdir("/") != 0)
        return errno;
    pid_t pid =
        (pid_t)syscall(SYS_clone, (unsigned long)(CLONE_PARENT | SIGCHLD), NULL, NULL, NULL, 0L);
    if (pid == 0) {
        tell(order, (struct news){.cause = become_command(order, input_fd)});
        _exit(127);
    }
    if (pid < 0)
        return errno;
    tell(order, (struct news){.pid = pid});
    return 0;
}

/* Until both processes have closed the pipe: the command has begun by then, or there is none. */
static int read_news(int fd, pid_t *pid) {
    struct news news;
    int cause = 0;
    ssize_t n;

    while ((n = read(fd, &news, sizeof news)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        if (n != (ssize_t)sizeof news)
            return EIO;
        if (news.pid > 0)
            *pid = news.pid;
        else
            cause = news.cause;
    }
    return cause;
}

static int run(struct order *order, int read_fd, pid_t *pid) {
    pid_t helper = (pid_t)syscall(SYS_clone, (unsigned long)SIGCHLD, NULL, NULL, NULL, 0L);

    if (helper == 0) {
        int cause = enter_and_fork(order);
        if (cause != 0)
            tell(order, (struct news){.cause = cause});
        _exit(EXIT_SUCCESS);
    }
    int cause = helper < 0 ? errno : 0;
    close(order->told_fd);
    if (helper < 0)
        return cause;
    cause = read_news(read_fd, pid);
    waitpid(helper, NULL, 0);
    if (cause == 0 && *pid == 0)
        cause = EIO;
    if (cause != 0 && *pid > 0) {
        kill(*pid, SIGKILL);
        waitpid(*pid, NULL, 0);
    }
    return cause;
}

static int open_root(pid_t place) {
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/root", (int)place);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int inside_spawn(pid_t place, const char *const *argv, const char *const *env, const char *input,
                 int output_fd, pid_t *pid) {
    struct order order = {.argv = argv, .env = env, .input = input, .output_fd = output_fd};
    int ends[2];

    if (getcwd(order.cwd, sizeof order.cwd) == NULL)
        order.cwd[0] = '\0';
    order.place_fd = pidfd_open(place, 0);
    if (order.place_fd < 0)
        return errno;
    *pid = 0;
    order.root_fd = open_root(place);
    int cause = order.root_fd >= 0 && pipe2(ends, O_CLOEXEC) == 0 ? 0 : errno;
    if (cause == 0) {
        order.told_fd = ends[1];
        cause = run(&order, ends[0], pid);
        close(ends[0]);
    }
    if (order.root_fd >= 0)
        close(order.root_fd);
    close(order.place_fd);
    return cause;
}
