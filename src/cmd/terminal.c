#include "cmd/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/ascii.h"

enum { WIDEST = 100000 };

static bool is_set(const char *name) {
    const char *value = getenv(name);

    return value != NULL && *value != '\0';
}

bool terminal_takes_escapes(int fd) {
    return isatty(fd) == 1 && !is_set("NO_COLOR") && is_set("TERM") &&
           strcmp(getenv("TERM"), "dumb") != 0;
}

unsigned terminal_width(int fd) {
    struct winsize size;

    return isatty(fd) == 1 && ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

static unsigned width_by_environment(void) {
    long columns;

    if (!is_set("COLUMNS") || ascii_number(getenv("COLUMNS"), 1, WIDEST, &columns) != 0)
        return TERMINAL_DEFAULT_COLUMNS;
    return (unsigned)columns;
}

unsigned terminal_columns(void) {
    unsigned columns = terminal_width(STDOUT_FILENO);

    if (columns == 0)
        columns = width_by_environment();
    if (columns < TERMINAL_MIN_COLUMNS)
        return TERMINAL_MIN_COLUMNS;
    return columns < TERMINAL_MAX_COLUMNS ? columns : TERMINAL_MAX_COLUMNS;
}
