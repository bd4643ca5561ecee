/* local - Unix sockets of other programs on this machine. */
#ifndef DOORMAT_NET_LOCAL_H
#define DOORMAT_NET_LOCAL_H

#include <stdbool.h>

/* Whether a program listens on the stream socket at the path: a connection is made, and closed at once.  Never waits.  A path
 * of 108 bytes or more is no socket's. */
bool local_is_listening(const char *path);

#endif
