/* hosts - a name that resolves to the loopback addresses for this process and its children, and for nobody else.
 *
 * The process moves into a mount namespace of its own (mount_namespaces(7)), where a copy of /etc/hosts with a line or two
 * more lies over the machine's.  As root that takes CAP_SYS_ADMIN; else a user namespace (user_namespaces(7)) in which the
 * user stays who he is, and programs that change the user id (setuid) no longer do.  Nothing outside sees any of it, and it
 * is gone with the last process inside. */
#ifndef DOORMAT_NET_HOSTS_H
#define DOORMAT_NET_HOSTS_H

#include "base/err.h"

/* Before the first thread, since a namespace is for the thread that asks.  Fails, and says why, where this machine does not
 * allow it, or its resolver does not look into the file; the process goes on as it was, as far as names are concerned. */
int hosts_add_loopback(const char *name, struct err *err) MUST_USE;

#endif
