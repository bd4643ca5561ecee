#include "base/sink.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"

struct record {
    STAILQ_ENTRY(record) link;
    size_t len;
    char data[];
};

struct sink {
    sink_write_fn *fn;
    void *arg;
    size_t most_b;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t filled, emptied;
    STAILQ_HEAD(, record) records; /* the first is being written */
    size_t queued_b;
    bool is_awaited; /* by who found it full, or asked for it */
    bool is_writing, is_closing;
    size_t dropped, failures;
    struct err err; /* of the first */
    int bell;
};

/* Reads of what others change take the lock as well. */
static pthread_mutex_t *lock_of(const struct sink *sink) {
    return (pthread_mutex_t *)&sink->lock;
}

static void ring(const struct sink *sink) {
    const uint64_t one = 1;

    (void)!write(sink->bell, &one, sizeof one); /* it counts to 2^64 */
}

/* With the lock. */
static void note(struct sink *sink, int rc, const struct err *err) {
    struct record *record = STAILQ_FIRST(&sink->records);

    STAILQ_REMOVE_HEAD(&sink->records, link);
    sink->queued_b -= record->len;
    free(record);
    if (rc != 0 && sink->failures++ == 0)
        sink->err = *err;
    bool is_over = sink->is_awaited && STAILQ_EMPTY(&sink->records);
    if (is_over)
        sink->is_awaited = false;
    if (STAILQ_EMPTY(&sink->records))
        pthread_cond_broadcast(&sink->emptied);
    if (rc != 0 || is_over)
        ring(sink);
}

static void release(struct sink *sink) {
    struct record *record;

    while ((record = STAILQ_FIRST(&sink->records)) != NULL) {
        STAILQ_REMOVE_HEAD(&sink->records, link);
        free(record);
    }
    pthread_cond_destroy(&sink->filled);
    pthread_cond_destroy(&sink->emptied);
    pthread_mutex_destroy(&sink->lock);
    if (sink->bell >= 0)
        close(sink->bell);
    free(sink);
}

/* NULL: there is to be no more. */
static const struct record *next_record(struct sink *sink) {
    pthread_mutex_lock(&sink->lock);
    while (!sink->is_closing && STAILQ_EMPTY(&sink->records))
        pthread_cond_wait(&sink->filled, &sink->lock);
    const struct record *record = sink->is_closing ? NULL : STAILQ_FIRST(&sink->records);
    sink->is_writing = record != NULL;
    pthread_mutex_unlock(&sink->lock);
    return record;
}

/* True: nobody else has the sink any more. */
static bool is_abandoned(struct sink *sink, int rc, const struct err *err) {
    pthread_mutex_lock(&sink->lock);
    bool abandoned = sink->is_closing;
    sink->is_writing = false;
    if (!abandoned)
        note(sink, rc, err);
    pthread_mutex_unlock(&sink->lock);
    return abandoned;
}

static void *serve(void *arg) {
    struct sink *sink = arg;
    const struct record *record;

    while ((record = next_record(sink)) != NULL) {
        struct err err = {""};
        int rc = sink->fn(record->data, record->len, sink->arg, &err);
        if (is_abandoned(sink, rc, &err)) {
            release(sink);
            break;
        }
    }
    return NULL;
}

int sink_new(size_t most_b, sink_write_fn *fn, void *arg, struct sink **out, struct err *err) {
    struct sink *sink = mem_zalloc(sizeof *sink);
    pthread_condattr_t attributes;

    *sink = (struct sink){.fn = fn, .arg = arg, .most_b = most_b};
    STAILQ_INIT(&sink->records);
    pthread_mutex_init(&sink->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&sink->filled, NULL);
    pthread_cond_init(&sink->emptied, &attributes);
    pthread_condattr_destroy(&attributes);
    sink->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (sink->bell < 0) {
        err_errno(err, "output");
        release(sink);
        return -1;
    }
    int rc = pthread_create(&sink->thread, NULL, serve, sink);
    if (rc != 0) {
        release(sink);
        return err_set(err, "output: no thread starts: %s", strerror(rc));
    }
    *out = sink;
    return 0;
}

