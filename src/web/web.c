#include "web/web.h"

#include "base/mem.h"
#include "web/http_port.h"

struct teller { /* who answers for a name */
    const char *name;
    web_fn *fn;
    void *arg;
};

struct web {
    struct http_port *port;
    struct teller *tellers;
    size_t teller_count;
};

static void refuse(struct http_visit *visit, enum http_status status) {
    static const char why[] = "Revocation lists and OCSP are here, and nothing else.\n";

    http_visit_reply(visit, status, "text/plain", (const uint8_t *)why, sizeof why - 1);
}

static const struct teller *find(const struct web *web, const char *name) {
    for (size_t i = 0; i < web->teller_count; i++)
        if (strcmp(web->tellers[i].name, name) == 0)
            return &web->tellers[i];
    return NULL;
}

static void ask(struct http_visit *visit, const struct teller *teller, const struct place *place) {
    static const char *const types[] = {
        [PLACE_CRL] = "application/pkix-crl",
        [PLACE_OCSP] = "application/ocsp-response",
    };
    const struct http_request *request = http_visit_request(visit);
    const struct web_query query = {.kind = place->kind,
                                    .base64 = place->base64,
                                    .body = request->body,
                                    .body_len = request->body_len};
    const uint8_t *answer;
    size_t len;
    enum web_outcome outcome = teller->fn(&query, &answer, &len, teller->arg);

    if (outcome == WEB_LATER)
        http_visit_wait(visit);
    else if (outcome == WEB_ANSWERED)
        http_visit_reply(visit, HTTP_OK, types[place->kind], answer, len);
    else if (outcome == WEB_MISSING)
        refuse(visit, HTTP_NOT_FOUND);
}

static void on_request(struct http_visit *visit, enum http_status status, void *arg) {
    const struct web *web = arg;
    struct place place;

    if (status == HTTP_OK)
        status = place_find(http_visit_request(visit), &place);
    const struct teller *teller = status == HTTP_OK ? find(web, place.name) : NULL;
    if (teller != NULL)
        ask(visit, teller, &place);
    else
        refuse(visit, status != HTTP_OK ? status : HTTP_NOT_FOUND);
}

int web_new(struct loop *loop, struct acceptor *acceptor, const char *const *addresses,
            unsigned port, struct web **out, struct err *err) {
    static const struct http_port_ops ops = {.on_request = on_request};
    struct web *web = mem_zalloc(sizeof *web);
    const struct http_port_setup setup = {.loop = loop,
                                          .acceptor = acceptor,
                                          .addresses = addresses,
                                          .port = port,
                                          .max_open = WEB_MAX_OPEN,
                                          .max_open_per_peer = WEB_MAX_OPEN_PER_PEER,
                                          .ask_ms = WEB_ASK_MS,
                                          .life_ms = WEB_LIFE_MS,
                                          .ops = &ops,
                                          .arg = web};

    if (http_port_open(&setup, &web->port, err) != 0) {
        free(web);
        return err_prefix(err, "the web port");
    }
    *out = web;
    return 0;
}

void web_free(struct web **web) {
    struct web *dying = *web;

    *web = NULL;
    if (dying == NULL)
        return;
    http_port_free(&dying->port);
    free(dying->tellers);
    free(dying);
}

void web_limit_peers(struct web *web, struct quota *shared) {
    http_port_limit_peers(web->port, shared);
}

unsigned web_port(const struct web *web) {
    return http_port_number(web->port);
}

void web_add(struct web *web, const char *name, web_fn *fn, void *arg) {
    web->tellers = mem_resize(web->tellers, web->teller_count + 1, sizeof *web->tellers);
    web->tellers[web->teller_count++] = (struct teller){name, fn, arg};
}

void web_remove(struct web *web, const void *arg) {
    size_t kept = 0;

    for (size_t i = 0; i < web->teller_count; i++)
        if (web->tellers[i].arg != arg)
            web->tellers[kept++] = web->tellers[i];
    web->teller_count = kept;
}

void web_retry(struct web *web) {
    http_port_retry(web->port);
}
