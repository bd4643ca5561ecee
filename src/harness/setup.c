#include "harness/setup.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "net/child.h"

enum { GRACE_MS = 500, SHOWN_B = 400, VARIABLES = 4 };

struct setup {
    struct child *child;
    struct timer *deadline;
    setup_done_fn *on_done;
    void *arg;
    bool timed_out;
};

/* The end of what it printed, which says most. */
static void explain(const struct setup *setup, struct err *err) {
    const struct buf *output = child_output(setup->child);
    size_t len = output->len < SHOWN_B ? output->len : SHOWN_B;
    char shown[SHOWN_B + 1] = "";

    if (len > 0)
        ascii_copy_clean(shown, sizeof shown, buf_text(output) + output->len - len, len);
    if (setup->timed_out)
        err_set(err, "--setup: the command was not ready after %d s: %s", SETUP_TIME_MS / 1000,
                shown);
    else
        err_set(err, "--setup: the command ended with exit status %d: %s",
                child_status(setup->child), shown);
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

int setup_start(struct loop *loop, const char *shell, const struct stage *stage,
                const struct workdir *workdir, setup_done_fn *on_done, void *arg,
                struct setup **out, struct err *err) {
    struct setup *setup = mem_zalloc(sizeof *setup);
    const char *const argv[] = {"sh", "-c", shell, NULL};
    char *ca = mem_printf("DOORMAT_CA=%s", workdir->ca);
    char *ca_dir = mem_printf("DOORMAT_CA_DIR=%s", workdir->ca_dir);
    char *domain = mem_printf("DOORMAT_DOMAIN=%s", stage_apex);
    const char *const env[VARIABLES + 1] = {"DOORMAT_FAULT=(setup)", ca, ca_dir, domain, NULL};
    const struct child_spec spec = {.argv = argv,
                                    .env = env,
                                    .grace_ms = GRACE_MS,
                                    .inside = stage_inside(stage),
                                    .on_exit = on_exit_of_child,
                                    .arg = setup};

    *setup = (struct setup){.on_done = on_done, .arg = arg};
    setup->deadline = timer_new(loop, on_deadline, setup);
    int rc = child_spawn(loop, &spec, &setup->child, err);
    free(ca);
    free(ca_dir);
    free(domain);
    if (rc != 0)
        setup_free(&setup);
    else
        timer_set(setup->deadline, SETUP_TIME_MS);
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
