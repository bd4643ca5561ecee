/* why - what keeps this machine from having a room, and what helps. */
#ifndef DOORMAT_ROOM_WHY_H
#define DOORMAT_ROOM_WHY_H

#include "base/err.h"

/* Adds to the text of a namespace that was refused which setting refuses it; returns -1. */
int why_not(struct err *err);

#endif
