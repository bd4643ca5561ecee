/* sessions - the client's side of the benchmarks, and the references that they are measured against.
 *
 *   sessions limit CHAIN KEY N       server CPU of N handshakes by the bare library, in memory, in microseconds each
 *   sessions serve CHAIN KEY         a server that does no more than such a delivery needs; says its port, ends when killed
 *   sessions load PORT N             N full deliveries over STARTTLS, one after the other
 *   sessions check-limit CHAIN KEY ROOT N   the client's CPU of N such handshakes with the chain verified, likewise
 *   sessions check ROOT N ADDRESS:PORT...   N bare STARTTLS clients that verify the chain, one after the other: CPU likewise
 *   sessions wait PORT SECONDS       for so long one greeting and EHLO after the other; says the longest, the 99.9th percentile
 *                                    and the median, in milliseconds
 *   sessions idle PORT N             N connections that stand idle inside TLS; "ready" when all do; ends with its input
 *
 * Connections go to 127.0.0.1 where no address is given.  No resumption; certificates are verified by check-limit and check
 * alone: elsewhere the server is what is measured. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MESSAGE_B = 2048, REPLY_B = 4096 };

static void die(const char *what) {
    fprintf(stderr, "sessions: %s\n", what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static int64_t cpu_ns(void) {
    struct timespec ts;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static SSL_CTX *client_context(void) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

    if (ctx == NULL || SSL_CTX_set1_groups_list(ctx, "P-256") != 1 ||
        SSL_CTX_set_ciphersuites(ctx, "TLS_AES_128_GCM_SHA256") != 1)
        die("client context");
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
    return ctx;
}

static SSL_CTX *verifying_context(const char *root) {
    SSL_CTX *ctx = client_context();

    if (SSL_CTX_load_verify_file(ctx, root) != 1)
        die("root");
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    return ctx;
}

static SSL_CTX *server_context(const char *chain, const char *key) {
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

    if (ctx == NULL || SSL_CTX_use_certificate_chain_file(ctx, chain) != 1 ||
        SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) != 1 ||
        SSL_CTX_set1_groups_list(ctx, "P-256") != 1)
        die("server context");
    SSL_CTX_set_num_tickets(ctx, 0);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    return ctx;
}

/* One handshake over a pair of memory BIOs; what each side's calls cost is added to its *ns. */
static void shake_hands(SSL_CTX *client_ctx, SSL_CTX *server_ctx, int64_t *client_ns,
                        int64_t *server_ns) {
    BIO *client_bio, *server_bio;
    int64_t start = cpu_ns();
    SSL *client = SSL_new(client_ctx);
    int64_t middle = cpu_ns();
    SSL *server = SSL_new(server_ctx);

    *client_ns += middle - start;
    *server_ns += cpu_ns() - middle;
    if (client == NULL || server == NULL || !BIO_new_bio_pair(&client_bio, 0, &server_bio, 0))
        die("connection");
    SSL_set_bio(client, client_bio, client_bio);
    SSL_set_bio(server, server_bio, server_bio);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    while (!SSL_is_init_finished(server) || !SSL_is_init_finished(client)) {
        start = cpu_ns();
        SSL_do_handshake(client);
        middle = cpu_ns();
        SSL_do_handshake(server);
        *client_ns += middle - start;
        *server_ns += cpu_ns() - middle;
    }
    start = cpu_ns();
    SSL_free(client);
    middle = cpu_ns();
    SSL_free(server);
    *client_ns += middle - start;
    *server_ns += cpu_ns() - middle;
}

/* root NULL: the server's cost; else the client's, which verifies. */
static void run_limit(const char *chain, const char *key, const char *root, long count) {
    SSL_CTX *client = root != NULL ? verifying_context(root) : client_context();
    SSL_CTX *server = server_context(chain, key);
    int64_t client_ns = 0, server_ns = 0;

    for (int i = 0; i < 50; i++)
        shake_hands(client, server, &client_ns, &server_ns);
    client_ns = server_ns = 0;
    for (long i = 0; i < count; i++)
        shake_hands(client, server, &client_ns, &server_ns);
    printf("%.2f\n", (double)(root != NULL ? client_ns : server_ns) / 1000.0 / (double)count);
    SSL_CTX_free(client);
    SSL_CTX_free(server);
}

