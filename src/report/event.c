#include "report/event.h"

#include <string.h>

#include "base/clock.h"
#include "report/plain.h"
#include "report/shape.h"
#include "tls/iana.h"

static int append(const char *data, size_t len, void *out) {
    return buf_append(out, data, len);
}

static void put_line(json_t *object, struct buf *out) {
    if (json_dump_callback(object, append, out, JSON_REAL_PRECISION(9)) == 0)
        buf_puts(out, "\n");
    json_decref(object);
}

void event_endpoint_json(const struct event_endpoint *endpoint, struct buf *out) {
    json_t *object = json_object();

    json_object_set_new(object, "fault", shape_text(endpoint->fault));
    json_object_set_new(object, "address", shape_text(endpoint->address));
    json_object_set_new(object, "port", json_integer(endpoint->port));
    json_object_set_new(object, "tls_port", json_integer(endpoint->tls_port));
    json_object_set_new(object, "host", shape_text(endpoint->host));
    json_object_set_new(object, "ca", shape_text(endpoint->ca));
    put_line(object, out);
}

void event_attempt_json(const char *fault, const struct attempt *attempt, struct buf *out) {
    json_t *object = json_object();

    json_object_set_new(object, "fault", shape_text(fault));
    json_object_set_new(object, "attempt", shape_attempt(attempt));
    put_line(object, out);
}

static void put_tls(const struct attempt *attempt, struct buf *out) {
    const struct tls_seen *tls = &attempt->tls;

    if (tls->handshake == TLS_HANDSHAKE_COMPLETED)
        buf_printf(out, "%s", tls_version_name(tls->version));
    else
        buf_puts(out, tls->handshake == TLS_HANDSHAKE_NONE ? "no TLS" : "handshake failed");
    if (tls->alert_read != TLS_NO_ALERT)
        buf_printf(out, ", alert %s", tls_alert_name(tls->alert_read));
}

void event_attempt_text(const char *fault, const struct attempt *attempt, struct buf *out) {
    const struct smtp_seen *smtp = &attempt->smtp;
    char when[CLOCK_RFC3339_SIZE_B];
    enum exposure plain = smtp->exposed[CHANNEL_PLAIN], tls = smtp->exposed[CHANNEL_TLS];

    buf_printf(out, "%s %s %s %s: ", clock_rfc3339(attempt->started_us / 1000000, when), fault,
               attempt->peer, smtp->helo[0] != '\0' ? smtp->helo : "-");
    put_tls(attempt, out);
    buf_printf(out, ", came to %s, ended by %s; ", smtp_stage_name(attempt_stage(attempt)),
               attempt_end_name(attempt->end));
    if (plain > EXPOSURE_NOTHING)
        buf_printf(out, "gave away its %s in plaintext\n", exposure_name(plain));
    else if (tls > EXPOSURE_NOTHING)
        buf_printf(out, "gave away its %s inside TLS\n", exposure_name(tls));
    else
        buf_puts(out, "gave away nothing\n");
}

void event_domain_json(const struct event_domain *domain, struct buf *out) {
    json_t *object = json_object(), *addresses = json_array();

    for (const char *const *a = domain->addresses; *a != NULL; a++)
        json_array_append_new(addresses, shape_text(*a));
    json_object_set_new(object, "fault", shape_text(domain->fault));
    json_object_set_new(object, "domain", shape_text(domain->domain));
    json_object_set_new(object, "host", shape_text(domain->host));
    json_object_set_new(object, "addresses", addresses);
    json_object_set_new(object, "ca", shape_text(domain->ca));
    put_line(object, out);
}

void event_question_json(const char *fault, const char *token, const struct dns_asked *asked,
                         struct buf *out) {
    json_t *object = json_object();

    json_object_set_new(object, "fault", fault != NULL ? shape_text(fault) : json_null());
    if (*token != '\0')
        json_object_set_new(object, "token", shape_text(token));
    json_object_set_new(object, "question", shape_question(asked));
    put_line(object, out);
}

void event_question_text(const char *fault, const char *token, const struct dns_asked *asked,
                         struct buf *out) {
    char when[CLOCK_RFC3339_SIZE_B], type[DNS_TYPE_NAME_SIZE_B];

    buf_printf(out, "%s %s%s%s %s: asked %s for %s by %s%s, %s\n",
               clock_rfc3339(asked->at_us / 1000000, when), fault != NULL ? fault : "-",
               *token != '\0' ? " " : "", token, asked->peer, asked->name,
               dns_type_name(asked->type, type), asked->is_tcp ? "TCP" : "UDP",
               asked->dnssec_ok ? " with DNSSEC" : "",
               asked->is_answered ? dns_rcode_name(asked->rcode) : "no answer");
}

void event_fetch_json(const char *fault, const struct sts_fetch *fetch, struct buf *out) {
    json_t *object = json_object();

    json_object_set_new(object, "fault", shape_text(fault));
    json_object_set_new(object, "fetch", shape_fetch(fetch));
    put_line(object, out);
}

void event_fetch_text(const char *fault, const struct sts_fetch *fetch, struct buf *out) {
    char when[CLOCK_RFC3339_SIZE_B];

    buf_printf(out, "%s %s %s: ", clock_rfc3339(fetch->at_us / 1000000, when), fault, fetch->peer);
    if (fetch->method == NULL) {
        buf_printf(out, "came for the policy, %s\n",
                   fetch->is_secured ? "and asked for nothing" : "and TLS failed");
        return;
    }
    buf_printf(out, "%s ", fetch->method);
    plain_put(out, fetch->path, strlen(fetch->path));
    buf_printf(out, ": %u, %zu bytes\n", fetch->status, fetch->sent_b);
}

static const char *const query_names[] = {[PLACE_CRL] = "crl", [PLACE_OCSP] = "ocsp"};

void event_query_json(const char *fault, enum place_kind kind, int64_t now_s, struct buf *out) {
    json_t *object = json_object();

    json_object_set_new(object, "fault", shape_text(fault));
    json_object_set_new(object, "at", shape_time_us(now_s * 1000000));
    json_object_set_new(object, "query", shape_text(query_names[kind]));
    put_line(object, out);
}

void event_query_text(const char *fault, enum place_kind kind, int64_t now_s, struct buf *out) {
    char when[CLOCK_RFC3339_SIZE_B];

    buf_printf(out, "%s %s: somebody asked, by %s, whether the certificate is revoked\n",
               clock_rfc3339(now_s, when), fault, query_names[kind]);
}
