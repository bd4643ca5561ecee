/* The pool of keys and its cache on disk: what is damaged, foreign or in the way costs time and nothing else. */
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/key_pool.h"
#include "unit.h"

static const struct key_spec p256 = {KEY_DEFAULT, 0, 0},
                             p256_spelt_out = {KEY_EC, 0, KEY_CURVE_P256},
                             p384 = {KEY_EC, 0, KEY_CURVE_P384}, rsa512 = {KEY_RSA, 512, 0},
                             rsa1024 = {KEY_RSA, 1024, 0};

struct room {
    char *dir;
    FILE *log; /* what was logged meanwhile */
    char *logged;
    size_t logged_b;
};

static int enter(void **state) {
    struct room *room = mem_zalloc(sizeof *room);

    *state = room;
    if (file_temp_dir(&room->dir, NULL) != 0)
        return -1;
    room->log = open_memstream(&room->logged, &room->logged_b);
    log_to(room->log);
    return 0;
}

static int leave(void **state) {
    struct room *room = *state;

    log_to(NULL);
    fclose(room->log);
    free(room->logged);
    file_remove_dir(room->dir);
    free(room->dir);
    free(room);
    return 0;
}

static unsigned lines_logged(struct room *room) {
    unsigned lines = 0;

    fflush(room->log);
    for (size_t i = 0; i < room->logged_b; i++)
        lines += room->logged[i] == '\n';
    return lines;
}

static EVP_PKEY *get(struct key_pool *pool, enum key_role role, const struct key_spec *spec) {
    EVP_PKEY *key = NULL;
    struct err err;

    if (key_pool_get(pool, role, spec, &key, &err) != 0)
        fail_msg("%s", err.text);
    assert_true(key_fits(key, spec));
    return key;
}

/* The key that a process would see that starts now. */
static EVP_PKEY *get_afresh(const char *dir, enum key_role role, const struct key_spec *spec) {
    struct key_pool *pool;

    assert_int_equal(key_pool_new(dir, &pool, NULL), 0);
    EVP_PKEY *key = get(pool, role, spec);
    key_pool_free(&pool);
    return key;
}

static bool same_afresh(const char *dir, const struct key_spec *spec) {
    EVP_PKEY *a = get_afresh(dir, KEY_ROLE_LEAF, spec), *b = get_afresh(dir, KEY_ROLE_LEAF, spec);
    bool same = EVP_PKEY_eq(a, b) == 1;

    EVP_PKEY_free(a);
    EVP_PKEY_free(b);
    return same;
}

static bool is_sound(EVP_PKEY *key) {
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool sound = EVP_PKEY_pairwise_check(ctx) == 1;

    EVP_PKEY_CTX_free(ctx);
    return sound;
}

static void test_describe(void **state) {
    static const struct {
        struct key_spec spec;
        const char *text;
    } cases[] = {{{KEY_DEFAULT, 0, 0}, "ECDSA P-256"},
                 {{KEY_EC, 0, KEY_CURVE_P256}, "ECDSA P-256"},
                 {{KEY_EC, 0, KEY_CURVE_P384}, "ECDSA P-384"},
                 {{KEY_RSA, 1024, 0}, "RSA 1024"}};
    char text[32];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        key_spec_describe(&cases[i].spec, text, sizeof text);
        assert_string_equal(text, cases[i].text);
    }
}

static void test_one_key_per_name(void **state) {
    static const struct {
        const char *name;
        enum key_role role;
        const struct key_spec *spec;
        bool same; /* as the leaf's P-256 key */
    } cases[] = {
        {"again", KEY_ROLE_LEAF, &p256, true},
        {"spelt out", KEY_ROLE_LEAF, &p256_spelt_out, true},
        {"other role", KEY_ROLE_INTERMEDIATE, &p256, false},
        {"other curve", KEY_ROLE_LEAF, &p384, false},
        {"other kind", KEY_ROLE_LEAF, &rsa512, false},
    };
    struct key_pool *pool;

    (void)state;
    assert_int_equal(key_pool_new(NULL, &pool, NULL), 0);
    EVP_PKEY *leaf = get(pool, KEY_ROLE_LEAF, &p256);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        EVP_PKEY *key = get(pool, cases[i].role, cases[i].spec);
        if ((key == leaf) != cases[i].same || (EVP_PKEY_eq(key, leaf) == 1) != cases[i].same)
            fail_msg("%s", cases[i].name);
        EVP_PKEY_free(key);
    }
    key_pool_free(&pool);
    assert_null(pool);
    key_pool_free(&pool);
    assert_true(key_fits(leaf, &p256)); /* counted up, so it outlives the pool */
    EVP_PKEY_free(leaf);
}

