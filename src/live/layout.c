#include "live/layout.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "io/json.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_BYTES = 1 << 16 };

void live_layout_default(struct live_layout *layout)
{
    *layout = (struct live_layout){.text_factor = 1, .width = 1280, .height = 720};
}

static struct live_option *find(const struct live_layout *layout, const char *name)
{
    for (uint32_t i = 0; i < layout->n_options; i++)
        if (!strcmp(layout->options[i].name, name))
            return (struct live_option *)&layout->options[i];
    return NULL;
}

double live_layout_option(const struct live_layout *layout, const char *name, double otherwise)
{
    const struct live_option *option = find(layout, name);
    return option ? option->value : otherwise;
}

void live_layout_set_option(struct live_layout *layout, const char *name, double value)
{
    if (!isfinite(value) || !*name || strlen(name) >= LIVE_NAME_BYTES)
        return;
    struct live_option *option = find(layout, name);
    if (!option) {
        if (layout->n_options == LIVE_MAX_OPTIONS)
            return;
        option = &layout->options[layout->n_options++];
        snprintf(option->name, sizeof option->name, "%s", name);
    }
    option->value = value;
}

/* ---- reading ---- */

static void read_name(const json_t *json, const char *key, char name[LIVE_NAME_BYTES])
{
    const char *text = json_string_value(json_object_get(json, key));
    if (text && strlen(text) < LIVE_NAME_BYTES)
        snprintf(name, LIVE_NAME_BYTES, "%s", text);
}

static double read_number(const json_t *json, const char *key, double least, double most, double otherwise)
{
    const json_t *value = json_object_get(json, key);
    double number = json_is_number(value) ? json_number_value(value) : NAN;
    return number >= least && number <= most ? number : otherwise;
}

static void read_values(struct live_layout *layout, json_t *json)
{
    read_name(json, "dashboard", layout->dashboard);
    read_name(json, "view", layout->view);
    layout->light = json_is_true(json_object_get(json, "light"));
    layout->full_screen = json_is_true(json_object_get(json, "full_screen"));
    layout->text_factor = (float)read_number(json, "text_factor", 0.8, 2.5, (double)layout->text_factor);
    layout->width = (float)read_number(json, "width", 160, 16384, (double)layout->width);
    layout->height = (float)read_number(json, "height", 160, 16384, (double)layout->height);
    const char *name;
    json_t *value, *options = json_object_get(json, "options");
    json_object_foreach(options, name, value) if (json_is_number(value))
        live_layout_set_option(layout, name, json_number_value(value));
}

enum base_status live_layout_read(struct live_layout *layout, const char *path)
{
    struct base_file *file = NULL;
    char *text = NULL;
    json_t *json = NULL;
    live_layout_default(layout);
    enum base_status status = base_file_open(path, &file);
    if (status != BASE_OK)
        return status;
    if (base_file_size(file) > MOST_BYTES)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT, "%s: larger than %d bytes", path, MOST_BYTES));
    size_t bytes = (size_t)base_file_size(file);
    BASE_CHECK(base_allocate(&text, bytes + 1, 1, "the layout"));
    BASE_CHECK(base_file_read(file, 0, text, bytes));
    BASE_CHECK(io_json_parse(path, text, bytes, &json));
    if (!json_is_object(json))
        BASE_CHECK(base_fail(BASE_ERROR_INPUT, "%s: not a JSON object", path));
    read_values(layout, json);
error:
    json_decref(json);
    base_free(text);
    base_file_close(&file);
    return status;
}

/* ---- writing ---- */

static json_t *json_of(const struct live_layout *layout)
{
    json_t *options = json_object();
    for (uint32_t i = 0; i < layout->n_options; i++)
        json_object_set_new(options, layout->options[i].name, io_json_number(layout->options[i].value));
    return json_pack("{s:o, s:o, s:b, s:b, s:f, s:f, s:f, s:o}", "dashboard", io_json_text(layout->dashboard),
                     "view", io_json_text(layout->view), "light", (int)layout->light, "full_screen",
                     (int)layout->full_screen, "text_factor", (double)layout->text_factor, "width",
                     (double)layout->width, "height", (double)layout->height, "options", options);
}

enum base_status live_layout_write(const struct live_layout *layout, const char *path)
{
    struct base_output *output = NULL;
    json_t *json = json_of(layout);
    char *text = json ? json_dumps(json, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
    enum base_status status = BASE_OK;
    if (!text)
        BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "%s: no memory to write it", path));
    BASE_CHECK(base_output_open(path, &output));
    base_output_write(output, text, strlen(text));
    base_output_write(output, "\n", 1);
    status = base_output_commit(&output);
error:
    free(text);
    json_decref(json);
    return status;
}

/* ---- the user's own ---- */

static char *layout_path(char **folder)
{
    *folder = base_config_folder();
    return *folder ? base_path_join(*folder, "layout.json") : NULL;
}

void live_layout_load(struct live_layout *layout)
{
    char *folder, *path = layout_path(&folder);
    live_layout_default(layout);
    if (path && base_path_exists(path) && live_layout_read(layout, path) != BASE_OK)
        base_log(BASE_LOG_NORMAL, "%s; the window starts as at first", base_message());
    base_free(path);
    base_free(folder);
}

enum base_status live_layout_save(const struct live_layout *layout)
{
    char *folder, *path = layout_path(&folder);
    enum base_status status = path ? base_folder_make(folder) : BASE_OK;
    if (path && status == BASE_OK)
        status = live_layout_write(layout, path);
    base_free(path);
    base_free(folder);
    return status;
}
