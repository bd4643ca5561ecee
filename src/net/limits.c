#include "net/limits.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/log.h"

void limits_raise_files(void) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_debug("the limit of open files stays as it is");
}

size_t limits_count_files(void) {
    struct rlimit limit;

    return getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < INT_MAX
               ? (size_t)limit.rlim_cur
               : INT_MAX;
}

void limits_reserve_files(size_t count) {
    int any = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int last = count <= INT_MAX ? fcntl(any, F_DUPFD_CLOEXEC, (int)count) : -1;

    if (last >= 0)
        close(last);
    if (any >= 0)
        close(any);
}
