#include "room/files.h"

#include <dirent.h>
#include <fnmatch.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

enum { FILES_MAX_B = 4 * 1024 * 1024, FILES_HASHED_MAX = 4 };

struct hashed {
    char *name;
    struct buf pem;
};

struct files {
    const struct room_setup *setup;
    struct buf ca;
    struct hashed hashed[FILES_HASHED_MAX];
    size_t hashed_count;
};

/* Debian's Postfix looks up names in a directory of its own (chroot). */
static const char *const roots[] = {"", "/var/spool/postfix"};

static const char hash_dir[] = "/etc/ssl/certs";
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",                   /* Debian */
    "/etc/ssl/cert.pem",                                    /* Alpine */
    "/etc/ssl/ca-bundle.pem",                               /* SUSE */
    "/etc/pki/tls/certs/ca-bundle.crt",                     /* Fedora */
    "/usr/lib/ssl/cert.pem",                                /* OpenSSL's own */
    "/var/spool/postfix/etc/ssl/certs/ca-certificates.crt", /* Postfix */
};
static const char *const anchors[] = {"/usr/share/dns/root.key", "/var/lib/unbound/root.key",
                                      "/etc/unbound/root.key", "/etc/trusted-key.key", NULL};
static const char *const hints[] = {"/usr/share/dns/root.hints", "/etc/bind/db.root", NULL};

static bool is_there(const char *path) {
    return access(path, F_OK) == 0;
}

static int read_hashed(struct files *files, const char *dir, const char *name, struct err *err) {
    char *path = mem_printf("%s/%s", dir, name);
    struct hashed *hashed = &files->hashed[files->hashed_count++];

    hashed->name = mem_strdup(name);
    buf_init(&hashed->pem, FILES_MAX_B);
    int rc = file_read(path, &hashed->pem, err);
    free(path);
    return rc;
}

static int read_hash_dir(struct files *files, const char *dir, struct err *err) {
    DIR *entries = opendir(dir);
    struct dirent *entry;
    int rc = 0;

    if (entries == NULL)
        return err_errno(err, "%s", dir);
    while (rc == 0 && files->hashed_count < FILES_HASHED_MAX && (entry = readdir(entries)) != NULL)
        if (fnmatch("[0-9a-f]*.[0-9]", entry->d_name, 0) == 0)
            rc = read_hashed(files, dir, entry->d_name, err);
    closedir(entries);
    return rc;
}

int files_read(const struct room_setup *setup, struct files **out, struct err *err) {
    struct files *files = mem_zalloc(sizeof *files);

    *out = files;
    files->setup = setup;
    buf_init(&files->ca, FILES_MAX_B);
    if (setup->ca_file != NULL && file_read(setup->ca_file, &files->ca, err) != 0)
        goto fail;
    if (setup->ca_dir != NULL && read_hash_dir(files, setup->ca_dir, err) != 0)
        goto fail;
    return 0;
fail:
    files_free(out);
    return -1;
}

void files_free(struct files **files) {
    struct files *dying = *files;

    *files = NULL;
    if (dying == NULL)
        return;
    for (size_t i = 0; i < dying->hashed_count; i++) {
        free(dying->hashed[i].name);
        buf_fini(&dying->hashed[i].pem);
    }
    buf_fini(&dying->ca);
    free(dying);
}

/* "search ." since libc otherwise makes a search list of the host's name.  Timeout and attempts: the world answers at once, or
 * means not to. */
static void write_resolver(const struct room_setup *setup, struct buf *out) {
    buf_printf(out, "nameserver %s\n", setup->nameserver);
    if (setup->nameserver6 != NULL)
        buf_printf(out, "nameserver %s\n", setup->nameserver6);
    buf_puts(out, "search .\noptions timeout:5 attempts:3 edns0 trust-ad\n");
}

static void write_hosts(const struct room_setup *setup, struct buf *out) {
    buf_puts(out, "127.0.0.1 localhost\n::1 localhost ip6-localhost\n");
    buf_printf(out, "%s %s\n", ROOM_SENDER_IPV4, setup->hostname);
    buf_printf(out, "%s %s\n", ROOM_SENDER_IPV6, setup->hostname);
}

