/* strict - the dialogue of a sender that reads whole replies, and leaves at the first surprise. */
#include <ctype.h>
#include <strings.h>

#include "scripted.h"

enum { REPLY_MAX_B = 64 * 1024, REPLY_MAX_LINES = 100 };

struct strict {
    struct wire wire;
    const struct message *message;
    char reply[REPLY_MAX_B + 1]; /* the last one, whole */
};

static int surprise(const char *what, const char *more) {
    printf("%s %.60s\n", what, more);
    return -1;
}

/* The code of a line that is a reply's, or -1; whether another is to follow. */
static int code_of(const char *line, size_t line_b, bool *more) {
    if (line_b < 5 || strcmp(line + line_b - 2, "\r\n") != 0 || strlen(line) != line_b)
        return -1;
    for (size_t i = 0; i < 3; i++)
        if (!isdigit((unsigned char)line[i]))
            return -1;
    *more = line[3] == '-';
    if (!*more && line[3] != ' ' && line[3] != '\r')
        return -1;
    return (int)strtol((char[]){line[0], line[1], line[2], '\0'}, NULL, 10);
}

/* Reads a reply: one code in all its lines, the wanted one. */
static int read_reply(struct strict *sender, int wanted, int also) {
    size_t reply_b = 0, lines = 0;
    bool more = true;

    while (more) {
        if (wire_read_line(&sender->wire) != 0)
            return surprise("the end of the connection", "");
        int code = code_of(sender->wire.line, sender->wire.line_b, &more);
        if (code != wanted && code != also)
            return surprise("reply", sender->wire.line);
        if (reply_b + sender->wire.line_b > REPLY_MAX_B || ++lines > REPLY_MAX_LINES)
            return surprise("a reply without end:", sender->wire.line);
        memcpy(sender->reply + reply_b, sender->wire.line, sender->wire.line_b);
        reply_b += sender->wire.line_b;
        sender->reply[reply_b] = '\0';
    }
    return 0;
}

static int command(struct strict *sender, const char *text, int wanted) {
    if (wire_say(&sender->wire, text) != 0)
        return surprise("cannot send", text);
    return read_reply(sender, wanted, wanted);
}

static int command_with(struct strict *sender, const char *verb, const char *variable,
                        const char *end, int wanted, int also) {
    char text[512];

    snprintf(text, sizeof text, "%s%s%s", verb, sender_env(variable), end);
    if (wire_say(&sender->wire, text) != 0)
        return surprise("cannot send", text);
    return read_reply(sender, wanted, also);
}

/* What stands behind the keyword in what EHLO was answered, or NULL. */
static const char *find_keyword(const char *reply, const char *keyword) {
    size_t keyword_b = strlen(keyword);

    for (const char *line = strchr(reply, '\n'); line != NULL; line = strchr(line + 1, '\n'))
        if (strlen(line) > 5 + keyword_b && strncasecmp(line + 5, keyword, keyword_b) == 0 &&
            strchr(" \r", line[5 + keyword_b]) != NULL)
            return line + 5 + keyword_b;
    return NULL;
}

static int ehlo(struct strict *sender) {
    return command_with(sender, "EHLO ", "DOORMAT_HELO", "", 250, 250);
}

static int secure(struct strict *sender, const char *versions) {
    SSL_CTX *context = strict_context(versions);
    int rc = -1;

    if (sender->wire.kept_b > 0)
        surprise("words behind the 220", "");
    else if (wire_secure(&sender->wire, context) == 0)
        rc = strict_accepts(sender->wire.ssl) ? 0 : -1;
    SSL_CTX_free(context);
    return rc;
}

/* Lines end with CRLF, and dots at their beginning are doubled (RFC 5321 4.5.2). */
static int send_message(struct strict *sender) {
    const struct message *message = sender->message;
    char *all = malloc(3 * message->data_b + 8);
    size_t all_b = 0;
    bool begins = true;

    for (size_t i = 0; i < message->data_b; i++) {
        char byte = message->data[i];
        if (begins && byte == '.')
            all[all_b++] = '.';
        begins = byte == '\r' || byte == '\n';
        if (begins) {
            all[all_b++] = '\r';
            all[all_b++] = '\n';
            i += byte == '\r' && i + 1 < message->data_b && message->data[i + 1] == '\n';
        } else {
            all[all_b++] = byte;
        }
    }
    memcpy(all + all_b, begins ? ".\r\n" : "\r\n.\r\n", begins ? 3 : 5);
    int rc = wire_send(&sender->wire, all, all_b + (begins ? 3 : 5));
    free(all);
    return rc;
}

static int send_mail(struct strict *sender) {
    const char *limit = find_keyword(sender->reply, "SIZE");
    char *end = NULL;
    unsigned long size_b = limit != NULL ? strtoul(limit, &end, 10) : 0;

    if (size_b > 0 && *end == '\r' && size_b < sender->message->data_b)
        return surprise("a limit below the message's size", "");
    bool chunks = find_keyword(sender->reply, "CHUNKING") != NULL;
    if (find_keyword(sender->reply, "AUTH") != NULL &&
        command(sender, "AUTH PLAIN AHVzZXIAcGFzcw==", 235) != 0)
        return -1;
    if (command_with(sender, "MAIL FROM:<", "DOORMAT_FROM", ">", 250, 250) != 0 ||
        command_with(sender, "RCPT TO:<", "DOORMAT_TO", ">", 250, 251) != 0)
        return -1;
    if (chunks && command(sender, "BDAT 0 LAST", 250) != 0)
        return -1;
    if (command(sender, "DATA", 354) != 0 || send_message(sender) != 0)
        return -1;
    return read_reply(sender, 250, 250);
}

static int deliver(struct strict *sender, const char *versions) {
    if (read_reply(sender, 220, 220) != 0 || ehlo(sender) != 0)
        return -1;
    if (strlen(sender->reply) == 0 || find_keyword(sender->reply, "STARTTLS") == NULL)
        return surprise("no STARTTLS", "");
    if (command(sender, "STARTTLS", 220) != 0 || secure(sender, versions) != 0 ||
        ehlo(sender) != 0 || send_mail(sender) != 0)
        return -1;
    (void)command(sender, "QUIT", 221); /* the message is delivered */
    return 0;
}

int strict_deliver(const struct message *message, const char *versions) {
    static struct strict sender;
    int rc = -1;

    sender.message = message;
    if (wire_open(&sender.wire, sender_env("DOORMAT_PORT"), SENDER_TIMEOUT_MS) == 0)
        rc = deliver(&sender, versions);
    wire_close(&sender.wire);
    return rc;
}
