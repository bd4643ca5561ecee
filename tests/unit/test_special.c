/* Addresses that lie not in the public Internet, at both ends of each block, and in other clothes; and when they are allowed. */
#include <stdio.h>

#include "base/mem.h"
#include "check/permit.h"
#include "net/special.h"
#include "unit.h"

static const struct {
    const char *address;
    enum special special;
} rows[] = {
    {"0.0.0.0", SPECIAL_THIS_HOST},
    {"0.255.255.255", SPECIAL_THIS_HOST},
    {"1.0.0.0", SPECIAL_NONE},
    {"9.255.255.255", SPECIAL_NONE},
    {"10.0.0.0", SPECIAL_PRIVATE},
    {"10.255.255.255", SPECIAL_PRIVATE},
    {"11.0.0.0", SPECIAL_NONE},
    {"100.63.255.255", SPECIAL_NONE},
    {"100.64.0.0", SPECIAL_SHARED},
    {"100.127.255.255", SPECIAL_SHARED},
    {"100.128.0.0", SPECIAL_NONE},
    {"126.255.255.255", SPECIAL_NONE},
    {"127.0.0.1", SPECIAL_LOOPBACK},
    {"127.255.255.255", SPECIAL_LOOPBACK},
    {"128.0.0.0", SPECIAL_NONE},
    {"169.253.255.255", SPECIAL_NONE},
    {"169.254.169.254", SPECIAL_LINK_LOCAL},
    {"169.255.0.0", SPECIAL_NONE},
    {"172.15.255.255", SPECIAL_NONE},
    {"172.16.0.0", SPECIAL_PRIVATE},
    {"172.31.255.255", SPECIAL_PRIVATE},
    {"172.32.0.0", SPECIAL_NONE},
    {"192.0.0.8", SPECIAL_PROTOCOL},
    {"192.0.1.0", SPECIAL_NONE},
    {"192.0.2.1", SPECIAL_DOCUMENTATION},
    {"192.88.99.1", SPECIAL_RELAY},
    {"192.167.255.255", SPECIAL_NONE},
    {"192.168.0.0", SPECIAL_PRIVATE},
    {"192.168.255.255", SPECIAL_PRIVATE},
    {"192.169.0.0", SPECIAL_NONE},
    {"198.17.255.255", SPECIAL_NONE},
    {"198.18.0.0", SPECIAL_BENCHMARK},
    {"198.19.255.255", SPECIAL_BENCHMARK},
    {"198.51.100.1", SPECIAL_DOCUMENTATION},
    {"203.0.113.1", SPECIAL_DOCUMENTATION},
    {"223.255.255.255", SPECIAL_NONE},
    {"224.0.0.1", SPECIAL_MULTICAST},
    {"239.255.255.255", SPECIAL_MULTICAST},
    {"240.0.0.0", SPECIAL_RESERVED},
    {"255.255.255.255", SPECIAL_RESERVED},
    {"::", SPECIAL_THIS_HOST},
    {"::1", SPECIAL_LOOPBACK},
    {"::2", SPECIAL_THIS_HOST}, /* v4-compatible 0.0.0.2 */
    {"::127.0.0.1", SPECIAL_LOOPBACK},
    {"::8.8.8.8", SPECIAL_RESERVED},
    {"::ffff:127.0.0.1", SPECIAL_LOOPBACK},
    {"::ffff:7f00:1", SPECIAL_LOOPBACK},
    {"::ffff:10.1.2.3", SPECIAL_PRIVATE},
    {"::ffff:8.8.8.8", SPECIAL_RESERVED},
    {"::ffff:0:192.168.1.1", SPECIAL_PRIVATE},
    {"64:ff9b::169.254.169.254", SPECIAL_LINK_LOCAL},
    {"64:ff9b::8.8.8.8", SPECIAL_NONE},
    {"64:ff9b:1::8.8.8.8", SPECIAL_PRIVATE},
    {"100::1", SPECIAL_RESERVED},
    {"1fff:ffff::", SPECIAL_RESERVED},
    {"2001::1", SPECIAL_PROTOCOL},
    {"2001:1ff:ffff::", SPECIAL_PROTOCOL},
    {"2001:200::1", SPECIAL_NONE},
    {"2001:db7:ffff::1", SPECIAL_NONE},
    {"2001:db8::1", SPECIAL_DOCUMENTATION},
    {"2001:db9::1", SPECIAL_NONE},
    {"2002:7f00:1::1", SPECIAL_LOOPBACK},
    {"2002:a00:1::1", SPECIAL_PRIVATE},
    {"2002:808:808::1", SPECIAL_NONE},
    {"2a00:1450::1", SPECIAL_NONE},
    {"3fff:fff:ffff::1", SPECIAL_DOCUMENTATION},
    {"3fff:1000::1", SPECIAL_NONE},
    {"4000::1", SPECIAL_RESERVED},
    {"5f00::1", SPECIAL_RESERVED},
    {"fbff::1", SPECIAL_RESERVED},
    {"fc00::1", SPECIAL_PRIVATE},
    {"fdff::1", SPECIAL_PRIVATE},
    {"fe00::1", SPECIAL_RESERVED},
    {"fe80::1", SPECIAL_LINK_LOCAL},
    {"febf:ffff::1", SPECIAL_LINK_LOCAL},
    {"fec0::1", SPECIAL_PRIVATE},
    {"ff02::1", SPECIAL_MULTICAST},
    {"localhost", SPECIAL_NO_ADDRESS},
    {"", SPECIAL_NO_ADDRESS},
};

static void test_blocks(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        if (special_of(rows[i].address) != rows[i].special)
            fail_msg("%s: %s, not %s", rows[i].address, special_name(special_of(rows[i].address)),
                     special_name(rows[i].special));
}

static const struct {
    const char *target, *address;
    bool is_typed, allow_private, is_allowed;
} asked[] = {
    {"127.0.0.1", "127.0.0.1", true, false, true},
    {"[::1]:25", "::1", true, false, true},
    {"10.0.0.1:25", "10.0.0.1", true, false, true},
    {"127.0.0.1", "127.0.0.1", false, false, false},
    {"127.0.0.1", "127.0.0.1", false, true, true},
    {"localhost:25", "127.0.0.1", true, false, true},
    {"localhost:25", "::1", true, false, true},
    {"mx.localhost:25", "127.0.0.1", true, false, true},
    {"localhost:25", "10.0.0.1", true, false, false},
    {"localhost:25", "127.0.0.1", false, false, false},
    {"notlocalhost:25", "127.0.0.1", true, false, false},
    {"example.org", "127.0.0.1", true, false, false},
    {"example.org", "127.0.0.1", true, true, true},
    {"example.org", "8.8.8.8", false, false, true},
};

static void test_asked_for(void **state) {
    struct target target;
    struct err err;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        assert_int_equal(target_parse(asked[i].target, 25, &target, &err), 0);
        target.is_typed = asked[i].is_typed;
        bool is_allowed =
            permit_address(asked[i].allow_private, &target, asked[i].address, &err) == 0;
        if (is_allowed != asked[i].is_allowed)
            fail_msg("%s at %s", asked[i].target, asked[i].address);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_asked_for),
    };

    return cmocka_run_group_tests_name("special", tests, NULL, NULL);
}
