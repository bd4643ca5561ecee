#include "room/layers.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"
#include "room/mounts.h"

enum {
    LAYERS_MAX = 256,
    LAYERS_PUT_MAX = 64,
    LAYERS_KEPT_MAX = 16,
    LAYERS_REFUSED_MAX_B = 256,
    LAYERS_FD_PATH_B = 32,
    LAYERS_INITIAL_USER_NAMESPACE = 0xEFFFFFFD, /* PROC_USER_INIT_INO of the kernel */
};

/* What lies over a directory if it cannot be an overlay. */
enum otherwise { OTHERWISE_READ_ONLY, OTHERWISE_EMPTY, OTHERWISE_NOTHING };

struct layer {
    char *path;
    int fd; /* what is there without the room (O_PATH) */
    enum otherwise otherwise;
    bool is_laid; /* as an overlay */
};

struct layers {
    struct layer all[LAYERS_MAX]; /* those above come first */
    size_t count;
    struct layer kept[LAYERS_KEPT_MAX];
    size_t kept_count;
    char *put[LAYERS_PUT_MAX];
    size_t put_count;
    struct buf refused;
    bool has_trusted; /* attributes of overlays that only the true root may set */
};

/* In the stage: a tree of what lies on top ("upper"), and the directories that the kernel needs beside it ("work"). */
static const char stage[] = "/tmp";
static const struct {
    const char *path;
    enum otherwise otherwise;
} bases[] = {
    {"/etc", OTHERWISE_READ_ONLY}, {"/lib", OTHERWISE_READ_ONLY}, {"/usr", OTHERWISE_READ_ONLY},
    {"/var", OTHERWISE_READ_ONLY}, {"/run", OTHERWISE_EMPTY},     {"/dev/shm", OTHERWISE_EMPTY},
    {"/tmp", OTHERWISE_EMPTY}, /* the last: it ends the stage's being seen */
};
static const char var_tmp[] = "/var/tmp";

/* Directories that users write into.  In a user namespace without their owners, the kernel copies none of them up. */
static const char *const open_dirs[] = {"/var/tmp", "/var/spool", "/var/lib", "/var/log",
                                        "/run/lock"};

static bool is_below(const char *path, const char *dir) {
    size_t len = strlen(dir);

    return strncmp(path, dir, len) == 0 && path[len] == '/';
}

/* The layer that a path belongs to: the lowest above it. */
static struct layer *find_layer(struct layers *layers, const char *path) {
    struct layer *found = NULL;

    for (size_t i = 0; i < layers->count; i++) {
        struct layer *layer = &layers->all[i];
        bool fits = strcmp(layer->path, path) == 0 || is_below(path, layer->path);
        if (fits && (found == NULL || strlen(layer->path) >= strlen(found->path)))
            found = layer;
    }
    return found;
}

/* What is not there, is a link, or is the same as one that is there already, needs no layer. */
static struct layer *add_layer(struct layers *layers, const char *path, enum otherwise otherwise) {
    struct layer *last = find_layer(layers, path);

    if (layers->count == LAYERS_MAX || (last != NULL && strcmp(last->path, path) == 0))
        return NULL;
    int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;
    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) != 0 || (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))) {
        close(fd);
        return NULL;
    }
    struct layer *layer = &layers->all[layers->count++];
    *layer = (struct layer){mem_strdup(path), fd, otherwise, false};
    return layer;
}

static bool is_dir(const struct layer *layer) {
    struct stat st;

    return fstat(layer->fd, &st) == 0 && S_ISDIR(st.st_mode);
}

static void name_fd(int fd, char out[LAYERS_FD_PATH_B]) {
    snprintf(out, LAYERS_FD_PATH_B, "/proc/self/fd/%d", fd);
}

static void on_mount(const char *path, void *arg) {
    struct layers *layers = arg;

    for (size_t i = 0; i < ARRAY_LEN(bases); i++)
        if (bases[i].otherwise == OTHERWISE_READ_ONLY && is_below(path, bases[i].path))
            add_layer(layers, path,
                      strcmp(path, var_tmp) == 0 ? OTHERWISE_EMPTY : OTHERWISE_READ_ONLY);
}