/* --- the least server: epoll, memory BIOs, no limits, nothing observed --- */

enum { LINES_MAX_B = 4096, RECORD_B = 16384 };

struct served {
    int fd;
    SSL *ssl; /* NULL: plaintext */
    BIO *in, *out;
    bool in_data, ended;
    size_t have;
    char lines[LINES_MAX_B];
};

static void flush_served(struct served *s) {
    char data[RECORD_B];
    int n;

    while ((n = BIO_read(s->out, data, sizeof data)) > 0)
        if (send(s->fd, data, (size_t)n, MSG_NOSIGNAL) != n)
            die("send");
}

static void reply(struct served *s, const char *text) {
    size_t len = strlen(text);

    if (s->ssl == NULL) {
        if (send(s->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
            die("send");
        return;
    }
    SSL_write(s->ssl, text, (int)len);
    flush_served(s);
}

static void start_tls(struct served *s, SSL_CTX *ctx) {
    reply(s, "220 2.0.0 Ready to start TLS\r\n");
    s->ssl = SSL_new(ctx);
    s->in = BIO_new(BIO_s_mem());
    s->out = BIO_new(BIO_s_mem());
    if (s->ssl == NULL || s->in == NULL || s->out == NULL)
        die("connection");
    SSL_set_bio(s->ssl, s->in, s->out);
    SSL_set_accept_state(s->ssl);
}

static void take_line(struct served *s, SSL_CTX *ctx, const char *line, size_t len) {
    static const char bye[] = "221 2.0.0 Bye\r\n";

    if (s->in_data) {
        if (len != 3 || line[0] != '.')
            return;
        s->in_data = false;
        reply(s, "250 2.0.0 Ok\r\n");
    } else if (memcmp(line, "STAR", 4) == 0) {
        start_tls(s, ctx);
    } else if (memcmp(line, "EHLO", 4) == 0) {
        reply(s, s->ssl == NULL ? "250-localhost\r\n250 STARTTLS\r\n" : "250 localhost\r\n");
    } else if (memcmp(line, "DATA", 4) == 0) {
        s->in_data = true;
        reply(s, "354 Go on\r\n");
    } else if (memcmp(line, "QUIT", 4) == 0 && s->ssl != NULL) {
        SSL_write(s->ssl, bye, (int)strlen(bye));
        SSL_shutdown(s->ssl);
        flush_served(s);
        s->ended = true;
    } else {
        reply(s, "250 2.0.0 Ok\r\n");
    }
}

static void take_bytes(struct served *s, SSL_CTX *ctx, const char *data, size_t len) {
    const char *end;
    size_t used = 0;

    if (len > sizeof s->lines - s->have)
        die("too many bytes");
    memcpy(s->lines + s->have, data, len);
    s->have += len;
    while ((end = memchr(s->lines + used, '\n', s->have - used)) != NULL) {
        size_t line = (size_t)(end + 1 - s->lines) - used;
        take_line(s, ctx, s->lines + used, line);
        used += line;
    }
    s->have -= used;
    memmove(s->lines, s->lines + used, s->have);
}

static void take_records(struct served *s, SSL_CTX *ctx, const char *data, int len) {
    char clear[RECORD_B];
    int n;

    BIO_write(s->in, data, len);
    if (!SSL_is_init_finished(s->ssl))
        SSL_do_handshake(s->ssl);
    flush_served(s);
    while (SSL_is_init_finished(s->ssl) && (n = SSL_read(s->ssl, clear, sizeof clear)) > 0)
        take_bytes(s, ctx, clear, (size_t)n);
}

static void serve_turn(struct served *s, SSL_CTX *ctx) {
    char data[RECORD_B];
    ssize_t n = recv(s->fd, data, sizeof data, 0);

    if (n > 0 && s->ssl != NULL)
        take_records(s, ctx, data, (int)n);
    else if (n > 0)
        take_bytes(s, ctx, data, (size_t)n);
    if (n > 0 && !s->ended)
        return;
    SSL_free(s->ssl);
    close(s->fd);
    free(s);
}

static void welcome(int epoll, int listener) {
    struct served *s = calloc(1, sizeof *s);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = s};
    int one = 1;

    if (s == NULL || (s->fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) < 0)
        die("accept");
    setsockopt(s->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, s->fd, &event) != 0)
        die("epoll");
    reply(s, "220 localhost ESMTP\r\n");
}

