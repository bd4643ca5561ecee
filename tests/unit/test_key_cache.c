/* The cache of keys where somebody has been at it: what is no file of ours is never used, and nothing there makes us wait. */
#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/key_pool.h"
#include "unit.h"

static const struct key_spec p256 = {KEY_DEFAULT, 0, 0};

enum { CROWD = 20 };

struct room {
    char *dir, *file, *other; /* the cache, the key's file there, and a sound key elsewhere */
    FILE *log;
    char *logged;
    size_t logged_b;
};

static EVP_PKEY *get(const char *dir) {
    struct key_pool *pool;
    EVP_PKEY *key = NULL;

    assert_int_equal(key_pool_new(dir, &pool, NULL), 0);
    assert_int_equal(key_pool_get(pool, KEY_ROLE_ROOT, &p256, &key, NULL), 0);
    key_pool_free(&pool);
    return key;
}

static int enter(void **state) {
    struct room *room = mem_zalloc(sizeof *room);
    char *base;

    *state = room;
    if (file_temp_dir(&base, NULL) != 0)
        return -1;
    room->dir = mem_printf("%s/cache", base);
    room->file = mem_printf("%s/root-ec-p256.pem", room->dir);
    room->other = mem_printf("%s/other.pem", base);
    room->log = open_memstream(&room->logged, &room->logged_b);
    log_to(room->log);
    EVP_PKEY_free(get(room->dir));
    free(base);
    return rename(room->file, room->other);
}

static int leave(void **state) {
    struct room *room = *state;

    log_to(NULL);
    fclose(room->log);
    free(room->logged);
    char *slash = strrchr(room->dir, '/');
    *slash = '\0';
    file_remove_dir(room->dir);
    free(room->dir);
    free(room->file);
    free(room->other);
    free(room);
    return 0;
}

static void copy_other(const struct room *room, mode_t mode) {
    struct buf pem;

    buf_init(&pem, 65536);
    assert_int_equal(file_read(room->other, &pem, NULL), 0);
    assert_int_equal(file_write(room->file, pem.data, pem.len, mode, NULL), 0);
    buf_fini(&pem);
}

static void put_ours(const struct room *room) {
    copy_other(room, 0600);
}

static void put_fifo(const struct room *room) {
    assert_int_equal(mkfifo(room->file, 0600), 0);
}

static void put_link(const struct room *room) {
    assert_int_equal(symlink(room->other, room->file), 0);
}

static void put_link_to_nothing(const struct room *room) {
    assert_int_equal(symlink("/nowhere/at/all", room->file), 0);
}

static void put_for_all(const struct room *room) {
    copy_other(room, 0666);
}

static void put_for_group(const struct room *room) {
    copy_other(room, 0620);
}

static void put_of_another(const struct room *room) {
    copy_other(room, 0600);
    if (geteuid() ==
        0) /* nobody else can give a file away; then the next line makes it one that is turned down */
        assert_int_equal(chown(room->file, 65534, (gid_t)-1), 0);
    else
        assert_int_equal(chmod(room->file, 0622), 0);
}

/* Nobody can write over a directory: the key stays in memory. */
static void put_directory(const struct room *room) {
    assert_int_equal(mkdir(room->file, 0700), 0);
}

static const struct harm_case {
    const char *name;
    void (*put)(const struct room *room);
    bool is_used, is_stored; /* what was put there; what is made instead */
} harms[] = {
    {"ours", put_ours, true, true},
    {"a FIFO", put_fifo, false, true},
    {"a link", put_link, false, true},
    {"a link to nothing", put_link_to_nothing, false, true},
    {"all may write", put_for_all, false, true},
    {"the group may write", put_for_group, false, true},
    {"of another user", put_of_another, false, true},
    {"a directory", put_directory, false, false},
};

static void test_what_is_there(void **state) {
    const struct room *room = *state;
    struct stat st;

    for (size_t i = 0; i < ARRAY_LEN(harms); i++) {
        copy_other(room, 0600);
        EVP_PKEY *other = get(room->dir);
        assert_int_equal(unlink(room->file), 0);
        harms[i].put(room);
        alarm(20); /* the wait that must not be */
        EVP_PKEY *first = get(room->dir), *second = get(room->dir);
        alarm(0);
        if ((EVP_PKEY_eq(first, other) == 1) != harms[i].is_used)
            fail_msg("%s: used or not used", harms[i].name);
        if ((EVP_PKEY_eq(first, second) == 1) != harms[i].is_stored)
            fail_msg("%s: stored or not stored", harms[i].name);
        assert_int_equal(lstat(room->file, &st), 0);
        if (harms[i].is_stored && (!S_ISREG(st.st_mode) || (st.st_mode & 07777) != 0600))
            fail_msg("%s: mode %o", harms[i].name, st.st_mode);
        assert_true(unlink(room->file) == 0 || rmdir(room->file) == 0);
        EVP_PKEY_free(other);
        EVP_PKEY_free(first);
        EVP_PKEY_free(second);
    }
    assert_int_equal(stat(room->other, &st), 0); /* no link was written through */
}

/* Somebody who holds the lock and was stopped. */
static void test_a_lock_is_not_for_ever(void **state) {
    const struct room *room = *state;
    int fd = open(room->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    alarm(20);
    EVP_PKEY *first = get(room->dir), *second = get(room->dir);
    alarm(0);
    assert_int_equal(EVP_PKEY_eq(first, second), 1);
    EVP_PKEY_free(first);
    EVP_PKEY_free(second);
    close(fd);
}

/* Killed wherever they are just then: what is found afterwards is whole, and one key for all. */
static void test_killed_in_the_midst(void **state) {
    const struct room *room = *state;
    pid_t children[CROWD];

    for (int round = 0; round < 5; round++) {
        unlink(room->file);
        for (int i = 0; i < CROWD; i++) {
            children[i] = fork();
            assert_true(children[i] >= 0);
            if (children[i] == 0) {
                EVP_PKEY_free(get(room->dir));
                _exit(0);
            }
        }
        for (int i = 0; i < CROWD; i += 2)
            kill(children[i], SIGKILL);
        for (int i = 0; i < CROWD; i++)
            waitpid(children[i], NULL, 0);
        EVP_PKEY *first = get(room->dir), *second = get(room->dir);
        assert_int_equal(EVP_PKEY_eq(first, second), 1);
        EVP_PKEY_free(first);
        EVP_PKEY_free(second);
    }
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void) {
    const struct CMUnitTest tests[] = {
        IN_ROOM(test_what_is_there),
        IN_ROOM(test_a_lock_is_not_for_ever),
        IN_ROOM(test_killed_in_the_midst),
    };

    return cmocka_run_group_tests_name("key cache", tests, NULL, NULL);
}
