#include "net/work.h"

#include <event2/event.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/mem.h"

enum { WORK_MAX_THREADS = 16, WORK_NICENESS = 10 };

struct task {
    work_fn *run, *done;
    void *job;
    struct task *next;
};

struct queue {
    struct task *first, **last;
};

struct work {
    pthread_mutex_t lock;
    pthread_cond_t wanted;
    struct queue waiting, finished;
    bool closing;
    int bell; /* eventfd: a thread rings, the loop wakes */
    struct event *event;
    pthread_t threads[WORK_MAX_THREADS];
    unsigned thread_count;
};

static void queue_init(struct queue *queue) {
    *queue = (struct queue){.last = &queue->first};
}

static void queue_put(struct queue *queue, struct task *task) {
    task->next = NULL;
    *queue->last = task;
    queue->last = &task->next;
}

static struct task *queue_take(struct queue *queue) {
    struct task *task = queue->first;

    if (task == NULL)
        return NULL;
    queue->first = task->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    return task;
}

/* Minutes of arithmetic give way to the loop, also where there is one core for both.  Of the calling thread alone, on
 * Linux; where it fails, all go on as before. */
static void give_way(void) {
    setpriority(PRIO_PROCESS, 0, WORK_NICENESS);
}

/* Never with the lock: the loop wakes at once, takes the core, and would wait for a lock whose owner has none. */
static void ring(const struct work *work) {
    const uint64_t one = 1;

    if (write(work->bell, &one, sizeof one) < 0)
        abort(); /* an eventfd that counts to 2^64 does not refuse a one */
}

static void *serve_queue(void *arg) {
    struct work *work = arg;

    give_way();
    pthread_mutex_lock(&work->lock);
    while (!work->closing) {
        struct task *task = queue_take(&work->waiting);
        if (task == NULL) {
            pthread_cond_wait(&work->wanted, &work->lock);
            continue;
        }
        pthread_mutex_unlock(&work->lock);
        task->run(task->job);
        pthread_mutex_lock(&work->lock);
        queue_put(&work->finished, task);
        pthread_mutex_unlock(&work->lock);
        ring(work);
        pthread_mutex_lock(&work->lock);
    }
    pthread_mutex_unlock(&work->lock);
    return NULL;
}

static struct task *take_finished(struct work *work) {
    pthread_mutex_lock(&work->lock);
    struct task *task = queue_take(&work->finished);
    pthread_mutex_unlock(&work->lock);
    return task;
}

static void on_bell(evutil_socket_t fd, short what, void *arg) {
    struct work *work = arg;
    struct task *task;
    uint64_t rings;

    (void)what;
    if (read((int)fd, &rings, sizeof rings) < 0)
        return;
    while ((task = take_finished(work)) != NULL) {
        task->done(task->job);
        free(task);
    }
}

unsigned work_core_count(void) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores > 0 ? (unsigned)cores : 1;
}

int work_new(struct loop *loop, unsigned threads, struct work **out, struct err *err) {
    struct work *work = mem_zalloc(sizeof *work);

    queue_init(&work->waiting);
    queue_init(&work->finished);
    pthread_mutex_init(&work->lock, NULL);
    pthread_cond_init(&work->wanted, NULL);
    work->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (work->bell >= 0)
        work->event = event_new(loop_base(loop), work->bell, EV_READ | EV_PERSIST, on_bell, work);
    if (work->event == NULL || event_add(work->event, NULL) != 0) {
        err_errno(err, "worker threads");
        work_free(&work);
        return -1;
    }
    for (unsigned i = 0; i < threads && i < WORK_MAX_THREADS; i++)
        if (pthread_create(&work->threads[work->thread_count], NULL, serve_queue, work) == 0)
            work->thread_count++;
    if (work->thread_count == 0) {
        err_set(err, "no worker thread starts");
        work_free(&work);
        return -1;
    }
    *out = work;
    return 0;
}

void work_submit(struct work *work, work_fn *run, work_fn *done, void *job) {
    struct task *task = mem_zalloc(sizeof *task);

    *task = (struct task){.run = run, .done = done, .job = job};
    pthread_mutex_lock(&work->lock);
    queue_put(&work->waiting, task);
    pthread_cond_signal(&work->wanted);
    pthread_mutex_unlock(&work->lock);
}

static void finish_all(struct queue *queue) {
    struct task *task;

    while ((task = queue_take(queue)) != NULL) {
        task->done(task->job);
        free(task);
    }
}

void work_free(struct work **work) {
    struct work *closing = *work;

    *work = NULL;
    if (closing == NULL)
        return;
    pthread_mutex_lock(&closing->lock);
    closing->closing = true;
    pthread_cond_broadcast(&closing->wanted);
    pthread_mutex_unlock(&closing->lock);
    for (unsigned i = 0; i < closing->thread_count; i++)
        pthread_join(closing->threads[i], NULL);
    finish_all(&closing->finished);
    finish_all(&closing->waiting);
    if (closing->event != NULL)
        event_free(closing->event);
    if (closing->bell >= 0)
        close(closing->bell);
    pthread_cond_destroy(&closing->wanted);
    pthread_mutex_destroy(&closing->lock);
    free(closing);
}