static mode_t mode_of(const char *path) {
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_mode & 07777;
}

static void test_cache_survives(void **state) {
    struct room *room = *state;
    char *dir = mem_printf("%s/new/doormat", room->dir);
    char *file = mem_printf("%s/leaf-rsa-512.pem", dir);

    assert_true(same_afresh(dir, &rsa512));
    assert_true(same_afresh(dir, &p384));
    assert_int_equal(mode_of(dir), 0700);
    assert_int_equal(mode_of(file), 0600);
    assert_int_equal(lines_logged(room), 0);
    unlink(file);
    free(file);
    file = mem_printf("%s/leaf-ec-p384.pem", dir);
    assert_int_equal(unlink(file), 0);
    assert_int_equal(rmdir(dir), 0); /* nothing else was left there */
    free(file);
    free(dir);
}

static void read_pem(const char *path, struct buf *pem) {
    buf_init(pem, 65536);
    assert_int_equal(file_read(path, pem, NULL), 0);
}

static void write_pem(const char *path, const void *data, size_t len) {
    assert_int_equal(file_write(path, data, len, 0600, NULL), 0);
}

static void cut_to_nothing(const char *path, struct buf *pem) {
    write_pem(path, pem->data, 0);
}

static void cut_in_half(const char *path, struct buf *pem) {
    write_pem(path, pem->data, pem->len / 2);
}

static void cut_the_end(const char *path, struct buf *pem) {
    write_pem(path, pem->data, pem->len - 10);
}

/* Within the modulus: it still parses. */
static void flip_a_letter(const char *path, struct buf *pem) {
    uint8_t *at = pem->data + 100;

    *at = *at == 'A' ? 'B' : 'A';
    write_pem(path, pem->data, pem->len);
}

static void fill_with_noise(const char *path, struct buf *pem) {
    memset(pem->data, 0xa5, pem->len);
    write_pem(path, pem->data, pem->len);
}

static void make_huge(const char *path, struct buf *pem) {
    (void)pem;
    uint8_t *zeros = mem_zalloc(1 << 20);
    write_pem(path, zeros, 1 << 20);
    free(zeros);
}

static void swap_key(const char *path, const struct key_spec *spec, const char *password) {
    EVP_PKEY *key = get_afresh(NULL, KEY_ROLE_LEAF, spec);
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    assert_int_equal(PEM_write_PKCS8PrivateKey(file, key,
                                               password != NULL ? EVP_aes_128_cbc() : NULL,
                                               password, password != NULL ? 4 : 0, NULL, NULL),
                     1);
    fclose(file);
    EVP_PKEY_free(key);
}

static void put_other_size(const char *path, struct buf *pem) {
    (void)pem;
    swap_key(path, &rsa512, NULL);
}

static void put_other_kind(const char *path, struct buf *pem) {
    (void)pem;
    swap_key(path, &p256, NULL);
}

static void put_encrypted(const char *path, struct buf *pem) {
    (void)pem;
    swap_key(path, &rsa1024, "shoe");
}

static void test_damage(void **state) {
    static const struct {
        const char *name;
        void (*harm)(const char *path, struct buf *pem);
    } cases[] = {{"empty", cut_to_nothing},         {"half", cut_in_half},
                 {"end missing", cut_the_end},      {"one letter changed", flip_a_letter},
                 {"noise", fill_with_noise},        {"huge", make_huge},
                 {"another size", put_other_size},  {"another kind", put_other_kind},
                 {"with a password", put_encrypted}};
    struct room *room = *state;
    char *file = mem_printf("%s/leaf-rsa-1024.pem", room->dir);

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct buf pem;
        EVP_PKEY *old = get_afresh(room->dir, KEY_ROLE_LEAF, &rsa1024);
        read_pem(file, &pem);
        cases[i].harm(file, &pem);
        EVP_PKEY *new = get_afresh(room->dir, KEY_ROLE_LEAF, &rsa1024);
        if (EVP_PKEY_eq(old, new) == 1 || !is_sound(new) || !same_afresh(room->dir, &rsa1024))
            fail_msg("%s: was not made anew and stored", cases[i].name);
        EVP_PKEY_free(old);
        EVP_PKEY_free(new);
        buf_fini(&pem);
    }
    free(file);
}

