/* What a mail server said, in few words: for errors and for the report. */
#include <string.h>

#include "base/ascii.h"
#include "harness/mta_class.h"

enum { LAST_WORDS_B = 320, MAX_PIECES = 8, DATE_B = 20, PREFIX_MAX_B = 160 };

struct piece {
    const char *text;
    size_t len;
};

static bool has(const char *line, size_t len, const char *words) {
    return memmem(line, len, words, strlen(words)) != NULL;
}

bool mta_is_complaint(const char *const *marks, const char *line, size_t len) {
    for (; marks != NULL && *marks != NULL; marks++)
        if (has(line, len, *marks))
            return true;
    return false;
}

/* --- a line --- */

/* "Nov 27 21:22:34 host postfix/smtp[140]: fatal: ...": where the program's name begins; 0: it has no such form. */
static size_t syslog_begin(const char *line, size_t len) {
    size_t most = len < PREFIX_MAX_B ? len : PREFIX_MAX_B, from = 0;

    for (size_t i = 0; i < most; i++) {
        if (line[i] == ' ')
            from = i + 1;
        size_t end = i + 1;
        while (line[i] == '[' && end < len && ascii_is_digit(line[end]))
            end++;
        if (end > i + 1 && len - end >= 3 && memcmp(line + end, "]: ", 3) == 0)
            return from;
    }
    return 0;
}

/* "2026-11-27 21:22:02 1tGabc-000001-AB ...": how long that is. */
static size_t date_begin(const char *line, size_t len) {
    if (len < DATE_B || !ascii_is_digit(line[0]) || line[4] != '-' || line[10] != ' ')
        return 0;
    const char *blank = memchr(line + DATE_B, ' ', len - DATE_B);
    size_t id = blank != NULL ? (size_t)(blank - line) - DATE_B : 0;

    return id >= 16 && id <= 24 && line[DATE_B + 6] == '-' ? DATE_B + id + 1 : DATE_B;
}

const char *mta_bare_line(const char *line, size_t *len) {
    size_t begin = syslog_begin(line, *len);

    if (begin == 0)
        begin = date_begin(line, *len);
    *len -= begin;
    return line + begin;
}

/* --- the last ones --- */

static const char *gravest(const char *text, const char *const *marks) {
    for (; marks != NULL && *marks != NULL; marks++)
        if (strstr(text, *marks) != NULL)
            return *marks;
    return NULL;
}

/* The last line before `end`, which goes to its beginning. */
static struct piece take_line(const char *text, size_t *end) {
    while (*end > 0 && text[*end - 1] == '\n')
        (*end)--;
    size_t from = *end;
    while (from > 0 && text[from - 1] != '\n')
        from--;
    struct piece piece = {text + from, *end - from};
    *end = from;
    piece.text = mta_bare_line(piece.text, &piece.len);
    while (piece.len > 0 && (*piece.text == ' ' || *piece.text == '\t')) {
        piece.text++;
        piece.len--;
    }
    return piece;
}

static bool is_told(const struct piece *pieces, size_t count, struct piece piece) {
    for (size_t i = 0; i < count; i++)
        if (pieces[i].len == piece.len && memcmp(pieces[i].text, piece.text, piece.len) == 0)
            return true;
    return false;
}

/* Newest first; returns how many. */
static size_t collect(const char *text, const char *mark, struct piece pieces[MAX_PIECES]) {
    size_t n = 0, room = LAST_WORDS_B, end = strlen(text);

    while (end > 0 && n < MAX_PIECES) {
        struct piece piece = take_line(text, &end);

        if (piece.len == 0 || (mark != NULL && !has(piece.text, piece.len, mark)) ||
            is_told(pieces, n, piece))
            continue;
        if (n == 0 && piece.len > room) {
            piece.text += piece.len - room;
            piece.len = room;
        }
        if (piece.len > room)
            break;
        room -= piece.len;
        room -= room < 2 ? room : 2;
        pieces[n++] = piece;
    }
    return n;
}

void mta_last_words(const char *text, const char *const *marks, char words[ERR_TEXT_SIZE_B]) {
    struct piece pieces[MAX_PIECES];
    size_t n = collect(text, gravest(text, marks), pieces), used = 0;

    words[0] = '\0';
    while (n-- > 0) {
        ascii_copy_clean(words + used, ERR_TEXT_SIZE_B - used, pieces[n].text, pieces[n].len);
        used += strlen(words + used);
        if (n > 0 && used > 0 && ERR_TEXT_SIZE_B - used > 2) {
            const char *glue = words[used - 1] == ':' ? " " : "; ";
            ascii_copy_clean(words + used, 3, glue, strlen(glue));
            used += strlen(words + used);
        }
    }
}
