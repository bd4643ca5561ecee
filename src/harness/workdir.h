/* workdir - the directory that a run of `try` lends to the sender: the trust anchor, as a file and as a hashed directory,
 * and a complete message.  Life: workdir_init -> workdir_fini, which removes it. */
#ifndef DOORMAT_HARNESS_WORKDIR_H
#define DOORMAT_HARNESS_WORKDIR_H

#include "base/err.h"
#include "mint/mint.h"

struct workdir {
    char *path;
    char *ca, *ca_dir, *message; /* paths within */
};

int workdir_init(struct workdir *workdir, struct mint_lab *lab, const char *from, const char *to,
                 struct err *err) MUST_USE;
/* Writes a message of its own for who needs one: the ordinary header, then the body as it stands; the header's lines end
 * with CRLF.  The name tells it from others; *path is the caller's to free. */
int workdir_add_message(const struct workdir *workdir, const char *name, const char *from,
                        const char *to, const char *body, char **path, struct err *err) MUST_USE;

void workdir_fini(struct workdir *workdir);

#endif
