/* wrap - text filled into lines of a width, at blanks.  Columns count bytes: the text is ASCII. */
#ifndef DOORMAT_BASE_WRAP_H
#define DOORMAT_BASE_WRAP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct wrap {
    unsigned column;  /* where the first line goes on */
    unsigned indent;  /* where the others begin */
    unsigned columns; /* a line's most */
    bool
        goes_on; /* the first word stands behind another one: a blank comes before it, or a new line */
    bool cuts; /* a word that is longer than a line is cut into pieces; else it stands whole */
};

/* Appends len bytes of text and a newline.  Runs of blanks count as one. */
void wrap_put(struct buf *out, const struct wrap *wrap, const char *text, size_t len);

#endif
