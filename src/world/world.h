/* world - mail domains below an apex, one for each scenario, with names in DNS and addresses of their own:
 *
 *     expired.doormat.test          the mail domain of `expired`; its names are those of dns/domain.h
 *     mx.expired.doormat.test       its host, at an address of its own of each family, with SMTP at 25, 465 and 587
 *     mta-sts.FAULT.doormat.test    where its MTA-STS policy is, if it has one: at addresses of its own, port 443
 *     TOKEN.expired.doormat.test    the same domain by another name, so that its visitors can be told apart
 *     ns.doormat.test, web.doormat.test     the name server; where revocation is to be learnt of
 *
 * In a sealed room the DNS server has the root and all names, so that a resolver may begin there; else the apex alone.
 *
 * Life: world_new -> world_add, for all domains -> world_serve, world_open, as endpoints come -> world_free, behind the endpoints. */
#ifndef DOORMAT_WORLD_WORLD_H
#define DOORMAT_WORLD_WORLD_H

#include "dns/server.h"
#include "endpoint/endpoint.h"
#include "sts/seen.h"
#include "world/network.h"

enum {
    WORLD_TOKEN_SIZE_B = 64,
    WORLD_SMTP_PORT = 25,
    WORLD_SUBMISSIONS_PORT = 465,
    WORLD_SUBMISSION_PORT = 587
};

struct world;
struct world_domain;

/* token: "" if the name has none.  domain NULL: the name is none of a domain's. */
typedef void world_question_fn(const struct dns_asked *asked, struct world_domain *domain,
                               const char *token, void *arg);

typedef void world_fetch_fn(const struct sts_fetch *fetch, struct world_domain *domain, void *arg);

struct world_setup {
    struct site *site;
    const char *apex;
    bool has_root;                     /* all names, from the root down */
    bool trusts_peers;                 /* as dns_setup has it */
    const char *const *name_addresses; /* of ns.APEX; NULL: dns_addresses */
    const char *const *dns_addresses;  /* numeric, ending with NULL */
    const char *quiet_address; /* of the name server of domains that are zones, and may be silent */
    unsigned dns_port;         /* 0: a free one */
    struct network networks[2];     /* of the hosts; len 0: there is none.  One of each family */
    uint32_t first_host;            /* the number of the first host's address */
    const char *web_address;        /* of web.APEX; NULL: there is none */
    world_question_fn *on_question; /* or NULL */
    world_fetch_fn *on_fetch;       /* of an MTA-STS policy, when it is over; or NULL */
    void *arg;
};

/* The setup's texts must outlive the world. */
int world_new(const struct world_setup *setup, struct world **out, struct err *err) MUST_USE;
void world_free(struct world **world);
const struct dns_server *world_dns(const struct world *world);

/* The world as a zone file, of the domains that are sound in DNS; with dns_addresses NULL in the setup nothing is opened for it,
 * and name_addresses are those of ns.APEX.  And what the zone above needs. */
int world_write_zone(const struct world *world, struct buf *out, struct err *err) MUST_USE;
void world_write_delegation(const struct world *world, struct buf *out);

/* The scenario must outlive the world.  Fails where no address is left, or the name is too long. */
int world_add(struct world *world, const struct scenario *scenario, void *owner,
              struct world_domain **out, struct err *err) MUST_USE;
struct world_domain *world_find(const struct world *world,
                                const struct scenario *scenario); /* NULL: not added yet */
const char *world_domain_name(const struct world_domain *domain);
const char *world_domain_host(const struct world_domain *domain); /* of its first MX record */
const char *const *world_domain_addresses(const struct world_domain *domain); /* ends with NULL */
const struct scenario *world_domain_scenario(const struct world_domain *domain);
void *world_domain_owner(const struct world_domain *domain);
void world_domain_set_owner(struct world_domain *domain, void *owner);

/* Places the endpoint (endpoint_place) and takes the TLSA records from its papers.  NULL: it has gone. */
void world_serve(struct world_domain *domain, struct endpoint *endpoint);

/* Opens its ports, 25, 465 and 587, and 443 of its policy. */
int world_open(struct world_domain *domain, struct err *err) MUST_USE;

/* Ends every fetch of its policy that is under way. */
void world_hang_up(struct world_domain *domain);

/* Whether a scenario has records that are made of certificates: then these have to be minted before anybody asks. */
bool world_needs_papers(const struct scenario *scenario);

#endif
