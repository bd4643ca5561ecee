#include "harness/with.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "report/settings.h"

struct with {
    const struct with_setup *setup;
    struct mta *mta;
    struct mta_setup mta_setup;
    struct mta_route *routes;
    unsigned (*ports)[2];
    size_t count;
    char *dir;
    struct run_settings *scratch; /* of a restart */
};

struct with *with_new(const struct with_setup *setup) {
    struct with *with = mem_zalloc(sizeof *with);
    const struct run *run = setup->run;

    with->setup = setup;
    with->count = run->count;
    with->routes = mem_zalloc((run->count + 1) * sizeof *with->routes);
    with->ports = mem_zalloc((run->count + 1) * sizeof *with->ports);
    for (size_t i = 0; i < run->count; i++)
        mta_route_init(&with->routes[i], run->results[i].scenario->name, i);
    with->dir = mem_printf("%s/mta", setup->workdir->path);
    return with;
}

void with_free(struct with **with) {
    struct with *dying = *with;

    *with = NULL;
    if (dying == NULL)
        return;
    mta_free(&dying->mta);
    file_remove_tree(dying->dir);
    settings_free(&dying->scratch);
    for (size_t i = 0; i < dying->count; i++)
        mta_route_fini(&dying->routes[i]);
    free(dying->routes);
    free(dying->ports);
    free(dying->dir);
    free(dying);
}

int with_open(struct with *with, size_t index, struct err *err) {
    struct mta_route *route = &with->routes[index];

    if (job_open(with->setup->jobs[index], route->recipient, with->ports[index], err) != 0)
        return -1;
    route->port = with->ports[index][0];
    route->tls_port = with->ports[index][1];
    return 0;
}

static struct job *find_job(const struct with *with, const char *recipient) {
    for (size_t i = 0; i < with->count; i++)
        if (with->routes[i].recipient == recipient)
            return with->setup->jobs[i];
    return NULL;
}

static void on_ready(void *arg) {
    const struct with *with = arg;

    with->setup->events->on_ready(with->setup->arg);
}

static void on_line(const char *recipient, const char *line, void *arg) {
    struct job *job = find_job(arg, recipient);

    if (job != NULL)
        job_add_output(job, line);
}

static void on_tried(const char *recipient, void *arg) {
    struct job *job = find_job(arg, recipient);

    if (job != NULL)
        job_tell_tried(job);
}

static void on_end(const struct err *err, bool may_help, void *arg) {
    const struct with *with = arg;

    with->setup->events->on_end(err, may_help, with->setup->arg);
}

/* The first directory on the way down that others may not enter. */
static int check_way(const char *path, struct err *err) {
    char *way = mem_strdup(path);
    struct stat status;
    int rc = 0;

    for (char *slash = way + 1; rc == 0 && (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        if (stat(way, &status) == 0 && (status.st_mode & S_IXOTH) == 0)
            rc = err_set(err,
                         "the mail server's users cannot enter %s (mode %03o), where the temporary "
                         "files lie; name another directory: sudo TMPDIR=/var/tmp doormat try ...",
                         way, (unsigned)status.st_mode & 0777);
        *slash = '/';
    }
    free(way);
    return rc;
}

/* Its processes run as users of their own, who have to reach what is theirs. */
static int make_dir(const struct with *with, struct err *err) {
    if (file_make_dir(with->dir, 0755, err) != 0)
        return -1;
    if (chmod(with->dir, 0755) != 0 || chmod(with->setup->workdir->path, 0711) != 0)
        return err_errno(err, "%s", with->dir);
    return check_way(with->dir, err);
}

int with_start(struct with *with, struct err *err) {
    static const struct mta_events events = {on_ready, on_line, on_tried, on_end};
    const struct with_setup *setup = with->setup;

    with->mta_setup = (struct mta_setup){.class = setup->class,
                                         .program = setup->program,
                                         .dir = with->dir,
                                         .host = setup->host,
                                         .ca = setup->workdir->ca,
                                         .from = setup->from,
                                         .to = setup->to,
                                         .helo = setup->helo,
                                         .routes = with->routes,
                                         .route_count = with->count,
                                         .lines = setup->lines,
                                         .loop = setup->loop,
                                         .about = setup->run->settings,
                                         .events = &events,
                                         .arg = with};
    if (make_dir(with, err) != 0 || mta_new(&with->mta_setup, &with->mta, err) != 0)
        return -1;
    return mta_start(with->mta, err);
}

/* The report has what the first one found. */
int with_restart(struct with *with, struct err *err) {
    mta_free(&with->mta);
    file_remove_tree(with->dir);
    settings_free(&with->scratch);
    with->scratch = settings_new("");
    with->mta_setup.about = with->scratch;
    if (make_dir(with, err) != 0 || mta_new(&with->mta_setup, &with->mta, err) != 0)
        return -1;
    return mta_start(with->mta, err);
}

const char *const *with_argv(const struct with *with) {
    return mta_argv(with->mta);
}
