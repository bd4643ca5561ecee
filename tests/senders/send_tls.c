/* send_tls - sends one message with mbedTLS (-DWITH_MBEDTLS) or wolfSSL, in the environment of `doormat try`.
 *
 * STARTTLS is insisted on, the certificate and the host's name are checked, as the library does it by default. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#ifdef WITH_MBEDTLS
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#else
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>
#endif

static int sock = -1;
static int secure;

static const char *env(const char *name) {
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "%s is not set\n", name);
        exit(2);
    }
    return value;
}

static void fail(const char *what, long code) {
    printf("%s: %ld\n", what, code);
    exit(1);
}

#ifdef WITH_MBEDTLS
static mbedtls_ssl_context tls;

static int tls_read(char *into, size_t size) {
    return mbedtls_ssl_read(&tls, (unsigned char *)into, size);
}

static int tls_write(const char *from, size_t size) {
    return mbedtls_ssl_write(&tls, (const unsigned char *)from, size);
}

static void start_tls(void) {
    static mbedtls_ssl_config config;
    static mbedtls_x509_crt anchors;
    static mbedtls_entropy_context entropy;
    static mbedtls_ctr_drbg_context random;
    static mbedtls_net_context net;

    mbedtls_ssl_init(&tls);
    mbedtls_ssl_config_init(&config);
    mbedtls_x509_crt_init(&anchors);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0);
    int result = mbedtls_x509_crt_parse_file(&anchors, env("DOORMAT_CA"));
    if (result)
        fail("trust anchor", result);
    mbedtls_ssl_config_defaults(&config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
                                MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_authmode(&config, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(&config, &anchors, NULL);
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
    mbedtls_ssl_setup(&tls, &config);
    mbedtls_ssl_set_hostname(&tls, env("DOORMAT_HOST"));
    net.fd = sock;
    mbedtls_ssl_set_bio(&tls, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
    result = mbedtls_ssl_handshake(&tls);
    if (result)
        fail("handshake", result);
}
#else
static WOLFSSL *tls;

static int tls_read(char *into, size_t size) {
    return wolfSSL_read(tls, into, (int)size);
}

static int tls_write(const char *from, size_t size) {
    return wolfSSL_write(tls, from, (int)size);
}

static void start_tls(void) {
    const char *host = env("DOORMAT_HOST");
    wolfSSL_Init();
    WOLFSSL_CTX *context = wolfSSL_CTX_new(wolfSSLv23_client_method());
    int result = wolfSSL_CTX_load_verify_locations(context, env("DOORMAT_CA"), NULL);
    if (result != SSL_SUCCESS)
        fail("trust anchor", result);
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER, NULL);
    tls = wolfSSL_new(context);
    wolfSSL_check_domain_name(tls, host);
    wolfSSL_UseSNI(tls, WOLFSSL_SNI_HOST_NAME, host, (unsigned short)strlen(host));
    wolfSSL_set_fd(tls, sock);
    if (wolfSSL_connect(tls) != SSL_SUCCESS)
        fail("handshake", wolfSSL_get_error(tls, 0));
}
#endif

/* Reads a whole reply; its code, or -1.  What follows it in the same record is dropped. */
static int read_reply(void) {
    static char text[200000];
    size_t have = 0;
    while (have < sizeof text - 1) {
        int got = secure ? tls_read(text + have, sizeof text - 1 - have)
                         : (int)read(sock, text + have, sizeof text - 1 - have);
        if (got <= 0)
            return -1;
        have += (size_t)got;
        text[have] = '\0';
        if (text[have - 1] != '\n')
            continue;
        text[have - 1] = '\0';
        const char *last = strrchr(text, '\n');
        last = last ? last + 1 : text;
        if (strlen(last) >= 3 && last[3] != '-')
            return atoi(last);
        text[have - 1] = '\n';
    }
    return -1;
}

/* Sends a line, or nothing, and wants a reply that begins with this digit. */
static void say(const char *line, int wanted) {
    size_t size = line ? strlen(line) : 0;
    if (size && (secure ? tls_write(line, size) : (int)write(sock, line, size)) <= 0)
        fail("write", 0);
    int code = read_reply();
    if (code / 100 != wanted)
        fail(line ? line : "greeting", code);
}

static void connect_to_server(void) {
    struct addrinfo *list, hints = {.ai_socktype = SOCK_STREAM};
    if (getaddrinfo(env("DOORMAT_HOST"), env("DOORMAT_PORT"), &hints, &list))
        fail("no such host", 0);
    for (struct addrinfo *at = list; at && sock < 0; at = at->ai_next) {
        sock = socket(at->ai_family, SOCK_STREAM, 0);
        if (connect(sock, at->ai_addr, at->ai_addrlen)) {
            close(sock);
            sock = -1;
        }
    }
    if (sock < 0)
        fail("no connection", 0);
    struct timeval limit = {.tv_sec = 10};
    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

int main(void) {
    char line[1000], hello[300];
    snprintf(hello, sizeof hello, "EHLO %s\r\n", env("DOORMAT_HELO"));
    connect_to_server();
    say(NULL, 2);
    say(hello, 2);
    say("STARTTLS\r\n", 2);
    start_tls();
    secure = 1;
    say(hello, 2);
    snprintf(line, sizeof line, "MAIL FROM:<%s>\r\n", env("DOORMAT_FROM"));
    say(line, 2);
    snprintf(line, sizeof line, "RCPT TO:<%s>\r\n", env("DOORMAT_TO"));
    say(line, 2);
    say("DATA\r\n", 3);
    say("Subject: probe\r\n\r\nhello\r\n.\r\n", 2);
    say("QUIT\r\n", 2);
    return 0;
}
