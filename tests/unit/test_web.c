/* The web port: requests from their bytes, which recipe they are about, and who is answered, refused or kept waiting. */
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mem.h"
#include "net/watch.h"
#include "unit.h"
#include "web/web.h"

/* --- requests --- */

static const struct request_case {
    const char *bytes;
    enum http_status status;
    enum http_method method;
    const char *path, *body;
} requests[] = {
    {"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", HTTP_OK, HTTP_GET, "/a", ""},
    {"GET /a HTTP/1.0\n\n", HTTP_OK, HTTP_GET, "/a", ""},
    {"HEAD / HTTP/1.1\r\n\r\n", HTTP_OK, HTTP_HEAD, "/", ""},
    {"BREW /%7Ea%2Fb+c?q=%00 HTTP/1.1\r\n\r\n", HTTP_OK, HTTP_OTHER, "/~a/b+c", ""},
    {"GET http://localhost:20000/a HTTP/1.1\r\n\r\n", HTTP_OK, HTTP_GET, "/a", ""},
    {"POST /b HTTP/1.1\r\ncontent-length:3 \r\n\r\nxyz", HTTP_OK, HTTP_POST, "/b", "xyz"},
    {"POST /b HTTP/1.1\r\nContent-Length: 2\r\n\r\nxyz", HTTP_OK, HTTP_POST, "/b", "xy"},
    {"POST /b HTTP/1.1\r\nContent-Length: 8192\r\n\r\nx", HTTP_MORE, 0, NULL, NULL},
    {"POST /b HTTP/1.1\r\nContent-Length: 8193\r\n\r\n", HTTP_TOO_LARGE, 0, NULL, NULL},
    {"POST /b HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL,
     NULL},
    {"POST /b HTTP/1.1\r\nContent-Length: -1\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"POST /b HTTP/1.1\r\nContent-Length:  \r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"POST /b HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx", HTTP_BAD_REQUEST, 0,
     NULL, NULL},
    {"POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"GET a HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"GET http://localhost HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"GET /%0 HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"GET /%00 HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"GET /%zz HTTP/1.1\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"GET / SMTP/1.1\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"GET /\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"\r\n\r\n", HTTP_BAD_REQUEST, 0, NULL, NULL},
    {"EHLO x\r\n", HTTP_MORE, 0, NULL, NULL},
};

static void expect_request(const struct http_request *request, enum http_status status,
                           const struct request_case *c) {
    print_message("%s\n", c->bytes);
    assert_int_equal(status, c->status);
    if (status != HTTP_OK)
        return;
    assert_int_equal(request->method, c->method);
    assert_string_equal(request->path, c->path);
    assert_int_equal(request->body_len, strlen(c->body));
    assert_memory_equal(request->body, c->body, request->body_len);
}

/* In one piece, and byte by byte. */
static void test_requests(void **state) {
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        const uint8_t *bytes = (const uint8_t *)requests[i].bytes;
        size_t len = strlen(requests[i].bytes);
        struct http_request request;
        enum http_status status = HTTP_MORE;

        http_init(&request);
        expect_request(&request, http_feed(&request, bytes, len), &requests[i]);
        http_fini(&request);
        http_init(&request);
        for (size_t at = 0; at < len && status == HTTP_MORE; at++)
            status = http_feed(&request, bytes + at, 1);
        expect_request(&request, status, &requests[i]);
        http_fini(&request);
    }
}

static enum http_status feed_many(const char *begin, const char *more, unsigned times) {
    struct http_request request;

    http_init(&request);
    enum http_status status = http_feed(&request, (const uint8_t *)begin, strlen(begin));
    for (unsigned i = 0; i < times && status == HTTP_MORE; i++)
        status = http_feed(&request, (const uint8_t *)more, strlen(more));
    assert_true(request.bytes.len <= HTTP_HEAD_MAX_B + HTTP_BODY_MAX_B);
    http_fini(&request);
    return status;
}

static void test_bounds(void **state) {
    (void)state;
    assert_int_equal(feed_many("GET / HTTP/1.1\r\n", "X: y\r\n", 10000), HTTP_TOO_LARGE);
    assert_int_equal(feed_many("GET /", "aaaaaaaaaaaaaaaa", 10000), HTTP_TOO_LARGE);
    assert_int_equal(feed_many("POST / HTTP/1.1\r\nContent-Length: 8192\r\n\r\n", "x", 8191),
                     HTTP_MORE);
    assert_int_equal(feed_many("POST / HTTP/1.1\r\nContent-Length: 8192\r\n\r\n", "x", 8192),
                     HTTP_OK);
}

