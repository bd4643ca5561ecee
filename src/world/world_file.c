#include <search.h>

#include "base/mem.h"
#include "dns/zone_file.h"
#include "world/world_internal.h"

enum { NAMES_PER_DOMAIN = 3 + STS_RECORDS };

static const struct zone *zone_of(const struct world *world) {
    return world->dns != NULL ? dns_server_zone(world->dns) : world->own_zone;
}

struct names {
    struct dns_name *all;
    size_t count;
};

static void add_name(struct names *names, const char *at, const struct world_domain *domain) {
    names->count += dns_name_join(at, &domain->dns_name, &names->all[names->count]) == 0;
}

static void add_text(struct names *names, const char *name) {
    names->count += dns_name_parse(name, &names->all[names->count]) == 0;
}

/* A name server that is sound cannot serve what is wrong in DNS. */
static void take_names(const void *node, VISIT visit, void *arg) {
    static const struct dns_knobs sound;
    const struct world_domain *domain = *(struct world_domain *const *)node;
    struct names *names = arg;

    if ((visit != postorder && visit != leaf) ||
        memcmp(&domain->scenario->recipe.dns, &sound, sizeof sound) != 0)
        return;
    add_name(names, "", domain);
    add_text(names, domain->host);
    if (domain->policy == NULL)
        return;
    add_text(names, domain->policy_host);
    for (size_t i = 0; i < domain->records.count; i++)
        if (i == 0 || strcmp(domain->records.extras[i].at, domain->records.extras[i - 1].at) != 0)
            add_name(names, domain->records.extras[i].at, domain);
}

int world_write_zone(const struct world *world, struct buf *out, struct err *err) {
    struct names names = {
        .all = mem_zalloc((world->domain_count * NAMES_PER_DOMAIN + 1) * sizeof *names.all)};

    if (dns_name_join("web", &world->apex, &names.all[0]) == 0)
        names.count++;
    twalk_r(world->tree, take_names, &names);
    int rc = zone_file_write(zone_of(world), names.all, names.count, out, err);
    free(names.all);
    return rc;
}

void world_write_delegation(const struct world *world, struct buf *out) {
    zone_file_delegation(zone_of(world), out);
}
