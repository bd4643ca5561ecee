#include "cmd/outlet.h"

#include <unistd.h>

#include "base/log.h"

enum { OUT_MOST_B = 1024 * 1024, LOG_MOST_B = 64 * 1024 };

int outlet_open(struct outlet *outlet, sink_write_fn *fn, void *arg, struct err *err) {
    *outlet = (struct outlet){0};
    if (sink_new(OUT_MOST_B, fn, arg, &outlet->out, err) != 0)
        return -1;
    if (sink_new(LOG_MOST_B, sink_write_stderr, NULL, &outlet->log, err) != 0) {
        sink_free(&outlet->out);
        return -1;
    }
    log_through(outlet->log);
    return 0;
}

void outlet_close(struct outlet *outlet, int64_t patience_ms) {
    if (outlet->out == NULL)
        return;
    (void)!sink_finish(outlet->out, patience_ms);
    (void)!sink_finish(outlet->log, OUTLET_HASTE_MS);
    log_through(NULL);
    sink_free(&outlet->out);
    sink_free(&outlet->log);
}
