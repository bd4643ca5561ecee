/* http - as much of HTTP/1.1 as a responder needs (RFC 9112): one request from its bytes, and one reply.  Pure.
 *
 * Life: http_init -> http_feed with what arrives, until it says anything but HTTP_MORE -> http_fini.
 * Bounds: HTTP_HEAD_MAX_B and HTTP_BODY_MAX_B.  Of all fields Content-Length alone is looked at; a coding of the transfer
 * is refused.  A connection carries one request: what follows it is dropped. */
#ifndef DOORMAT_WEB_HTTP_H
#define DOORMAT_WEB_HTTP_H

#include "base/buf.h"

enum { HTTP_HEAD_MAX_B = 8192, HTTP_BODY_MAX_B = 8192, HTTP_PATH_SIZE_B = 4096 };

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

struct http_request {
    enum http_method method;
    char path[HTTP_PATH_SIZE_B]; /* decoded, without the query; begins with '/' */
    const uint8_t *body;
    size_t body_len;

    struct buf bytes;          /* all that came */
    size_t searched, head_len; /* how far the head's end was looked for; 0: it is not there yet */
};

enum http_status { /* of a reply; or of a request, as far as it is read */
                   HTTP_MORE = 0,
                   HTTP_OK = 200,
                   HTTP_NO_CONTENT = 204,
                   HTTP_MOVED = 301,
                   HTTP_FOUND = 302,
                   HTTP_BAD_REQUEST = 400,
                   HTTP_NOT_FOUND = 404,
                   HTTP_WRONG_METHOD = 405,
                   HTTP_TOO_LARGE = 413,
                   HTTP_SERVER_ERROR = 500,
};

void http_init(struct http_request *request);
void http_fini(struct http_request *request);

/* HTTP_OK: it is whole.  Once it was that, or bad, nothing more may be fed. */
enum http_status http_feed(struct http_request *request, const uint8_t *data, size_t len);

const char *http_method_name(enum http_method method); /* "GET", "other" */

/* The head of a reply, with these fields, each ended by CRLF. */
void http_head(enum http_status status, const char *fields, int64_t now_s, struct buf *out);

/* To the method of the request: without the body for HEAD.  now_s: Unix time, for Date. */
void http_reply(enum http_method method, enum http_status status, const char *type,
                const uint8_t *data, size_t len, int64_t now_s, struct buf *out);

#endif