static void expect_reply(enum http_method method, enum http_status status, const char *expected) {
    struct buf out;

    buf_init(&out, 4096);
    http_reply(method, status, "text/plain", (const uint8_t *)"hi", 2, 1795478400, &out);
    assert_string_equal(buf_text(&out), expected);
    buf_fini(&out);
}

#define COMMON                                                                                     \
    "Date: Tue, 24 Nov 2026 00:00:00 GMT\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n"     \
    "Connection: close\r\n\r\n"

static void test_replies(void **state) {
    (void)state;
    expect_reply(HTTP_GET, HTTP_OK, "HTTP/1.1 200 OK\r\n" COMMON "hi");
    expect_reply(HTTP_HEAD, HTTP_NOT_FOUND, "HTTP/1.1 404 Not Found\r\n" COMMON);
    expect_reply(HTTP_OTHER, HTTP_WRONG_METHOD,
                 "HTTP/1.1 405 Method Not Allowed\r\nAllow: GET, HEAD, POST\r\n" COMMON "hi");
}

/* --- places --- */

static void test_places(void **state) {
    static const struct {
        enum http_method method;
        const char *path;
        enum http_status status;
        enum place_kind kind;
        const char *name, *base64;
    } cases[] = {
        {HTTP_GET, "/crl/a+b.crl", HTTP_OK, PLACE_CRL, "a+b", NULL},
        {HTTP_POST, "/crl/a.crl", HTTP_WRONG_METHOD, 0, NULL, NULL},
        {HTTP_GET, "/crl/a", HTTP_NOT_FOUND, 0, NULL, NULL},
        {HTTP_GET, "/crl/.crl", HTTP_NOT_FOUND, 0, NULL, NULL},
        {HTTP_GET, "/crl/a/b.crl", HTTP_NOT_FOUND, 0, NULL, NULL},
        {HTTP_POST, "/ocsp/a", HTTP_OK, PLACE_OCSP, "a", NULL},
        {HTTP_GET, "/ocsp/a/x/y+z==", HTTP_OK, PLACE_OCSP, "a", "x/y+z=="},
        {HTTP_GET, "/ocsp/a/", HTTP_OK, PLACE_OCSP, "a", ""},
        {HTTP_GET, "/ocsp/a", HTTP_WRONG_METHOD, 0, NULL, NULL},
        {HTTP_HEAD, "/ocsp/a", HTTP_WRONG_METHOD, 0, NULL, NULL},
        {HTTP_POST, "/ocsp/a/b", HTTP_NOT_FOUND, 0, NULL, NULL},
        {HTTP_POST, "/ocsp/", HTTP_NOT_FOUND, 0, NULL, NULL},
        {HTTP_GET, "/", HTTP_NOT_FOUND, 0, NULL, NULL},
        {HTTP_GET, "/ocsp", HTTP_NOT_FOUND, 0, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_request request = {.method = cases[i].method};
        struct place place;

        print_message("%s\n", cases[i].path);
        snprintf(request.path, sizeof request.path, "%s", cases[i].path);
        assert_int_equal(place_find(&request, &place), cases[i].status);
        if (cases[i].status != HTTP_OK)
            continue;
        assert_int_equal(place.kind, cases[i].kind);
        assert_string_equal(place.name, cases[i].name);
        assert_true((place.base64 == NULL) == (cases[i].base64 == NULL));
        if (place.base64 != NULL)
            assert_string_equal(place.base64, cases[i].base64);
    }
    struct http_request request = {.method = HTTP_POST, .path = "/ocsp/"};
    struct place place;
    memset(request.path + 6, 'a', PLACE_NAME_SIZE_B);
    assert_int_equal(place_find(&request, &place), HTTP_NOT_FOUND);
}

/* --- the port --- */

struct hall {
    struct loop *loop;
    struct acceptor *acceptor;
    struct web *web;
    struct watch *watch;
    int fd;
    enum web_outcome outcome;
    unsigned asked;
    char seen[1024];
    size_t seen_len;
};

static enum web_outcome tell(const struct web_query *query, const uint8_t **out, size_t *out_len,
                             void *arg) {
    struct hall *hall = arg;

    hall->asked++;
    *out = query->body;
    *out_len = query->body_len;
    if (hall->outcome == WEB_LATER || hall->outcome == WEB_SILENT)
        loop_stop(hall->loop);
    return hall->outcome;
}

static void on_bytes(void *arg) {
    struct hall *hall = arg;
    ssize_t n = recv(hall->fd, hall->seen + hall->seen_len, sizeof hall->seen - 1 - hall->seen_len,
                     MSG_DONTWAIT);

    if (n > 0)
        hall->seen_len += (size_t)n;
    else
        loop_stop(hall->loop);
}

static void on_stuck(void *arg) {
    (void)arg;
    fail_msg("nothing has happened for a minute");
}

static int open_hall(void **state) {
    static const char *const addresses[] = {"127.0.0.1", NULL};
    struct hall *hall = mem_zalloc(sizeof *hall);

    assert_int_equal(loop_new(clock_system(), &hall->loop, NULL), 0);
    assert_int_equal(acceptor_new(hall->loop, &hall->acceptor, NULL), 0);
    assert_int_equal(web_new(hall->loop, hall->acceptor, addresses, 0, &hall->web, NULL), 0);
    web_add(hall->web, "a", tell, hall);
    *state = hall;
    return 0;
}

static int close_hall(void **state) {
    struct hall *hall = *state;

    web_free(&hall->web);
    acceptor_free(&hall->acceptor);
    loop_free(&hall->loop);
    free(hall);
    return 0;
}

static void send_request(struct hall *hall, const char *bytes) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)web_port(hall->web)),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};

    hall->seen_len = 0;
    hall->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(hall->fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(send(hall->fd, bytes, strlen(bytes), 0), (ssize_t)strlen(bytes));
    hall->watch = watch_new(hall->loop, hall->fd, on_bytes, hall);
}

