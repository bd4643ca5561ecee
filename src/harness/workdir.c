#include "harness/workdir.h"

#include "base/file.h"
#include "base/mem.h"
#include "smtp/body.h"

/* Line endings are the local ones, as senders take them from a file; they make CRLF of them on the wire. */
static const char header_format[] = "From: <%s>\n"
                                    "To: <%s>\n"
                                    "Subject: Doormat test message\n"
                                    "Date: Mon, 05 Jan 2026 12:00:00 +0000\n"
                                    "Message-ID: <test@doormat.test>\n"
                                    "MIME-Version: 1.0\n"
                                    "Content-Type: text/plain; charset=us-ascii\n"
                                    "%s"
                                    "\n";
static const char ordinary_body[] =
    "This message tests whether its sender notices a mail server that is wrong "
    "on\npurpose.  The server discards it.\n";

enum { MESSAGE_MAX_B = 64 * 1024 };

/* What is planted in a body are line ends, so that all others are CRLF then; and the message is marked. */
static int write_message(const char *path, const char *from, const char *to, const char *body,
                         bool is_planted, struct err *err) {
    char *header = mem_printf(header_format, from, to, is_planted ? SMTP_BODY_MARK " yes\n" : "");
    struct buf message;

    buf_init(&message, MESSAGE_MAX_B);
    for (const char *c = header; *c != '\0'; c++) {
        if (*c == '\n' && is_planted)
            buf_puts(&message, "\r");
        buf_append(&message, c, 1);
    }
    buf_puts(&message, body);
    int rc = file_write(path, message.data, message.len, 0644, err);
    buf_fini(&message);
    free(header);
    return rc;
}

int workdir_init(struct workdir *workdir, struct mint_lab *lab, const char *from, const char *to,
                 struct err *err) {
    *workdir = (struct workdir){0};
    if (file_temp_dir(&workdir->path, err) != 0)
        return -1;
    workdir->ca = mem_printf("%s/root.pem", workdir->path);
    workdir->ca_dir = mem_printf("%s/ca", workdir->path);
    workdir->message = mem_printf("%s/message", workdir->path);
    int rc = mint_lab_write_anchor(lab, workdir->path, err);
    if (rc == 0)
        rc = write_message(workdir->message, from, to, ordinary_body, false, err);
    if (rc != 0)
        workdir_fini(workdir);
    return rc;
}

int workdir_add_message(const struct workdir *workdir, const char *name, const char *from,
                        const char *to, const char *body, char **path, struct err *err) {
    *path = mem_printf("%s/message-%s", workdir->path, name);
    return write_message(*path, from, to, body, true, err);
}

void workdir_fini(struct workdir *workdir) {
    if (workdir->path != NULL)
        file_remove_dir(workdir->path);
    free(workdir->path);
    free(workdir->ca);
    free(workdir->ca_dir);
    free(workdir->message);
    *workdir = (struct workdir){0};
}
