#include "room/why.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

enum { WHY_MAX_B = 4096 };

/* Settings of the kernel, and with which value they forbid namespaces to users. */
#define LIMIT(NAME)                                                                                \
    { "/proc/sys/user/" NAME, 0, "sysctl -w user." NAME "=10000 allows them" }
static const struct {
    const char *path;
    long refusing;
    const char *advice;
} settings[] = {
    LIMIT("max_user_namespaces"),
    LIMIT("max_net_namespaces"),
    LIMIT("max_mnt_namespaces"),
    LIMIT("max_pid_namespaces"),
    LIMIT("max_uts_namespaces"),
    LIMIT("max_ipc_namespaces"),
    {"/proc/sys/kernel/unprivileged_userns_clone", 0,
     "sysctl -w kernel.unprivileged_userns_clone=1 allows them to users, or run doormat as root"},
    {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", 1,
     "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 allows them to users, or run doormat as root"},
};
#undef LIMIT

static bool has_value(const char *path, long value) {
    struct buf text;
    struct err err;

    buf_init(&text, WHY_MAX_B);
    bool has = file_read(path, &text, &err) == 0 && text.len > 0 &&
               strtol(buf_text(&text), NULL, 10) == value;
    buf_fini(&text);
    return has;
}

static bool is_container(void) {
    return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 ||
           getenv("container") != NULL;
}

static const char *find_advice(void) {
    for (size_t i = 0; i < ARRAY_LEN(settings); i++)
        if (has_value(settings[i].path, settings[i].refusing))
            return settings[i].advice;
    if (is_container())
        return "a container needs --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt "
               "apparmor=unconfined, and doormat in it as root";
    return geteuid() == 0 ? "root needs the capabilities CAP_SYS_ADMIN and CAP_NET_ADMIN for them"
                          : "run doormat as root";
}

int why_not(struct err *err) {
    struct err first = *err;

    return err_set(err, "%.200s; %s", first.text, find_advice());
}
