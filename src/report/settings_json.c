#include "report/result.h"
#include "report/settings.h"
#include "report/shape.h"

static json_t *json_texts(const struct texts *texts) {
    json_t *array = json_array();

    for (size_t i = 0; i < texts->count; i++)
        json_array_append_new(array, shape_text(texts->items[i]));
    return array;
}

static json_t *json_red(const struct red *red) {
    json_t *object = json_object();

    for (int severity = FAULT_LOW; severity < FAULT_SEVERITY_COUNT; severity++)
        json_object_set_new(object, fault_severity_name((enum fault_severity)severity),
                            json_integer(red->by_severity[severity]));
    json_object_set_new(object, "unclear", json_integer(red->unjudged));
    return object;
}

static json_t *json_advice(const struct run_settings *settings, const struct advice *advice) {
    json_t *object = json_object();

    json_object_set_new(object, "lines", shape_text(advice->lines));
    json_object_set_new(object, "why", shape_text(advice->why));
    json_object_set_new(object, "faults", json_texts(&advice->faults));
    json_object_set_new(object, "unclear_before", json_integer((json_int_t)advice->unclear.count));
    json_object_set_new(object, "turned_green",
                        settings->applied ? json_integer(advice->turned) : json_null());
    json_object_set_new(object, "milder_lines", shape_text_or_null(advice->milder));
    json_object_set_new(object, "by_milder_lines", json_texts(&advice->by_milder));
    json_object_set_new(object, "still_red", json_texts(&advice->stubborn));
    return object;
}

json_t *settings_json(const struct run *run) {
    const struct run_settings *settings = run->settings;
    json_t *object = json_object(), *lines = json_array();
    struct red now;

    if (settings == NULL) {
        json_decref(object);
        json_decref(lines);
        return json_null();
    }
    settings_count_red(run, &now);
    for (size_t i = 0; i < settings->advice_count; i++)
        json_array_append_new(lines, json_advice(settings, &settings->advice[i]));
    json_object_set_new(object, "mail_server", shape_text(settings->title));
    json_object_set_new(object, "version", shape_text_or_null(settings->version));
    json_object_set_new(object, "configuration", shape_text_or_null(settings->where));
    json_object_set_new(object, "log", server_log_json(&settings->log));
    json_object_set_new(object, "seen", json_texts(&settings->seen));
    json_object_set_new(object, "changed", json_texts(&settings->changed));
    json_object_set_new(object, "applied", json_boolean(settings->applied));
    json_object_set_new(object, "before",
                        settings->applied ? json_red(&settings->before) : json_null());
    json_object_set_new(object, "red", json_red(&now));
    json_object_set_new(object, "advice", lines);
    json_object_set_new(object, "no_setting", json_texts(&settings->beyond));
    return object;
}