static int find_all(struct layers *layers, struct err *err) {
    for (size_t i = 0; i < ARRAY_LEN(bases); i++)
        add_layer(layers, bases[i].path, bases[i].otherwise);
    return mounts_list(on_mount, layers, err);
}

static int build_stage(struct err *err) {
    if (mount("doormat", stage, "tmpfs", MS_NOSUID | MS_NODEV, "mode=755") != 0)
        return err_errno(err, "no memory can be mounted as %s", stage);
    if (mkdir("/tmp/upper", 0755) != 0 || mkdir("/tmp/work", 0755) != 0)
        return err_errno(err, "%s", stage);
    return 0;
}

static int keep(struct layers *layers, const char *path, struct err *err) {
    int fd = open(path, O_PATH | O_CLOEXEC);

    if (fd < 0)
        return err_errno(err, "%s", path);
    if (layers->kept_count == LAYERS_KEPT_MAX) {
        close(fd);
        return err_set(err, "%s: too many paths are kept", path);
    }
    layers->kept[layers->kept_count++] =
        (struct layer){mem_strdup(path), fd, OTHERWISE_NOTHING, false};
    return 0;
}

static int keep_all(struct layers *layers, const char *const *kept, struct err *err) {
    int rc = 0;

    for (size_t i = 0; kept != NULL && kept[i] != NULL && rc == 0; i++)
        rc = keep(layers, kept[i], err);
    return rc;
}

int layers_new(const char *const *kept, struct layers **out, struct err *err) {
    struct layers *layers = mem_zalloc(sizeof *layers);
    struct stat st;

    *out = layers;
    buf_init(&layers->refused, LAYERS_REFUSED_MAX_B);
    layers->has_trusted =
        stat("/proc/self/ns/user", &st) == 0 && st.st_ino == LAYERS_INITIAL_USER_NAMESPACE;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        err_errno(err, "mounts cannot be made private");
        goto fail;
    }
    if (keep_all(layers, kept, err) != 0 || find_all(layers, err) != 0 || build_stage(err) != 0)
        goto fail;
    return 0;
fail:
    layers_free(out);
    return -1;
}

static void forget(struct layer *layers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        close(layers[i].fd);
        free(layers[i].path);
    }
}

void layers_free(struct layers **layers) {
    struct layers *dying = *layers;

    *layers = NULL;
    if (dying == NULL)
        return;
    forget(dying->all, dying->count);
    forget(dying->kept, dying->kept_count);
    for (size_t i = 0; i < dying->put_count; i++)
        free(dying->put[i]);
    buf_fini(&dying->refused);
    free(dying);
}

const char *layers_refused(const struct layers *layers) {
    return buf_text(&layers->refused);
}

/* A directory of the stage takes owner and mode of the one that it stands for.  In a user namespace not all owners can be
 * had: then it is ours. */
static void make_alike(const char *upper, const struct stat *st) {
    if (mkdir(upper, 0755) != 0)
        return;
    if (lchown(upper, st->st_uid, st->st_gid) != 0)
        errno = 0;
    chmod(upper, st->st_mode & 07777);
}

/* The directory in the stage that stands for this one, with all above it; the caller's to free. */
static char *make_upper(const char *dir) {
    char *upper = mem_printf("%s/upper%s", stage, dir);
    size_t skip = strlen(upper) - strlen(dir);

    for (char *slash = upper + skip + 1; slash[-1] != '\0'; slash++) {
        struct stat st = {.st_mode = 0755};
        slash = strchrnul(slash, '/');
        char kept = *slash;
        *slash = '\0';
        if (stat(upper + skip, &st) != 0)
            st = (struct stat){.st_mode = 0755, .st_uid = geteuid(), .st_gid = getegid()};
        make_alike(upper, &st);
        *slash = kept;
        if (kept == '\0')
            break;
    }
    return upper;
}

