#include "harness/setup.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "net/child.h"

enum { GRACE_MS = 500, SHOWN_B = 400, VARIABLES = 4 };

struct setup {
    struct child *child;
    struct timer *deadline;
    int64_t time_ms;
    setup_done_fn *on_done;
    void *arg;
    bool timed_out;
};

/* The end of what it printed, which says most. */
static void explain(const struct setup *setup, struct err *err) {
    const struct buf *output = child_output(setup->child);
    size_t end = output->len;
    char shown[SHOWN_B + 1] = "";

    while (end > 0 && output->data[end - 1] == '\n')
        end--;
    size_t len = end < SHOWN_B ? end : SHOWN_B;
    if (len > 0)
        ascii_copy_clean(shown, sizeof shown, buf_text(output) + end - len, len);
    for (size_t i = 0; i < len; i++)
        if (output->data[end - len + i] == '\n')
            shown[i] = ' ';
    const char *said = len > 0 ? ": " : "";
    if (setup->timed_out)
        err_set(err, "--setup: the command was not ready after %g s%s%s",
                (double)setup->time_ms / 1e3, said, shown);
    else
        err_set(err, "--setup: the command ended with exit status %d%s%s",
                child_status(setup->child), said, shown);
}

static void on_exit_of_child(struct child *child, void *arg) {
    struct setup *setup = arg;
    struct err err;

    timer_unset(setup->deadline);
    if (child_status(child) == 0 && !setup->timed_out) {
        setup->on_done(NULL, setup->arg);
        return;
    }
    explain(setup, &err);
    setup->on_done(&err, setup->arg);
}

static void on_deadline(void *arg) {
    struct setup *setup = arg;

    setup->timed_out = true;
    child_stop(setup->child);
}

int setup_start(struct loop *loop, const struct setup_spec *spec, struct setup **out,
                struct err *err) {
    struct setup *setup = mem_zalloc(sizeof *setup);
    const char *const argv[] = {"sh", "-c", spec->shell, NULL};
    char *ca = mem_printf("DOORMAT_CA=%s", spec->workdir->ca);
    char *ca_dir = mem_printf("DOORMAT_CA_DIR=%s", spec->workdir->ca_dir);
    char *domain = mem_printf("DOORMAT_DOMAIN=%s", stage_apex);
    const char *const env[VARIABLES + 1] = {"DOORMAT_FAULT=(setup)", ca, ca_dir, domain, NULL};
    const struct child_spec child = {.argv = argv,
                                     .env = env,
                                     .grace_ms = GRACE_MS,
                                     .inside = stage_inside(spec->stage),
                                     .on_exit = on_exit_of_child,
                                     .arg = setup};

    *setup = (struct setup){.time_ms = spec->time_ms, .on_done = spec->on_done, .arg = spec->arg};
    setup->deadline = timer_new(loop, on_deadline, setup);
    int rc = child_spawn(loop, &child, &setup->child, err);
    free(ca);
    free(ca_dir);
    free(domain);
    if (rc != 0)
        setup_free(&setup);
    else
        timer_set(setup->deadline, spec->time_ms);
    *out = setup;
    return rc;
}

void setup_free(struct setup **setup) {
    struct setup *dying = *setup;

    *setup = NULL;
    if (dying == NULL)
        return;
    child_free(&dying->child);
    timer_free(&dying->deadline);
    free(dying);
}
