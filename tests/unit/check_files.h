/* check_files - a temporary file for the tests of what `check` reads and keeps.
 * Call file_begin, file_holds as often as wanted, file_end. */
#ifndef DOORMAT_TESTS_CHECK_FILES_H
#define DOORMAT_TESTS_CHECK_FILES_H

#include <fcntl.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "unit.h"

struct test_file {
    char path[64];
};

/* content NULL: there is no such file yet. */
static inline struct test_file file_begin(const void *content, size_t len) {
    struct test_file file = {"/tmp/doormat-test-XXXXXX"};
    int fd = mkstemp(file.path);

    assert_true(fd >= 0);
    if (content != NULL)
        assert_int_equal(write(fd, content, len), len);
    else
        assert_int_equal(unlink(file.path), 0);
    close(fd);
    return file;
}

static inline void assert_file_holds(const struct test_file *file, const char *wanted, size_t len) {
    struct buf seen;
    struct err err;

    buf_init(&seen, 1024 * 1024);
    assert_int_equal(file_read(file->path, &seen, &err), 0);
    assert_int_equal(seen.len, len);
    assert_memory_equal(buf_text(&seen), wanted, len);
    buf_fini(&seen);
}

static inline void file_end(struct test_file *file) {
    unlink(file->path);
}

#endif
