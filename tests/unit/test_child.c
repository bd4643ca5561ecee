/* Child processes, on a real loop.  Apart from test_net, since valgrind 3.19 knows no pidfd_open. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/child.h"
#include "unit.h"

struct run {
    struct loop *loop;
    struct child *child;
    bool exited;
};

static void on_exit_of_child(struct child *child, void *arg) {
    struct run *run = arg;

    (void)child;
    run->exited = true;
    loop_stop(run->loop);
}

static void run_shell(struct run *run, const char *script) {
    const char *const argv[] = {"sh", "-c", script, NULL};
    static const char *const env[] = {"DOORMAT_TEST_MARK=net", "GREETING=hi", NULL};
    struct child_spec spec = {
        .argv = argv, .env = env, .grace_ms = 100, .on_exit = on_exit_of_child, .arg = run};

    *run = (struct run){0};
    assert_int_equal(loop_new(clock_system(), &run->loop, NULL), 0);
    assert_int_equal(child_spawn(run->loop, &spec, &run->child, NULL), 0);
}

static void run_fini_(struct run *run) {
    child_free(&run->child);
    loop_free(&run->loop);
}

static void test_a_child_says_status_and_output(void **state) {
    static const struct {
        const char *script;
        int status;
        const char *output;
    } cases[] = {
        {"echo out; echo err >&2; exit 3", 3, "out\nerr\n"},
        {"echo $GREETING", 0, "hi\n"},
        {"cat; echo end", 0, "end\n"},
        {"kill -9 $$", 137, ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct run run;
        run_shell(&run, cases[i].script);
        assert_int_equal(loop_run(run.loop, NULL), 0);
        assert_int_equal(child_status(run.child), cases[i].status);
        assert_string_equal(buf_text(child_output(run.child)), cases[i].output);
        assert_int_equal(child_end(run.child), 0);
        run_fini_(&run);
    }
}

static void test_output_of_a_child_is_bounded(void **state) {
    struct run run;

    (void)state;
    run_shell(&run, "head -c 300000 /dev/zero | tr '\\0' x");
    assert_int_equal(loop_run(run.loop, NULL), 0);
    assert_int_equal(child_output(run.child)->len, CHILD_OUTPUT_MAX_B);
    run_fini_(&run);
}

static void test_a_stopped_child_ends_even_if_it_will_not(void **state) {
    struct run run;

    (void)state;
    run_shell(&run, "trap '' TERM; while :; do sleep 1; done");
    child_stop(run.child);
    assert_int_equal(loop_run(run.loop, NULL), 0);
    assert_true(run.exited);
    assert_true(child_status(run.child) == 137 || child_status(run.child) == 143);
    run_fini_(&run);
}

/* The script prints the pid of what it leaves behind: in its group, or in a session of its own. */
static void test_what_outlives_its_command_is_ended(void **state) {
    static const char *const scripts[] = {
        "sleep 1000 & echo $!", "p=$(setsid sh -c 'sleep 1000 >/dev/null 2>&1 & echo $!'); echo $p",
        "setsid -w sh -c 'setsid sleep 1000 & echo $!'"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(scripts); i++) {
        struct run run;
        run_shell(&run, scripts[i]);
        assert_int_equal(loop_run(run.loop, NULL), 0);
        pid_t left = (pid_t)strtol(buf_text(child_output(run.child)), NULL, 10);
        assert_true(left > 1);
        assert_int_equal(child_end(run.child), 1);
        assert_int_equal(kill(left, 0), -1);
        run_fini_(&run);
    }
}

/* As a setuid program is to whoever runs it: a process that the caller may not send signals to. */
static void test_a_child_that_may_not_be_ended_is_given_up(void **state) {
    enum { NOBODY = 65534 };
    struct run run;

    (void)state;
    if (geteuid() != 0)
        skip(); /* only root has somebody else's process to give up */
    run_shell(&run, "echo $$; exec sleep 1000");
    assert_int_equal(setresuid(NOBODY, NOBODY, 0), 0);
    child_stop(run.child);
    int rc = loop_run(run.loop, NULL);
    unsigned left = child_end(run.child);
    assert_int_equal(setresuid(0, 0, 0), 0);
    assert_int_equal(rc, 0);
    assert_true(run.exited);
    assert_int_equal(left, 1);
    assert_int_equal(child_status(run.child), CHILD_LOST);
    pid_t pid = (pid_t)strtol(buf_text(child_output(run.child)), NULL, 10);
    assert_int_equal(kill(pid, SIGKILL), 0);
    run_fini_(&run);
}

static void test_a_command_that_is_not_there_is_an_error(void **state) {
    static const char *const argv[] = {"/no/such/sender", NULL};
    static const char *const env[] = {"A=b", NULL};
    struct child_spec spec = {.argv = argv, .env = env, .on_exit = on_exit_of_child};
    struct child *child = NULL;
    struct loop *loop = NULL;
    struct err err;

    (void)state;
    assert_int_equal(loop_new(clock_system(), &loop, NULL), 0);
    assert_int_equal(child_spawn(loop, &spec, &child, &err), -1);
    assert_string_equal(err.text, "/no/such/sender cannot be run: No such file or directory");
    loop_free(&loop);
}

