#include "dns/zone_file.h"

#include "base/mem.h"
#include "dns/own.h"
#include "dns/zone_internal.h"

static int add_rr(ldns_dnssec_zone *content, ldns_rr *rr, struct err *err) {
    if (ldns_dnssec_zone_add_rr(content, rr) == LDNS_STATUS_OK)
        return 0;
    ldns_rr_free(rr);
    return err_set(err, "the zone file: libldns does not take a record");
}

/* All that is at the name. */
static int add_name(const struct zone *zone, const struct dns_name *name, ldns_dnssec_zone *content,
                    struct err *err) {
    struct zone_place place;
    int rc = 0;

    zone_find(zone, name, DNS_TYPE_ANY, NULL, &place);
    for (size_t i = 0; place.is_found && i < place.node.count && rc == 0; i++) {
        const struct dns_record *record = &place.node.records[i];
        rc = add_rr(content,
                    own_record(name, record->type, zone->setup.ttl_s, record->data, record->len),
                    err);
    }
    dns_node_fini(&place.node);
    return rc;
}

static void print(const ldns_dnssec_zone *content, struct buf *out) {
    char *text = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&text, &len);

    if (stream == NULL)
        abort();
    ldns_dnssec_zone_print_fmt(stream, ldns_output_format_nocomments, content);
    if (fclose(stream) != 0)
        abort();
    buf_append(out, text, len);
    free(text);
}

int zone_file_write(const struct zone *zone, const struct dns_name *names, size_t count,
                    struct buf *out, struct err *err) {
    ldns_dnssec_zone *content = own_must(ldns_dnssec_zone_new());
    ldns_rr_list *made = own_must(ldns_rr_list_new());
    int rc = add_name(zone, &zone->apex, content, err);

    if (rc == 0)
        rc = add_name(zone, &zone->server, content, err);
    for (size_t i = 0; i < count && rc == 0; i++)
        rc = add_name(zone, &names[i], content, err);
    if (rc == 0)
        rc = signer_sign_whole(zone->signer, &zone->apex, content, made, err);
    if (rc == 0)
        print(content, out);
    if (rc == 0 && out->overflow)
        rc = err_set(err, "the zone file is longer than %zu bytes", out->max);
    ldns_rr_list_free(made); /* the records themselves are the zone's */
    ldns_dnssec_zone_deep_free(content);
    return rc;
}

static void put_line(const struct dns_name *owner, unsigned type, uint32_t ttl_s,
                     const struct dns_record *record, struct buf *out) {
    ldns_rr *rr = own_record(owner, type, ttl_s, record->data, record->len);
    char *text = own_must(ldns_rr2str_fmt(ldns_output_format_nocomments, rr));

    buf_puts(out, text);
    free(text);
    ldns_rr_free(rr);
}

static void put_type(const struct zone *zone, const struct dns_name *owner, unsigned type,
                     struct buf *out) {
    struct zone_place place;

    zone_find(zone, owner, DNS_TYPE_ANY, NULL, &place);
    for (size_t i = 0; i < place.node.count; i++)
        if (place.node.records[i].type == type)
            put_line(owner, type, zone->setup.ttl_s, &place.node.records[i], out);
    dns_node_fini(&place.node);
}

void zone_file_delegation(const struct zone *zone, struct buf *out) {
    put_type(zone, &zone->apex, DNS_TYPE_NS, out);
    put_type(zone, &zone->server, DNS_TYPE_A, out);
    put_type(zone, &zone->server, DNS_TYPE_AAAA, out);
    zone_format_ds(zone, out);
    buf_puts(out, "\n");
}