static const char *run(struct hall *hall) {
    struct timer *stuck = timer_new(hall->loop, on_stuck, hall);

    timer_set(stuck, 60000);
    assert_int_equal(loop_run(hall->loop, NULL), 0);
    timer_free(&stuck);
    hall->seen[hall->seen_len] = '\0';
    return hall->seen;
}

static void hang_up(struct hall *hall) {
    watch_free(&hall->watch);
    close(hall->fd);
}

static const char post[] = "POST /ocsp/a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";

static void test_port(void **state) {
    static const struct {
        const char *bytes;
        enum web_outcome outcome;
        const char *line, *end;
    } cases[] = {
        {post, WEB_ANSWERED, "HTTP/1.1 200 OK\r\n", "\r\n\r\nhello"},
        {post, WEB_MISSING, "HTTP/1.1 404 ", "nothing else.\n"},
        {"POST /ocsp/b HTTP/1.1\r\n\r\n", WEB_ANSWERED, "HTTP/1.1 404 ", "nothing else.\n"},
        {"GET /ocsp/a HTTP/1.1\r\n\r\n", WEB_ANSWERED, "HTTP/1.1 405 ", "nothing else.\n"},
        {"HELO\r\n\r\n", WEB_ANSWERED, "HTTP/1.1 400 ", "nothing else.\n"},
    };
    struct hall *hall = *state;

    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        hall->outcome = cases[i].outcome;
        send_request(hall, cases[i].bytes);
        const char *seen = run(hall);
        assert_ptr_equal(strstr(seen, cases[i].line), seen);
        assert_string_equal(seen + strlen(seen) - strlen(cases[i].end), cases[i].end);
        hang_up(hall);
    }
}

static void test_waiting(void **state) {
    struct hall *hall = *state;

    hall->outcome = WEB_LATER;
    hall->asked = 0;
    send_request(hall, post);
    assert_string_equal(run(hall), "");
    web_retry(hall->web); /* still not known */
    assert_int_equal(hall->asked, 2);
    hall->outcome = WEB_ANSWERED;
    web_retry(hall->web);
    assert_non_null(strstr(run(hall), "200 OK"));
    assert_int_equal(hall->asked, 3);
    web_retry(hall->web);
    assert_int_equal(hall->asked, 3);
    hang_up(hall);
}

/* Who is not answered is dropped with the port at the latest; and who is no more is not asked. */
static void test_silence(void **state) {
    struct hall *hall = *state;

    hall->outcome = WEB_SILENT;
    send_request(hall, post);
    assert_string_equal(run(hall), "");
    web_retry(hall->web);
    hang_up(hall);
    web_remove(hall->web, hall);
    send_request(hall, post);
    assert_non_null(strstr(run(hall), "404"));
    hang_up(hall);
    web_add(hall->web, "a", tell, hall);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_replies),  cmocka_unit_test(test_places),
        cmocka_unit_test(test_port),     cmocka_unit_test(test_waiting),
        cmocka_unit_test(test_silence),
    };

    return cmocka_run_group_tests_name("web", tests, open_hall, close_hall);
}
