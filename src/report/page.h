/* page - what the HTML pages of `try` and `check` share: one file that loads nothing and runs nothing, readable on a desk, on a
 * phone, on paper and in the dark (WCAG 2.1, level AA).
 *
 * Life: page_begin -> page_put_* and markup -> page_end.  Everything appends to out, whose ceiling bounds it; text from
 * outside goes through page_put_text or plain_put_xml alone.  Classes in the markup:
 *   long     is not printed, unless the reader ticks the box of page_put_print_choice (which must stand before it, beside it)
 *   screen   is never printed; `paper` is printed alone
 *   bad, warn, good, open   colour the mark and the verdict within */
#ifndef DOORMAT_REPORT_PAGE_H
#define DOORMAT_REPORT_PAGE_H

#include <stddef.h>

#include "base/buf.h"

enum page_look { PAGE_BAD, PAGE_WARN, PAGE_GOOD, PAGE_OPEN, PAGE_LOOK_COUNT };
const char *page_class(enum page_look look); /* "bad" ... */

/* Up to the heading, which is the title: UTF-8, bytes that are none as '?'; and the end. */
void page_begin(struct buf *out, const char *title);
void page_end(struct buf *out);

/* Escaped, what stands in backquotes as <code>. */
void page_put_text(struct buf *out, const char *text);

/* The same for each line, as an element of its own: "p" or "li". */
void page_put_lines(struct buf *out, const char *text, const char *element);

/* The look for those who see no colours: a sign in a box.  Screen readers pass over it, since words stand beside it. */
void page_put_mark(struct buf *out, enum page_look look);

/* The sentence that matters, in a box. */
void page_put_verdict(struct buf *out, enum page_look look, const char *sentence);

/* How many of each, as a bar with the words below; those that are 0 are left out. */
struct page_part {
    enum page_look look;
    size_t count;
    const char *one, *many; /* "failure", "failures" */
};
void page_put_bar(struct buf *out, const struct page_part *parts, size_t count);

/* The box to tick for all of it on paper, and the sentence on paper that says what is left out. */
void page_put_print_choice(struct buf *out, const char *label, const char *left_out);

/* One row of a list of facts: a name and a text; nothing where that is NULL or empty. */
void page_put_fact(struct buf *out, const char *name, const char *text);

#endif
