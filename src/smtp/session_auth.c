#include "base/ascii.h"
#include "base/mem.h"
#include "smtp/reply.h"
#include "smtp/session_state.h"

static const struct mechanism {
    const char *name;
    const char *prompt; /* for the first response */
    enum session_mode mode;
} mechanisms[] = {
    {"PLAIN", "", MODE_AUTH_LAST}, {"LOGIN", "VXNlcm5hbWU6", MODE_AUTH_USER}, /* "Username:" */
};

static const char password_prompt[] = "UGFzc3dvcmQ6"; /* "Password:" */

static bool is_base64_char(char c) {
    return ascii_is_alpha(c) || ascii_is_digit(c) || c == '+' || c == '/';
}

bool session_is_base64(const char *text, size_t len) {
    size_t n = 0;

    while (n < len && is_base64_char(text[n]))
        n++;
    size_t padding = len - n;
    return len % 4 == 0 && padding <= 2 && (padding < 1 || text[n] == '=') &&
           (padding < 2 || text[n + 1] == '=');
}

static const struct mechanism *find_mechanism(const struct smtp_command *command) {
    for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++)
        if (ascii_equal_n(command->argument, command->argument_len, mechanisms[i].name))
            return &mechanisms[i];
    return NULL;
}

void session_start_auth(struct smtp_session *session, const struct smtp_command *command,
                        struct buf *out) {
    const struct mechanism *mechanism = find_mechanism(command);

    if (mechanism == NULL) {
        session_reply(session, out, 504, "5.5.4 Mechanism not offered");
        return;
    }
    session_note_stage(session, SMTP_STAGE_AUTH);
    session->mode = mechanism->mode;
    if (command->initial == NULL)
        session_reply(session, out, 334, mechanism->prompt);
    else if (ascii_equal_n(command->initial, command->initial_len, "="))
        session_take_auth_response(session, "", 0, out); /* "=" stands for empty (RFC 4954 4) */
    else
        session_take_auth_response(session, command->initial, command->initial_len, out);
}

void session_take_auth_response(struct smtp_session *session, const char *text, size_t len,
                                struct buf *out) {
    enum session_mode mode = session->mode;

    session->mode = MODE_COMMAND;
    if (ascii_equal_n(text, len, "*")) {
        session_reply(session, out, 501, "5.7.0 Authentication cancelled");
        return;
    }
    if (len > 0) /* malformed or not: whoever listens has it now */
        session_note_exposure(session, EXPOSURE_CREDENTIALS);
    if (!session_is_base64(text, len)) {
        session_reply(session, out, 501, "5.5.2 Not base64");
        return;
    }
    if (mode == MODE_AUTH_USER) {
        session->mode = MODE_AUTH_LAST;
        session_reply(session, out, 334, password_prompt);
        return;
    }
    session->said.authenticated =
        session_answer(session, out, SMTP_POINT_AUTH, 235,
                       "2.7.0 Accepted, as anything would have been") == 235;
}