/* The path with the links of its directory followed, as far as that exists; the caller's to free. */
static char *resolve(const char *path) {
    char *dir = mem_strdup(path);
    char *real = NULL;
    size_t len = strlen(dir);

    while (real == NULL && len > 1) {
        while (len > 1 && dir[len - 1] != '/')
            len--;
        dir[len > 1 ? len - 1 : 1] = '\0';
        real = realpath(dir, NULL);
        len = strlen(dir);
    }
    const char *rest = path + (len > 1 ? len : 0);
    char *whole = mem_printf("%s%s", real != NULL && strcmp(real, "/") != 0 ? real : "", rest);
    free(real);
    free(dir);
    return whole;
}

static int put_resolved(struct layers *layers, const char *path, const void *data, size_t len,
                        struct err *err) {
    char *dir = mem_strndup(path, (size_t)(strrchr(path, '/') - path));

    if (layers->put_count == LAYERS_PUT_MAX) {
        err_set(err, "%s: too many files are replaced in the room", path);
        free(dir);
        return -1;
    }
    char *upper = make_upper(dir);
    char *file = mem_printf("%s%s", upper, path + strlen(dir));
    int rc = file_write_plain(file, data, len, 0644, err);
    layers->put[layers->put_count++] = mem_strdup(path);
    free(file);
    free(upper);
    free(dir);
    return rc;
}

int layers_put(struct layers *layers, const char *path, const void *data, size_t len,
               struct err *err) {
    char *real = resolve(path);
    int rc = put_resolved(layers, real, data, len, err);

    free(real);
    return rc;
}

static bool try_overlay(const struct layer *layer, int upper_fd, const char *work,
                        const char *more) {
    unsigned long flags = layer->otherwise == OTHERWISE_EMPTY ? MS_NOSUID | MS_NODEV : 0;
    char *options = mem_printf("lowerdir=/proc/self/fd/%d,upperdir=/proc/self/fd/%d,workdir=%s%s",
                               layer->fd, upper_fd, work, more);
    bool good = mount("doormat", layer->path, "overlay", flags, options) == 0;

    free(options);
    return good;
}

static bool lay(const struct layers *layers, struct layer *layer) {
    char *upper = make_upper(layer->path);
    char *work = mem_printf("%s/work/%zu", stage, (size_t)(layer - layers->all));
    struct stat st;
    int fd = open(upper, O_PATH | O_DIRECTORY | O_CLOEXEC);
    bool ready = fd >= 0 && mkdir(work, 0700) == 0 && fstat(layer->fd, &st) == 0;

    if (ready)
        chmod(upper, st.st_mode & 07777); /* /tmp itself is the stage by now */
    if (ready && !layers->has_trusted)
        layer->is_laid = try_overlay(layer, fd, work, ",userxattr");
    if (ready && !layer->is_laid)
        layer->is_laid = try_overlay(layer, fd, work, "");
    if (fd >= 0)
        close(fd);
    free(work);
    free(upper);
    return layer->is_laid;
}

static int bind(int fd, const char *path, bool is_read_only, struct err *err) {
    struct mount_attr read_only = {.attr_set = MOUNT_ATTR_RDONLY};
    char source[LAYERS_FD_PATH_B];

    name_fd(fd, source);
    if (mount(source, path, NULL, MS_BIND | MS_REC, NULL) != 0)
        return err_errno(err, "%s cannot be mounted in the room", path);
    if (is_read_only &&
        mount_setattr(AT_FDCWD, path, AT_RECURSIVE, &read_only, sizeof read_only) != 0)
        return err_errno(err, "%s cannot be read-only in the room", path);
    return 0;
}

/* What is in a directory that cannot be overlaid as a whole. */
static void lay_each(struct layers *layers, const char *dir) {
    DIR *entries = opendir(dir);
    struct dirent *entry;

    while (entries != NULL && (entry = readdir(entries)) != NULL) {
        if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
            continue;
        char *path = mem_printf("%s/%s", dir, entry->d_name);
        add_layer(layers, path, strcmp(path, var_tmp) == 0 ? OTHERWISE_EMPTY : OTHERWISE_NOTHING);
        free(path);
    }
    if (entries != NULL)
        closedir(entries);
}

