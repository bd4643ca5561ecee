/* workdir - the directory that a run of `try` lends to the sender: the trust anchor, as a file and as a hashed directory,
 * and a complete message.  Life: workdir_new -> workdir_free, which removes it. */
#ifndef DOORMAT_HARNESS_WORKDIR_H
#define DOORMAT_HARNESS_WORKDIR_H

#include "base/err.h"
#include "tls/mint.h"

struct workdir {
    char *path;
    char *ca, *ca_dir, *message; /* paths within */
};

int workdir_init(struct workdir *workdir, struct mint_lab *lab, const char *from, const char *to,
                 struct err *err) MUST_USE;
void workdir_fini(struct workdir *workdir);

#endif
