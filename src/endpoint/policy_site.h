/* policy_site - the host that gives a mail domain's MTA-STS policy over HTTPS (RFC 8461 3.3), with what is wrong with it.
 *
 * Life: policy_site_new -> policy_site_open -> fetches -> policy_site_free, which drops those under way without a word.
 * Its certificate is minted when it is first needed.  Of each connection it is told once, when it is over. */
#ifndef DOORMAT_ENDPOINT_POLICY_SITE_H
#define DOORMAT_ENDPOINT_POLICY_SITE_H

#include "endpoint/site.h"
#include "sts/knobs.h"
#include "sts/seen.h"

enum { POLICY_SITE_PORT = 443 };

struct policy_site;

typedef void policy_fetch_fn(const struct sts_fetch *fetch, void *arg);

struct policy_site_setup {
    struct site *site;
    const char *name; /* of the scenario, for the log */
    const struct sts_knobs *knobs;
    const char *domain, *mx;      /* what the policy is about */
    const char *host;             /* "mta-sts.DOMAIN" */
    const char *const *addresses; /* numeric, ending with NULL */
    policy_fetch_fn *on_fetch;    /* or NULL */
    void *arg;
};

/* What the setup points to must outlive it. */
struct policy_site *policy_site_new(const struct policy_site_setup *setup);
void policy_site_free(struct policy_site **policy);

/* Port 0: a free one.  Where it is open already, that is all right. */
int policy_site_open(struct policy_site *policy, unsigned port, struct err *err) MUST_USE;
unsigned policy_site_port(const struct policy_site *policy);

/* Ends every fetch that is under way; they are told. */
void policy_site_hang_up(struct policy_site *policy);

#endif
