/* watch - calls back when a descriptor can be read, for libraries that bring their own (libunbound).
 * Life: watch_new -> the callback, from the loop, for as long as there is something to read -> watch_free, at any time, also
 * inside the callback.  The descriptor stays the caller's and must live as long as the watch. */
#ifndef DOORMAT_NET_WATCH_H
#define DOORMAT_NET_WATCH_H

#include "net/loop.h"

struct watch;
typedef void watch_fn(void *arg);

struct watch *watch_new(struct loop *loop, int fd, watch_fn *fn, void *arg);
void watch_free(struct watch **watch);

#endif
