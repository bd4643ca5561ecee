#include "wire.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

static int connect_to(const char *host, const char *port) {
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found, *at;
    int fd = -1;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    for (at = found; at != NULL && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, at->ai_addr, at->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

int wire_open(struct wire *wire, const char *port, int timeout_ms) {
    wire->fd = connect_to(getenv("DOORMAT_HOST"), port);
    wire->timeout_ms = timeout_ms;
    wire->ssl = NULL;
    wire->drops_last_word = false;
    wire->kept = malloc(WIRE_KEPT_SIZE_B);
    wire->kept_b = wire->line_b = 0;
    wire->line[0] = '\0';
    return wire->fd >= 0 && wire->kept != NULL ? 0 : -1;
}

static void drop_tls(struct wire *wire) {
    SSL_free(wire->ssl); /* and its BIOs */
    wire->ssl = NULL;
    ERR_clear_error();
}

void wire_close(struct wire *wire) {
    drop_tls(wire);
    if (wire->fd >= 0)
        close(wire->fd);
    wire->fd = -1;
    free(wire->kept);
    wire->kept = NULL;
}

static int send_bytes(struct wire *wire, const char *data, size_t data_b) {
    while (data_b > 0) {
        ssize_t sent = send(wire->fd, data, data_b, MSG_NOSIGNAL);
        if (sent <= 0)
            return -1;
        data += sent;
        data_b -= (size_t)sent;
    }
    return 0;
}

/* What TLS has to say. */
static int flush(struct wire *wire) {
    char *data;
    long data_b = BIO_get_mem_data(wire->out, &data);
    int rc = data_b > 0 ? send_bytes(wire, data, (size_t)data_b) : 0;

    (void)BIO_reset(wire->out);
    return rc;
}

static bool is_readable(const struct wire *wire, int limit_ms) {
    struct pollfd ready = {.fd = wire->fd, .events = POLLIN};

    return poll(&ready, 1, limit_ms) > 0;
}

void wire_wait(struct wire *wire, int limit_ms) {
    (void)is_readable(wire, limit_ms);
}

static ssize_t receive(struct wire *wire, char *data, size_t room_b) {
    return is_readable(wire, wire->timeout_ms) ? recv(wire->fd, data, room_b, 0) : -1;
}

/* From the network to TLS. */
static int feed(struct wire *wire) {
    char data[16384];
    ssize_t got = receive(wire, data, sizeof data);

    return got > 0 && BIO_write(wire->in, data, (int)got) == got ? 0 : -1;
}

static ssize_t read_some(struct wire *wire, char *data, size_t room_b) {
    while (wire->ssl != NULL) {
        int got = SSL_read(wire->ssl, data, (int)room_b);
        bool wants_more = got <= 0 && SSL_get_error(wire->ssl, got) == SSL_ERROR_WANT_READ;
        if (flush(wire) != 0)
            return -1;
        if (!wants_more)
            return got;
        if (feed(wire) != 0)
            return -1;
    }
    return receive(wire, data, room_b);
}

int wire_send(struct wire *wire, const void *data, size_t data_b) {
    if (wire->ssl == NULL)
        return send_bytes(wire, data, data_b);
    return SSL_write(wire->ssl, data, (int)data_b) > 0 ? flush(wire) : -1;
}

int wire_say(struct wire *wire, const char *text) {
    char line[1024];
    int line_b = snprintf(line, sizeof line, "%s\r\n", text);

    return wire_send(wire, line, (size_t)line_b);
}

int wire_read_line(struct wire *wire) {
    char *end;

    while ((end = memchr(wire->kept, '\n', wire->kept_b)) == NULL) {
        ssize_t got = read_some(wire, wire->kept + wire->kept_b, WIRE_KEPT_SIZE_B - wire->kept_b);
        if (got <= 0)
            return -1;
        wire->kept_b += (size_t)got;
    }
    wire->line_b = (size_t)(end - wire->kept) + 1;
    if (wire->line_b >= sizeof wire->line)
        return -1;
    memcpy(wire->line, wire->kept, wire->line_b);
    wire->line[wire->line_b] = '\0';
    wire->kept_b -= wire->line_b;
    memmove(wire->kept, end + 1, wire->kept_b);
    return 0;
}

void wire_forget(struct wire *wire) {
    wire->kept_b = 0;
}

int wire_secure(struct wire *wire, SSL_CTX *context) {
    int done;

    wire->ssl = SSL_new(context);
    wire->in = BIO_new(BIO_s_mem());
    wire->out = BIO_new(BIO_s_mem());
    BIO_set_mem_eof_return(wire->in, -1);
    SSL_set_bio(wire->ssl, wire->in, wire->out);
    SSL_set_tlsext_host_name(wire->ssl, getenv("DOORMAT_HOST"));
    while ((done = SSL_connect(wire->ssl)) != 1) {
        bool wants_more = SSL_get_error(wire->ssl, done) == SSL_ERROR_WANT_READ;
        if ((wants_more || !wire->drops_last_word) && flush(wire) != 0)
            break;
        if (!wants_more || feed(wire) != 0)
            break;
    }
    if (done == 1)
        return flush(wire);
    ERR_print_errors_fp(stdout);
    drop_tls(wire);
    wire_forget(wire);
    return -1;
}

void wire_unwrap(struct wire *wire) {
    if (SSL_shutdown(wire->ssl) == 0 && flush(wire) == 0)
        while (SSL_shutdown(wire->ssl) != 1 && feed(wire) == 0)
            ;
    drop_tls(wire);
    wire_forget(wire);
}

void wire_drain(struct wire *wire) {
    while (read_some(wire, wire->kept, WIRE_KEPT_SIZE_B) > 0)
        ;
}
