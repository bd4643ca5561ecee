#include "harness/workdir.h"

#include "base/file.h"
#include "base/mem.h"

/* Line endings are the local ones, as senders take them from a file; they make CRLF of them on the wire. */
static const char message_format[] =
    "From: <%s>\n"
    "To: <%s>\n"
    "Subject: Doormat test message\n"
    "Date: Mon, 05 Jan 2026 12:00:00 +0000\n"
    "Message-ID: <test@doormat.test>\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=us-ascii\n"
    "\n"
    "This message tests whether its sender notices a mail server that is wrong on\n"
    "purpose.  It is thrown away on arrival.\n";

int workdir_init(struct workdir *workdir, struct mint_lab *lab, const char *from, const char *to,
                 struct err *err) {
    *workdir = (struct workdir){0};
    if (file_temp_dir(&workdir->path, err) != 0)
        return -1;
    workdir->ca = mem_printf("%s/root.pem", workdir->path);
    workdir->ca_dir = mem_printf("%s/ca", workdir->path);
    workdir->message = mem_printf("%s/message", workdir->path);
    char *text = mem_printf(message_format, from, to);
    int rc = mint_lab_write_anchor(lab, workdir->path, err);
    if (rc == 0)
        rc = file_write(workdir->message, text, strlen(text), 0644, err);
    free(text);
    if (rc != 0)
        workdir_fini(workdir);
    return rc;
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
