/* dns_server - a small DNS server on loopback, over UDP and TCP at one port, in a thread of its own, that answers from a
 * table; what lies in DNS_SIGNED_ZONE it signs with a key that it makes.
 *
 * Life: dns_server_start -> any questions -> dns_server_stop. */
#ifndef DOORMAT_TESTS_DNS_SERVER_H
#define DOORMAT_TESTS_DNS_SERVER_H

#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "dns_message.h"
#include "unit.h"

enum {
    DNS_HEADER_B = 12,
    DNS_MAX_B = 65535,
    DNS_MAX_HELD = 32,
    DNS_FLAGS = 0x8180, /* a response, with recursion desired and available */
    DNS_FLAG_TC = 0x0200,
    DNS_RCODE_SERVFAIL = 2,
    DNS_RCODE_NXDOMAIN = 3,
    DNS_DO = 0x8000,
};

enum dns_how {
    DNS_ANSWER,
    DNS_SERVFAIL,
    DNS_SILENT,
    DNS_TRUNCATED, /* over UDP; over TCP it is answered */
    DNS_FORGED,    /* signed, and then changed */
    DNS_HELD,      /* over UDP, answered before the next question of another kind is */
};

/* A record as a zone file has it.  data NULL: the name has no such records.  A name "*.x" stands for all that end in ".x".
 * Names that no row knows do not exist. */
struct dns_row {
    const char *name;
    int type;
    const char *data;
    enum dns_how how;
};

struct dns_held {
    struct buf reply;
    struct sockaddr_in peer;
};

struct dns_server {
    const struct dns_row *rows;
    size_t count;
    int udp, tcp, bell;
    pthread_t thread;
    EVP_PKEY *key;
    struct dns_held held[DNS_MAX_HELD];
    size_t held_count;
    atomic_uint questions;
    char address[32];       /* as libunbound takes it: "127.0.0.1@12345" */
    char trust_anchor[256]; /* a DNSKEY record */
};

struct dns_question {
    char name[256];
    int type;
    size_t end; /* where it ends in the message */
};

static bool dns_has_suffix(const char *name, const char *suffix) {
    size_t len = strlen(name), suffix_len = strlen(suffix);

    return len >= suffix_len && ascii_equal(name + len - suffix_len, suffix);
}

static bool dns_row_is_for(const struct dns_row *row, const char *name) {
    return row->name[0] == '*' ? dns_has_suffix(name, row->name + 1) : ascii_equal(row->name, name);
}

/* 0, or -1 for what is no question. */
static int dns_read_question(const uint8_t *data, size_t len, struct dns_question *out) {
    size_t pos = DNS_HEADER_B, used = 0;

    while (pos < len && data[pos] != 0) {
        size_t label = data[pos];
        if (pos + label + 1 >= len || used + label + 2 > sizeof out->name)
            return -1;
        memcpy(out->name + used, data + pos + 1, label);
        used += label;
        out->name[used++] = '.';
        pos += label + 1;
    }
    out->name[used > 0 ? used - 1 : 0] = '\0';
    out->end = pos + 5;
    if (out->end > len)
        return -1;
    out->type = data[pos + 1] << 8 | data[pos + 2];
    return 0;
}

struct dns_answer {
    struct buf records;
    unsigned count, flags;
};

static void dns_add_signature(const struct dns_server *server, const char *owner, int type,
                              const struct buf *set, bool forged, struct dns_answer *answer) {
    if (!dns_has_suffix(owner, DNS_SIGNED_ZONE))
        return;
    dns_put_signature(&answer->records, server->key, owner, type, set);
    answer->count++;
    if (forged)
        answer->records.data[answer->records.len - 1] ^= 1;
}

/* Adds all rows of the owner and type; what kind of row they are, or -1 if there are none. */
static int dns_add_rows(const struct dns_server *server, const char *owner, int type,
                        struct dns_answer *answer) {
    struct buf set, rdata;
    int how = -1;

    buf_init(&set, DNS_MAX_B);
    buf_init(&rdata, DNS_MAX_B);
    for (size_t i = 0; i < server->count; i++) {
        const struct dns_row *row = &server->rows[i];
        if (row->type != type || !dns_row_is_for(row, owner))
            continue;
        how = (int)row->how;
        if (row->data == NULL)
            continue;
        buf_reset(&rdata);
        dns_put_rdata(&rdata, type, row->data);
        dns_put_record(&set, owner, type, &rdata);
        answer->count++;
    }
    buf_append(&answer->records, set.data, set.len);
    if (set.len > 0)
        dns_add_signature(server, owner, type, &set, how == DNS_FORGED, answer);
    buf_fini(&set);
    buf_fini(&rdata);
    return how;
}

