#include "endpoint/notes.h"

#include "tls/iana.h"

static const char *or_unknown(const char *text) {
    return text[0] != '\0' ? text : "unknown";
}

static void put_hello(struct transcript *transcript, const struct tls_seen *tls) {
    if (!tls->hello_seen)
        transcript_note(transcript, "no ClientHello that could be read came");
    else if (tls->hello.sni[0] != '\0')
        transcript_note(transcript, "ClientHello for %s (SNI), JA4 %s", tls->hello.sni,
                        tls->hello.ja4);
    else
        transcript_note(transcript, "ClientHello without a name (no SNI), JA4 %s", tls->hello.ja4);
}

void notes_put_secured(struct transcript *transcript, const struct tls_seen *tls,
                       const struct tls_server *server) {
    struct buf certificate;

    if (transcript == NULL)
        return;
    put_hello(transcript, tls);
    transcript_note(transcript, "%s, %s, %s", tls_version_name(tls->version),
                    or_unknown(tls->cipher), or_unknown(tls->group));
    buf_init(&certificate, 1024);
    tls_server_describe(server, &certificate);
    transcript_note(transcript, "certificate sent: %s", buf_text(&certificate));
    buf_fini(&certificate);
}

static void put_failed(struct transcript *transcript, const struct tls_seen *tls) {
    static const char *const failures[] = {
        [TLS_FAILURE_VERSION] = ": no TLS version in common",
        [TLS_FAILURE_CIPHER] = ": no cipher suite, group or signature algorithm in common",
        [TLS_FAILURE_REFUSED] = ": the server refused",
        [TLS_FAILURE_OURS] = ": the server itself failed",
    };
    const char *why =
        (size_t)tls->failure < sizeof failures / sizeof failures[0] ? failures[tls->failure] : NULL;

    if (tls->handshake == TLS_HANDSHAKE_NONE || tls->handshake == TLS_HANDSHAKE_COMPLETED)
        return;
    put_hello(transcript, tls);
    transcript_note(transcript, "the handshake failed%s", why != NULL ? why : "");
}

static void put_alert(struct transcript *transcript, const char *who, int alert) {
    if (alert != TLS_NO_ALERT)
        transcript_note(transcript, "%s sent the alert %s (%d)", who, tls_alert_name(alert), alert);
}

void notes_put_tls_end(struct transcript *transcript, const struct tls_seen *tls) {
    if (transcript == NULL)
        return;
    put_failed(transcript, tls);
    put_alert(transcript, "the sender", tls->alert_read);
    put_alert(transcript, "the server", tls->alert_written);
    if (tls->close_notify_read)
        transcript_note(transcript, "the sender ended TLS (close_notify)");
}

void notes_put_end(struct transcript *transcript, const struct attempt *attempt) {
    static const char *const ends[] = {
        [ATTEMPT_OPEN] = "the connection is open",
        [ATTEMPT_QUIT] = "the sender said QUIT, and the connection was closed",
        [ATTEMPT_EOF] = "the connection was closed",
        [ATTEMPT_RESET] = "the sender reset the connection",
        [ATTEMPT_ALERT] = "the connection was closed behind the alert",
        [ATTEMPT_TIMEOUT] = "the time was over, and the server closed the connection",
    };

    transcript_note(transcript, "%s, after %.3f s", ends[attempt->end],
                    (double)attempt->duration_us / 1e6);
}
