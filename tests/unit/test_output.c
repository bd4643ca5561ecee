/* Where a report goes: the whole of it or the old one, and nothing but regular files is replaced. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/output.h"
#include "unit.h"

static int make_room(void **state) {
    char *room = NULL;

    if (file_temp_dir(&room, NULL) != 0)
        return -1;
    *state = room;
    return 0;
}

static int leave_room(void **state) {
    file_remove_dir(*state);
    free(*state);
    return 0;
}

static char *within(const char *room, const char *name) {
    return mem_printf("%s/%s", room, name);
}

static void expect_content(const char *path, const char *text) {
    struct buf buf;

    buf_init(&buf, 1000);
    assert_int_equal(file_read(path, &buf, NULL), 0);
    assert_string_equal(buf_text(&buf), text);
    buf_fini(&buf);
}

static struct output *open_good(const char *path) {
    struct output *output;
    struct err err = {""};

    if (output_open(path, &output, &err) != 0)
        fail_msg("%s", err.text);
    return output;
}

static void put(struct output *output, const char *text) {
    assert_int_equal(output_write(output, text, strlen(text), NULL), 0);
}

static size_t count_files(const char *room) {
    DIR *dir = opendir(room);
    size_t count = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL)
        count++;
    closedir(dir);
    return count - 2; /* "." and ".." */
}

static void test_kept(void **state) {
    char *path = within(*state, "report");
    struct output *output = open_good(path);

    put(output, "one ");
    assert_int_equal(access(path, F_OK), -1); /* nothing half */
    put(output, "two");
    assert_int_equal(output_close(&output, true, NULL), 0);
    assert_null(output);
    expect_content(path, "one two");
    assert_int_equal(count_files(*state), 1);
    free(path);
}

static void test_not_kept(void **state) {
    char *path = within(*state, "report"), *absent = within(*state, "absent");
    struct output *output;

    assert_int_equal(file_write(path, "old", 3, 0600, NULL), 0);
    output = open_good(path);
    put(output, "new");
    expect_content(path, "old");
    assert_int_equal(output_close(&output, false, NULL), 0);
    expect_content(path, "old");
    output = open_good(absent);
    assert_int_equal(output_close(&output, false, NULL), 0);
    assert_int_equal(count_files(*state), 1);
    assert_int_equal(output_close(&output, false, NULL), 0); /* of nothing */
    free(path);
    free(absent);
}