static void dns_add_key(const struct dns_server *server, struct dns_answer *answer) {
    struct buf set, rdata;

    buf_init(&set, DNS_MAX_B);
    buf_init(&rdata, DNS_MAX_B);
    dns_put_key(&rdata, server->key);
    dns_put_record(&set, DNS_SIGNED_ZONE, DNS_DNSKEY, &rdata);
    buf_append(&answer->records, set.data, set.len);
    answer->count = 1;
    dns_add_signature(server, DNS_SIGNED_ZONE, DNS_DNSKEY, &set, false, answer);
    buf_fini(&set);
    buf_fini(&rdata);
}

static bool dns_exists(const struct dns_server *server, const char *name) {
    for (size_t i = 0; i < server->count; i++)
        if (dns_row_is_for(&server->rows[i], name))
            return true;
    return false;
}

static const char *dns_alias_of(const struct dns_server *server, const char *name) {
    for (size_t i = 0; i < server->count; i++)
        if (server->rows[i].type == DNS_CNAME && dns_row_is_for(&server->rows[i], name))
            return server->rows[i].data;
    return NULL;
}

/* What kind of row it is. */
static int dns_find(const struct dns_server *server, const struct dns_question *question,
                    bool is_udp, struct dns_answer *answer) {
    const char *name = question->name, *alias;

    if (question->type == DNS_DNSKEY && ascii_equal(name, DNS_SIGNED_ZONE)) {
        dns_add_key(server, answer);
        return DNS_ANSWER;
    }
    for (; (alias = dns_alias_of(server, name)) != NULL; name = alias)
        dns_add_rows(server, name, DNS_CNAME, answer);
    int how = dns_add_rows(server, name, question->type, answer);
    if (how == DNS_SERVFAIL)
        answer->flags |= DNS_RCODE_SERVFAIL;
    else if (!dns_exists(server, name))
        answer->flags |= DNS_RCODE_NXDOMAIN;
    if (how == DNS_TRUNCATED && is_udp) {
        buf_reset(&answer->records);
        answer->count = 0;
        answer->flags |= DNS_FLAG_TC;
    }
    return how;
}

/* Writes the reply to a message, or nothing if there is none; what kind of row it is. */
static int dns_reply(struct dns_server *server, const uint8_t *data, size_t len, bool is_udp,
                     struct buf *out) {
    struct dns_answer answer = {.flags = DNS_FLAGS};
    struct dns_question question;

    if (len < DNS_HEADER_B || dns_read_question(data, len, &question) != 0)
        return DNS_SILENT;
    atomic_fetch_add(&server->questions, 1);
    buf_init(&answer.records, DNS_MAX_B);
    int how = dns_find(server, &question, is_udp, &answer);
    if (how != DNS_SILENT) {
        buf_append(out, data, 2);
        dns_put_u16(out, answer.flags);
        dns_put_u16(out, 1);
        dns_put_u16(out, answer.count);
        dns_put_u16(out, 0);
        dns_put_u16(out, 1);
        buf_append(out, data + DNS_HEADER_B, question.end - DNS_HEADER_B);
        buf_append(out, answer.records.data, answer.records.len);
        dns_put_u8(out, 0); /* EDNS, with DNSSEC */
        dns_put_u16(out, DNS_OPT);
        dns_put_u16(out, 1232);
        dns_put_u32(out, DNS_DO);
        dns_put_u16(out, 0);
    }
    buf_fini(&answer.records);
    return how;
}

static void dns_send(const struct dns_server *server, struct buf *reply,
                     const struct sockaddr_in *peer) {
    if (reply->len > 0)
        sendto(server->udp, reply->data, reply->len, 0, (const struct sockaddr *)peer,
               sizeof *peer);
    buf_fini(reply);
}

static void dns_release(struct dns_server *server) {
    for (size_t i = 0; i < server->held_count; i++)
        dns_send(server, &server->held[i].reply, &server->held[i].peer);
    server->held_count = 0;
}

