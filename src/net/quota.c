#include "net/quota.h"

#include <assert.h>
#include <sys/random.h>

#include "base/mem.h"

enum { BUCKETS_MAX = 4096 };

TAILQ_HEAD(seat_list, quota_seat);

struct quota_peer {
    uint64_t number;
    unsigned count;
    struct seat_list seats;         /* the longest silent first */
    LIST_ENTRY(quota_peer) bucket;  /* with those of the same hash */
    TAILQ_ENTRY(quota_peer) equals; /* with those of the same count */
};

LIST_HEAD(bucket, quota_peer);
TAILQ_HEAD(peer_list, quota_peer);

struct quota {
    const struct clock *clock;
    unsigned total, per_peer, count;
    unsigned most; /* no peer has more */
    uint64_t seed; /* that nobody can choose addresses that fall together */
    unsigned bucket_count;
    struct bucket *buckets;
    struct peer_list *by_count; /* [0 .. per_peer] */
};

struct quota *quota_new(const struct clock *clock, unsigned total, unsigned per_peer) {
    struct quota *quota = mem_zalloc(sizeof *quota);

    assert(total > 0);
    *quota = (struct quota){.clock = clock, .total = total, .bucket_count = 16};
    quota->per_peer = per_peer > 0 && per_peer < total ? per_peer : total;
    while (quota->bucket_count < total && quota->bucket_count < BUCKETS_MAX)
        quota->bucket_count *= 2;
    quota->buckets = mem_zalloc(quota->bucket_count * sizeof *quota->buckets);
    quota->by_count = mem_zalloc((quota->per_peer + 1) * sizeof *quota->by_count);
    for (unsigned i = 0; i <= quota->per_peer; i++)
        TAILQ_INIT(&quota->by_count[i]);
    if (getrandom(&quota->seed, sizeof quota->seed, GRND_NONBLOCK) != sizeof quota->seed)
        quota->seed = (uint64_t)clock_mono_us(clock);
    return quota;
}

void quota_free(struct quota **quota) {
    if (*quota == NULL)
        return;
    assert((*quota)->count == 0);
    free((*quota)->buckets);
    free((*quota)->by_count);
    free(*quota);
    *quota = NULL;
}

static struct bucket *bucket_of(const struct quota *quota, uint64_t number) {
    uint64_t hash = (number ^ quota->seed) * 0x9e3779b97f4a7c15U;

    hash ^= hash >> 32;
    return &quota->buckets[(hash * 0x9e3779b97f4a7c15U >> 40) % quota->bucket_count];
}

static struct quota_peer *find(const struct quota *quota, uint64_t number) {
    struct quota_peer *peer;

    LIST_FOREACH(peer, bucket_of(quota, number), bucket)
    if (peer->number == number)
        return peer;
    return NULL;
}

static struct quota_peer *find_or_make(struct quota *quota, uint64_t number) {
    struct quota_peer *peer = find(quota, number);

    if (peer != NULL)
        return peer;
    peer = mem_zalloc(sizeof *peer);
    peer->number = number;
    TAILQ_INIT(&peer->seats);
    LIST_INSERT_HEAD(bucket_of(quota, number), peer, bucket);
    TAILQ_INSERT_TAIL(&quota->by_count[0], peer, equals);
    return peer;
}

static void recount(struct quota *quota, struct quota_peer *peer, int change) {
    TAILQ_REMOVE(&quota->by_count[peer->count], peer, equals);
    peer->count += (unsigned)change;
    quota->count += (unsigned)change;
    TAILQ_INSERT_TAIL(&quota->by_count[peer->count], peer, equals);
    if (peer->count > quota->most)
        quota->most = peer->count;
    while (quota->most > 0 && TAILQ_EMPTY(&quota->by_count[quota->most]))
        quota->most--;
}

/* Whether there is room now. */
static bool make_room(struct quota *quota, unsigned newcomers_count) {
    const struct quota_peer *greediest = TAILQ_FIRST(&quota->by_count[quota->most]);
    struct quota_seat *seat = TAILQ_FIRST(&greediest->seats);
    int64_t idle_us = clock_mono_us(quota->clock) - seat->active_us;

    if (quota->most <= newcomers_count + 1 && idle_us < QUOTA_IDLE_MS * 1000)
        return false;
    seat->shed(seat->arg);
    return quota->count < quota->total;
}

bool quota_enter(struct quota *quota, uint64_t peer_number, struct quota_seat *seat,
                 quota_shed_fn *shed, void *arg) {
    *seat = (struct quota_seat){.shed = shed, .arg = arg};
    if (quota == NULL)
        return true;
    const struct quota_peer *known = find(quota, peer_number);
    unsigned count = known != NULL ? known->count : 0;
    if (count >= quota->per_peer || (quota->count >= quota->total && !make_room(quota, count)))
        return false;
    seat->quota = quota;
    seat->peer = find_or_make(quota, peer_number); /* it may have been shed away meanwhile */
    seat->active_us = clock_mono_us(quota->clock);
    TAILQ_INSERT_TAIL(&seat->peer->seats, seat, link);
    recount(quota, seat->peer, 1);
    return true;
}

void quota_touch(struct quota_seat *seat) {
    if (seat->quota == NULL)
        return;
    seat->active_us = clock_mono_us(seat->quota->clock);
    TAILQ_REMOVE(&seat->peer->seats, seat, link);
    TAILQ_INSERT_TAIL(&seat->peer->seats, seat, link);
    recount(seat->quota, seat->peer, 0); /* behind its equals: it was silent less long */
}

void quota_leave(struct quota_seat *seat) {
    struct quota *quota = seat->quota;
    struct quota_peer *peer = seat->peer;

    if (quota == NULL)
        return;
    seat->quota = NULL;
    TAILQ_REMOVE(&peer->seats, seat, link);
    recount(quota, peer, -1);
    if (peer->count > 0)
        return;
    TAILQ_REMOVE(&quota->by_count[0], peer, equals);
    LIST_REMOVE(peer, bucket);
    free(peer);
}

unsigned quota_count(const struct quota *quota) {
    return quota->count;
}
