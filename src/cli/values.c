#include "cli/values.h"

#include "base/memory.h"
#include "io/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void cli_values_free(struct cli_values *values)
{
    for (uint32_t i = 0; i < CLI_MAX_OPTIONS; i++)
        base_free(values->text[i]);
    base_free(values->arguments);
    *values = (struct cli_values){.command = NULL};
}

static const struct cli_option *need_option(const char *name)
{
    const struct cli_option *option = cli_find_option(name);
    if (!option) {
        fprintf(stderr, "arclight: error: the program asks for an option '%s' that its table lacks\n", name);
        abort();
    }
    return option;
}

static const char *effective_text(const struct cli_values *values, const struct cli_option *option)
{
    const char *text = values->text[cli_option_index(option)];
    return text ? text : option->standard;
}

bool cli_given(const struct cli_values *values, const char *name)
{
    return values->text[cli_option_index(need_option(name))] != NULL;
}

const char *cli_text(const struct cli_values *values, const char *name)
{
    return effective_text(values, need_option(name));
}

bool cli_flag(const struct cli_values *values, const char *name)
{
    const char *text = effective_text(values, need_option(name));
    return text && strcmp(text, "yes") == 0;
}

int64_t cli_integer(const struct cli_values *values, const char *name)
{
    const char *text = effective_text(values, need_option(name));
    return text ? strtoll(text, NULL, 10) : 0;
}

double cli_real(const struct cli_values *values, const char *name)
{
    const char *text = effective_text(values, need_option(name));
    return text ? strtod(text, NULL) : 0;
}

const char *cli_label(const struct cli_values *values, const char *name)
{
    static _Thread_local char label[CLI_NAME_BYTES + 2];
    const struct cli_option *option = need_option(name);
    if (values->source[cli_option_index(option)] == CLI_FROM_ENVIRONMENT)
        cli_environment_name(option, label);
    else
        snprintf(label, sizeof label, "--%s", option->name);
    return label;
}

static json_t *value_json(const struct cli_values *values, const struct cli_option *option)
{
    const char *text = effective_text(values, option);
    if (option->kind == CLI_KIND_FLAG)
        return json_boolean(cli_flag(values, option->name));
    if (text && option->kind == CLI_KIND_INTEGER)
        return json_integer(cli_integer(values, option->name));
    if (text && option->kind == CLI_KIND_REAL)
        return json_real(cli_real(values, option->name));
    return io_json_text(text);
}

json_t *cli_configuration(const struct cli_values *values)
{
    json_t *record = json_object();
    for (const struct cli_option *option = cli_options; option->name; option++) {
        if (option->without_environment || !values->command || !(option->commands & values->command->bit))
            continue;
        if (json_object_set_new(record, option->name, value_json(values, option)) != 0) {
            json_decref(record);
            return NULL;
        }
    }
    return record;
}
