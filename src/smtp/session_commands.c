/* The commands: observed, then checked, then done.  What is observed of a well-formed command stands even when the check
 * refuses it, since the client has said it. */
#include <strings.h>

#include "base/ascii.h"
#include "base/mem.h"
#include "smtp/loose.h"
#include "smtp/reply.h"
#include "smtp/session_state.h"

/* May it be said now?  In this order, the first that does not hold is the answer. */

enum need {
    NEEDS_PLAINTEXT = 1 << 0,
    NEEDS_OFFER = 1 << 1,   /* of STARTTLS */
    NEEDS_PRIVACY = 1 << 2, /* for credentials; or that AUTH is offered all the same */
    NEEDS_HELLO = 1 << 3,
    NEEDS_NO_AUTH = 1 << 4,
    NEEDS_NO_MAIL = 1 << 5,
    NEEDS_MAIL = 1 << 6,
    NEEDS_RECIPIENT = 1 << 7,
    NEEDS_AUTH = 1 << 8,
};

static bool is_plaintext(const struct smtp_session *session) {
    return session->channel == CHANNEL_PLAIN;
}
static bool has_offer(const struct smtp_session *session) {
    return session_offers(session, CHANNEL_PLAIN, "STARTTLS");
}
static bool is_secured(const struct smtp_session *session) {
    return session->channel == CHANNEL_TLS;
}
static bool has_privacy(const struct smtp_session *session) {
    return is_secured(session) || session_offers(session, CHANNEL_PLAIN, "AUTH");
}
static bool has_auth(const struct smtp_session *session) {
    return session_offers(session, session->channel, "AUTH");
}
static bool is_greeted(const struct smtp_session *session) {
    return session->said.greeted;
}
static bool has_no_auth(const struct smtp_session *session) {
    return !session->said.authenticated;
}
static bool has_no_mail(const struct smtp_session *session) {
    return !session->said.has_mail;
}
static bool has_mail(const struct smtp_session *session) {
    return session->said.has_mail;
}
static bool has_recipient(const struct smtp_session *session) {
    return session->said.recipients > 0;
}

static const struct check {
    enum need need;
    bool (*holds)(const struct smtp_session *session);
    unsigned code;
    const char *text;
} checks[] = {
    {NEEDS_PLAINTEXT, is_plaintext, 503, "5.5.1 TLS is active already"},
    {NEEDS_OFFER, has_offer, 502, "5.5.1 STARTTLS is not offered"},
    {NEEDS_PRIVACY, has_privacy, 538, "5.7.11 Encryption required"},
    {NEEDS_AUTH, has_auth, 502, "5.5.1 AUTH is not offered"},
    {NEEDS_HELLO, is_greeted, 503, "5.5.1 Send EHLO first"},
    {NEEDS_NO_AUTH, has_no_auth, 503, "5.5.1 Authenticated already"},
    {NEEDS_NO_MAIL, has_no_mail, 503, "5.5.1 A transaction is open"},
    {NEEDS_MAIL, has_mail, 503, "5.5.1 Send MAIL first"},
    {NEEDS_RECIPIENT, has_recipient, 554, "5.5.1 No recipients"},
};

static const struct check *first_unmet(const struct smtp_session *session, unsigned needs) {
    for (size_t i = 0; i < ARRAY_LEN(checks); i++)
        if ((needs & checks[i].need) != 0 && !checks[i].holds(session))
            return &checks[i];
    return NULL;
}

/* What the client gave away by saying it. */

static void observe_starttls(struct smtp_session *session, const struct smtp_command *command) {
    (void)command;
    if (!is_plaintext(session) || session->given != NULL)
        return;
    session_note_stage(session, SMTP_STAGE_STARTTLS);
    session->seen.starttls = STARTTLS_REFUSED; /* until it is answered 220 */
}

static bool has_credentials(const struct smtp_command *command) {
    bool has_initial = command->initial != NULL &&
                       !ascii_equal_n(command->initial, command->initial_len, "=") &&
                       !ascii_equal_n(command->initial, command->initial_len, "*");

    return has_initial || loose_is_secret(command->argument, command->argument_len);
}

