#include "check/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mem.h"

struct journal {
    int fd;
    char *path;
    const char *policy;
    uint64_t *done; /* an open hash table of fingerprints; 0: free */
    size_t count, size;
    size_t lines;  /* read */
    off_t whole_b; /* where the last whole line ends */
    struct journal_tally found;
};

/* FNV-1a, 64 bits: among a million targets two share one with a chance of 1 in 40 million. */
static uint64_t fingerprint(const char *text) {
    uint64_t hash = 0xcbf29ce484222325U;

    for (; *text != '\0'; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
    return hash != 0 ? hash : 1;
}

static uint64_t *slot_of(uint64_t *table, size_t size, uint64_t hash) {
    size_t i = hash & (size - 1);

    while (table[i] != 0 && table[i] != hash)
        i = (i + 1) & (size - 1);
    return &table[i];
}

static void grow(struct journal *journal) {
    size_t size = journal->size > 0 ? 2 * journal->size : 1024;
    uint64_t *table = mem_zalloc(size * sizeof *table);

    for (size_t i = 0; i < journal->size; i++)
        if (journal->done[i] != 0)
            *slot_of(table, size, journal->done[i]) = journal->done[i];
    free(journal->done);
    journal->done = table;
    journal->size = size;
}

/* False if it was there. */
static bool note(struct journal *journal, const char *target) {
    if (2 * journal->count >= journal->size)
        grow(journal);
    uint64_t *slot = slot_of(journal->done, journal->size, fingerprint(target));
    bool is_new = *slot == 0;
    journal->count += is_new;
    *slot = fingerprint(target);
    return is_new;
}

static int refuse(const struct journal *journal, size_t line, struct err *err) {
    return err_set(
        err, "%s: line %zu is no result of `doormat check --jsonl`; the file is left as it is",
        journal->path, line);
}

static int refuse_policy(const struct journal *journal, const char *policy, struct err *err) {
    return err_set(err,
                   "%s: line %zu was judged by the policy '%s', not by '%s'; keep a file for each",
                   journal->path, journal->lines + 1, policy, journal->policy);
}

/* Each result begins so: a foreign file is recognised before much of it is read. */
static bool is_ours(const char *line, size_t len) {
    static const char start[] = "{\"target\":";
    size_t compared = len < sizeof start - 1 ? len : sizeof start - 1;

    return memcmp(line, start, compared) == 0;
}

static int read_line(struct journal *journal, const char *line, size_t len, struct err *err) {
    struct journal_tally *found = &journal->found;
    json_t *object = is_ours(line, len) ? json_loadb(line, len, 0, NULL) : NULL;
    const char *target = json_string_value(json_object_get(object, "target"));
    const char *policy = json_string_value(json_object_get(object, "policy"));
    bool reached = json_is_true(json_object_get(object, "reached"));
    bool meets = json_is_true(json_object_get(object, "meets_policy"));

    int rc = target == NULL || policy == NULL       ? refuse(journal, journal->lines + 1, err)
             : strcmp(policy, journal->policy) != 0 ? refuse_policy(journal, policy, err)
                                                    : 0;
    if (rc == 0 && note(journal, target)) {
        found->targets++;
        found->failed += reached && !meets;
        found->unclear += !reached;
    }
    json_decref(object);
    return rc;
}

/* Reads the whole lines.  A last line without its end was being written when the
 * run was cut off: its target is checked again. */
static int read_lines(struct journal *journal, FILE *file, struct err *err) {
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    int rc = 0;

    while (rc == 0 && (len = getline(&line, &size, file)) > 0) {
        if (line[len - 1] != '\n') {
            rc = is_ours(line, (size_t)len) ? 0 : refuse(journal, journal->lines + 1, err);
            break;
        }
        rc = read_line(journal, line, (size_t)len, err);
        journal->lines++;
        journal->whole_b += len;
    }
    if (ferror(file) != 0)
        rc = err_errno(err, "%s", journal->path);
    free(line);
    return rc;
}

static int read_all(struct journal *journal, struct err *err) {
    int fd = dup(journal->fd);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;

    if (file == NULL)
        return err_errno(err, "%s", journal->path);
    int rc = read_lines(journal, file, err);
    fclose(file);
    if (rc == 0 && ftruncate(journal->fd, journal->whole_b) != 0)
        rc = err_errno(err, "%s", journal->path);
    return rc;
}

static int open_file(struct journal *journal, struct err *err) {
    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (journal->fd < 0)
        return err_errno(err, "%s", journal->path);
    if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0)
        return err_errno(err, "%s: in use by another run", journal->path);
    return read_all(journal, err);
}

int journal_open(const char *path, const char *policy, struct journal **out, struct err *err) {
    struct journal *journal = mem_zalloc(sizeof *journal);

    journal->path = mem_strdup(path);
    journal->policy = policy;
    grow(journal);
    if (open_file(journal, err) != 0) {
        journal_close(&journal);
        return -1;
    }
    *out = journal;
    return 0;
}

void journal_close(struct journal **journal) {
    struct journal *closing = *journal;

    *journal = NULL;
    if (closing == NULL)
        return;
    if (closing->fd >= 0)
        close(closing->fd);
    free(closing->path);
    free(closing->done);
    free(closing);
}

bool journal_claim(struct journal *journal, const char *target) {
    return note(journal, target);
}

struct journal_tally journal_found(const struct journal *journal) {
    return journal->found;
}

static int write_all(int fd, const char *data, size_t len) {
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno != EINTR)
            return -1;
        data += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int journal_append(struct journal *journal, const void *line, size_t len, struct err *err) {
    if (write_all(journal->fd, line, len) == 0) {
        journal->whole_b += (off_t)len;
        return 0;
    }
    err_errno(err, "%s", journal->path);
    /* If this fails too, the beginning of a line stays, which the next run drops. */
    (void)!ftruncate(journal->fd, journal->whole_b);
    return -1;
}
