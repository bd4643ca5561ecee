#include "web/http.h"

#include <assert.h>
#include <strings.h>
#include <time.h>

#include "base/ascii.h"
#include "base/mem.h"

void http_init(struct http_request *request) {
    memset(request, 0, sizeof *request);
    buf_init(&request->bytes, HTTP_HEAD_MAX_B + HTTP_BODY_MAX_B);
}

void http_fini(struct http_request *request) {
    buf_fini(&request->bytes);
}

/* --- the first line --- */

static const char *const method_names[] = {
    [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_POST] = "POST"};

static enum http_method method_of(const char *text, size_t len) {
    for (size_t i = 0; i < ARRAY_LEN(method_names); i++)
        if (strlen(method_names[i]) == len && memcmp(method_names[i], text, len) == 0)
            return (enum http_method)i;
    return HTTP_OTHER;
}

const char *http_method_name(enum http_method method) {
    return method < HTTP_OTHER ? method_names[method] : "other";
}

/* The form for proxies has the host in front (RFC 9112 3.2.2). */
static const char *skip_authority(const char *target) {
    static const char scheme[] = "http://";

    if (strncasecmp(target, scheme, sizeof scheme - 1) != 0)
        return target;
    target += sizeof scheme - 1;
    return target + strcspn(target, "/ ");
}

static int hex_value(char c) {
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(digits, c) : NULL;

    return at != NULL ? (int)((at - digits) % 16) : -1;
}

/* The byte at *at, which is moved behind it; -1 for what is none. */
static int decode_one(const char **at) {
    if (**at != '%')
        return (unsigned char)*(*at)++;
    int high = hex_value((*at)[1]), low = high >= 0 ? hex_value((*at)[2]) : -1;
    *at += low >= 0 ? 3 : 0;
    return low >= 0 ? high * 16 + low : -1;
}

static int read_path(const char *target, char out[HTTP_PATH_SIZE_B]) {
    size_t len = 0;

    if (*target != '/')
        return -1;
    while (*target != ' ' && *target != '?') {
        int byte = decode_one(&target);
        if (byte <= 0 || len + 1 >= HTTP_PATH_SIZE_B)
            return -1;
        out[len++] = (char)byte;
    }
    out[len] = '\0';
    return 0;
}

/* line: "GET /path HTTP/1.1" */
static int read_first_line(struct http_request *request, const char *line) {
    const char *target = strchr(line, ' ');
    const char *version = target != NULL ? strchr(target + 1, ' ') : NULL;

    if (version == NULL || strncmp(version + 1, "HTTP/1.", 7) != 0)
        return -1;
    request->method = method_of(line, (size_t)(target - line));
    return read_path(skip_authority(target + 1), request->path);
}

/* --- the fields --- */

/* The value of the field of that name, or NULL. */
static const char *value_of(const char *line, const char *name) {
    size_t len = strlen(name);

    if (strncasecmp(line, name, len) != 0 || line[len] != ':')
        return NULL;
    return line + len + 1 + strspn(line + len + 1, " \t");
}

/* Neither a field folded into two lines nor a space before the colon: they are how one reader is made to see what another does
 * not (RFC 9112 5.1, 5.2). */
static bool is_field(const char *line) {
    size_t len = strcspn(line, ": \t");

    return len > 0 && line[len] == ':';
}

static enum http_status read_field(struct http_request *request, char *line, bool *has_length) {
    const char *length = value_of(line, "Content-Length");
    long number;

    if (!is_field(line))
        return HTTP_BAD_REQUEST;
    if (value_of(line, "Transfer-Encoding") != NULL || (length != NULL && *has_length))
        return HTTP_BAD_REQUEST;
    if (length == NULL)
        return HTTP_OK;
    for (size_t end = strlen(line); line[end - 1] == ' ' || line[end - 1] == '\t'; end--)
        line[end - 1] = '\0';
    if (ascii_number(length, 0, 1000000000, &number) != 0)
        return HTTP_BAD_REQUEST;
    *has_length = true;
    request->body_len = (size_t)number;
    return number <= HTTP_BODY_MAX_B ? HTTP_OK : HTTP_TOO_LARGE;
}