static void observe_auth(struct smtp_session *session, const struct smtp_command *command) {
    if (has_credentials(command)) {
        session_note_exposure(session, EXPOSURE_CREDENTIALS);
        session_note_stage(session, SMTP_STAGE_AUTH);
    }
    session->said.tried_auth = true;
    session_note_use(session, "AUTH");
}

static void observe_envelope(struct smtp_session *session, const struct smtp_command *command) {
    session_note_exposure(session, EXPOSURE_ENVELOPE);
    if (command->has_dsn)
        session_note_use(session, "DSN");
}

/* Who may not pipeline has read an answer to MAIL before it says RCPT (RFC 2920 3.1). */
static void observe_rcpt(struct smtp_session *session, const struct smtp_command *command) {
    observe_envelope(session, command);
    if (session->said.mail_refused && !session_offers(session, session->channel, "PIPELINING"))
        session_note_late_reader(session);
}

static void observe_mail(struct smtp_session *session, const struct smtp_command *command) {
    observe_envelope(session, command);
    if (command->has_size)
        session_note_use(session, "SIZE");
    if (command->body_8bit)
        session_note_use(session, "8BITMIME");
    if (command->smtputf8)
        session_note_use(session, "SMTPUTF8");
}

static void observe_bdat(struct smtp_session *session, const struct smtp_command *command) {
    (void)command;
    session_note_use(session, "CHUNKING");
}

/* Done, since it may be said. */

static void note_hello(struct smtp_session *session, const struct smtp_command *command) {
    ascii_copy_clean(session->seen.helo, sizeof session->seen.helo, command->argument,
                     command->argument_len);
    session_note_stage(session, is_secured(session) ? SMTP_STAGE_EHLO_TLS : SMTP_STAGE_EHLO);
}

/* One that is refused changes nothing (RFC 5321 4.1.4). */
static void greet_back(struct smtp_session *session, unsigned code) {
    if (code / 100 != 2)
        return;
    session->said.greeted = true;
    session_reset_transaction(session);
}

static const char *const ordinary_keywords[CHANNEL_COUNT] = {
    [CHANNEL_PLAIN] = "PIPELINING\nSIZE\nSTARTTLS\nENHANCEDSTATUSCODES\n8BITMIME\nSMTPUTF8",
    [CHANNEL_TLS] = "PIPELINING\nSIZE\nAUTH\nENHANCEDSTATUSCODES\n8BITMIME\nSMTPUTF8",
};

bool session_offers(const struct smtp_session *session, enum channel channel, const char *keyword) {
    const struct smtp_knobs *knobs = session->setup.knobs;
    const char *line = knobs->capabilities[channel];

    if (ascii_equal(keyword, "STARTTLS") && knobs->starttls_offer == SMTP_STARTTLS_NOT_OFFERED)
        return false;
    if (ascii_equal(keyword, "AUTH") && channel == CHANNEL_PLAIN && knobs->auth_in_plaintext)
        return true;
    if (line == NULL)
        line = ordinary_keywords[channel];
    while (line != NULL) {
        line += *line == '\n';
        if (ascii_equal_n(line, strcspn(line, " \n"), keyword))
            return true;
        line = strchr(line, '\n');
    }
    return false;
}

/* Behind the host's name, a line each. */
static char *ehlo_text(const struct smtp_session *session) {
    const struct smtp_knobs *knobs = session->setup.knobs;
    const char *keywords = knobs->capabilities[session->channel];
    const char *auth = is_secured(session) || knobs->auth_in_plaintext ? "\nAUTH PLAIN LOGIN" : "";

    if (keywords != NULL)
        return mem_printf("%s%s%s%s", session->setup.hostname, is_secured(session) ? "" : auth,
                          *keywords != '\0' ? "\n" : "", keywords);
    return mem_printf("%s\nPIPELINING\nSIZE %llu%s%s\nENHANCEDSTATUSCODES\n8BITMIME\nSMTPUTF8",
                      session->setup.hostname, (unsigned long long)session->setup.limits->message_b,
                      has_offer(session) && !is_secured(session) ? "\nSTARTTLS" : "", auth);
}

static void do_ehlo(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    enum smtp_point point = is_secured(session) ? SMTP_POINT_EHLO_TLS : SMTP_POINT_EHLO;
    char *text = ehlo_text(session);

    note_hello(session, command);
    greet_back(session, session_answer(session, out, point, 250, text));
    free(text);
}