void sink_free(struct sink **sink) {
    struct sink *dying = *sink;

    *sink = NULL;
    if (dying == NULL)
        return;
    pthread_t thread = dying->thread;
    pthread_mutex_lock(&dying->lock);
    bool is_writing = dying->is_writing;
    dying->is_closing = true;
    pthread_cond_signal(&dying->filled);
    pthread_mutex_unlock(&dying->lock); /* from here on the thread may free it, if it is writing */
    if (is_writing) {
        pthread_detach(thread);
        return;
    }
    pthread_join(thread, NULL);
    release(dying);
}

static bool is_full(const struct sink *sink) {
    return sink->queued_b >= sink->most_b;
}

static void append(struct sink *sink, struct record *record) {
    STAILQ_INSERT_TAIL(&sink->records, record, link);
    sink->queued_b += record->len;
    sink->is_awaited |= is_full(sink);
    pthread_cond_signal(&sink->filled);
}

static struct record *record_new(const void *data, size_t len) {
    struct record *record = mem_zalloc(sizeof *record + len);

    record->len = len;
    if (len > 0)
        memcpy(record->data, data, len);
    return record;
}

void sink_put(struct sink *sink, const void *data, size_t len) {
    struct record *record = record_new(data, len);

    pthread_mutex_lock(&sink->lock);
    append(sink, record);
    pthread_mutex_unlock(&sink->lock);
}

bool sink_offer(struct sink *sink, const void *data, size_t len) {
    struct record *record = record_new(data, len);

    pthread_mutex_lock(&sink->lock);
    bool takes = !is_full(sink);
    if (takes)
        append(sink, record);
    else
        sink->dropped++;
    sink->is_awaited |= !takes;
    pthread_mutex_unlock(&sink->lock);
    if (!takes)
        free(record);
    return takes;
}

bool sink_is_full(const struct sink *sink) {
    pthread_mutex_lock(lock_of(sink));
    bool full = is_full(sink);
    pthread_mutex_unlock(lock_of(sink));
    return full;
}

bool sink_await(struct sink *sink) {
    pthread_mutex_lock(&sink->lock);
    bool waits = !STAILQ_EMPTY(&sink->records);
    sink->is_awaited |= waits;
    pthread_mutex_unlock(&sink->lock);
    return waits;
}

size_t sink_take_dropped(struct sink *sink) {
    pthread_mutex_lock(&sink->lock);
    size_t dropped = sink->dropped;
    sink->dropped = 0;
    pthread_mutex_unlock(&sink->lock);
    return dropped;
}

size_t sink_failures(const struct sink *sink, struct err *err) {
    pthread_mutex_lock(lock_of(sink));
    size_t failures = sink->failures;
    if (failures > 0)
        *err = sink->err;
    pthread_mutex_unlock(lock_of(sink));
    return failures;
}

int sink_bell(const struct sink *sink) {
    return sink->bell;
}

void sink_answer(const struct sink *sink) {
    uint64_t rings;

    (void)!read(sink->bell, &rings, sizeof rings);
}

int sink_finish(struct sink *sink, int64_t patience_ms) {
    struct timespec until;
    int rc = 0;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += patience_ms / 1000;
    until.tv_nsec += patience_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    pthread_mutex_lock(&sink->lock);
    while (rc == 0 && !STAILQ_EMPTY(&sink->records))
        rc = patience_ms == SINK_FOR_EVER
                 ? pthread_cond_wait(&sink->emptied, &sink->lock)
                 : pthread_cond_timedwait(&sink->emptied, &sink->lock, &until);
    rc = STAILQ_EMPTY(&sink->records) ? 0 : -1;
    pthread_mutex_unlock(&sink->lock);
    return rc;
}

/* The descriptor may be non-blocking, since others share it and have made it so. */
static int write_all(int fd, const char *name, const char *data, size_t len, struct err *err) {
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EAGAIN)
            poll(&(struct pollfd){.fd = fd, .events = POLLOUT}, 1, -1);
        else if (n < 0 && errno != EINTR)
            return err_errno(err, "%s", name);
        data += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int sink_write_stdout(const void *data, size_t len, void *arg, struct err *err) {
    (void)arg;
    return write_all(STDOUT_FILENO, "standard output", data, len, err);
}

int sink_write_stderr(const void *data, size_t len, void *arg, struct err *err) {
    (void)arg;
    return write_all(STDERR_FILENO, "standard error", data, len, err);
}