static void run_server(const char *chain, const char *key) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    socklen_t len = sizeof in;
    SSL_CTX *ctx = server_context(chain, key);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), epoll = epoll_create1(0);

    if (bind(listener, (struct sockaddr *)&in, sizeof in) != 0 || listen(listener, 64) != 0 ||
        getsockname(listener, (struct sockaddr *)&in, &len) != 0 ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event) != 0)
        die("listen");
    printf("%d\n", ntohs(in.sin_port));
    fflush(stdout);
    while (epoll_wait(epoll, &event, 1, -1) == 1) {
        if (event.data.ptr == NULL)
            welcome(epoll, listener);
        else
            serve_turn(event.data.ptr, ctx);
    }
    die("epoll");
}

/* --- the client --- */

struct session {
    int fd;
    SSL *ssl; /* NULL: plaintext */
};

/* from: the last byte of the own address, since a server limits connections per address. */
static int connect_to(const char *address, long port, unsigned from) {
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in own = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    if (inet_pton(AF_INET, address, &in.sin_addr) != 1)
        die("address");
    own.sin_addr.s_addr = htonl((127U << 24) + from);
    /* The port is chosen at connect, for this server alone: thousands of ended connections do not use all of them up. */
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof own) != 0 ||
        connect(fd, (struct sockaddr *)&in, sizeof in) != 0)
        die("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void say(struct session *s, const char *text, size_t len) {
    long n = s->ssl != NULL ? SSL_write(s->ssl, text, (int)len) : write(s->fd, text, len);

    if (n != (long)len)
        die("write");
}

/* Reads until a reply that ends the given number of replies; their codes are not looked at beyond the first digit. */
static void hear(struct session *s, int replies) {
    char data[REPLY_B];
    size_t have = 0, line = 0;

    while (replies > 0) {
        long n = s->ssl != NULL ? SSL_read(s->ssl, data + have, (int)(sizeof data - have))
                                : read(s->fd, data + have, sizeof data - have);
        if (n <= 0)
            die("read");
        have += (size_t)n;
        for (size_t i = line; i < have; i++) {
            if (data[i] != '\n')
                continue;
            if (data[line] > '3')
                die("a reply that is none of success");
            replies -= data[line + 3] == ' ';
            line = i + 1;
        }
    }
}

static void ask(struct session *s, const char *command) {
    say(s, command, strlen(command));
    hear(s, 1);
}

static void begin_tls(struct session *s, SSL_CTX *ctx) {
    hear(s, 1);
    ask(s, "EHLO bench.test\r\n");
    ask(s, "STARTTLS\r\n");
    SSL *ssl = SSL_new(ctx);
    if (ssl == NULL || SSL_set_fd(ssl, s->fd) != 1 || SSL_connect(ssl) != 1)
        die("handshake");
    s->ssl = ssl;
    ask(s, "EHLO bench.test\r\n");
}

static void deliver(SSL_CTX *ctx, long port, const char *message) {
    struct session s = {.fd = connect_to("127.0.0.1", port, 1)};

    begin_tls(&s, ctx);
    ask(&s, "MAIL FROM:<a@bench.test>\r\n");
    ask(&s, "RCPT TO:<b@bench.test>\r\n");
    ask(&s, "DATA\r\n");
    ask(&s, message);
    ask(&s, "QUIT\r\n");
    SSL_shutdown(s.ssl);
    SSL_free(s.ssl);
    close(s.fd);
}

/* MESSAGE_B bytes of short lines, and the final dot. */
static char *make_message(void) {
    static const char head[] = "Subject: bench\r\n\r\n", end[] = "\r\n.\r\n";
    char *message = malloc(MESSAGE_B + sizeof end);

    if (message == NULL)
        die("memory");
    memset(message, 'x', MESSAGE_B);
    memcpy(message, head, sizeof head - 1);
    for (size_t at = 64; at + 2 < MESSAGE_B; at += 64)
        memcpy(message + at, "\r\n", 2);
    memcpy(message + MESSAGE_B, end, sizeof end);
    return message;
}

