#include "check/place.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "net/numeric.h"

enum {
    PLACE_HOSTS = 2,       /* looked at together */
    PLACE_CONNECTIONS = 2, /* ... with that many connections in all */
    SLOW_PART = 6,         /* a host that takes more than that part of its time is slow */
    SLOW_HOSTS = 10,       /* so many hosts' time may be lost at a place */
    IDLE_MAX = 4096,       /* places that are remembered for their slowness alone */
};

TAILQ_HEAD(visits, visit);

struct place {
    char address[NUMERIC_SIZE_B];
    struct visits inside, outside; /* the first to come first */
    unsigned visit_count, inside_count, connections;
    int64_t slow_ms;
    bool is_idle;
    TAILQ_ENTRY(place) idle;
};

struct places {
    unsigned slots, taken;
    int64_t host_ms;
    void *by_address;         /* tsearch(3) */
    struct visits ready;      /* their place has room, and all slots are taken */
    TAILQ_HEAD(, place) idle; /* the oldest first */
    unsigned idle_count;
};

static int compare(const void *a, const void *b) {
    const struct place *one = a, *other = b;

    return strcmp(one->address, other->address);
}

struct places *places_new(unsigned slots, int64_t host_ms) {
    struct places *places = mem_zalloc(sizeof *places);

    *places = (struct places){.slots = slots, .host_ms = host_ms};
    TAILQ_INIT(&places->ready);
    TAILQ_INIT(&places->idle);
    return places;
}

static void free_place(struct places *places, struct place *place) {
    if (place->is_idle) {
        TAILQ_REMOVE(&places->idle, place, idle);
        places->idle_count--;
    }
    tdelete(place, &places->by_address, compare);
    free(place);
}

void places_free(struct places **places) {
    struct places *dying = *places;

    *places = NULL;
    if (dying == NULL)
        return;
    while (!TAILQ_EMPTY(&dying->idle))
        free_place(dying, TAILQ_FIRST(&dying->idle));
    free(dying);
}

unsigned places_taken(const struct places *places) {
    return places->taken;
}

bool places_are_full(const struct places *places) {
    return places->taken >= places->slots || !TAILQ_EMPTY(&places->ready);
}

static struct place *find_place(struct places *places, const char *address) {
    struct place *place = mem_zalloc(sizeof *place);

    snprintf(place->address, sizeof place->address, "%s", address);
    struct place **found = tsearch(place, &places->by_address, compare);
    if (found == NULL)
        abort(); /* out of memory */
    if (*found != place) {
        free(place);
        return *found;
    }
    TAILQ_INIT(&place->inside);
    TAILQ_INIT(&place->outside);
    return place;
}

static void be_busy(struct places *places, struct place *place) {
    if (!place->is_idle)
        return;
    TAILQ_REMOVE(&places->idle, place, idle);
    places->idle_count--;
    place->is_idle = false;
}

/* Nobody is there any more: only a place that was slow is worth remembering. */
static void be_idle(struct places *places, struct place *place) {
    if (place->slow_ms == 0) {
        free_place(places, place);
        return;
    }
    TAILQ_INSERT_TAIL(&places->idle, place, idle);
    place->is_idle = true;
    if (++places->idle_count > IDLE_MAX)
        free_place(places, TAILQ_FIRST(&places->idle));
}

static bool is_closed(const struct places *places, const struct place *place) {
    return place->slow_ms >= SLOW_HOSTS * places->host_ms;
}

static struct visits *list_of(struct visit *visit) {
    struct place *place = visit->place;

    return visit->state == VISIT_INSIDE    ? &place->inside
           : visit->state == VISIT_OUTSIDE ? &place->outside
                                           : &visit->places->ready;
}

static void put(struct visit *visit, enum visit_state state) {
    visit->state = state;
    TAILQ_INSERT_TAIL(list_of(visit), visit, link);
}

static void take_out(struct visit *visit) {
    TAILQ_REMOVE(list_of(visit), visit, link);
}

static void let_in(struct visit *visit) {
    put(visit, VISIT_INSIDE);
    visit->place->inside_count++;
    visit->places->taken++;
    visit->on_turn(true, visit->arg);
}

static void queue(struct visit *visit) {
    struct places *places = visit->places;

    if (is_closed(places, visit->place)) {
        put(visit, VISIT_OUTSIDE);
        visit->on_turn(false, visit->arg);
    } else if (visit->place->inside_count >= PLACE_HOSTS) {
        put(visit, VISIT_OUTSIDE);
    } else if (places->taken >= places->slots) {
        put(visit, VISIT_READY);
    } else {
        let_in(visit);
    }
}

void visit_begin(struct visit *visit, struct places *places, const char *address) {
    visit->places = places;
    visit->place = find_place(places, address);
    be_busy(places, visit->place);
    visit->place->visit_count++;
    queue(visit);
}

static void turn_away_all(struct place *place) {
    struct visit *visit;

    TAILQ_FOREACH(visit, &place->outside, link)
    visit->on_turn(false, visit->arg);
}

/* A slot is free, and a room at the place.  Who waits there goes behind those who have waited for a slot alone. */
static void call_next(struct places *places, struct place *place) {
    struct visit *visit = TAILQ_FIRST(&place->outside);

    if (visit != NULL && !is_closed(places, place)) {
        take_out(visit);
        put(visit, VISIT_READY);
    }
    while (places->taken < places->slots && (visit = TAILQ_FIRST(&places->ready)) != NULL) {
        take_out(visit);
        queue(visit);
    }
}

static void note_slowness(struct places *places, struct place *place, int64_t took_ms) {
    bool was_closed = is_closed(places, place);

    if (took_ms > places->host_ms / SLOW_PART)
        place->slow_ms += took_ms - places->host_ms / SLOW_PART;
    if (!was_closed && is_closed(places, place))
        turn_away_all(place);
}

/* Whoever waits inside goes before the one that has just ended a connection. */
static void promise(struct place *place) {
    struct visit *visit;

    TAILQ_FOREACH(visit, &place->inside, link)
    if (visit->wants_room) {
        visit->wants_room = false;
        visit->is_promised = true;
        visit->on_room(visit->arg);
        return;
    }
}

void visit_end(struct visit *visit, int64_t took_ms) {
    struct places *places = visit->places;
    struct place *place = visit->place;

    if (place == NULL)
        return;
    take_out(visit);
    visit->place = NULL;
    if (visit->state == VISIT_INSIDE) {
        place->inside_count--;
        places->taken--;
        promise(place);
        note_slowness(places, place, took_ms);
        call_next(places, place);
    }
    if (--place->visit_count == 0)
        be_idle(places, place);
}

bool visit_has_room(const struct visit *visit) {
    const struct visit *other;
    unsigned count = visit->place->connections;

    TAILQ_FOREACH(other, &visit->place->inside, link)
    count += other != visit && other->is_promised;
    return count < PLACE_CONNECTIONS;
}

void visit_connect(struct visit *visit) {
    visit->wants_room = visit->is_promised = false;
    visit->place->connections++;
}

void visit_disconnect(struct visit *visit) {
    visit->place->connections--;
    promise(visit->place);
}
