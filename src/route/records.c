#include "route/records.h"

#include "base/ascii.h"
#include "base/mem.h"

enum { LABEL_MAX_B = 63, PREFERENCE_B = 2 };

struct mx {
    unsigned preference;
    char name[ROUTE_NAME_SIZE_B];
};

static bool is_name_char(int c) {
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '-' || c == '_';
}

/* Appends a label and a dot. */
static int take_label(const uint8_t *label, size_t len, char *out, size_t *used) {
    if (len > LABEL_MAX_B || *used + len + 1 >= ROUTE_NAME_SIZE_B)
        return -1;
    for (size_t i = 0; i < len; i++) {
        if (!is_name_char(label[i]))
            return -1;
        out[(*used)++] = (char)ascii_lower(label[i]);
    }
    out[(*used)++] = '.';
    return 0;
}

int records_name(const uint8_t *data, size_t len, char out[ROUTE_NAME_SIZE_B]) {
    size_t used = 0;

    while (len > 0 && data[0] != 0) {
        size_t label = data[0];

        if (label >= len || take_label(data + 1, label, out, &used) != 0)
            return -1;
        data += label + 1;
        len -= label + 1;
    }
    if (len != 1)
        return -1;
    out[used > 0 ? used - 1 : 0] = '\0';
    return 0;
}

static int compare_preference(const void *a, const void *b) {
    const struct mx *left = a, *right = b;

    if (left->preference != right->preference)
        return left->preference < right->preference ? -1 : 1;
    return strcmp(left->name, right->name);
}

static bool is_listed(const struct route_answer *answer, const char *name) {
    for (size_t i = 0; i < answer->host_count; i++)
        if (strcmp(answer->hosts[i].name, name) == 0)
            return true;
    return false;
}

/* Better preferences come first, so a name that is listed already is listed at its best. */
static void list_hosts(const struct mx *sorted, size_t count, struct route_answer *answer) {
    answer->host_count = 0;
    for (size_t i = 0; i < count && answer->host_count < ROUTE_MAX_HOSTS; i++) {
        struct route_host *host = &answer->hosts[answer->host_count];

        if (is_listed(answer, sorted[i].name))
            continue;
        *host = (struct route_host){.preference = sorted[i].preference};
        memcpy(host->name, sorted[i].name, strlen(sorted[i].name) + 1);
        answer->host_count++;
    }
}

static int take_mx(const uint8_t *data, size_t len, struct mx *out) {
    if (len < PREFERENCE_B)
        return -1;
    out->preference = (unsigned)data[0] << 8 | data[1];
    return records_name(data + PREFERENCE_B, len - PREFERENCE_B, out->name);
}

static size_t count_records(char *const *data) {
    size_t count = 0;

    while (data[count] != NULL)
        count++;
    return count;
}

void records_take_mx(char *const *data, const int *len, struct route_answer *answer) {
    size_t seen = count_records(data), hosts = 0, roots = 0;
    struct mx *all = mem_zalloc((seen + 1) * sizeof *all);

    for (size_t i = 0; i < seen; i++) {
        if (len[i] < 0 || take_mx((const uint8_t *)data[i], (size_t)len[i], &all[hosts]) != 0)
            continue;
        /* "." names no host, and beside others it has no meaning (RFC 7505 3). */
        if (all[hosts].name[0] == '\0')
            roots++;
        else
            hosts++;
    }
    qsort(all, hosts, sizeof *all, compare_preference);
    list_hosts(all, hosts, answer);
    free(all);
    answer->hosts_seen = seen;
    answer->outcome = hosts > 0                    ? ROUTE_FOUND
                      : roots > 0 && roots == seen ? ROUTE_NULL_MX
                                                   : ROUTE_NO_HOST;
}

/* Into its place among the sorted; the highest falls off the end. */
static void insert_address(const uint8_t *bytes, size_t size_b, struct records_addresses *out) {
    size_t at = 0, last;
    int order = 1;

    while (at < out->count && (order = memcmp(bytes, out->bytes[at], size_b)) > 0)
        at++;
    if (at == ROUTE_MAX_ADDRESSES || (at < out->count && order == 0))
        return;
    if (out->count < ROUTE_MAX_ADDRESSES)
        out->count++;
    for (last = out->count - 1; last > at; last--)
        memcpy(out->bytes[last], out->bytes[last - 1], size_b);
    memcpy(out->bytes[at], bytes, size_b);
}

void records_take_addresses(char *const *data, const int *len, size_t size_b,
                            struct records_addresses *out) {
    for (size_t i = 0; data[i] != NULL; i++)
        if (len[i] >= 0 && (size_t)len[i] == size_b)
            insert_address((const uint8_t *)data[i], size_b, out);
}

static void append_addresses(const struct records_addresses *from, size_t count, size_t size_b,
                             struct route_host *host) {
    _Static_assert((int)ROUTE_ADDRESS_SIZE_B == (int)NUMERIC_SIZE_B, "an address fits");
    for (size_t i = 0; i < count; i++)
        if (numeric_format(from->bytes[i], size_b, host->addresses[host->address_count]) == 0)
            host->address_count++;
}

void records_join_addresses(const struct records_addresses *ipv6,
                            const struct records_addresses *ipv4, struct route_host *host) {
    enum { HALF = ROUTE_MAX_ADDRESSES / 2 };
    size_t left = ipv4->count < HALF ? ROUTE_MAX_ADDRESSES - ipv4->count : HALF;
    size_t first = ipv6->count < left ? ipv6->count : left;
    size_t second = ROUTE_MAX_ADDRESSES - first;

    host->address_count = 0;
    append_addresses(ipv6, first, NUMERIC_IPV6_B, host);
    append_addresses(ipv4, ipv4->count < second ? ipv4->count : second, NUMERIC_IPV4_B, host);
}
