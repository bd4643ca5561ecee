/* DNS records of any bytes: the answer stays within its bounds, holds only host names and canonical addresses, and does
 * not depend on the order of the records.  A record is a length byte and as many bytes. */
#include <assert.h>
#include <stdint.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "route/records.h"

enum { MAX_RECORDS = 256 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct records {
    char *data[MAX_RECORDS + 1];
    int len[MAX_RECORDS];
    size_t count;
};

static void split(const uint8_t *data, size_t size, struct records *out) {
    for (size_t pos = 0; pos < size && out->count < MAX_RECORDS; out->count++) {
        size_t left = size - pos - 1;
        size_t len = data[pos] < left ? data[pos] : left;

        out->data[out->count] = mem_zalloc(len);
        memcpy(out->data[out->count], data + pos + 1, len);
        out->len[out->count] = (int)len;
        pos += len + 1;
    }
}

static void reverse(struct records *records) {
    for (size_t i = 0, k = records->count; i + 1 < k--; i++) {
        char *data = records->data[i];
        int len = records->len[i];

        records->data[i] = records->data[k];
        records->len[i] = records->len[k];
        records->data[k] = data;
        records->len[k] = len;
    }
}

static void check_host(const struct route_host *host) {
    size_t len = strlen(host->name);

    assert(len > 0 && len <= 253 && host->preference <= 65535);
    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)host->name[i];
        assert(ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_' || c == '.');
        assert(ascii_lower(c) == c);
    }
}

static void check_mx(const struct records *records, struct route_answer *answer) {
    records_take_mx(records->data, records->len, answer);
    assert(answer->host_count <= ROUTE_MAX_HOSTS && answer->hosts_seen == records->count);
    assert((answer->host_count > 0) == (answer->outcome == ROUTE_FOUND));
    for (size_t i = 0; i < answer->host_count; i++) {
        check_host(&answer->hosts[i]);
        assert(i == 0 || answer->hosts[i - 1].preference <= answer->hosts[i].preference);
    }
}

static void check_addresses(const struct records *records, struct route_host *host) {
    struct records_addresses ipv6 = {.count = 0}, ipv4 = {.count = 0};
    char again[NUMERIC_SIZE_B];

    records_take_addresses(records->data, records->len, NUMERIC_IPV6_B, &ipv6);
    records_take_addresses(records->data, records->len, NUMERIC_IPV4_B, &ipv4);
    records_join_addresses(&ipv6, &ipv4, host);
    assert(host->address_count <= ROUTE_MAX_ADDRESSES);
    assert((host->address_count == 0) == (ipv6.count + ipv4.count == 0));
    for (size_t i = 0; i < host->address_count; i++)
        assert(numeric_parse(host->addresses[i], again) == 0 &&
               strcmp(again, host->addresses[i]) == 0);
}

static void check(const struct records *records, struct route_answer *answer,
                  struct route_host *host) {
    check_mx(records, answer);
    check_addresses(records, host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct route_answer *answers = mem_zalloc(2 * sizeof *answers);
    struct route_host *hosts = mem_zalloc(2 * sizeof *hosts);
    struct records *records = mem_zalloc(sizeof *records);

    split(data, size, records);
    check(records, &answers[0], &hosts[0]);
    reverse(records);
    check(records, &answers[1], &hosts[1]);
    assert(memcmp(&answers[0], &answers[1], sizeof *answers) == 0);
    assert(memcmp(&hosts[0], &hosts[1], sizeof *hosts) == 0);
    for (size_t i = 0; i < records->count; i++)
        free(records->data[i]);
    free(records);
    free(hosts);
    free(answers);
    return 0;
}
