/* Who gets a place, who gives one up, and who is turned away. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/peer.h"
#include "net/quota.h"
#include "unit.h"

enum { SEATS_MAX = 64, TOTAL = 6, PER_PEER = 4 };

struct hall {
    struct clock clock;
    struct quota *quota;
    struct quota_seat seats[SEATS_MAX];
    int shed; /* the seat that was taken away last; -1: none */
};

struct ticket {
    struct hall *hall;
    int number;
};

static void shed(void *arg) {
    struct ticket *ticket = arg;

    assert_int_equal(ticket->hall->shed, -1);
    ticket->hall->shed = ticket->number;
    quota_leave(&ticket->hall->seats[ticket->number]);
}

/* A letter is a peer that comes, and gets the next seat; '+' a digit: that seat says something; '-' a digit: it leaves; '.' a
 * second passes; then, for the last that came: '!' it was turned away, '#' a digit: it got the place of that seat. */
static const struct {
    const char *name, *play;
} cases[] = {
    {"a peer has its limit", "aaaaa!"},
    {"and others have their share", "aaaaa!bb"},
    {"what leaves makes room", "aaaa-0aa!"},
    {"the greediest gives up its oldest", "aaaabbc#0"},
    {"which is the longest silent", "aaaa.+0bbc#1"},
    {"then again, and another is the greediest", "aaaabbc#0c#1d#4e#2f#6g!"},
    {"among equals nobody goes who was heard lately", "abcdefg!"},
    {"but the silent go", "abcdef...g#0"},
    {"the longest silent first", "abcdef...+0+1g#2"},
    {"and who has as many is turned away while all are heard", "aaabbba!"},
    {"who has most may lose one to itself once it is silent", "aaabbb...a#0"},
};

static void play(const char *at) {
    static struct ticket tickets[SEATS_MAX];
    struct hall hall = {.clock = clock_fake(1000), .shed = -1};
    bool entered = true;
    int next = 0;

    hall.quota = quota_new(&hall.clock, TOTAL, PER_PEER);
    for (; *at != '\0'; at++) {
        if (*at == '.') {
            hall.clock.fake_us += 1000 * 1000;
        } else if (*at == '+') {
            quota_touch(&hall.seats[*++at - '0']);
        } else if (*at == '-') {
            quota_leave(&hall.seats[*++at - '0']);
        } else if (*at == '!') {
            assert_false(entered);
            entered = true;
        } else if (*at == '#') {
            assert_int_equal(hall.shed, *++at - '0');
            hall.shed = -1;
        } else {
            assert_true(entered);
            assert_int_equal(hall.shed, -1);
            tickets[next] = (struct ticket){&hall, next};
            entered =
                quota_enter(hall.quota, (uint64_t)*at, &hall.seats[next], shed, &tickets[next]);
            next++;
        }
        assert_true(quota_count(hall.quota) <= TOTAL);
    }
    assert_true(entered);
    assert_int_equal(hall.shed, -1);
    for (int i = 0; i < next; i++)
        quota_leave(&hall.seats[i]);
    assert_int_equal(quota_count(hall.quota), 0);
    quota_free(&hall.quota);
}

static void test_places(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        print_message("%s\n", cases[i].name);
        play(cases[i].play);
    }
}

/* As many peers as there are buckets, and more. */
static void test_many_peers(void **state) {
    enum { MANY = 10000 };
    struct clock clock = clock_fake(1000);
    struct quota *quota = quota_new(&clock, MANY, 1);
    struct quota_seat *seats = mem_zalloc(2 * MANY * sizeof *seats);

    (void)state;
    for (unsigned i = 0; i < MANY; i++) {
        assert_true(quota_enter(quota, i, &seats[i], shed, NULL));
        assert_false(quota_enter(quota, i, &seats[MANY + i], shed, NULL));
    }
    assert_int_equal(quota_count(quota), MANY);
    for (unsigned i = 0; i < MANY; i++)
        quota_leave(&seats[MANY - 1 - i]);
    quota_free(&quota);
    free(seats);
}

static void test_without_a_quota_there_is_room(void **state) {
    struct quota_seat seat;

    (void)state;
    assert_true(quota_enter(NULL, 1, &seat, shed, NULL));
    quota_touch(&seat);
    quota_leave(&seat);
}

static uint64_t peer_of(int family, const char *address) {
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr_in in = {.sin_family = AF_INET};
    struct sockaddr *at = family == AF_INET ? (struct sockaddr *)&in : (struct sockaddr *)&in6;
    socklen_t len = family == AF_INET ? sizeof in : sizeof in6;
    int server = socket(family, SOCK_STREAM, 0), client = socket(family, SOCK_STREAM, 0);

    assert_int_equal(inet_pton(family, address,
                               family == AF_INET ? (void *)&in.sin_addr : (void *)&in6.sin6_addr),
                     1);
    assert_int_equal(bind(client, at, len), 0);
    assert_int_equal(bind(server, at, len), 0);
    assert_int_equal(getsockname(server, at, &len), 0);
    assert_int_equal(listen(server, 1), 0);
    assert_int_equal(connect(client, at, len), 0);
    int fd = accept(server, NULL, NULL);
    uint64_t peer = peer_number(fd);
    close(fd);
    close(client);
    close(server);
    return peer;
}

static void test_a_peer_is_an_address_or_a_network(void **state) {
    (void)state;
    assert_true(peer_of(AF_INET, "127.0.0.1") == 0xffff7f000001);
    assert_true(peer_of(AF_INET, "127.0.0.2") == 0xffff7f000002);
    assert_true(peer_of(AF_INET6, "::1") == 0);
    assert_true(peer_number(-1) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_many_peers),
        cmocka_unit_test(test_without_a_quota_there_is_room),
        cmocka_unit_test(test_a_peer_is_an_address_or_a_network),
    };

    return cmocka_run_group_tests_name("quota", tests, NULL, NULL);
}
