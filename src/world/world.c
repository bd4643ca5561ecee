#include <search.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "world/world_internal.h"

enum { STRANGER_MAX_B = 16 * 1024 };

/* --- names --- */

static int compare(const void *a, const void *b) {
    return strcmp(((const struct world_domain *)a)->label, ((const struct world_domain *)b)->label);
}

static struct world_domain *find(const struct world *world, const char *label) {
    const struct world_domain wanted = {.label = (char *)(uintptr_t)label};
    void *const *found = tfind(&wanted, &world->tree, compare);

    return found != NULL ? *(struct world_domain *const *)found : NULL;
}

/* Names that a mail domain has itself, below which no token is looked for. */
static bool is_own_name(const char *label) {
    static const char *const own[] = {"mx", "mx2", "there", "back", "absent", "ns", "mta-sts", "*"};

    for (size_t i = 0; i < ARRAY_LEN(own); i++)
        if (strcmp(label, own[i]) == 0)
            return true;
    return label[0] == '_' || strncmp(label, "dead", strlen("dead")) == 0;
}

/* The first label of the name's last `labels`, as text. */
static const char *label_at(const struct dns_name *name, unsigned labels,
                            char out[DNS_NAME_TEXT_SIZE_B]) {
    struct dns_name top = dns_name_top(name, labels);

    return dns_name_format_prefix(&top, 1, out);
}

/* The domain that the name is of; `labels` gets how many of them the domain's name has, with the token if there is one. */
static struct world_domain *domain_of(const struct world *world, const struct dns_name *name,
                                      unsigned *labels, char token[DNS_NAME_TEXT_SIZE_B]) {
    unsigned above = world->apex.labels;
    char label[DNS_NAME_TEXT_SIZE_B];

    token[0] = '\0';
    if (name->labels <= above || !dns_name_is_within(name, &world->apex))
        return NULL;
    struct world_domain *domain = find(world, label_at(name, above + 1, label));
    *labels = above + 1;
    if (domain == NULL || name->labels == above + 1 ||
        is_own_name(label_at(name, above + 2, label)))
        return domain;
    *labels = above + 2;
    snprintf(token, DNS_NAME_TEXT_SIZE_B, "%s", label);
    return domain;
}

/* --- records --- */

static struct dns_bytes bytes_of(const struct buf *buf) {
    return (struct dns_bytes){buf->data, buf->len};
}

static void add_certificates(const struct world_domain *domain, struct dns_host *host) {
    static const enum identity_part parts[DNS_TLSA_OF_COUNT] = {[DNS_TLSA_OF_LEAF] = IDENTITY_LEAF,
                                                                [DNS_TLSA_OF_ISSUER] =
                                                                    IDENTITY_ISSUER,
                                                                [DNS_TLSA_OF_ROOT] = IDENTITY_ROOT};
    const struct endpoint_papers *papers =
        domain->endpoint != NULL ? endpoint_papers(domain->endpoint) : NULL;

    host->certificates[DNS_TLSA_OF_STRANGER].whole = bytes_of(&domain->world->stranger_whole);
    host->certificates[DNS_TLSA_OF_STRANGER].key = bytes_of(&domain->world->stranger_key);
    for (size_t i = 0; papers != NULL && i < DNS_TLSA_OF_STRANGER; i++) {
        host->certificates[i].whole = bytes_of(&papers->whole[parts[i]]);
        host->certificates[i].key = bytes_of(&papers->keys[parts[i]]);
    }
}

static void add_address(const char *text, struct dns_node *node) {
    uint8_t bytes[NUMERIC_IPV6_B];
    size_t len = text != NULL ? numeric_bytes(text, bytes) : 0;

    if (len > 0)
        dns_node_add(node, len == NUMERIC_IPV4_B ? DNS_TYPE_A : DNS_TYPE_AAAA, bytes, len);
}

/* mta-sts., where the policy is. */
static void look_up_policy(const struct world_domain *domain, const struct dns_name *name,
                           struct dns_node *node) {
    char label[DNS_NAME_TEXT_SIZE_B];

    if (name->labels != domain->dns_name.labels + 1u ||
        strcmp(label_at(name, name->labels, label), STS_HOST_LABEL) != 0)
        return;
    add_address(domain->policy_at.ipv4, node);
    add_address(domain->policy_at.ipv6, node);
}

