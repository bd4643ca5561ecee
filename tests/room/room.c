/* room - commands in a room, with a server in the world beside it: what tests/e2e/test_room.py drives.
 *
 * usage: room [-k PATH] [-c FILE] [-d DIR] [-a TEXT] [-n ROOMS] [-s WORD] COMMAND...
 *
 * -k, -c, -d and -a are kept, ca_file, ca_dir and anchor of struct room_setup.  Each room of -n runs each COMMAND in a shell, one
 * after the other.  -s stops a command when it prints the word.
 * The server answers each connection to port 25 with the address that it came to.
 * Standard error tells how long each room took to open, each command's status and how many processes outlived it. */
#include "room/room.h"

#include <arpa/inet.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/child.h"

enum { SERVER_PORT = 25, GRACE_MS = 200 };

struct run {
    struct loop *loop;
    const char *stop_word;
    struct child *child;
};

struct options {
    struct room_setup setup;
    const char *kept[2];
    const char *stop_word;
    int rooms;
};

static void fail(const char *what, const struct err *err) {
    fprintf(stderr, "room: %s: %s\n", what, err->text);
    exit(1);
}

static void answer(evutil_socket_t listener, short what, void *arg) {
    struct sockaddr_in6 own;
    socklen_t size = sizeof own;
    char text[INET6_ADDRSTRLEN] = "", line[INET6_ADDRSTRLEN + 1];
    int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

    (void)what;
    (void)arg;
    if (fd < 0 || getsockname(fd, (struct sockaddr *)&own, &size) != 0)
        return;
    inet_ntop(AF_INET6, &own.sin6_addr, text, sizeof text);
    int len = snprintf(line, sizeof line, "%s\n", text);
    if (write(fd, line, (size_t)len) != len)
        perror("room: write");
    close(fd);
}

static struct event *serve(struct loop *loop) {
    struct sockaddr_in6 all = {.sin6_family = AF_INET6, .sin6_port = htons(SERVER_PORT)};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&all, sizeof all) != 0 || listen(fd, 16) != 0) {
        perror("room: no server in the world");
        exit(1);
    }
    struct event *event = event_new(loop_base(loop), fd, EV_READ | EV_PERSIST, answer, NULL);
    event_add(event, NULL);
    return event;
}

static void on_exit_of_child(struct child *child, void *arg) {
    struct run *run = arg;

    (void)child;
    loop_stop(run->loop);
}

static void on_output(const char *data, size_t len, void *arg) {
    struct run *run = arg;

    fwrite(data, 1, len, stdout);
    fflush(stdout);
    if (run->stop_word != NULL && memmem(data, len, run->stop_word, strlen(run->stop_word)) != NULL)
        child_stop(run->child);
}

static void run_command(struct loop *loop, const struct options *options, const struct room *room,
                        const char *command, int number) {
    struct run run = {.loop = loop, .stop_word = options->stop_word};
    char *mark = mem_printf("DOORMAT_TEST_MARK=%d", number);
    const char *const argv[] = {"sh", "-c", command, NULL}, *const env[] = {mark, NULL};
    struct child_spec spec = {.argv = argv,
                              .env = env,
                              .grace_ms = GRACE_MS,
                              .inside = room_process(room),
                              .on_exit = on_exit_of_child,
                              .on_output = on_output,
                              .arg = &run};
    struct err err;

    if (child_spawn(loop, &spec, &run.child, &err) != 0)
        fail("child_spawn", &err);
    if (loop_run(loop, &err) != 0)
        fail("loop_run", &err);
    unsigned left = child_end(run.child);
    fprintf(stderr, "status %d left %u\n", child_status(run.child), left);
    child_free(&run.child);
    free(mark);
}

static void run_room(struct loop *loop, const struct options *options, char **commands) {
    struct room *room = NULL;
    struct err err;

    if (room_open(&options->setup, &room, &err) != 0)
        fail("room_open", &err);
    fprintf(stderr, "opened %.1f ms\n", (double)room_start_us(room) / 1000);
    if (room_note(room) != NULL)
        fprintf(stderr, "note %s\n", room_note(room));
    for (int i = 0; commands[i] != NULL; i++)
        run_command(loop, options, room, commands[i], i);
    room_close(&room);
}

static void read_options(struct options *options, int argc, char **argv) {
    for (int c; (c = getopt(argc, argv, "+k:c:d:a:n:s:")) != -1;) {
        switch (c) {
        case 'k':
            options->kept[0] = optarg;
            break;
        case 'c':
            options->setup.ca_file = optarg;
            break;
        case 'd':
            options->setup.ca_dir = optarg;
            break;
        case 'a':
            options->setup.anchor = optarg;
            break;
        case 'n':
            options->rooms = (int)strtol(optarg, NULL, 10);
            break;
        case 's':
            options->stop_word = optarg;
            break;
        default:
            exit(2);
        }
    }
}

int main(int argc, char **argv) {
    struct options options = {.setup = {.hostname = "sender.doormat.test",
                                        .nameserver = "198.18.0.53",
                                        .nameserver6 = "2001:db8:d00::53"},
                              .rooms = 1};
    struct loop *loop = NULL;
    struct err err;

    read_options(&options, argc, argv);
    options.setup.kept = options.kept;
    if (room_enter_world(&err) != 0)
        fail("room_enter_world", &err);
    if (loop_new(clock_system(), &loop, &err) != 0)
        fail("loop_new", &err);
    struct event *server = serve(loop);
    for (int i = 0; i < options.rooms; i++)
        run_room(loop, &options, argv + optind);
    close(event_get_fd(server));
    event_free(server);
    loop_free(&loop);
    return 0;
}