/* The machine's, but for the line about hosts. */
static void write_switch(struct buf *out) {
    struct buf theirs;
    struct err err;

    buf_init(&theirs, FILES_MAX_B);
    if (file_read("/etc/nsswitch.conf", &theirs, &err) != 0)
        buf_reset(&theirs);
    for (const char *line = buf_text(&theirs); *line != '\0';) {
        size_t len = strcspn(line, "\n");
        size_t blank = strspn(line, " \t");
        len += line[len] == '\n';
        if (strncmp(line + blank, "hosts:", strlen("hosts:")) != 0)
            buf_append(out, line, len);
        line += len;
    }
    buf_puts(out, "\nhosts: files dns\n");
    buf_fini(&theirs);
}

static int put_text(struct layers *layers, const char *root, const char *path,
                    const struct buf *text, struct err *err) {
    char *whole = mem_printf("%s%s", root, path);
    int rc = layers_put(layers, whole, buf_text(text), text->len, err);

    free(whole);
    return rc;
}

static int put_names(const struct room_setup *setup, struct layers *layers, const char *root,
                     struct err *err) {
    struct buf resolver, hosts, services;

    buf_init(&resolver, FILES_MAX_B);
    buf_init(&hosts, FILES_MAX_B);
    buf_init(&services, FILES_MAX_B);
    write_resolver(setup, &resolver);
    write_hosts(setup, &hosts);
    write_switch(&services);
    int rc = put_text(layers, root, "/etc/resolv.conf", &resolver, err);
    if (rc == 0)
        rc = put_text(layers, root, "/etc/hosts", &hosts, err);
    if (rc == 0)
        rc = put_text(layers, root, "/etc/nsswitch.conf", &services, err);
    buf_fini(&resolver);
    buf_fini(&hosts);
    buf_fini(&services);
    return rc;
}

static int put_all_names(const struct room_setup *setup, struct layers *layers, struct err *err) {
    int rc = 0;

    for (size_t i = 0; i < ARRAY_LEN(roots) && rc == 0; i++) {
        char *etc = mem_printf("%s/etc", roots[i]);
        if (i == 0 || is_there(etc))
            rc = put_names(setup, layers, roots[i], err);
        free(etc);
    }
    if (rc != 0)
        return rc;
    char *hostname = mem_printf("%s\n", setup->hostname);
    rc = layers_put(layers, "/etc/hostname", hostname, strlen(hostname), err);
    free(hostname);
    return rc;
}

/* Behind the machine's own: who trusts those goes on to do so. */
static int put_bundle(const struct files *files, struct layers *layers, const char *path,
                      struct err *err) {
    struct buf bundle;
    struct err unread;

    buf_init(&bundle, FILES_MAX_B);
    if (is_there(path) && file_read(path, &bundle, &unread) != 0) {
        buf_fini(&bundle); /* who may not read it does not trust it either */
        return 0;
    }
    buf_append(&bundle, files->ca.data, files->ca.len);
    int rc = bundle.overflow ? err_set(err, "%s is too long", path)
                             : layers_put(layers, path, bundle.data, bundle.len, err);
    buf_fini(&bundle);
    return rc;
}

static int put_trust(const struct files *files, struct layers *layers, struct err *err) {
    int rc = 0;

    for (size_t i = 0; i < ARRAY_LEN(bundles) && rc == 0 && files->ca.len > 0; i++)
        if (i == 0 || is_there(bundles[i]))
            rc = put_bundle(files, layers, bundles[i], err);
    for (size_t i = 0; i < files->hashed_count && rc == 0; i++) {
        const struct hashed *hashed = &files->hashed[i];
        char *path = mem_printf("%s/%s", hash_dir, hashed->name);
        rc = layers_put(layers, path, hashed->pem.data, hashed->pem.len, err);
        free(path);
    }
    return rc;
}

/* Over each of the paths that is there. */
static int put_over(const char *const *paths, const char *text, struct layers *layers,
                    struct err *err) {
    int rc = 0;

    for (; text != NULL && *paths != NULL && rc == 0; paths++)
        if (is_there(*paths))
            rc = layers_put(layers, *paths, text, strlen(text), err);
    return rc;
}

int files_put(const struct files *files, struct layers *layers, struct err *err) {
    if (put_all_names(files->setup, layers, err) != 0 || put_trust(files, layers, err) != 0 ||
        put_over(anchors, files->setup->anchor, layers, err) != 0)
        return -1;
    return put_over(hints, files->setup->hints, layers, err);
}