static void look_up_domain(const struct world_domain *domain, unsigned labels,
                           const struct dns_name *name, struct dns_node *node) {
    const struct world *world = domain->world;
    struct dns_domain records = {
        .name = dns_name_top(name, labels),
        .hosts_at = &domain->dns_name,
        .knobs = &domain->scenario->recipe.dns,
        .hosts = {[DNS_HOST_MX] = {.ipv4 = domain->at.ipv4, .ipv6 = domain->at.ipv6},
                  [DNS_HOST_DEAD] = {.ipv4 = world->odd[DEAD_HOST]}},
        .servers = world->quiet,
        .forged_ipv4 = world->odd[FORGED_HOST],
    };

    if (domain->policy != NULL && labels == domain->dns_name.labels) {
        records.extras = domain->records.extras;
        records.extra_count = domain->records.count;
    }
    add_certificates(domain, &records.hosts[DNS_HOST_MX]);
    dns_domain_look_up(&records, name, node);
    if (records.extras != NULL)
        look_up_policy(domain, name, node);
}

/* The name that the zone itself has of its name server is ns.APEX; of a world with a root, the root has it. */
static void look_up_own(const struct world *world, const struct dns_name *name,
                        struct dns_node *node) {
    char label[DNS_NAME_TEXT_SIZE_B];

    if (name->labels != world->apex.labels + 1u || !dns_name_is_within(name, &world->apex))
        return;
    if (strcmp(label_at(name, name->labels, label), "web") == 0)
        add_address(world->setup.web_address, node);
}

/* Below a root the apex is a zone of its own.  What is wrong with denial must not lie in the root: there libunbound 1.17 looks for ever
 * for the closest encloser of NSEC3. */
static const struct dns_cut apex_cut = {.is_zone = true};

static void look_up(const struct dns_name *name, struct dns_node *node, void *arg) {
    const struct world *world = arg;
    char token[DNS_NAME_TEXT_SIZE_B];
    unsigned labels;

    if (name->labels <= world->apex.labels) {
        node->exists = dns_name_is_within(&world->apex, name);
        if (name->labels == world->apex.labels && node->exists && world->setup.has_root)
            node->cut = &apex_cut;
        return;
    }
    const struct world_domain *domain = domain_of(world, name, &labels, token);
    if (domain != NULL)
        look_up_domain(domain, labels, name, node);
    else
        look_up_own(world, name, node);
}

static void on_question(const struct dns_asked *asked, void *arg) {
    const struct world *world = arg;
    char token[DNS_NAME_TEXT_SIZE_B] = "";
    struct world_domain *domain = NULL;
    struct dns_name name;
    unsigned labels;

    if (world->setup.on_question == NULL)
        return;
    if (dns_name_parse(asked->name, &name) == 0)
        domain = domain_of(world, &name, &labels, token);
    world->setup.on_question(asked, domain, token, world->setup.arg);
}

/* --- life --- */

static int make_stranger(struct world *world, struct err *err) {
    static const struct mint_knobs knobs = {.issuer = MINT_ISSUER_STRANGER};
    const struct site *site = world->setup.site;
    struct identity *identity = NULL;

    buf_init(&world->stranger_whole, STRANGER_MAX_B);
    buf_init(&world->stranger_key, STRANGER_MAX_B);
    int rc = mint_identity(site->lab, &knobs, clock_wall_s(loop_clock(site->loop)), &identity, err);
    if (rc == 0)
        rc = identity_der(identity, IDENTITY_ISSUER, &world->stranger_whole, &world->stranger_key,
                          err);
    identity_free(&identity);
    return rc;
}

static void take_odd_hosts(struct world *world) {
    for (size_t family = 0; family < ARRAY_LEN(world->setup.networks); family++)
        for (uint32_t i = 0; i < ODD_HOSTS; i++)
            if (world->setup.networks[family].len == NUMERIC_IPV4_B &&
                network_address(&world->setup.networks[family], world->next_host + i,
                                world->odd[i]) != 0)
                world->odd[i][0] = '\0';
    world->next_host += ODD_HOSTS;
}