static void dns_serve_udp(struct dns_server *server) {
    struct sockaddr_in peer;
    socklen_t peer_len = sizeof peer;
    uint8_t data[4096];
    struct buf out;
    int how = DNS_SILENT;
    ssize_t n = recvfrom(server->udp, data, sizeof data, 0, (struct sockaddr *)&peer, &peer_len);

    buf_init(&out, DNS_MAX_B);
    if (n > 0)
        how = dns_reply(server, data, (size_t)n, true, &out);
    if (how == DNS_HELD && server->held_count < DNS_MAX_HELD) {
        server->held[server->held_count++] = (struct dns_held){out, peer};
        return;
    }
    dns_release(server);
    dns_send(server, &out, &peer);
}

static void dns_serve_tcp(struct dns_server *server) {
    uint8_t data[4096];
    struct buf out, framed;
    int fd = accept(server->tcp, NULL, NULL);
    ssize_t n = recv(fd, data, 2, MSG_WAITALL);

    buf_init(&out, DNS_MAX_B);
    buf_init(&framed, DNS_MAX_B + 2);
    if (n == 2)
        n = recv(fd, data, (size_t)(data[0] << 8 | data[1]) % sizeof data, MSG_WAITALL);
    if (n > 0)
        dns_reply(server, data, (size_t)n, false, &out);
    dns_put_u16(&framed, (unsigned)out.len);
    buf_append(&framed, out.data, out.len);
    if (out.len > 0)
        send(fd, framed.data, framed.len, MSG_NOSIGNAL);
    close(fd);
    buf_fini(&out);
    buf_fini(&framed);
}

static void *dns_serve(void *arg) {
    struct dns_server *server = arg;
    struct pollfd fds[] = {
        {server->bell, POLLIN, 0}, {server->udp, POLLIN, 0}, {server->tcp, POLLIN, 0}};

    while (poll(fds, 3, -1) > 0 && fds[0].revents == 0) {
        if (fds[1].revents != 0)
            dns_serve_udp(server);
        if (fds[2].revents != 0)
            dns_serve_tcp(server);
    }
    return NULL;
}

static int dns_bind(int kind, struct sockaddr_in *address) {
    socklen_t len = sizeof *address;
    int fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);

    if (bind(fd, (struct sockaddr *)address, sizeof *address) == 0 &&
        getsockname(fd, (struct sockaddr *)address, &len) == 0)
        return fd;
    close(fd);
    return -1;
}

/* A port that is free for both. */
static unsigned dns_open(struct dns_server *server) {
    int buffer_b = 1 << 20;

    for (int tries = 0; tries < 64; tries++) {
        struct sockaddr_in address = {.sin_family = AF_INET,
                                      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        server->tcp = dns_bind(SOCK_STREAM, &address);
        server->udp = dns_bind(SOCK_DGRAM, &address);
        if (server->udp >= 0) {
            setsockopt(server->udp, SOL_SOCKET, SO_RCVBUF, &buffer_b, sizeof buffer_b);
            assert_int_equal(listen(server->tcp, 64), 0);
            return ntohs(address.sin_port);
        }
        close(server->tcp);
    }
    fail_msg("no port is free");
    return 0;
}

static void dns_write_trust_anchor(struct dns_server *server) {
    uint8_t base64[192];
    struct buf rdata;

    buf_init(&rdata, 1024);
    dns_put_key(&rdata, server->key);
    EVP_EncodeBlock(base64, rdata.data + 4, (int)rdata.len - 4);
    snprintf(server->trust_anchor, sizeof server->trust_anchor, "%s. IN DNSKEY %d %d %d %s",
             DNS_SIGNED_ZONE, DNS_KEY_FLAGS, DNS_KEY_PROTOCOL, DNS_ECDSA_P256, (char *)base64);
    buf_fini(&rdata);
}

static struct dns_server *dns_server_start(const struct dns_row *rows, size_t count) {
    struct dns_server *server = mem_zalloc(sizeof *server);

    server->rows = rows;
    server->count = count;
    server->key = EVP_EC_gen("P-256");
    assert_non_null(server->key);
    dns_write_trust_anchor(server);
    snprintf(server->address, sizeof server->address, "127.0.0.1@%u", dns_open(server));
    server->bell = eventfd(0, EFD_CLOEXEC);
    assert_int_equal(pthread_create(&server->thread, NULL, dns_serve, server), 0);
    return server;
}

static void dns_server_stop(struct dns_server **server) {
    eventfd_write((*server)->bell, 1);
    pthread_join((*server)->thread, NULL);
    dns_release(*server);
    close((*server)->bell);
    close((*server)->udp);
    close((*server)->tcp);
    EVP_PKEY_free((*server)->key);
    free(*server);
    *server = NULL;
}

#endif
