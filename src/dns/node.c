#include "dns/node.h"

#include "base/buf.h"
#include "base/mem.h"

void dns_node_init(struct dns_node *node) {
    *node = (struct dns_node){.exists = false};
}

void dns_node_fini(struct dns_node *node) {
    for (size_t i = 0; i < node->count; i++)
        free(node->records[i].data);
    free(node->records);
    dns_node_init(node);
}

void dns_node_add(struct dns_node *node, unsigned type, const void *rdata, size_t len) {
    struct dns_record record = {.type = type, .data = mem_zalloc(len), .len = len};

    if (len > 0)
        memcpy(record.data, rdata, len);
    node->records = mem_resize(node->records, node->count + 1, sizeof *node->records);
    node->records[node->count++] = record;
    node->exists = true;
}

bool dns_node_has(const struct dns_node *node, unsigned type) {
    for (size_t i = 0; i < node->count; i++)
        if (node->records[i].type == type)
            return true;
    return false;
}

void dns_node_add_name(struct dns_node *node, unsigned type, const struct dns_name *name) {
    dns_node_add(node, type, name->bytes, name->len);
}

void dns_node_add_mx(struct dns_node *node, unsigned preference, const struct dns_name *name) {
    uint8_t data[2 + DNS_NAME_MAX_B] = {(uint8_t)(preference >> 8), (uint8_t)preference};

    memcpy(data + 2, name->bytes, name->len);
    dns_node_add(node, DNS_TYPE_MX, data, 2u + name->len);
}

void dns_node_add_txt(struct dns_node *node, const char *text) {
    enum { STRING_MAX_B = 255 };
    size_t left = strlen(text);
    struct buf data;

    buf_init(&data, DNS_RDATA_MAX_B);
    do {
        size_t part = left < STRING_MAX_B ? left : STRING_MAX_B;
        uint8_t len = (uint8_t)part;
        buf_append(&data, &len, 1);
        buf_append(&data, text, part);
        text += part;
        left -= part;
    } while (left > 0);
    dns_node_add(node, DNS_TYPE_TXT, data.data, data.len);
    buf_fini(&data);
}

void dns_node_add_tlsa(struct dns_node *node, const uint8_t parameters[3], const void *data,
                       size_t len) {
    struct buf rdata;

    buf_init(&rdata, DNS_RDATA_MAX_B);
    buf_append(&rdata, parameters, 3);
    buf_append(&rdata, data, len);
    dns_node_add(node, DNS_TYPE_TLSA, rdata.data, rdata.len);
    buf_fini(&rdata);
}