static void run_load(long port, long count) {
    SSL_CTX *ctx = client_context();
    char *message = make_message();

    for (long i = 0; i < count; i++)
        deliver(ctx, port, message);
    free(message);
    SSL_CTX_free(ctx);
}

/* text: ADDRESS:PORT */
static void look_at(SSL_CTX *ctx, const char *text) {
    const char *colon = strchr(text, ':');
    char address[64];

    if (colon == NULL)
        die("a target is ADDRESS:PORT");
    snprintf(address, sizeof address, "%.*s", (int)(colon - text), text);
    struct session s = {.fd = connect_to(address, strtol(colon + 1, NULL, 10), 1)};
    begin_tls(&s, ctx);
    ask(&s, "QUIT\r\n");
    SSL_shutdown(s.ssl);
    SSL_free(s.ssl);
    close(s.fd);
}

static void run_check(const char *root, long count, char **targets, int target_count) {
    SSL_CTX *ctx = verifying_context(root);

    for (int i = 0; i < target_count; i++)
        look_at(ctx, targets[i]);
    int64_t start = cpu_ns();
    for (long i = 0; i < count; i++)
        look_at(ctx, targets[i % target_count]);
    printf("%.2f\n", (double)(cpu_ns() - start) / 1000.0 / (double)count);
    SSL_CTX_free(ctx);
}

static void run_idle(long port, long count) {
    SSL_CTX *ctx = client_context();
    char byte;

    for (long i = 0; i < count; i++) {
        struct session s = {.fd = connect_to("127.0.0.1", port, 2 + (unsigned)i / 32)};
        begin_tls(&s, ctx); /* kept open: the process's end closes all */
    }
    puts("ready");
    fflush(stdout);
    if (read(STDIN_FILENO, &byte, 1) < 0)
        die("standard input");
    SSL_CTX_free(ctx);
}

static int64_t wall_ns(void) {
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int compare_times(const void *left, const void *right) {
    const int64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static int64_t greet_ns(long port) {
    int64_t start = wall_ns();
    struct session s = {.fd = connect_to("127.0.0.1", port, 1)};

    hear(&s, 1);
    ask(&s, "EHLO bench.test\r\n");
    int64_t took = wall_ns() - start;
    ask(&s, "QUIT\r\n");
    close(s.fd);
    return took;
}

static void run_wait(long port, long seconds) {
    enum { PAUSE_NS = 500 * 1000, MOST = 1 << 18 };
    int64_t *times = calloc(MOST, sizeof *times), end = wall_ns() + seconds * 1000000000;
    size_t n = 0;

    if (times == NULL)
        die("memory");
    while (n < MOST && wall_ns() < end) {
        times[n++] = greet_ns(port);
        nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
    }
    qsort(times, n, sizeof *times, compare_times);
    printf("%.3f %.3f %.3f\n", (double)times[n - 1] / 1e6, (double)times[n - 1 - n / 1000] / 1e6,
           (double)times[n / 2] / 1e6);
    free(times);
}

int main(int argc, char **argv) {
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    if (argc == 5 && strcmp(argv[1], "limit") == 0)
        run_limit(argv[2], argv[3], NULL, strtol(argv[4], NULL, 10));
    else if (argc == 6 && strcmp(argv[1], "check-limit") == 0)
        run_limit(argv[2], argv[3], argv[4], strtol(argv[5], NULL, 10));
    else if (argc >= 5 && strcmp(argv[1], "check") == 0)
        run_check(argv[2], strtol(argv[3], NULL, 10), argv + 4, argc - 4);
    else if (argc == 4 && strcmp(argv[1], "serve") == 0)
        run_server(argv[2], argv[3]);
    else if (argc == 4 && strcmp(argv[1], "load") == 0)
        run_load(strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10));
    else if (argc == 4 && strcmp(argv[1], "wait") == 0)
        run_wait(strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10));
    else if (argc == 4 && strcmp(argv[1], "idle") == 0)
        run_idle(strtol(argv[2], NULL, 10), strtol(argv[3], NULL, 10));
    else
        die("usage: sessions limit CHAIN KEY N | check-limit CHAIN KEY ROOT N | serve CHAIN KEY | "
            "load PORT N | check ROOT N ADDRESS:PORT... | wait PORT SECONDS | idle PORT N");
    return 0;
}