static void gather_dns_addresses(struct world *world) {
    const char *const *given = world->setup.dns_addresses;
    size_t count = 0;

    for (; given[count] != NULL && count < DNS_ADDRESSES - 2; count++)
        world->dns_addresses[count] = given[count];
    if (world->setup.quiet_address != NULL)
        world->dns_addresses[count] = world->quiet[0] = world->setup.quiet_address;
}

static int open_dns(struct world *world, struct err *err) {
    static const struct dns_ops ops = {.look_up = look_up, .on_question = on_question};
    const struct world_setup *setup = &world->setup;
    const struct dns_setup dns = {.apex = setup->has_root ? "." : setup->apex,
                                  .addresses = world->dns_addresses,
                                  .name_addresses = setup->dns_addresses,
                                  .port = setup->dns_port,
                                  .keys = setup->site->keys,
                                  .shared = setup->site->quota,
                                  .trusts_peers = setup->trusts_peers,
                                  .ops = &ops,
                                  .arg = world};

    gather_dns_addresses(world);
    return dns_server_new(setup->site->loop, setup->site->acceptor, &dns, &world->dns, err);
}

static int make_zone(struct world *world, struct err *err) {
    const struct zone_setup zone = {.apex = world->setup.apex,
                                    .addresses = world->setup.name_addresses,
                                    .keys = world->setup.site->keys,
                                    .clock = loop_clock(world->setup.site->loop),
                                    .look_up = look_up,
                                    .arg = world};

    return zone_new(&zone, &world->own_zone, err);
}

int world_new(const struct world_setup *setup, struct world **out, struct err *err) {
    struct world *world = mem_zalloc(sizeof *world);

    *world = (struct world){.setup = *setup, .next_host = setup->first_host};
    take_odd_hosts(world);
    if (dns_name_parse(setup->apex, &world->apex) != 0 || world->apex.labels == 0)
        err_set(err, "%.60s: no name that mail domains can lie below", setup->apex);
    else if (make_stranger(world, err) == 0 &&
             (setup->dns_addresses != NULL ? open_dns : make_zone)(world, err) == 0) {
        *out = world;
        return 0;
    }
    world_free(&world);
    return -1;
}

static void domain_free(void *node) {
    struct world_domain *domain = node;

    policy_site_free(&domain->policy);
    free(domain->policy_host);
    free(domain->label);
    free(domain->name);
    free(domain->host);
    free(domain);
}

void world_free(struct world **world) {
    struct world *dying = *world;

    *world = NULL;
    if (dying == NULL)
        return;
    dns_server_free(&dying->dns);
    zone_free(&dying->own_zone);
    tdestroy(dying->tree, domain_free);
    buf_fini(&dying->stranger_whole);
    buf_fini(&dying->stranger_key);
    free(dying);
}

const struct dns_server *world_dns(const struct world *world) {
    return world->dns;
}

/* --- mail domains --- */

/* A recipe of several faults is no label as it stands. */
static char *label_of(const struct scenario *scenario) {
    struct buf label;

    buf_init(&label, COMPOSE_NAME_SIZE_B * 2);
    for (const char *c = scenario->name; *c != '\0'; c++)
        if (*c == '+')
            buf_puts(&label, "--");
        else
            buf_append(&label, c, 1);
    char *copy = mem_strdup(buf_text(&label));
    buf_fini(&label);
    return copy;
}

static int name_domain(struct world_domain *domain, struct err *err) {
    bool is_own_host = domain->scenario->recipe.dns.mx[0].to == DNS_MX_IMPLICIT;

    domain->label = label_of(domain->scenario);
    domain->name = mem_printf("%s.%s", domain->label, domain->world->setup.apex);
    domain->host = mem_printf("%s%s", is_own_host ? "" : "mx.", domain->name);
    if (strlen(domain->label) > DNS_LABEL_MAX_B ||
        dns_name_parse(domain->name, &domain->dns_name) != 0)
        return err_set(err, "%.80s: too long for a name in DNS", domain->scenario->name);
    return 0;
}

