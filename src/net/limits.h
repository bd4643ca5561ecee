/* limits - what the process may use of the system. */
#ifndef DOORMAT_NET_LIMITS_H
#define DOORMAT_NET_LIMITS_H

/* Raises the number of open files to the most that is allowed: a catalogue takes four sockets a fault. */
void limits_raise_files(void);

#endif
