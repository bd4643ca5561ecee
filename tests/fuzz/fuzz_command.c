/* The command parser: a line that is refused gives nothing, and what is taken is clean, lies within the line and is taken
 * again from itself. */
#include <assert.h>
#include <stdint.h>

#include "smtp/command.h"
#include "smtp/path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_within(const char *part, size_t part_len, const char *line, size_t len) {
    return part >= line && part_len <= len && (size_t)(part - line) <= len - part_len;
}

static bool is_clean(const char *text, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f)
            return false;
    return true;
}

/* "<" address ">" must be the same path. */
static void check_address(const struct smtp_command *command) {
    char text[SMTP_ADDRESS_MAX_B + 2];
    size_t len = command->argument_len;
    struct smtp_path path;

    assert(len <= SMTP_ADDRESS_MAX_B);
    text[0] = '<';
    memcpy(text + 1, command->argument, len);
    text[len + 1] = '>';
    assert(smtp_path_parse(text, len + 2, &path) == len + 2);
    assert(path.address_len == len && path.has_utf8 == command->has_utf8);
    assert(path.kind == SMTP_PATH_MAILBOX || command->verb == SMTP_MAIL ||
           path.kind == SMTP_PATH_POSTMASTER);
    assert(path.kind != SMTP_PATH_MAILBOX || memchr(command->argument, '@', len) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *line = (const char *)data;
    struct smtp_command command;

    memset(&command, 0xff, sizeof command);
    enum smtp_syntax syntax = smtp_command_parse(line, size, &command);
    assert(command.verb < SMTP_VERB_COUNT);
    assert((syntax == SMTP_SYNTAX_UNKNOWN) == (command.verb == SMTP_UNKNOWN));
    if (syntax != SMTP_SYNTAX_OK) {
        assert(command.argument == NULL && command.initial == NULL && !command.has_size);
        return 0;
    }
    if (command.argument != NULL) {
        assert(is_within(command.argument, command.argument_len, line, size));
        assert(is_clean(command.argument, command.argument_len));
    }
    if (command.initial != NULL) {
        assert(is_within(command.initial, command.initial_len, line, size));
        assert(command.initial_len > 0 && is_clean(command.initial, command.initial_len));
    }
    if (command.verb == SMTP_MAIL || command.verb == SMTP_RCPT)
        check_address(&command);
    return 0;
}
