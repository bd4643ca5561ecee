/* banned - forced into every file by the Makefile: functions without a bound do not compile.
 * The system headers that declare them are read first, so that only uses of ours are hit. */
#ifndef DOORMAT_BASE_BANNED_H
#define DOORMAT_BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#pragma GCC poison strcpy strcat strncat strncpy stpcpy sprintf vsprintf gets strtok atoi atol     \
    atoll atof gmtime localtime ctime asctime tmpnam tempnam mktemp

#endif
