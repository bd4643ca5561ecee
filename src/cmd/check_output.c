#include "cmd/check_output.h"

#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/terminal.h"

enum { RESULT_MAX_B = 64 * 1024 * 1024 }; /* hosts x addresses x what a chain may hold */

/* In the thread: the reader may stop, and the disk be slow. */
static int write_out(const void *data, size_t len, void *arg, struct err *err) {
    struct check_output *out = arg;

    if (out->is_broken)
        return -1;
    int rc = out->journal != NULL ? journal_append(out->journal, data, len, err)
                                  : output_write(out->file, data, len, err);
    out->is_broken = rc != 0;
    return rc;
}

int check_output_open(struct check_output *out, const char *path, struct err *err) {
    struct err ignored;

    if (output_open(path, &out->file, err) != 0)
        return -1;
    if (outlet_open(&out->outlet, write_out, out, err) != 0) {
        (void)!output_close(&out->file, false, &ignored);
        return -1;
    }
    if (out->format->page != NULL)
        out->page = check_page_new(out->format->page);
    out->style.colour = out->journal == NULL && output_is_stdout(out->file) && cmd_wants_colour();
    out->style.columns = output_is_stdout(out->file) ? terminal_columns() : 0;
    return 0;
}

bool check_output_is_silent(const struct check_output *out) {
    return out->journal != NULL || out->page != NULL || !output_is_stdout(out->file) ||
           isatty(STDOUT_FILENO) != 1;
}

bool check_output_has_failed(struct check_output *out) {
    if (!out->has_failed)
        out->has_failed = sink_failures(out->outlet.out, &out->err) > 0;
    return out->has_failed;
}

static void emit(struct check_output *out, const struct buf *text) {
    if (!check_output_has_failed(out))
        sink_put(out->outlet.out, text->data, text->len);
}

void check_output_begin(struct check_output *out) {
    struct buf text;

    if (out->format->begin == NULL)
        return;
    buf_init(&text, 4096);
    out->format->begin(&text);
    emit(out, &text);
    buf_fini(&text);
}

void check_output_result(struct check_output *out, const struct check_result *result) {
    struct buf text;

    check_tally_note(&out->tally, result);
    if (out->page != NULL) {
        check_page_add(out->page, result);
        return;
    }
    buf_init(&text, RESULT_MAX_B);
    out->format->result(result, !out->has_begun, &out->style, &text);
    out->has_begun = true;
    if (text.overflow) /* half an object would be none */
        out->has_failed = err_set(&out->err, "%s: too much to report", result->target.text) != 0;
    emit(out, &text);
    buf_fini(&text);
}

/* What is known of targets that an earlier run has kept. */
static void add_earlier(struct check_tally *tally, const struct journal_tally *found) {
    check_tally_add(tally, CHECK_MEETS, found->met);
    check_tally_add(tally, CHECK_BREAKS, found->failed);
    check_tally_add(tally, CHECK_UNREACHED, found->unreached);
    check_tally_add(tally, CHECK_UNDECIDED, found->unclear - found->unreached);
    check_tally_add(tally, CHECK_NO_MAIL, found->no_mail);
}

/* With --resume it is all that is said. */
static void put_sum_of_all(const struct check_output *out, bool is_cut, struct buf *text) {
    struct check_tally tally = out->tally;
    struct journal_tally found = journal_found(out->journal);

    add_earlier(&tally, &found);
    check_tally_put(&tally, text);
    if (is_cut)
        buf_printf(text, " %s", check_interrupted);
    else if (out->tally.targets == 0)
        buf_puts(text, " There was nothing left to check.");
    buf_puts(text, "\n");
}

static void put_end(const struct check_output *out, bool is_cut, struct buf *text) {
    if (out->page != NULL)
        check_page_write(out->page, text);
    if (out->tally.targets > 1 && strcmp(out->format->name, "text") == 0) {
        buf_puts(text, "\n");
        check_tally_put(&out->tally, text);
        buf_puts(text, "\n");
    }
    if (out->format->end != NULL)
        out->format->end(is_cut, text);
}

int check_output_finish(struct check_output *out, bool is_cut, struct err *err) {
    struct buf text;

    buf_init(&text, RESULT_MAX_B);
    if (out->page != NULL)
        out->page->is_cut = is_cut;
    if (out->journal != NULL)
        put_sum_of_all(out, is_cut, &text);
    else
        put_end(out, is_cut, &text);
    if (text.overflow)
        out->has_failed = err_set(&out->err, "too much to report: take --format csv or jsonl") != 0;
    if (out->journal == NULL)
        emit(out, &text);
    bool is_written = sink_finish(out->outlet.out, is_cut ? OUTLET_HASTE_MS : SINK_FOR_EVER) == 0;
    if (is_written && out->journal != NULL && !check_output_has_failed(out))
        out->has_failed = output_write(out->file, text.data, text.len, &out->err) != 0;
    buf_fini(&text);
    if (check_output_has_failed(out))
        *err = out->err;
    if (out->has_failed)
        return -1;
    return is_written ? output_close(&out->file, true, err) : 0;
}

void check_output_close(struct check_output *out) {
    struct err err;

    outlet_close(&out->outlet, OUTLET_HASTE_MS);
    check_page_free(&out->page);
    (void)!output_close(&out->file, false, &err); /* nothing, or what is not to be kept */
}
