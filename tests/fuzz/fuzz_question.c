/* DNS queries of any bytes: what is read lies within its bounds, and a name is written as it was read. */
#include <assert.h>
#include <stdint.h>

#include "base/mem.h"
#include "dns/question.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_name(const struct dns_name *name) {
    char text[DNS_NAME_TEXT_SIZE_B];
    struct dns_name again, top = dns_name_top(name, name->labels / 2u);

    assert(name->len >= 1 && name->bytes[name->len - 1] == 0 && name->labels < 128);
    assert(dns_name_read(name->bytes, name->len, &again) == name->len);
    assert(dns_name_is_equal(name, &again) && dns_name_is_within(name, &top));
    assert(strlen(dns_name_format(name, text)) < sizeof text);
    if (strchr(text, '\\') == NULL)
        assert(dns_name_parse(text, &again) == 0 && dns_name_is_equal(name, &again));
    if (!dns_name_has_before(name))
        return;
    again = dns_name_before(name);
    assert(again.len <= DNS_NAME_MAX_B && again.labels == name->labels);
    again = dns_name_behind(name);
    assert(again.len <= DNS_NAME_MAX_B);
    again = dns_name_first_below(name);
    assert(again.len <= DNS_NAME_MAX_B);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct dns_question question;

    if (!dns_question_read(data, size, &question))
        return 0;
    assert(question.len == size && question.udp_b >= DNS_UDP_MIN_B);
    assert(question.cookie_len <= DNS_COOKIE_MAX_B && (question.has_edns || !question.dnssec_ok));
    assert(question.rcode != DNS_NOERROR || question.has_name);
    if (question.has_name)
        check_name(&question.name);
    return 0;
}
