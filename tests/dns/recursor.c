/* recursor - a validating resolver for the tests, over the DNS server of a world.
 *
 * usage: recursor ROOT TRUST-ANCHOR [ADDRESS]
 *
 * ROOT: the world's name server, "127.0.0.1@53".  Prints its port as a line of JSON when it is ready; ends with its standard
 * input, and then with questions under way or not. */
#include "route/recursor.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "net/watch.h"

static void on_input(void *arg) {
    char waste[256];

    if (read(STDIN_FILENO, waste, sizeof waste) <= 0)
        loop_stop(arg);
}

static int run(struct loop *loop, const struct recursor_setup *setup, struct err *err) {
    struct recursor *recursor;

    if (recursor_new(loop, setup, &recursor, err) != 0)
        return -1;
    struct watch *input = watch_new(loop, STDIN_FILENO, on_input, loop);
    printf("{\"port\": %u}\n", recursor_port(recursor));
    fflush(stdout);
    int rc = loop_run(loop, err);
    watch_free(&input);
    recursor_free(&recursor);
    return rc;
}

int main(int argc, char **argv) {
    const char *addresses[] = {argc > 3 ? argv[3] : "127.0.0.1", NULL};
    struct recursor_setup setup = {.addresses = addresses};
    struct loop *loop;
    struct err err;

    if (argc < 3 || loop_new(clock_system(), &loop, &err) != 0 ||
        acceptor_new(loop, &setup.acceptor, &err) != 0)
        return 2;
    setup.root = argv[1];
    setup.trust_anchor = argv[2];
    int rc = run(loop, &setup, &err);
    if (rc != 0)
        fprintf(stderr, "recursor: %s\n", err.text);
    acceptor_free(&setup.acceptor);
    loop_free(&loop);
    return rc == 0 ? 0 : 2;
}
