/* The client's dialogue: the same words and the same outcome whatever the pieces in which the bytes come, an outcome that
 * fits what was said, and nothing said that is not a command.  The first byte chooses implicit TLS; the byte 0xfe ends a
 * piece, after which the handshake is complete if the client asked for one. */
#include <assert.h>
#include <stdint.h>

#include "base/ascii.h"
#include "smtp/client.h"

#define NAME "me.example"

enum { OUT_MAX_B = 4096, END_OF_PIECE = 0xfe };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clean(const char *text, size_t size_b) {
    size_t len = strlen(text);

    assert(len < size_b);
    for (size_t i = 0; i < len; i++)
        assert(ascii_is_print((unsigned char)text[i]));
}

/* Each line said is one of these, and QUIT is the last. */
static void check_said(const char *said) {
    static const char *const commands[] = {"EHLO " NAME "\r\n", "HELO " NAME "\r\n", "STARTTLS\r\n",
                                           "QUIT\r\n"};
    unsigned lines = 0;

    for (; *said != '\0'; lines++) {
        size_t i = 0;

        while (i < 4 && strncmp(said, commands[i], strlen(commands[i])) != 0)
            i++;
        assert(i < 4);
        said += strlen(commands[i]);
        assert(i < 3 || *said == '\0');
    }
    assert(lines <= 4);
}

static void check_sense(const struct smtp_client *client, enum smtp_client_step step,
                        const char *said) {
    enum smtp_client_starttls starttls = smtp_client_starttls(client);
    bool asked = strstr(said, "STARTTLS") != NULL;
    bool quit = strstr(said, "QUIT") != NULL;

    check_clean(smtp_client_last_text(client), SMTP_CLIENT_TEXT_SIZE_B);
    check_clean(smtp_client_error(client), ERR_TEXT_SIZE_B);
    check_said(said);
    assert((smtp_client_error(client)[0] != '\0') == (step == SMTP_CLIENT_FAILED));
    assert(starttls != SMTP_CLIENT_STARTTLS_ACCEPTED || asked);
    assert(starttls != SMTP_CLIENT_STARTTLS_REFUSED || (asked && step == SMTP_CLIENT_DONE));
    assert(starttls != SMTP_CLIENT_STARTTLS_NOT_OFFERED || !asked);
    assert(!quit || step == SMTP_CLIENT_DONE || step == SMTP_CLIENT_FAILED);
    assert(smtp_client_behind_starttls_b(client) == 0 ||
           starttls == SMTP_CLIENT_STARTTLS_ACCEPTED || starttls == SMTP_CLIENT_STARTTLS_IMPLICIT);
    assert((smtp_client_last_code(client) / 100 == 4) == smtp_client_is_temporary(client));
}

/* Plays all pieces, each at once or byte by byte. */
static struct smtp_client *play(const uint8_t *data, size_t size, bool bytewise, struct buf *out) {
    struct smtp_client *client = smtp_client_new(NAME, (data[0] & 1) != 0);
    size_t pos = 1;

    while (pos < size) {
        const uint8_t *end = memchr(data + pos, END_OF_PIECE, size - pos);
        size_t piece = end != NULL ? (size_t)(end - data) - pos : size - pos;
        size_t chunk = bytewise ? 1 : piece;
        enum smtp_client_step step = smtp_client_feed(client, data + pos, 0, out);

        for (size_t i = 0; i < piece; i += chunk)
            step = smtp_client_feed(client, data + pos + i, chunk, out);
        check_sense(client, step, buf_text(out));
        if (step == SMTP_CLIENT_START_TLS)
            smtp_client_secured(client, out);
        pos += piece + 1;
    }
    return client;
}

static void check_same(const struct smtp_client *a, const struct smtp_client *b) {
    assert(smtp_client_starttls(a) == smtp_client_starttls(b));
    assert(smtp_client_last_code(a) == smtp_client_last_code(b));
    assert(smtp_client_behind_starttls_b(a) == smtp_client_behind_starttls_b(b));
    assert(strcmp(smtp_client_last_text(a), smtp_client_last_text(b)) == 0);
    assert(strcmp(smtp_client_error(a), smtp_client_error(b)) == 0);
    assert(strcmp(smtp_client_awaits(a), smtp_client_awaits(b)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct buf whole_out, bytewise_out;

    if (size == 0)
        return 0;
    buf_init(&whole_out, OUT_MAX_B);
    buf_init(&bytewise_out, OUT_MAX_B);
    struct smtp_client *whole = play(data, size, false, &whole_out);
    struct smtp_client *bytewise = play(data, size, true, &bytewise_out);
    check_same(whole, bytewise);
    assert(strcmp(buf_text(&whole_out), buf_text(&bytewise_out)) == 0);
    smtp_client_free(&whole);
    smtp_client_free(&bytewise);
    buf_fini(&whole_out);
    buf_fini(&bytewise_out);
    return 0;
}