static void test_mode_stays(void **state) {
    char *path = within(*state, "report");
    struct output *output;
    struct stat st;

    assert_int_equal(file_write(path, "old", 3, 0600, NULL), 0);
    output = open_good(path);
    put(output, "new");
    assert_int_equal(output_close(&output, true, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    expect_content(path, "new");
    free(path);
}

/* Where no file can be made beside it, here since the name is too long, it is written over. */
static void test_nothing_beside(void **state) {
    char name[253] = "", *path;
    struct output *output;
    struct stat before, after;

    memset(name, 'n', sizeof name - 1);
    path = within(*state, name);
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    assert_int_equal(write(fd, "longer than the other", 21), 21);
    close(fd);
    assert_int_equal(stat(path, &before), 0);
    output = open_good(path);
    expect_content(path, "longer than the other");
    put(output, "new ");
    put(output, "text");
    assert_int_equal(output_close(&output, true, NULL), 0);
    expect_content(path, "new text");
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    free(path);
}

/* As /dev/stderr is, where it leads to a log. */
static void test_name_of_open_file(void **state) {
    char *path = within(*state, "log"), name[32];
    struct output *output;

    int fd = open(path, O_RDWR | O_CREAT, 0600);
    assert_int_equal(write(fd, "first ", 6), 6);
    snprintf(name, sizeof name, "/dev/fd/%d", fd);
    output = open_good(name);
    put(output, "second ");
    assert_int_equal(output_close(&output, true, NULL), 0);
    close(fd);
    expect_content(path, "first second ");
    free(path);
}

/* Only root can give a file away. */
static void test_owner_stays(void **state) {
    char *path = within(*state, "report");
    uid_t owner = geteuid() == 0 ? 65534 : geteuid();
    struct output *output;
    struct stat st;

    assert_int_equal(file_write(path, "old", 3, 0640, NULL), 0);
    assert_int_equal(chown(path, owner, (gid_t)-1), 0);
    output = open_good(path);
    put(output, "new");
    assert_int_equal(output_close(&output, true, NULL), 0);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_uid, owner);
    assert_int_equal(st.st_mode & 07777, 0640);
    free(path);
}

static void test_links(void **state) {
    char *path = within(*state, "report"), *link = within(*state, "link"),
         *loose = within(*state, "loose");
    struct output *output;
    struct stat st;
    struct err err = {""};

    assert_int_equal(file_write(path, "old", 3, 0600, NULL), 0);
    assert_int_equal(symlink("report", link), 0);
    assert_int_equal(symlink("nowhere", loose), 0);
    output = open_good(link);
    put(output, "new");
    assert_int_equal(output_close(&output, true, NULL), 0);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    expect_content(path, "new");
    assert_int_equal(output_open(loose, &output, &err), -1);
    assert_null(output);
    assert_non_null(strstr(err.text, "loose"));
    free(path);
    free(link);
    free(loose);
}

/* A device and a pipe are written to as it comes, and stay what they are. */
static void test_no_regular_files(void **state) {
    char *pipe = within(*state, "pipe"), got[8] = "";
    struct output *output;
    struct stat st;

    assert_int_equal(mkfifo(pipe, 0600), 0);
    int fd = open(pipe, O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    assert_true(output_may_wait(pipe));
    assert_false(output_may_wait("/dev/null") || output_may_wait("-") || output_may_wait(NULL));
    output = open_good(pipe);
    put(output, "now");
    assert_int_equal(read(fd, got, sizeof got), 3);
    assert_string_equal(got, "now");
    assert_int_equal(output_close(&output, true, NULL), 0);
    assert_int_equal(lstat(pipe, &st), 0);
    assert_true(S_ISFIFO(st.st_mode));
    close(fd);
    output = open_good("/dev/null");
    put(output, "away");
    assert_int_equal(output_close(&output, true, NULL), 0);
    assert_int_equal(stat("/dev/null", &st), 0);
    assert_true(S_ISCHR(st.st_mode));
    free(pipe);
}

static void test_fails(void **state) {
    char *absent = within(*state, "absent/report");
    const char *const paths[] = {absent, *state, "/dev/full"};
    struct output *output;
    struct err err = {""};

    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        int rc = output_open(paths[i], &output, &err);
        if (rc == 0) {
            rc = output_write(output, "x", 1, &err);
            assert_int_equal(output_close(&output, false, NULL), 0);
        }
        assert_int_equal(rc, -1);
        assert_non_null(strstr(err.text, paths[i]));
        assert_null(output);
    }
    free(absent);
}

static void test_standard_output(void **state) {
    struct output *output = open_good("-"), *other = open_good(NULL);

    (void)state;
    assert_true(output_is_stdout(output) && output_is_stdout(other));
    assert_int_equal(output_close(&output, true, NULL), 0);
    assert_int_equal(output_close(&other, false, NULL), 0);
    assert_true(fcntl(STDOUT_FILENO, F_GETFD) >= 0);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, make_room, leave_room)

int main(void) {
    static const struct CMUnitTest tests[] = {
        IN_ROOM(test_kept),
        IN_ROOM(test_not_kept),
        IN_ROOM(test_mode_stays),
        IN_ROOM(test_nothing_beside),
        IN_ROOM(test_name_of_open_file),
        IN_ROOM(test_owner_stays),
        IN_ROOM(test_links),
        IN_ROOM(test_no_regular_files),
        IN_ROOM(test_fails),
        cmocka_unit_test(test_standard_output),
    };

    return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
