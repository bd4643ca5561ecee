#include "dns/reply.h"

#include "dns/own.h"

void dns_reply_init(struct dns_reply *reply) {
    *reply = (struct dns_reply){.answer = own_must(ldns_rr_list_new()),
                                .authority = own_must(ldns_rr_list_new()),
                                .additional = own_must(ldns_rr_list_new())};
}

void dns_reply_fini(struct dns_reply *reply) {
    ldns_rr_list_deep_free(reply->answer);
    ldns_rr_list_deep_free(reply->authority);
    ldns_rr_list_deep_free(reply->additional);
    *reply = (struct dns_reply){.rcode = DNS_NOERROR};
}
