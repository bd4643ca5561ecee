/* What a resolver says to its client, whatever message it found: libldns reads it, it is as long as it may be, it answers this
 * question, and no DNSSEC record is in it that the client does not want.  The first bytes are the client and the terms, a byte is
 * the length of the query, the query follows, and the message is the rest. */
#include <assert.h>

#include "base/mem.h"
#include "dns/answer.h"
#include "dns/own.h"
#include "dns/relay.h"

enum { HEAD_B = 2, MESSAGE_B = 65535 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_records(const struct dns_question *question, const ldns_pkt *packet) {
    ldns_rr_list *all = ldns_pkt_all_noquestion(packet);

    for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++) {
        unsigned type = (unsigned)ldns_rr_get_type(ldns_rr_list_rr(all, i));
        assert(question->dnssec_ok || type == question->type ||
               (type != DNS_TYPE_RRSIG && type != DNS_TYPE_NSEC && type != DNS_TYPE_NSEC3));
    }
    ldns_rr_list_deep_free(all);
}

static void check(const struct dns_question *question, bool is_tcp, const struct buf *message) {
    ldns_pkt *packet = NULL;

    assert(!message->overflow && message->len >= DNS_HEADER_B);
    assert(is_tcp || message->len <= DNS_UDP_MAX_B);
    assert(ldns_wire2pkt(&packet, message->data, message->len) == LDNS_STATUS_OK);
    assert(ldns_pkt_id(packet) == question->id && ldns_pkt_qr(packet) && ldns_pkt_ra(packet));
    assert(!ldns_pkt_ad(packet) || !question->checking_disabled);
    assert(memcmp(message->data + DNS_HEADER_B, question->name.bytes, question->name.len) == 0);
    check_records(question, packet);
    ldns_pkt_free(packet);
}

static void run(const uint8_t *head, const struct dns_question *question,
                const struct relay_found *found) {
    struct answer_terms terms = {.is_tcp = (head[0] & 1) != 0};
    struct dns_reply reply;
    struct buf message;

    buf_init(&message, MESSAGE_B);
    dns_reply_init(&reply);
    relay_fill(question, found, &reply);
    answer_write(question, &reply, &terms, &message);
    check(question, terms.is_tcp, &message);
    dns_reply_fini(&reply);
    buf_fini(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct dns_question question;

    if (size < HEAD_B || size - HEAD_B < data[1] ||
        !dns_question_read(data + HEAD_B, data[1], &question) ||
        relay_refusal(&question) != DNS_NOERROR)
        return 0;
    struct relay_found found = {.message = data + HEAD_B + data[1],
                                .len = size - HEAD_B - data[1],
                                .is_secure = (data[0] & 2) != 0,
                                .is_bogus = (data[0] & 4) != 0,
                                .why = (data[0] & 8) != 0 ? "<x>: signature expired" : NULL};
    run(data, &question, &found);
    return 0;
}