static void lend_to_group(const char *dir) {
    assert_int_equal(chmod(dir, 0770), 0);
}

static void lend_to_all(const char *dir) {
    assert_int_equal(chmod(dir, 0703), 0);
}

static void put_file_there(const char *dir) {
    assert_int_equal(rmdir(dir), 0);
    write_pem(dir, "", 0);
}

static void give_away(const char *dir) {
    if (geteuid() != 0 || chown(dir, 65534, (gid_t)-1) != 0)
        skip();
}

static void refuse(struct room *room, void (*spoil)(const char *dir), const char *text) {
    char *dir = mem_printf("%s/cache", room->dir);
    struct key_pool *pool;

    assert_int_equal(mkdir(dir, 0700), 0);
    spoil(dir);
    assert_int_equal(key_pool_new(dir, &pool, NULL), 0);
    EVP_PKEY_free(get(pool, KEY_ROLE_LEAF, &p256));
    EVP_PKEY_free(get(pool, KEY_ROLE_LEAF, &p384));
    key_pool_free(&pool);
    assert_int_equal(lines_logged(room), 1);
    if (strstr(room->logged, text) == NULL)
        fail_msg("%s", room->logged);
    assert_true(rmdir(dir) == 0 || unlink(dir) == 0); /* empty: no key went there */
    free(dir);
}

static void test_group_writes(void **state) {
    refuse(*state, lend_to_group, "others may write");
}

static void test_all_write(void **state) {
    refuse(*state, lend_to_all, "others may write");
}

static void test_no_directory(void **state) {
    refuse(*state, put_file_there, "not a directory");
}

static void test_not_ours(void **state) {
    refuse(*state, give_away, "another user");
}

/* Directories stand where the files should go: every write fails, for root as well. */
static void test_writes_fail(void **state) {
    struct room *room = *state;
    char *a = mem_printf("%s/leaf-ec-p256.pem", room->dir);
    char *b = mem_printf("%s/leaf-ec-p384.pem", room->dir);
    struct key_pool *pool;

    assert_int_equal(mkdir(a, 0700) | mkdir(b, 0700), 0);
    assert_int_equal(key_pool_new(room->dir, &pool, NULL), 0);
    EVP_PKEY *key = get(pool, KEY_ROLE_LEAF, &p256);
    EVP_PKEY_free(get(pool, KEY_ROLE_LEAF, &p384));
    assert_ptr_equal(get(pool, KEY_ROLE_LEAF, &p256), key);
    assert_int_equal(lines_logged(room), 1);
    EVP_PKEY_free(key);
    EVP_PKEY_free(key);
    key_pool_free(&pool);
    free(a);
    free(b);
}

/* A path that begins with '/' lies in the room. */
static void set_variable(const struct room *room, const char *name, const char *value) {
    char *path =
        value != NULL && *value == '/' ? mem_printf("%s%s", room->dir, value) : mem_strdup(value);
    if (path != NULL)
        setenv(name, path, 1);
    else
        unsetenv(name);
    free(path);
}

/* The file, which must be there, and the directories above it that are empty then. */
static void remove_upwards(const struct room *room, const char *inner) {
    char *path = mem_printf("%s%s", room->dir, inner);

    assert_int_equal(unlink(path), 0);
    do
        *strrchr(path, '/') = '\0';
    while (strcmp(path, room->dir) != 0 && rmdir(path) == 0);
    assert_string_equal(path, room->dir);
    free(path);
}

