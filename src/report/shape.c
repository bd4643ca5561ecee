#include "report/shape.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "report/plain.h"
#include "tls/iana.h"

/* Jansson takes valid UTF-8 only; anything else is cleaned to ASCII. */
json_t *shape_text(const char *value) {
    json_t *string = json_string(value);
    struct buf clean;

    if (string != NULL)
        return string;
    buf_init(&clean, 64 * 1024);
    plain_put(&clean, value, strlen(value));
    string = json_string(buf_text(&clean));
    buf_fini(&clean);
    return string;
}

json_t *shape_text_or_null(const char *value) {
    return value != NULL && value[0] != '\0' ? shape_text(value) : json_null();
}

json_t *shape_seconds(double value) {
    return json_real(isfinite(value) ? value : 0.0);
}

json_t *shape_time_us(int64_t wall_us) {
    char when[CLOCK_RFC3339_SIZE_B];

    return json_string(clock_rfc3339(wall_us / 1000000, when));
}

static json_t *offered_versions(const struct tls_seen *tls) {
    json_t *versions = json_array();

    for (unsigned i = 0; tls->hello_seen && i < tls->hello.version_count; i++) {
        const char *name = tls_version_name(tls->hello.versions[i]);

        if (strcmp(name, "unknown") != 0) /* GREASE, RFC 8701 */
            json_array_append_new(versions, json_string(name));
    }
    return versions;
}

/* By its name, or as "255" where it has none. */
json_t *shape_alert(int number) {
    if (number == TLS_NO_ALERT)
        return json_null();
    if (strcmp(tls_alert_name(number), "unknown") == 0)
        return json_sprintf("%d", number);
    return json_string(tls_alert_name(number));
}

static json_t *tls(const struct tls_seen *tls) {
    static const char *const failures[] = {
        [TLS_FAILURE_VERSION] = "version", [TLS_FAILURE_CIPHER] = "cipher",
        [TLS_FAILURE_OTHER] = "other",     [TLS_FAILURE_REFUSED] = "refused",
        [TLS_FAILURE_OURS] = "server",     [TLS_FAILURE_FLOODED] = "flooded",
    };
    json_t *object = json_object();

    if (tls->handshake == TLS_HANDSHAKE_NONE) {
        json_decref(object);
        return json_null();
    }
    json_object_set_new(object, "version",
                        tls->version != 0 ? shape_text(tls_version_name(tls->version))
                                          : json_null());
    json_object_set_new(object, "cipher", shape_text_or_null(tls->cipher));
    json_object_set_new(object, "group", shape_text_or_null(tls->group));
    json_object_set_new(object, "sni", shape_text_or_null(tls->hello_seen ? tls->hello.sni : NULL));
    json_object_set_new(object, "ja4", shape_text_or_null(tls->hello_seen ? tls->hello.ja4 : NULL));
    json_object_set_new(object, "offered_versions", offered_versions(tls));
    json_object_set_new(object, "handshake", shape_text(tls_handshake_name(tls->handshake)));
    json_object_set_new(object, "failure", shape_text_or_null(failures[tls->failure]));
    json_object_set_new(object, "alert", shape_alert(tls->alert_read));
    json_object_set_new(object, "alert_after_handshake", json_boolean(tls->alert_after_handshake));
    return object;
}

static json_t *transcript(const char *text) {
    json_t *lines = json_array();

    for (size_t len; *text != '\0'; text += len + (text[len] == '\n')) {
        len = strcspn(text, "\n");
        json_array_append_new(lines, json_stringn(text, len));
    }
    return lines;
}

json_t *shape_question(const struct dns_asked *asked) {
    char type[DNS_TYPE_NAME_SIZE_B];
    json_t *object = json_object();

    json_object_set_new(object, "at", shape_time_us(asked->at_us));
    json_object_set_new(object, "name", shape_text(asked->name));
    json_object_set_new(object, "type", shape_text(dns_type_name(asked->type, type)));
    json_object_set_new(object, "peer", shape_text(asked->peer));
    json_object_set_new(object, "transport", shape_text(asked->is_tcp ? "tcp" : "udp"));
    json_object_set_new(object, "dnssec_ok", json_boolean(asked->dnssec_ok));
    json_object_set_new(object, "authentic_data", json_boolean(asked->authentic_data));
    json_object_set_new(object, "checking_disabled", json_boolean(asked->checking_disabled));
    json_object_set_new(object, "recursion_desired", json_boolean(asked->recursion_desired));
    json_object_set_new(object, "truncated", json_boolean(asked->is_truncated));
    json_object_set_new(object, "rcode",
                        asked->is_answered ? shape_text(dns_rcode_name(asked->rcode))
                                           : json_null());
    return object;
}

json_t *shape_fetch(const struct sts_fetch *fetch) {
    json_t *object = json_object();

    json_object_set_new(object, "at", shape_time_us(fetch->at_us));
    json_object_set_new(object, "peer", shape_text(fetch->peer));
    json_object_set_new(object, "sni", shape_text_or_null(fetch->sni));
    json_object_set_new(object, "secured", json_boolean(fetch->is_secured));
    json_object_set_new(object, "alert", shape_alert(fetch->alert));
    json_object_set_new(object, "method", shape_text_or_null(fetch->method));
    json_object_set_new(object, "path", shape_text_or_null(fetch->path));
    json_object_set_new(object, "status",
                        fetch->status != 0 ? json_integer(fetch->status) : json_null());
    json_object_set_new(object, "bytes", json_integer((json_int_t)fetch->sent_b));
    json_object_set_new(object, "policy", json_boolean(fetch->is_policy));
    return object;
}

json_t *shape_attempt(const struct attempt *attempt) {
    const struct smtp_seen *smtp = &attempt->smtp;
    json_t *object = json_object();

    json_object_set_new(object, "started_at", shape_time_us(attempt->started_us));
    json_object_set_new(object, "seconds", shape_seconds((double)attempt->duration_us / 1e6));
    json_object_set_new(object, "peer", shape_text(attempt->peer));
    json_object_set_new(object, "helo", shape_text(smtp->helo));
    json_object_set_new(object, "implicit_tls", json_boolean(attempt->implicit_tls));
    json_object_set_new(object, "starttls", shape_text(starttls_outcome_name(smtp->starttls)));
    json_object_set_new(object, "channel", shape_text(channel_name(attempt->channel)));
    json_object_set_new(object, "tls", tls(&attempt->tls));
    json_object_set_new(object, "stage", shape_text(smtp_stage_name(attempt_stage(attempt))));
    json_object_set_new(object, "end", shape_text(attempt_end_name(attempt->end)));
    json_object_set_new(object, "exposure_plaintext",
                        shape_text(exposure_name(smtp->exposed[CHANNEL_PLAIN])));
    json_object_set_new(object, "exposure_tls",
                        shape_text(exposure_name(smtp->exposed[CHANNEL_TLS])));
    if (attempt->transcript != NULL)
        json_object_set_new(object, "transcript", transcript(attempt->transcript));
    return object;
}
