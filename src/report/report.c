#include "report/report.h"

#include <string.h>

const struct report_format report_formats[] = {
    {"text", report_text}, {"json", report_json},         {"junit", report_junit},
    {"tap", report_tap},   {"markdown", report_markdown}, {"html", report_html},
    {NULL, NULL},
};

const struct report_format *report_find(const char *name) {
    for (const struct report_format *format = report_formats; format->name != NULL; format++)
        if (strcmp(format->name, name) == 0)
            return format;
    return NULL;
}