/* The one that has left has spoken: before, it would be ended with the group. */
static void stop_when_it_is_here(const char *data, size_t len, void *arg) {
    struct run *run = arg;

    if (memmem(data, len, "here", strlen("here")) != NULL)
        child_stop(run->child);
}

/* What leaves group and session goes all the same.  Who may make no PID namespace is told so. */
static void test_alone_takes_all_with_it(void **state) {
    const char *const argv[] = {"sh", "-c", "echo $$; setsid sh -c 'echo here; sleep 1000' & wait",
                                NULL};
    static const char *const env[] = {"DOORMAT_TEST_MARK=alone", NULL};
    struct run run = {0};
    struct child_spec spec = {.argv = argv,
                              .env = env,
                              .grace_ms = 100,
                              .alone = true,
                              .on_exit = on_exit_of_child,
                              .on_output = stop_when_it_is_here,
                              .arg = &run};
    struct err err = {""};

    (void)state;
    assert_int_equal(loop_new(clock_system(), &run.loop, NULL), 0);
    if (child_spawn(run.loop, &spec, &run.child, &err) != 0) {
        assert_true(geteuid() != 0);
        assert_non_null(strstr(err.text, "not permitted"));
        loop_free(&run.loop);
        return;
    }
    assert_int_equal(loop_run(run.loop, NULL), 0);
    int status = child_status(run.child);
    if (status != 128 + SIGTERM && status != 128 + SIGKILL)
        fail_msg("status %d", status);
    assert_int_equal(child_end(run.child), 0); /* nothing was left to end */
    run_fini_(&run);
}

static void test_alone_says_what_cannot_be_run(void **state) {
    const char *const argv[] = {"/nonexistent/program", NULL};
    static const char *const env[] = {"DOORMAT_TEST_MARK=alone", NULL};
    struct run run = {0};
    struct child_spec spec = {.argv = argv, .env = env, .alone = true, .arg = &run};
    struct err err = {""};

    (void)state;
    assert_int_equal(loop_new(clock_system(), &run.loop, NULL), 0);
    assert_int_equal(child_spawn(run.loop, &spec, &run.child, &err), -1);
    assert_non_null(strstr(err.text, "/nonexistent/program cannot be run: "));
    loop_free(&run.loop);
}

/* In the namespaces of a process that has ours: only root may enter them. */
static void test_inside_is_a_child_as_any(void **state) {
    const char *const missing[] = {"/nonexistent/program", NULL};
    const char *const argv[] = {"sh", "-c", "pwd; exit 3", NULL};
    static const char *const env[] = {"DOORMAT_TEST_MARK=inside", NULL};
    struct run run = {0};
    struct child_spec spec = {
        .argv = missing, .env = env, .inside = getpid(), .on_exit = on_exit_of_child, .arg = &run};
    char cwd[4096];
    struct err err = {""};

    (void)state;
    assert_int_equal(loop_new(clock_system(), &run.loop, NULL), 0);
    assert_int_equal(child_spawn(run.loop, &spec, &run.child, &err), -1);
    assert_non_null(strstr(err.text, "/nonexistent/program cannot be run: "));
    spec.argv = argv;
    if (child_spawn(run.loop, &spec, &run.child, &err) != 0) {
        assert_non_null(strstr(err.text, "not permitted"));
        loop_free(&run.loop);
        skip();
    }
    assert_int_equal(loop_run(run.loop, NULL), 0);
    assert_int_equal(child_status(run.child), 3);
    assert_non_null(getcwd(cwd, sizeof cwd));
    assert_memory_equal(buf_text(child_output(run.child)), cwd, strlen(cwd));
    run_fini_(&run);
}

static void test_inside_a_process_that_is_gone(void **state) {
    const char *const argv[] = {"true", NULL};
    static const char *const env[] = {"DOORMAT_TEST_MARK=inside", NULL};
    struct run run = {0};
    struct child_spec spec = {.argv = argv, .env = env, .inside = fork(), .arg = &run};
    struct err err = {""};

    (void)state;
    if (spec.inside == 0)
        _exit(0);
    assert_int_equal(waitpid(spec.inside, NULL, 0), spec.inside);
    assert_int_equal(loop_new(clock_system(), &run.loop, NULL), 0);
    assert_int_equal(child_spawn(run.loop, &spec, &run.child, &err), -1);
    assert_string_equal(err.text, "true cannot be run: No such process");
    loop_free(&run.loop);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_child_says_status_and_output),
        cmocka_unit_test(test_output_of_a_child_is_bounded),
        cmocka_unit_test(test_a_stopped_child_ends_even_if_it_will_not),
        cmocka_unit_test(test_what_outlives_its_command_is_ended),
        cmocka_unit_test(test_a_child_that_may_not_be_ended_is_given_up),
        cmocka_unit_test(test_a_command_that_is_not_there_is_an_error),
        cmocka_unit_test(test_alone_takes_all_with_it),
        cmocka_unit_test(test_alone_says_what_cannot_be_run),
        cmocka_unit_test(test_inside_is_a_child_as_any),
        cmocka_unit_test(test_inside_a_process_that_is_gone),
    };

    return cmocka_run_group_tests_name("child", tests, NULL, NULL);
}