/* Cuts the line off, without its end. */
static char *next_line(char **at) {
    char *line = *at, *end = strchr(line, '\n');

    *at = end + 1;
    *end = '\0';
    if (end > line && end[-1] == '\r')
        end[-1] = '\0';
    return line;
}

/* head: whole lines, the last of them empty. */
static enum http_status read_head(struct http_request *request, char *head) {
    enum http_status status = HTTP_OK;
    bool has_length = false;

    if (read_first_line(request, next_line(&head)) != 0)
        return HTTP_BAD_REQUEST;
    for (char *line = next_line(&head); *line != '\0' && status == HTTP_OK; line = next_line(&head))
        status = read_field(request, line, &has_length);
    return status;
}

/* --- the whole --- */

/* Lines may end with LF alone (RFC 9112 2.2). */
static size_t find_head_end(struct http_request *request) {
    const uint8_t *data = request->bytes.data;

    for (size_t i = request->searched; i < request->bytes.len; i++)
        if (data[i] == '\n' && i > 0 &&
            (data[i - 1] == '\n' || (i > 1 && data[i - 1] == '\r' && data[i - 2] == '\n')))
            return i + 1;
    request->searched = request->bytes.len;
    return 0;
}

static enum http_status look_for_head(struct http_request *request) {
    size_t head_len = find_head_end(request);

    if (head_len > HTTP_HEAD_MAX_B || (head_len == 0 && request->bytes.len > HTTP_HEAD_MAX_B))
        return HTTP_TOO_LARGE;
    if (head_len == 0)
        return HTTP_MORE;
    if (memchr(request->bytes.data, '\0', head_len) != NULL)
        return HTTP_BAD_REQUEST;
    request->head_len = head_len;
    return read_head(request, (char *)request->bytes.data);
}

enum http_status http_feed(struct http_request *request, const uint8_t *data, size_t len) {
    size_t room = request->bytes.max - request->bytes.len;

    buf_append(&request->bytes, data, len < room ? len : room);
    if (request->head_len == 0) {
        enum http_status status = look_for_head(request);
        if (status != HTTP_OK)
            return status;
    }
    if (request->bytes.len - request->head_len < request->body_len)
        return HTTP_MORE;
    request->body = request->bytes.data + request->head_len;
    return HTTP_OK;
}

static const struct {
    enum http_status status;
    const char *line;
} replies[] = {
    {HTTP_OK, "200 OK\r\n"},
    {HTTP_NO_CONTENT, "204 No Content\r\n"},
    {HTTP_MOVED, "301 Moved Permanently\r\n"},
    {HTTP_FOUND, "302 Found\r\n"},
    {HTTP_BAD_REQUEST, "400 Bad Request\r\n"},
    {HTTP_NOT_FOUND, "404 Not Found\r\n"},
    {HTTP_WRONG_METHOD, "405 Method Not Allowed\r\nAllow: GET, HEAD, POST\r\n"},
    {HTTP_TOO_LARGE, "413 Content Too Large\r\n"},
    {HTTP_SERVER_ERROR, "500 Internal Server Error\r\n"},
};

static const char *line_for(enum http_status status) {
    size_t i = 0;

    while (replies[i].status != status) {
        i++;
        assert(i < ARRAY_LEN(replies));
    }
    return replies[i].line;
}

void http_head(enum http_status status, const char *fields, int64_t now_s, struct buf *out) {
    time_t now = (time_t)now_s;
    struct tm tm;
    char date[64] = "";

    if (gmtime_r(&now, &tm) != NULL)
        strftime(date, sizeof date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &tm);
    buf_printf(out, "HTTP/1.1 %s%s%sConnection: close\r\n\r\n", line_for(status), date, fields);
}

void http_reply(enum http_method method, enum http_status status, const char *type,
                const uint8_t *data, size_t len, int64_t now_s, struct buf *out) {
    char fields[256];

    snprintf(fields, sizeof fields, "Content-Type: %.150s\r\nContent-Length: %zu\r\n", type, len);
    http_head(status, fields, now_s, out);
    if (method != HTTP_HEAD)
        buf_append(out, data, len);
}