static void test_default_place(void **state) {
    static const struct {
        const char *xdg, *home, *file;
    } cases[] = {{"/xdg", "/home", "/xdg/doormat/leaf-ec-p256.pem"},
                 {NULL, "/home", "/home/.cache/doormat/leaf-ec-p256.pem"},
                 {"", "/home", "/home/.cache/doormat/leaf-ec-p256.pem"},
                 {"relative", "/home", "/home/.cache/doormat/leaf-ec-p256.pem"}};
    struct room *room = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        set_variable(room, "XDG_CACHE_HOME", cases[i].xdg);
        set_variable(room, "HOME", cases[i].home);
        EVP_PKEY_free(get_afresh("default", KEY_ROLE_LEAF, &p256));
        remove_upwards(room, cases[i].file);
    }
    assert_int_equal(lines_logged(room), 0);
}

static void test_no_home(void **state) {
    struct room *room = *state;

    unsetenv("XDG_CACHE_HOME");
    unsetenv("HOME");
    EVP_PKEY_free(get_afresh("default", KEY_ROLE_LEAF, &p256));
    assert_int_equal(lines_logged(room), 1);
    assert_non_null(strstr(room->logged, "XDG_CACHE_HOME"));
}

enum { CROWD = 8 };

struct guest {
    struct key_pool *pool;
    const struct key_spec *spec;
    EVP_PKEY *key;
};

static void *ask(void *arg) {
    struct guest *guest = arg;

    if (key_pool_get(guest->pool, KEY_ROLE_LEAF, guest->spec, &guest->key, NULL) != 0)
        guest->key = NULL;
    return NULL;
}

static void test_threads(void **state) {
    struct room *room = *state;
    pthread_t threads[CROWD];
    struct guest guests[CROWD];
    struct key_pool *pool;

    assert_int_equal(key_pool_new(room->dir, &pool, NULL), 0);
    for (size_t i = 0; i < CROWD; i++) {
        guests[i] = (struct guest){pool, i % 2 == 0 ? &rsa1024 : &p256, NULL};
        assert_int_equal(pthread_create(&threads[i], NULL, ask, &guests[i]), 0);
    }
    for (size_t i = 0; i < CROWD; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (size_t i = 0; i < CROWD; i++) {
        assert_non_null(guests[i].key);
        assert_ptr_equal(guests[i].key, guests[i % 2].key);
        assert_true(key_fits(guests[i].key, guests[i].spec));
    }
    for (size_t i = 0; i < CROWD; i++)
        EVP_PKEY_free(guests[i].key);
    key_pool_free(&pool);
}

static void tell_key(const char *dir, int fd) {
    unsigned char *der = NULL, digest[SHA256_DIGEST_LENGTH];
    EVP_PKEY *key = get_afresh(dir, KEY_ROLE_ROOT, &rsa512);
    int len = i2d_PUBKEY(key, &der);

    SHA256(der, (size_t)len, digest);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
    _exit(write(fd, digest, sizeof digest) == sizeof digest ? 0 : 1);
}

/* Whoever comes first, all have the same root in the end. */
static void test_processes(void **state) {
    struct room *room = *state;
    unsigned char digests[CROWD][SHA256_DIGEST_LENGTH];
    int ends[2], status;

    assert_int_equal(pipe(ends), 0);
    for (size_t i = 0; i < CROWD; i++) {
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            tell_key(room->dir, ends[1]);
    }
    for (size_t i = 0; i < CROWD; i++) {
        assert_true(wait(&status) > 0);
        assert_int_equal(status, 0);
        assert_int_equal(read(ends[0], digests[i], sizeof digests[i]), sizeof digests[i]);
        assert_memory_equal(digests[i], digests[0], sizeof digests[0]);
    }
    close(ends[0]);
    close(ends[1]);
}

#define IN_ROOM(test) cmocka_unit_test_setup_teardown(test, enter, leave)

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_describe), cmocka_unit_test(test_one_key_per_name),
        IN_ROOM(test_cache_survives),    IN_ROOM(test_damage),
        IN_ROOM(test_group_writes),      IN_ROOM(test_all_write),
        IN_ROOM(test_no_directory),      IN_ROOM(test_not_ours),
        IN_ROOM(test_writes_fail),       IN_ROOM(test_default_place),
        IN_ROOM(test_no_home),           IN_ROOM(test_threads),
        IN_ROOM(test_processes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
