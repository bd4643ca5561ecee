/* policy - a policy of MTA-STS and the record that announces it, sound or as knobs want them (RFC 8461 3.1, 3.2).  Pure. */
#ifndef DOORMAT_STS_POLICY_H
#define DOORMAT_STS_POLICY_H

#include "base/buf.h"
#include "dns/domain.h"
#include "sts/knobs.h"

/* Where the policy is, below mta-sts.DOMAIN, and where a redirection leads to. */
#define STS_POLICY_PATH "/.well-known/mta-sts.txt"
#define STS_MOVED_PATH  "/.well-known/moved.txt"
#define STS_HOST_LABEL  "mta-sts"

enum { STS_POLICY_MAX_B = 4096 };

/* domain: "example.test"; host: of its MX record.  Appends. */
void sts_put_policy(const struct sts_knobs *knobs, const char *domain, const char *host,
                    struct buf *out);

enum { STS_RECORDS = 2, STS_RDATA_SIZE_B = 300 };

struct sts_records {
    struct dns_extra
        extras[STS_RECORDS]; /* they point into bytes: the struct must stay where it is */
    size_t count;
    uint8_t bytes[STS_RECORDS][STS_RDATA_SIZE_B];
};

void sts_make_records(const struct sts_knobs *knobs, const struct dns_name *domain,
                      struct sts_records *out);

#endif
