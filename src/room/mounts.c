#include "room/mounts.h"

#include <stdbool.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

enum { MOUNTS_MAX_B = 4 * 1024 * 1024, MOUNTS_FIELD_PATH = 4, MOUNTS_OCTAL_DIGITS = 3 };

static const char *const foreign[] = {"autofs", "binfmt_misc", "bpf",  "cgroup", "cgroup2", "nsfs",
                                      "fuse.",  "overlay",     "proc", "ramfs",  "sysfs"};

/* "\040" stands for a space. */
static void unescape(char *text) {
    char *to = text;

    for (const char *from = text; *from != '\0'; to++) {
        char digits[MOUNTS_OCTAL_DIGITS + 1] = "";
        if (*from == '\\')
            memcpy(digits, from + 1, strnlen(from + 1, MOUNTS_OCTAL_DIGITS));
        *to = *from == '\\' ? (char)strtol(digits, NULL, 8) : *from;
        from += *from == '\\' ? 1 + strlen(digits) : 1;
    }
    *to = '\0';
}

static bool is_foreign(const char *type) {
    bool found = false;

    for (size_t i = 0; i < ARRAY_LEN(foreign) && !found; i++)
        found = strncmp(type, foreign[i], strlen(foreign[i])) == 0;
    return found;
}

/* "36 35 98:0 /root /mount/point rw,noatime master:1 - ext3 /dev/root rw" */
static void read_line(char *line, mounts_fn *each, void *arg) {
    const char *type = strstr(line, " - ");
    char *path = line;

    for (int i = 0; i < MOUNTS_FIELD_PATH && path != NULL; i++) {
        path = strchr(path, ' ');
        path = path != NULL ? path + 1 : NULL;
    }
    if (path == NULL || type == NULL || is_foreign(type + strlen(" - ")))
        return;
    *strchrnul(path, ' ') = '\0';
    unescape(path);
    each(path, arg);
}

int mounts_list(mounts_fn *each, void *arg, struct err *err) {
    struct buf list;

    buf_init(&list, MOUNTS_MAX_B);
    int rc = file_read("/proc/self/mountinfo", &list, err);
    char *next = rc == 0 && list.len > 0 ? (char *)list.data : NULL;
    while (next != NULL && *next != '\0') {
        char *line = next;
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        read_line(line, each, arg);
    }
    buf_fini(&list);
    return rc;
}