static int mount_empty(const struct layer *layer, struct err *err) {
    struct stat st;
    char options[32];

    if (fstat(layer->fd, &st) != 0)
        return err_errno(err, "%s", layer->path);
    snprintf(options, sizeof options, "mode=%o", st.st_mode & 07777);
    if (mount("doormat", layer->path, "tmpfs", MS_NOSUID | MS_NODEV, options) != 0)
        return err_errno(err, "%s cannot be mounted in the room", layer->path);
    return 0;
}

static bool is_put(const struct layers *layers, const char *path) {
    bool found = false;

    for (size_t i = 0; i < layers->put_count && !found; i++)
        found = strcmp(layers->put[i], path) == 0;
    return found;
}

static int mount_layer(struct layers *layers, struct layer *layer, struct err *err) {
    if (!is_dir(layer))
        return is_put(layers, layer->path) ? 0 : bind(layer->fd, layer->path, true, err);
    if (lay(layers, layer) || layer->otherwise == OTHERWISE_NOTHING)
        return 0;
    buf_printf(&layers->refused, "%s%s", layers->refused.len > 0 ? ", " : "", layer->path);
    if (layer->otherwise == OTHERWISE_EMPTY)
        return mount_empty(layer, err);
    if (bind(layer->fd, layer->path, true, err) != 0)
        return -1;
    lay_each(layers, layer->path);
    return 0;
}

/* A file of ours whose directory is no overlay lies over the machine's, if there is one. */
static int bind_put(struct layers *layers, int upper_fd, const char *path, struct err *err) {
    const struct layer *layer = find_layer(layers, path);

    if ((layer != NULL && layer->is_laid) || access(path, F_OK) != 0)
        return 0;
    int fd = openat(upper_fd, path + 1, O_PATH | O_CLOEXEC);
    if (fd < 0)
        return err_errno(err, "%s", path);
    int rc = bind(fd, path, true, err);
    close(fd);
    return rc;
}

static int bind_kept(const struct layer *kept, struct err *err) {
    if (is_dir(kept) && file_make_dir(kept->path, 0755, err) != 0)
        return -1;
    return bind(kept->fd, kept->path, false, err);
}

/* The layer of /tmp comes last, since it hides the stage; layers that are found on the way come before it, too. */
static int mount_all(struct layers *layers, struct err *err) {
    struct layer *last = find_layer(layers, stage);
    int rc = 0;

    for (size_t i = 0; i < layers->count && rc == 0; i++)
        if (&layers->all[i] != last)
            rc = mount_layer(layers, &layers->all[i], err);
    if (rc == 0 && last != NULL)
        rc = mount_layer(layers, last, err);
    return rc;
}

static void make_open_dirs(void) {
    for (size_t i = 0; i < ARRAY_LEN(open_dirs); i++) {
        struct stat st;
        if (lstat(open_dirs[i], &st) == 0 && S_ISDIR(st.st_mode))
            free(make_upper(open_dirs[i]));
    }
}

static int mount_and_put(struct layers *layers, struct err *err) {
    int upper_fd = open("/tmp/upper", O_PATH | O_DIRECTORY | O_CLOEXEC);

    if (upper_fd < 0)
        return err_errno(err, "%s", stage);
    make_open_dirs();
    int rc = mount_all(layers, err);
    for (size_t i = 0; i < layers->put_count && rc == 0; i++)
        rc = bind_put(layers, upper_fd, layers->put[i], err);
    close(upper_fd);
    return rc;
}

int layers_mount(struct layers *layers, struct err *err) {
    int rc = mount_and_put(layers, err);

    for (size_t i = 0; i < layers->kept_count && rc == 0; i++)
        rc = bind_kept(&layers->kept[i], err);
    return rc;
}