static void do_helo(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    note_hello(session, command);
    greet_back(session,
               session_answer(session, out, SMTP_POINT_HELO, 250, session->setup.hostname));
}

static void do_starttls(struct smtp_session *session, const struct smtp_command *command,
                        struct buf *out) {
    (void)command;
    if (session_answer(session, out, SMTP_POINT_STARTTLS, 220, "2.0.0 Ready to start TLS") != 220)
        return;
    session->seen.starttls = STARTTLS_ACCEPTED;
    session->seen.exposed_early = session->seen.exposed[CHANNEL_PLAIN];
    if (session->step == SMTP_STEP_READ && !session_has_answer(session, SMTP_POINT_HANDSHAKE))
        session->step = SMTP_STEP_START_TLS;
}

static void do_mail(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    const struct smtp_limits *limits = session->setup.limits;

    if (session->seen.messages >= limits->messages) {
        session_end(session, out, "4.7.0 Too many messages");
        return;
    }
    if (command->size_b > limits->message_b) {
        session_reply(session, out, 552, "5.3.4 Message too big");
        return;
    }
    if (command->has_utf8 && !command->smtputf8) {
        session_reply(session, out, 553, "5.6.7 Address needs SMTPUTF8");
        return;
    }
    session->said.mail_refused =
        session_answer(session, out, SMTP_POINT_MAIL, 250, "2.1.0 Ok") / 100 != 2;
    if (session->said.mail_refused)
        return;
    session->said.has_mail = true;
    session->said.smtputf8 = command->smtputf8;
    session_note_stage(session, SMTP_STAGE_MAIL);
}

static void do_rcpt(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    if (command->has_utf8 && !session->said.smtputf8) {
        session_reply(session, out, 553, "5.6.7 Address needs SMTPUTF8");
        return;
    }
    if (session->said.recipients >= session->setup.limits->recipients) {
        session_reply(session, out, 452, "4.5.3 Too many recipients");
        return;
    }
    if (session_answer(session, out, SMTP_POINT_RCPT, 250, "2.1.5 Ok") / 100 != 2)
        return;
    session->said.recipients++;
    session_note_stage(session, SMTP_STAGE_RCPT);
}

static void do_data(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    (void)command;
    if (session_answer(session, out, SMTP_POINT_DATA, 354, "End with a dot on a line of its own") ==
        354)
        session_start_body(session);
}

/* Never supported, whatever was offered; what comes behind it is no command all the same (RFC 3030 2), and seen wherever it is
 * said.  All chunks together are bounded as one message is. */
void session_refuse_chunk(struct smtp_session *session, struct buf *out) {
    session->mode = MODE_COMMAND;
    session_reply(session, out, 502, "5.5.1 BDAT is not implemented");
}

static void do_bdat(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    session->chunks_b += command->size_b < UINT64_MAX - session->chunks_b
                             ? command->size_b
                             : UINT64_MAX - session->chunks_b;
    if (session_is_without_end(session, session->chunks_b)) {
        session_end(session, out, "4.3.4 Message without end");
        return;
    }
    session->chunk = command->size_b;
    if (session->chunk > 0)
        session->mode = MODE_CHUNK;
    else
        session_refuse_chunk(session, out);
}

static void do_rset(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    (void)command;
    session_reset_transaction(session);
    session_reply(session, out, 250, "2.0.0 Ok");
}

static void do_noop(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    (void)command;
    session_reply(session, out, 250, "2.0.0 Ok");
}

static void do_quit(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    (void)command;
    session->seen.quit = true;
    session_answer(session, out, SMTP_POINT_QUIT, 221, "2.0.0 Bye");
    if (session->step == SMTP_STEP_READ)
        session->step = SMTP_STEP_CLOSE;
}

static void do_vrfy(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    (void)command;
    session_reply(session, out, 252, "2.0.0 Not verified; any recipient is taken");
}

static void do_expn(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    (void)command;
    session_reply(session, out, 502, "5.5.1 There are no lists here");
}

static void do_help(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out) {
    (void)command;
    session_reply(session, out, 214,
                  "2.0.0 Doormat tests mail senders: it takes any message and keeps none\n"
                  "2.0.0 EHLO HELO STARTTLS AUTH MAIL RCPT DATA RSET NOOP QUIT VRFY HELP");
}

