#include "check/input.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "base/ascii.h"

enum {
    INPUT_MAX_B = 256 * 1024,
    INPUT_LINE_MAX_B = 1024,
    READS_AT_ONCE = 4, /* without a target among them */
};

void input_init(struct input *input, int fd, unsigned default_port) {
    *input = (struct input){.fd = fd, .default_port = default_port};
    buf_init(&input->pending, INPUT_MAX_B);
}

void input_fini(struct input *input) {
    buf_fini(&input->pending);
}

/* Poll first: the descriptor may be shared with a shell, and is not ours to make non-blocking. */
static bool read_more(struct input *input) {
    struct pollfd ready = {.fd = input->fd, .events = POLLIN};
    char chunk[16384];

    if (poll(&ready, 1, 0) <= 0)
        return false;
    ssize_t n = read(input->fd, chunk, sizeof chunk);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return false;
    if (n < 0)
        input->cause = errno;
    if (n <= 0)
        input->at_end = true;
    else
        buf_append(&input->pending, chunk, (size_t)n);
    return true;
}

/* The length of the first line without its ending, and with it; false when its end has not come.  Of a line that is too
 * long its beginning is given. */
static bool find_line(const struct input *input, size_t *len, size_t *used) {
    const char *text = buf_text(&input->pending);
    const char *end = memchr(text, '\n', input->pending.len);

    if (end == NULL && !input->at_end && input->pending.len <= INPUT_LINE_MAX_B)
        return false;
    *len = end != NULL ? (size_t)(end - text) : input->pending.len;
    *used = *len + (end != NULL);
    return *used > 0;
}

static bool is_blank(const char *line, size_t len) {
    size_t i = 0;

    while (i < len && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r'))
        i++;
    return i == len || line[i] == '#';
}

static enum check_next take_line(struct input *input, size_t len, struct target *out,
                                 struct err *err) {
    char line[INPUT_LINE_MAX_B + 1];

    ascii_copy_clean(out->text, sizeof out->text, buf_text(&input->pending), len);
    if (len >= sizeof line || memchr(buf_text(&input->pending), '\0', len) != NULL) {
        err_set(err, "a line that is no target");
        return CHECK_NEXT_BAD;
    }
    memcpy(line, buf_text(&input->pending), len);
    line[len] = '\0';
    return target_parse(line, input->default_port, out, err) == 0 ? CHECK_NEXT_TARGET
                                                                  : CHECK_NEXT_BAD;
}

static void consume(struct input *input, size_t len, size_t used) {
    buf_consume(&input->pending, used);
    input->is_skipping = used == len && !input->at_end; /* its end has not come */
}

enum check_next input_next(struct input *input, struct target *out, struct err *err) {
    size_t len, used;
    int reads = 0;

    while (reads <= READS_AT_ONCE) {
        if (!find_line(input, &len, &used)) {
            if (input->at_end)
                return CHECK_NEXT_END;
            if (!read_more(input))
                return CHECK_NEXT_LATER;
            reads++;
            continue;
        }
        bool is_left_out = input->is_skipping || is_blank(buf_text(&input->pending), len);
        enum check_next next = CHECK_NEXT_NONE;
        if (!is_left_out)
            next = take_line(input, len, out, err);
        consume(input, len, used);
        if (!is_left_out)
            return next;
    }
    return CHECK_NEXT_NONE;
}
