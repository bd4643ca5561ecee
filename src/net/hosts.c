#include "net/hosts.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "net/namespaces.h"

enum { HOSTS_MAX_B = 4 * 1024 * 1024 };
static const char hosts_path[] = "/etc/hosts";

/* A map that leaves one number as it is. */
static int map_id(const char *path, unsigned id, struct err *err) {
    char line[32];

    snprintf(line, sizeof line, "%u %u 1", id, id);
    return namespaces_tell_kernel(path, line, err);
}

static int enter_as_user(struct err *err) {
    unsigned user = geteuid(), group = getegid();

    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return err_errno(err, "no user namespace");
    if (namespaces_tell_kernel("/proc/self/setgroups", "deny", err) != 0 ||
        map_id("/proc/self/uid_map", user, err) != 0 ||
        map_id("/proc/self/gid_map", group, err) != 0)
        return -1;
    return 0;
}

static int enter(struct err *err) {
    if (geteuid() != 0)
        return enter_as_user(err);
    return unshare(CLONE_NEWNS) == 0 ? 0 : err_errno(err, "no mount namespace");
}

static bool has_ipv6(void) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool has = fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof address) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

/* What the machine has, with our lines in front: the first that names a host counts. */
static int write_copy(const char *path, const char *name, struct err *err) {
    struct buf theirs, all;

    buf_init(&theirs, HOSTS_MAX_B);
    buf_init(&all, HOSTS_MAX_B);
    int rc = file_read(hosts_path, &theirs, err);
    buf_printf(&all, "127.0.0.1 %s\n", name);
    if (has_ipv6())
        buf_printf(&all, "::1 %s\n", name);
    buf_append(&all, theirs.data, theirs.len);
    if (rc == 0 && all.overflow)
        rc = err_set(err, "%s is too long", hosts_path);
    if (rc == 0)
        rc = file_write(path, all.data, all.len, 0644, err);
    buf_fini(&all);
    buf_fini(&theirs);
    return rc;
}

/* The mount keeps the file after its name is gone. */
static int lay_over(const char *path, struct err *err) {
    if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL) != 0)
        return err_errno(err, "mounts cannot be made private");
    if (mount(path, hosts_path, NULL, MS_BIND, NULL) != 0)
        return err_errno(err, "nothing can be mounted over %s", hosts_path);
    return 0;
}

static bool is_loopback(const struct sockaddr *address) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)address;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)address;

    if (address->sa_family == AF_INET)
        return v4->sin_addr.s_addr == htonl(INADDR_LOOPBACK);
    return address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

static int check_resolver(const char *name, struct err *err) {
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int cause = getaddrinfo(name, NULL, &hints, &found);
    bool good = cause == 0;

    for (const struct addrinfo *a = found; a != NULL; a = a->ai_next)
        good = good && is_loopback(a->ai_addr);
    if (found != NULL)
        freeaddrinfo(found);
    return good ? 0 : err_set(err, "the resolver does not look into %s", hosts_path);
}

static int add_loopback(const char *path, const char *name, struct err *err) {
    return enter(err) != 0 || lay_over(path, err) != 0 || check_resolver(name, err) != 0 ? -1 : 0;
}

struct line {
    const char *path, *name;
};

static int add_line(const void *arg, struct err *err) {
    const struct line *line = arg;

    return add_loopback(line->path, line->name, err);
}

int hosts_add_loopback(const char *name, struct err *err) {
    char *dir = NULL;

    if (file_temp_dir(&dir, err) != 0)
        return -1;
    char *path = mem_printf("%s/hosts", dir);
    int rc = write_copy(path, name, err);
    if (rc == 0)
        rc = namespaces_try_first(add_line, &(struct line){path, name}, err);
    if (rc == 0)
        rc = add_loopback(path, name, err);
    file_remove_dir(dir);
    free(path);
    free(dir);
    return rc;
}
