#include "net/limits.h"

#include <sys/resource.h>

#include "base/log.h"

void limits_raise_files(void) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_debug("the limit of open files stays as it is");
}
