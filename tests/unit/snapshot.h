/* snapshot - compares a text with the one kept in tests/snapshots, so that a change of meaning
 * shows as a diff. UPDATE_SNAPSHOTS=1 in the environment writes them anew.  Run from the top of the
 * tree. */
#ifndef DOORMAT_TESTS_SNAPSHOT_H
#define DOORMAT_TESTS_SNAPSHOT_H

#include "base/file.h"
#include "unit.h"

static inline void assert_snapshot(const char *name, const struct buf *actual) {
    struct buf expected;
    struct err err = {""};
    char path[256];

    snprintf(path, sizeof(path), "tests/snapshots/%s", name);
    if (getenv("UPDATE_SNAPSHOTS") != NULL &&
        file_write(path, actual->data, actual->len, 0644, &err) != 0)
        fail_msg("%s", err.text);
    buf_init(&expected, 1024 * 1024);
    if (file_read(path, &expected, &err) != 0)
        fail_msg("%s", err.text);
    if (strcmp(buf_text(&expected), buf_text(actual)) != 0)
        fail_msg("differs from %s:\n%s", path, buf_text(actual));
    buf_fini(&expected);
}

#endif
