#include "dns/answer.h"

#include "base/mem.h"
#include "dns/own.h"

enum {
    OPTION_COOKIE = 10,
    OPTION_ERROR = 15,
    OPTION_HEAD_B = 4,
    OPTIONS_MAX_B = 512,
    RCODE_BITS = 4,
};

static void set_header(const struct dns_question *question, const struct dns_reply *reply,
                       ldns_pkt *packet) {
    ldns_pkt_set_id(packet, question->id);
    ldns_pkt_set_qr(packet, true);
    ldns_pkt_set_opcode(packet, (ldns_pkt_opcode)question->opcode);
    ldns_pkt_set_rd(packet, question->recursion_desired);
    ldns_pkt_set_cd(packet, question->checking_disabled);
    ldns_pkt_set_aa(packet, reply->is_authoritative);
    ldns_pkt_set_ra(packet, reply->is_recursive);
    ldns_pkt_set_ad(packet, reply->is_authentic);
    ldns_pkt_set_rcode(packet, (uint8_t)(reply->rcode & 0xf));
}

static void set_question(const struct dns_question *question, ldns_pkt *packet) {
    ldns_rr *rr = own_must(ldns_rr_new());

    ldns_rr_set_question(rr, true);
    ldns_rr_set_owner(rr, own_name(&question->name));
    ldns_rr_set_type(rr, (ldns_rr_type)question->type);
    ldns_rr_set_class(rr, (ldns_rr_class)question->class);
    if (!ldns_pkt_push_rr(packet, LDNS_SECTION_QUESTION, rr))
        abort();
}

static void put_option_head(unsigned code, size_t len, struct buf *out) {
    const uint8_t head[OPTION_HEAD_B] = {(uint8_t)(code >> 8), (uint8_t)code, (uint8_t)(len >> 8),
                                         (uint8_t)len};

    buf_append(out, head, sizeof head);
}

static void put_options(const struct dns_reply *reply, const struct answer_terms *terms,
                        struct buf *out) {
    const struct dns_extended_error *error = &reply->error;
    const uint8_t code[] = {(uint8_t)(error->code >> 8), (uint8_t)error->code};

    if (terms->cookie_len > 0) {
        put_option_head(OPTION_COOKIE, terms->cookie_len, out);
        buf_append(out, terms->cookie, terms->cookie_len);
    }
    if (error->is_there) {
        put_option_head(OPTION_ERROR, sizeof code + strlen(error->why), out);
        buf_append(out, code, sizeof code);
        buf_puts(out, error->why);
    }
}

static void set_edns(const struct dns_question *question, const struct dns_reply *reply,
                     const struct answer_terms *terms, ldns_pkt *packet) {
    struct buf options;

    ldns_pkt_set_edns_udp_size(packet, DNS_UDP_MAX_B);
    ldns_pkt_set_edns_extended_rcode(packet, (uint8_t)(reply->rcode >> RCODE_BITS));
    ldns_pkt_set_edns_do(packet, question->dnssec_ok);
    buf_init(&options, OPTIONS_MAX_B);
    put_options(reply, terms, &options);
    if (options.len > 0)
        ldns_pkt_set_edns_data(
            packet, own_must(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_NONE, options.len, options.data)));
    buf_fini(&options);
}

/* Lends the lists to the packet, which has empty ones of its own. */
static void lend_records(const struct dns_reply *reply, ldns_pkt *packet) {
    ldns_rr_list_free(ldns_pkt_answer(packet));
    ldns_rr_list_free(ldns_pkt_authority(packet));
    ldns_rr_list_free(ldns_pkt_additional(packet));
    ldns_pkt_set_answer(packet, reply->answer);
    ldns_pkt_set_authority(packet, reply->authority);
    ldns_pkt_set_additional(packet, reply->additional);
    ldns_pkt_set_section_count(packet, LDNS_SECTION_ANSWER,
                               (uint16_t)ldns_rr_list_rr_count(reply->answer));
    ldns_pkt_set_section_count(packet, LDNS_SECTION_AUTHORITY,
                               (uint16_t)ldns_rr_list_rr_count(reply->authority));
    ldns_pkt_set_section_count(packet, LDNS_SECTION_ADDITIONAL,
                               (uint16_t)ldns_rr_list_rr_count(reply->additional));
}

static void take_records_back(ldns_pkt *packet) {
    ldns_pkt_set_answer(packet, NULL);
    ldns_pkt_set_authority(packet, NULL);
    ldns_pkt_set_additional(packet, NULL);
}

static void write_packet(const ldns_pkt *packet, struct buf *out) {
    uint8_t *wire = NULL;
    size_t len = 0;

    if (ldns_pkt2wire(&wire, packet, &len) != LDNS_STATUS_OK)
        abort();
    buf_append(out, wire, len);
    free(wire);
}

static void write_with(const struct dns_question *question, const struct dns_reply *reply,
                       const struct answer_terms *terms, bool is_truncated, struct buf *out) {
    ldns_pkt *packet = own_must(ldns_pkt_new());

    set_header(question, reply, packet);
    ldns_pkt_set_tc(packet, is_truncated);
    if (question->has_name)
        set_question(question, packet);
    if (!is_truncated)
        lend_records(reply, packet);
    if (question->has_edns && !reply->lacks_edns)
        set_edns(question, reply, terms, packet);
    write_packet(packet, out);
    if (!is_truncated)
        take_records_back(packet);
    ldns_pkt_free(packet);
}

static size_t most_b(const struct dns_question *question, const struct answer_terms *terms) {
    size_t most = question->udp_b < DNS_UDP_MAX_B ? question->udp_b : DNS_UDP_MAX_B;

    if (terms->is_tcp)
        return DNS_TCP_MAX_B;
    return terms->is_stranger && question->len * DNS_REFLECTION < most
               ? question->len * DNS_REFLECTION
               : most;
}

void answer_write(const struct dns_question *question, const struct dns_reply *reply,
                  const struct answer_terms *terms, struct buf *out) {
    size_t before = out->len;

    if (reply->is_silent || (reply->is_udp_only && terms->is_tcp))
        return;
    if (!reply->is_truncated || terms->is_tcp) {
        write_with(question, reply, terms, false, out);
        if (!out->overflow && out->len - before <= most_b(question, terms))
            return;
        out->len = before;
        out->overflow = false;
    }
    write_with(question, reply, terms, true, out);
}
