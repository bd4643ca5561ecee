#include "check/journal.h"

#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <unistd.h>

#include "base/mem.h"

struct journal {
    int fd;
    char *path;
    uint64_t *done; /* an open hash table of fingerprints; 0: free */
    size_t count, size;
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

static void note(struct journal *journal, const char *target) {
    if (2 * journal->count >= journal->size)
        grow(journal);
    uint64_t *slot = slot_of(journal->done, journal->size, fingerprint(target));
    journal->count += *slot == 0;
    *slot = fingerprint(target);
}

static int read_line(struct journal *journal, const char *line, size_t len, struct err *err) {
    json_t *object = json_loadb(line, len, 0, NULL);
    const char *target = json_string_value(json_object_get(object, "target"));
    int rc = 0;

    if (target != NULL)
        note(journal, target);
    else
        rc = err_set(
            err, "%s: line %zu is no result of `doormat check --jsonl`; the file is left as it is",
            journal->path, journal->count + 1);
    json_decref(object);
    return rc;
}

/* Reads the whole lines; *whole is where the last of them ends. */
static int read_lines(struct journal *journal, FILE *file, off_t *whole, struct err *err) {
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    int rc = 0;

    *whole = 0;
    while (rc == 0 && (len = getline(&line, &size, file)) > 0 && line[len - 1] == '\n') {
        rc = read_line(journal, line, (size_t)len, err);
        *whole += len;
    }
    free(line);
    return rc;
}

/* A last line without its end was being written when the run was cut off: its target is checked again. */
static int read_all(struct journal *journal, struct err *err) {
    int fd = dup(journal->fd);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    off_t whole;

    if (file == NULL)
        return err_errno(err, "%s", journal->path);
    int rc = read_lines(journal, file, &whole, err);
    fclose(file);
    if (rc == 0 && ftruncate(journal->fd, whole) != 0)
        rc = err_errno(err, "%s", journal->path);
    return rc;
}

int journal_open(const char *path, struct journal **out, struct err *err) {
    struct journal *journal = mem_zalloc(sizeof *journal);

    journal->path = mem_strdup(path);
    journal->fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    grow(journal);
    if (journal->fd < 0)
        err_errno(err, "%s", path);
    if (journal->fd < 0 || read_all(journal, err) != 0) {
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

bool journal_has(const struct journal *journal, const char *target) {
    return *slot_of(journal->done, journal->size, fingerprint(target)) != 0;
}

size_t journal_count(const struct journal *journal) {
    return journal->count;
}

int journal_append(struct journal *journal, const void *line, size_t len, struct err *err) {
    if (write(journal->fd, line, len) != (ssize_t)len)
        return err_errno(err, "%s", journal->path);
    return 0;
}
