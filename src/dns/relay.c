#include "dns/relay.h"

#include "base/ascii.h"
#include "base/mem.h"
#include "dns/own.h"

enum {
    TYPE_RESERVED_FIRST = 128, /* questions and meta-data, RFC 6895 3.1 */
    TYPE_TKEY = 249,
    TYPE_TSIG = 250,
    TYPE_MAILB = 253,
    TYPE_MAILA = 254,
    ERROR_BOGUS = 6,
};

/* By the words of libunbound, the first that fits: their code (RFC 8914 4). */
static const struct {
    const char *words;
    unsigned code;
} errors[] = {
    {"signature expired", 7},
};

enum dns_rcode relay_refusal(const struct dns_question *question) {
    unsigned type = question->type;

    if (question->rcode != DNS_NOERROR)
        return question->rcode;
    if (question->class != DNS_CLASS_IN || !question->recursion_desired || type == DNS_TYPE_AXFR ||
        type == DNS_TYPE_IXFR)
        return DNS_REFUSED;
    if (type == DNS_TYPE_OPT || (type >= TYPE_RESERVED_FIRST && type < DNS_TYPE_ANY))
        return DNS_FORMERR;
    return DNS_NOERROR;
}

static bool is_wanted(const struct dns_question *question, const ldns_rr *rr) {
    unsigned type = (unsigned)ldns_rr_get_type(rr);

    return question->dnssec_ok || type == question->type ||
           (type != DNS_TYPE_RRSIG && type != DNS_TYPE_NSEC && type != DNS_TYPE_NSEC3);
}

/* Moves what the client wants; the rest goes. */
static void take(const struct dns_question *question, ldns_rr_list *from, ldns_rr_list *to) {
    size_t count = ldns_rr_list_rr_count(from);

    for (size_t i = 0; i < count; i++) {
        ldns_rr *rr = ldns_rr_list_rr(from, i);
        if (is_wanted(question, rr))
            own_push(to, rr);
        else
            ldns_rr_free(rr);
    }
    ldns_rr_list_set_rr_count(from, 0);
}

static void set_error(const struct relay_found *found, struct dns_extended_error *error) {
    const char *why = found->why != NULL ? found->why : "";

    *error = (struct dns_extended_error){.is_there = true, .code = ERROR_BOGUS};
    for (size_t i = 0; i < ARRAY_LEN(errors); i++)
        if (strstr(why, errors[i].words) != NULL) {
            error->code = errors[i].code;
            break;
        }
    ascii_copy_clean(error->why, sizeof error->why, why, strlen(why));
}

void relay_fill_code(enum dns_rcode rcode, struct dns_reply *reply) {
    reply->rcode = rcode;
    reply->is_recursive = true;
}

void relay_fill(const struct dns_question *question, const struct relay_found *found,
                struct dns_reply *reply) {
    ldns_pkt *packet = NULL;

    relay_fill_code(DNS_SERVFAIL, reply);
    if (found->is_bogus && !question->checking_disabled) {
        set_error(found, &reply->error);
        return;
    }
    if (found->message == NULL ||
        ldns_wire2pkt(&packet, found->message, found->len) != LDNS_STATUS_OK)
        return;
    reply->rcode = (enum dns_rcode)ldns_pkt_get_rcode(packet);
    reply->is_authentic = found->is_secure && !question->checking_disabled &&
                          (question->dnssec_ok || question->authentic_data);
    take(question, ldns_pkt_answer(packet), reply->answer);
    take(question, ldns_pkt_authority(packet), reply->authority);
    take(question, ldns_pkt_additional(packet), reply->additional);
    ldns_pkt_free(packet);
}
