#include "web/place.h"

#include "base/mem.h"

/* What stands behind the prefix, or NULL. */
static const char *behind(const char *path, const char *prefix) {
    size_t len = strlen(prefix);

    return strncmp(path, prefix, len) == 0 ? path + len : NULL;
}

static enum http_status take_name(const char *name, size_t len, struct place *out) {
    if (len == 0 || len >= sizeof out->name || memchr(name, '/', len) != NULL)
        return HTTP_NOT_FOUND;
    memcpy(out->name, name, len);
    out->name[len] = '\0';
    return HTTP_OK;
}

static enum http_status find_crl(const struct http_request *request, const char *file,
                                 struct place *out) {
    static const char ending[] = ".crl";
    size_t len = strlen(file), ending_len = sizeof ending - 1;

    out->kind = PLACE_CRL;
    if (len < ending_len || strcmp(file + len - ending_len, ending) != 0)
        return HTTP_NOT_FOUND;
    return request->method == HTTP_GET || request->method == HTTP_HEAD
               ? take_name(file, len - ending_len, out)
               : HTTP_WRONG_METHOD;
}

/* In base64 there are slashes, too. */
static enum http_status find_ocsp(const struct http_request *request, const char *name,
                                  struct place *out) {
    size_t len = strcspn(name, "/");

    out->kind = PLACE_OCSP;
    if (name[len] == '/' && (request->method == HTTP_GET || request->method == HTTP_HEAD))
        out->base64 = name + len + 1;
    else if (name[len] == '/')
        return HTTP_NOT_FOUND;
    else if (request->method != HTTP_POST)
        return HTTP_WRONG_METHOD;
    return take_name(name, len, out);
}

enum http_status place_find(const struct http_request *request, struct place *out) {
    const char *crl = behind(request->path, "/crl/"), *ocsp = behind(request->path, "/ocsp/");

    *out = (struct place){.base64 = NULL};
    if (crl != NULL)
        return find_crl(request, crl, out);
    return ocsp != NULL ? find_ocsp(request, ocsp, out) : HTTP_NOT_FOUND;
}
