#include "dns/own.h"

#include <assert.h>

#include "base/mem.h"

void *own_must(void *pointer) {
    if (pointer == NULL)
        abort();
    return pointer;
}

ldns_rdf *own_name(const struct dns_name *name) {
    return own_must(ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, name->len, name->bytes));
}

ldns_rr *own_record(const struct dns_name *owner, unsigned type, uint32_t ttl_s, const void *rdata,
                    size_t len) {
    ldns_rr *rr = own_must(ldns_rr_new());
    uint8_t *wire = mem_zalloc(len + 2);
    size_t pos = 0;

    assert(len <= DNS_RDATA_MAX_B);
    wire[0] = (uint8_t)(len >> 8);
    wire[1] = (uint8_t)len;
    if (len > 0)
        memcpy(wire + 2, rdata, len);
    ldns_rr_set_owner(rr, own_name(owner));
    ldns_rr_set_type(rr, (ldns_rr_type)type);
    ldns_rr_set_class(rr, LDNS_RR_CLASS_IN);
    ldns_rr_set_ttl(rr, ttl_s);
    ldns_status status = ldns_wire2rdf(rr, wire, len + 2, &pos);
    if (status == LDNS_STATUS_MEM_ERR)
        abort();
    assert(status == LDNS_STATUS_OK);
    free(wire);
    return rr;
}

void own_push(ldns_rr_list *list, ldns_rr *rr) {
    if (!ldns_rr_list_push_rr(list, rr))
        abort();
}
