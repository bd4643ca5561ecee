/* limits - what the process may use of the system. */
#ifndef DOORMAT_NET_LIMITS_H
#define DOORMAT_NET_LIMITS_H

#include <stddef.h>

/* Raises the number of open files to the most that is allowed: a catalogue takes four sockets a fault. */
void limits_raise_files(void);

/* How many files may be open at once. */
size_t limits_count_files(void);

/* Makes room for so many open files at once.  Call it before there are threads: with them the kernel waits for all cores,
 * about ten milliseconds, whenever the room has to be doubled. */
void limits_reserve_files(size_t count);

#endif
