/* place - what a request at the web port is about (RFC 6960 A.1, RFC 5280 4.2.1.13).  Pure.
 *
 *     GET  /crl/NAME.crl       the list of who issued NAME's certificate
 *     POST /ocsp/NAME          the request is the body
 *     GET  /ocsp/NAME/BASE64   the request is in the path
 *
 * NAME is that of a recipe. */
#ifndef DOORMAT_WEB_PLACE_H
#define DOORMAT_WEB_PLACE_H

#include "web/http.h"

enum { PLACE_NAME_SIZE_B = 512 };

enum place_kind { PLACE_CRL, PLACE_OCSP };

struct place {
    enum place_kind kind;
    char name[PLACE_NAME_SIZE_B];
    const char *base64; /* within the request's path; NULL: the request is the body */
};

/* HTTP_OK, HTTP_NOT_FOUND or HTTP_WRONG_METHOD. */
enum http_status place_find(const struct http_request *request, struct place *out);

#endif