static int take_addresses(struct world_domain *domain, struct network_place *out, struct err *err) {
    struct world *world = domain->world;

    if (network_take(world->setup.networks, ARRAY_LEN(world->setup.networks), world->next_host++,
                     out) != 0)
        return err_set(err, "%.80s: no address is left for it: a larger network is needed",
                       domain->scenario->name);
    return 0;
}

static void on_fetch(const struct sts_fetch *fetch, void *arg) {
    struct world_domain *domain = arg;
    const struct world_setup *setup = &domain->world->setup;

    if (setup->on_fetch != NULL)
        setup->on_fetch(fetch, domain, setup->arg);
}

static int add_policy(struct world_domain *domain, struct err *err) {
    const struct sts_knobs *knobs = &domain->scenario->recipe.sts;

    if (knobs->policy == STS_POLICY_ABSENT)
        return 0;
    if (take_addresses(domain, &domain->policy_at, err) != 0)
        return -1;
    domain->policy_host = mem_printf(STS_HOST_LABEL ".%s", domain->name);
    sts_make_records(knobs, &domain->dns_name, &domain->records);
    const struct policy_site_setup setup = {.site = domain->world->setup.site,
                                            .name = domain->scenario->name,
                                            .knobs = knobs,
                                            .domain = domain->name,
                                            .mx = domain->host,
                                            .host = domain->policy_host,
                                            .addresses = domain->policy_at.list,
                                            .on_fetch = on_fetch,
                                            .arg = domain};
    domain->policy = policy_site_new(&setup);
    return 0;
}

struct world_domain *world_find(const struct world *world, const struct scenario *scenario) {
    char *label = label_of(scenario);
    struct world_domain *domain = find(world, label);

    free(label);
    return domain;
}

int world_add(struct world *world, const struct scenario *scenario, void *owner,
              struct world_domain **out, struct err *err) {
    struct world_domain *domain = mem_zalloc(sizeof *domain);

    *domain = (struct world_domain){.world = world, .scenario = scenario, .owner = owner};
    if (name_domain(domain, err) != 0 || take_addresses(domain, &domain->at, err) != 0 ||
        add_policy(domain, err) != 0) {
        domain_free(domain);
        return -1;
    }
    if (find(world, domain->label) != NULL || tsearch(domain, &world->tree, compare) == NULL) {
        err_set(err, "%.80s: a domain of this name is there already", scenario->name);
        domain_free(domain);
        return -1;
    }
    world->domain_count++;
    *out = domain;
    return 0;
}

const char *world_domain_name(const struct world_domain *domain) {
    return domain->name;
}

const char *world_domain_host(const struct world_domain *domain) {
    return domain->host;
}

const char *const *world_domain_addresses(const struct world_domain *domain) {
    return domain->at.list;
}

const struct scenario *world_domain_scenario(const struct world_domain *domain) {
    return domain->scenario;
}

void *world_domain_owner(const struct world_domain *domain) {
    return domain->owner;
}

void world_domain_set_owner(struct world_domain *domain, void *owner) {
    domain->owner = owner;
}

void world_serve(struct world_domain *domain, struct endpoint *endpoint) {
    domain->endpoint = endpoint;
    if (endpoint != NULL)
        endpoint_place(endpoint, domain->host, domain->at.list);
}

static int open_ports(struct world_domain *domain, struct err *err) {
    if (endpoint_listen_submission(domain->endpoint, WORLD_SUBMISSION_PORT, err) != 0)
        return -1;
    return domain->policy != NULL ? policy_site_open(domain->policy, POLICY_SITE_PORT, err) : 0;
}

int world_open(struct world_domain *domain, struct err *err) {
    if (endpoint_listen(domain->endpoint, WORLD_SMTP_PORT, WORLD_SUBMISSIONS_PORT, err) != 0)
        return -1;
    if (open_ports(domain, err) == 0)
        return 0;
    endpoint_close(domain->endpoint);
    return -1;
}

void world_hang_up(struct world_domain *domain) {
    if (domain->policy != NULL)
        policy_site_hang_up(domain->policy);
}

bool world_needs_papers(const struct scenario *scenario) {
    return scenario->recipe.dns.tlsa[0].is_there || scenario->recipe.dns.alias_tlsa[0].is_there;
}
