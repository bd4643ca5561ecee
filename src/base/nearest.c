#include "base/nearest.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/ascii.h"

enum { LEAST_CHARS = 2, BEGINNING_CHARS = 3, BEGINNING_DISTANCE = 2 };

static unsigned least(unsigned a, unsigned b) {
    return a < b ? a : b;
}

static bool is_same(const char *a, const char *b) {
    return ascii_lower((unsigned char)*a) == ascii_lower((unsigned char)*b);
}

/* Row i of the table from the two before it: rows[0] is the one to fill, rows[1] the last. */
static void fill_row(unsigned *const rows[3], size_t i, const char *a, const char *b) {
    rows[0][0] = (unsigned)i;
    for (size_t j = 1; b[j - 1] != '\0'; j++) {
        unsigned d = least(rows[1][j] + 1, rows[0][j - 1] + 1);

        d = least(d, rows[1][j - 1] + !is_same(&a[i - 1], &b[j - 1]));
        if (i > 1 && j > 1 && is_same(&a[i - 1], &b[j - 2]) && is_same(&a[i - 2], &b[j - 1]))
            d = least(d, rows[2][j - 2] + 1);
        rows[0][j] = d;
    }
}

unsigned nearest_distance(const char *a, const char *b) {
    unsigned table[3][NEAREST_MAX_CHARS + 1] = {{0}};
    size_t a_len = strlen(a), b_len = strlen(b);

    if (a_len > NEAREST_MAX_CHARS || b_len > NEAREST_MAX_CHARS)
        return NEAREST_MAX_CHARS;
    for (size_t j = 0; j <= b_len; j++)
        table[0][j] = (unsigned)j;
    for (size_t i = 1; i <= a_len; i++) {
        unsigned *const rows[] = {table[i % 3], table[(i + 2) % 3], table[(i + 1) % 3]};
        fill_row(rows, i, a, b);
    }
    return table[a_len % 3][b_len];
}

void nearest_init(struct nearest *near, const char *word) {
    *near = (struct nearest){.word = word, .distance = (unsigned)strlen(word) / 3 + 2};
}

void nearest_offer(struct nearest *near, const char *candidate) {
    size_t len = strlen(near->word);

    if (len < LEAST_CHARS || len > NEAREST_MAX_CHARS)
        return;
    unsigned distance = nearest_distance(near->word, candidate);
    if (distance > BEGINNING_DISTANCE && len >= BEGINNING_CHARS &&
        strncmp(near->word, candidate, len) == 0)
        distance = BEGINNING_DISTANCE;
    if (distance >= near->distance || distance >= strlen(candidate))
        return;
    near->distance = distance;
    near->best = candidate;
}

const char *nearest_found(const struct nearest *near) {
    return near->best;
}