static const struct {
    unsigned needs;
    void (*observe)(struct smtp_session *session, const struct smtp_command *command);
    void (*proceed)(struct smtp_session *session, const struct smtp_command *command,
                    struct buf *out);
} commands[SMTP_VERB_COUNT] = {
    [SMTP_EHLO] = {0, NULL, do_ehlo},
    [SMTP_HELO] = {0, NULL, do_helo},
    [SMTP_STARTTLS] = {NEEDS_PLAINTEXT | NEEDS_OFFER, observe_starttls, do_starttls},
    [SMTP_AUTH] = {NEEDS_PRIVACY | NEEDS_AUTH | NEEDS_HELLO | NEEDS_NO_AUTH | NEEDS_NO_MAIL,
                   observe_auth, session_start_auth},
    [SMTP_MAIL] = {NEEDS_HELLO | NEEDS_NO_MAIL, observe_mail, do_mail},
    [SMTP_RCPT] = {NEEDS_MAIL, observe_rcpt, do_rcpt},
    [SMTP_DATA] = {NEEDS_MAIL | NEEDS_RECIPIENT, NULL, do_data},
    [SMTP_BDAT] = {0, observe_bdat, do_bdat},
    [SMTP_RSET] = {0, NULL, do_rset},
    [SMTP_NOOP] = {0, NULL, do_noop},
    [SMTP_QUIT] = {0, NULL, do_quit},
    [SMTP_VRFY] = {0, NULL, do_vrfy},
    [SMTP_EXPN] = {0, NULL, do_expn},
    [SMTP_HELP] = {0, NULL, do_help},
};

static const struct {
    unsigned code;
    const char *text;
} syntax_replies[] = {
    [SMTP_SYNTAX_UNKNOWN] = {500, "5.5.1 Command unknown"},
    [SMTP_SYNTAX_ARGUMENTS] = {501, "5.5.4 Syntax error in the arguments"},
    [SMTP_SYNTAX_PARAMETER] = {555, "5.5.4 Parameter not offered"},
};

static void note_first_inside_tls(struct smtp_session *session, enum smtp_verb verb) {
    char *first = session->seen.first_inside_tls;

    if (is_secured(session) && first[0] == '\0')
        snprintf(first, SMTP_VERB_SIZE_B, "%s", smtp_verb_name(verb));
}

/* A client that does not wait for the answer to AUTH sends its credentials behind it, and they arrive as a command that
 * nobody knows. */
static void note_stray_credentials(struct smtp_session *session, enum smtp_verb verb,
                                   const char *line, size_t len) {
    if (session->said.tried_auth && verb == SMTP_UNKNOWN && len > 0 &&
        session_is_base64(line, len)) {
        session_note_exposure(session, EXPOSURE_CREDENTIALS);
        session_note_stage(session, SMTP_STAGE_AUTH);
    }
    session->said.tried_auth = false;
}

/* Who goes on behind a refused announcement with what is no command sends the message. */
static void note_stray_text(struct smtp_session *session, enum smtp_verb verb,
                            enum smtp_syntax syntax, const char *line, size_t len) {
    if (session->said.text_refused && verb == SMTP_UNKNOWN && len > 0)
        session_note_exposure(session, EXPOSURE_MESSAGE);
    session->said.text_refused = syntax != SMTP_SYNTAX_OK && loose_announces_message(line, len);
}

/* DSN is not offered but where a fault offers it, AUTH not in plaintext. */
static enum smtp_syntax parse(const struct smtp_session *session, const char *line, size_t len,
                              struct smtp_command *out) {
    enum smtp_syntax syntax = smtp_command_parse(line, len, out);
    bool is_strange = (out->has_dsn && !session_offers(session, session->channel, "DSN")) ||
                      (out->has_auth && !session_offers(session, session->channel, "AUTH"));

    return is_strange ? SMTP_SYNTAX_PARAMETER : syntax;
}

/* What is refused for its form has been said all the same. */
static void observe_loosely(struct smtp_session *session, const char *line, size_t len) {
    enum exposure exposure = loose_exposure(line, len);

    session_note_exposure(session, exposure);
    if (exposure == EXPOSURE_CREDENTIALS)
        session_note_stage(session, SMTP_STAGE_AUTH);
    session->said.tried_auth = loose_auth_shown(line, len) > 0;
}

