#include "check/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

/* What the last line of a target says, or that it is being checked. */
enum state {
    STATE_MEETS,
    STATE_NO_MAIL,
    STATE_FAILED,
    STATE_UNCLEAR,
    STATE_UNREACHED,
    STATE_CLAIMED
};

struct journal {
    int fd;
    char *path;
    const char *policy, *terms;
    uint64_t *done;  /* an open hash table of fingerprints; 0: free */
    uint8_t *states; /* enum state of each */
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
    uint8_t *states = mem_zalloc(size * sizeof *states);

    for (size_t i = 0; i < journal->size; i++) {
        if (journal->done[i] == 0)
            continue;
        uint64_t *slot = slot_of(table, size, journal->done[i]);
        *slot = journal->done[i];
        states[slot - table] = journal->states[i];
    }
    free(journal->done);
    free(journal->states);
    journal->done = table;
    journal->states = states;
    journal->size = size;
}

static void count(struct journal_tally *tally, enum state state, bool up) {
    size_t one = up ? 1 : (size_t)-1;

    tally->met += state == STATE_MEETS ? one : 0;
    tally->no_mail += state == STATE_NO_MAIL ? one : 0;
    tally->failed += state == STATE_FAILED ? one : 0;
    tally->unclear += state == STATE_UNCLEAR || state == STATE_UNREACHED ? one : 0;
    tally->unreached += state == STATE_UNREACHED ? one : 0;
}

/* The last word on a target counts. */
static void note(struct journal *journal, const char *target, enum state state) {
    if (2 * journal->count >= journal->size)
        grow(journal);
    uint64_t *slot = slot_of(journal->done, journal->size, fingerprint(target));
    uint8_t *old = &journal->states[slot - journal->done];
    if (*slot != 0)
        count(&journal->found, (enum state) * old, false);
    else
        journal->count++;
    *slot = fingerprint(target);
    *old = (uint8_t)state;
    count(&journal->found, state, true);
    journal->found.targets = journal->count;
}

static int refuse(const struct journal *journal, size_t line, struct err *err) {
    return err_set(
        err, "%s: line %zu is no result of `doormat check --jsonl`; the file is left as it is",
        journal->path, line);
}

enum { LINE_MAX_B = 16 * 1024 * 1024 };

static int refuse_long(const struct journal *journal, struct err *err) {
    return err_set(err, "%s: line %zu is longer than %d MiB; the file is left as it is",
                   journal->path, journal->lines + 1, LINE_MAX_B / 1024 / 1024);
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

static int refuse_terms(const struct journal *journal, const char *terms, struct err *err) {
    return err_set(err, "%s: line %zu was checked with '%s', not with '%s'; keep a file for each",
                   journal->path, journal->lines + 1, terms, journal->terms);
}

/* A null MX is an answer; of what was not reached, or not all looked at, the answer has still to come. */
static enum state state_of(const json_t *object) {
    const char *verdict = json_string_value(json_object_get(object, "verdict"));
    bool reached = json_is_true(json_object_get(object, "reached"));

    if (verdict != NULL && strcmp(verdict, "no-mail") == 0)
        return STATE_NO_MAIL;
    if (!reached)
        return STATE_UNREACHED;
    if (verdict != NULL && strcmp(verdict, "undecided") == 0)
        return STATE_UNCLEAR;
    return json_is_true(json_object_get(object, "meets_policy")) ? STATE_MEETS : STATE_FAILED;
}

static int read_line(struct journal *journal, const char *line, size_t len, struct err *err) {
    json_t *object = is_ours(line, len) ? json_loadb(line, len, 0, NULL) : NULL;
    const char *target = json_string_value(json_object_get(object, "target"));
    const char *policy = json_string_value(json_object_get(object, "policy"));
    const char *terms = json_string_value(json_object_get(object, "terms"));
    int rc = 0;

    if (target == NULL || policy == NULL)
        rc = refuse(journal, journal->lines + 1, err);
    else if (strcmp(policy, journal->policy) != 0)
        rc = refuse_policy(journal, policy, err);
    else if (terms != NULL && strcmp(terms, journal->terms) != 0)
        rc = refuse_terms(journal, terms, err);
    else
        note(journal, target, state_of(object));
    json_decref(object);
    return rc;
}

static int take_line(struct journal *journal, struct buf *line, struct err *err) {
    int rc = read_line(journal, buf_text(line), line->len, err);

    journal->lines++;
    journal->whole_b += (off_t)line->len;
    buf_reset(line);
    return rc;
}

static int take_chunk(struct journal *journal, struct buf *line, const char *chunk, size_t len,
                      struct err *err) {
    int rc = 0;

    while (rc == 0 && len > 0) {
        const char *end = memchr(chunk, '\n', len);
        size_t used = end != NULL ? (size_t)(end - chunk) + 1 : len;
        buf_append(line, chunk, used);
        if (!is_ours(buf_text(line), line->len))
            rc = refuse(journal, journal->lines + 1, err);
        else if (line->overflow)
            rc = refuse_long(journal, err);
        else if (end != NULL)
            rc = take_line(journal, line, err);
        chunk += used;
        len -= used;
    }
    return rc;
}

/* Reads the whole lines.  A last line without its end was being written when the
 * run was cut off: its target is checked again. */
static int read_lines(struct journal *journal, FILE *file, struct err *err) {
    char chunk[16384];
    struct buf line;
    size_t len;
    int rc = 0;

    buf_init(&line, LINE_MAX_B);
    while (rc == 0 && (len = fread(chunk, 1, sizeof chunk, file)) > 0)
        rc = take_chunk(journal, &line, chunk, len, err);
    if (rc == 0 && ferror(file) != 0)
        rc = err_errno(err, "%s", journal->path);
    buf_fini(&line);
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

/* A pipe or a device has no end to read to, and waits for a peer without O_NONBLOCK. */
static int open_file(struct journal *journal, struct err *err) {
    struct stat status;

    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0644);
    if (journal->fd < 0)
        return err_errno(err, "%s", journal->path);
    if (fstat(journal->fd, &status) != 0)
        return err_errno(err, "%s", journal->path);
    if (!S_ISREG(status.st_mode))
        return err_set(err, "%s: not a regular file", journal->path);
    if (flock(journal->fd, LOCK_EX | LOCK_NB) != 0)
        return errno == EWOULDBLOCK ? err_set(err, "%s: in use by another run", journal->path)
                                    : err_errno(err, "%s", journal->path);
    return read_all(journal, err);
}

int journal_open(const char *path, const char *policy, const char *terms, struct journal **out,
                 struct err *err) {
    struct journal *journal = mem_zalloc(sizeof *journal);

    journal->path = mem_strdup(path);
    journal->policy = policy;
    journal->terms = terms;
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
    free(closing->states);
    free(closing);
}

bool journal_claim(struct journal *journal, const char *target) {
    const uint64_t *slot = slot_of(journal->done, journal->size, fingerprint(target));

    enum state state = (enum state)journal->states[slot - journal->done];

    if (*slot != 0 && state != STATE_UNCLEAR && state != STATE_UNREACHED)
        return false;
    note(journal, target, STATE_CLAIMED);
    return true;
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