static bool is_well_formed(enum smtp_syntax syntax) {
    return syntax == SMTP_SYNTAX_OK || syntax == SMTP_SYNTAX_PARAMETER;
}

/* NOOP and its like take any text, and credentials in it are told like others. */
static bool takes_any_text(enum smtp_verb verb) {
    return verb == SMTP_NOOP || verb == SMTP_HELP || verb == SMTP_VRFY || verb == SMTP_EXPN;
}

/* A parameter that was not offered does not undo what the rest of a well-formed command says. */
static void observe(struct smtp_session *session, const struct smtp_command *command,
                    enum smtp_syntax syntax, const char *line, size_t len) {
    bool is_text = takes_any_text(command->verb) && loose_auth_shown(line, len) > 0;

    if (is_text || !is_well_formed(syntax))
        observe_loosely(session, line, len);
    else if (commands[command->verb].observe != NULL)
        commands[command->verb].observe(session, command);
}

static enum exposure exposure_of(const struct smtp_command *command, enum smtp_syntax syntax,
                                 const char *line, size_t len) {
    if (!is_well_formed(syntax) || takes_any_text(command->verb))
        return loose_exposure(line, len);
    if (command->verb == SMTP_MAIL || command->verb == SMTP_RCPT)
        return EXPOSURE_ENVELOPE;
    return command->verb == SMTP_AUTH && has_credentials(command) ? EXPOSURE_CREDENTIALS
                                                                  : EXPOSURE_NOTHING;
}

static bool may_become_command(const char *line, size_t len) {
    for (enum smtp_verb verb = SMTP_UNKNOWN + 1; verb < SMTP_VERB_COUNT; verb++)
        if (len < strlen(smtp_verb_name(verb)) && strncasecmp(line, smtp_verb_name(verb), len) == 0)
            return true;
    return false;
}

/* Of a command the beginning may be all that came: a word that may yet be one is no message. */
void session_observe_rest(struct smtp_session *session, const char *line, size_t len) {
    struct smtp_command command;
    enum smtp_syntax syntax = parse(session, line, len, &command);
    bool is_text = (session->said.data_refused || session->said.text_refused) &&
                   command.verb == SMTP_UNKNOWN && !may_become_command(line, len);

    note_stray_credentials(session, command.verb, line, len);
    session_note_exposure(session, exposure_of(&command, syntax, line, len));
    if (is_text)
        session_note_exposure(session, EXPOSURE_MESSAGE);
}

static void run_command(struct smtp_session *session, const struct smtp_command *command,
                        struct buf *out) {
    const struct check *unmet = first_unmet(session, commands[command->verb].needs);
    if (unmet != NULL)
        session_reply(session, out, unmet->code, unmet->text);
    else
        commands[command->verb].proceed(session, command, out);
}

/* Who was not answered 354 and sends something that is no command sends its message. */
static bool is_message_all_the_same(struct smtp_session *session, enum smtp_verb verb, size_t len) {
    if (!session->said.data_refused || verb != SMTP_UNKNOWN || len == 0)
        return false;
    session_note_exposure(session, EXPOSURE_MESSAGE);
    session_start_body(session);
    return true;
}

void session_take_command(struct smtp_session *session, const char *line, size_t len,
                          struct buf *out) {
    struct smtp_command command;
    enum smtp_syntax syntax = parse(session, line, len, &command);

    if (is_message_all_the_same(session, command.verb, len))
        return;
    session->seen.commands++;
    note_first_inside_tls(session, command.verb);
    note_stray_credentials(session, command.verb, line, len);
    note_stray_text(session, command.verb, syntax, line, len);
    observe(session, &command, syntax, line, len);
    if (session->seen.commands > session->setup.limits->commands)
        session_end(session, out, "4.7.0 Too many commands");
    else if (syntax != SMTP_SYNTAX_OK)
        session_reply(session, out, syntax_replies[syntax].code, syntax_replies[syntax].text);
    else
        run_command(session, &command, out);
    session->said.data_refused = command.verb == SMTP_DATA && session->mode == MODE_COMMAND;
}
