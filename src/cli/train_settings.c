#include "cli/train_settings.h"

#include "base/memory.h"
#include "cli/output.h"
#include "io/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static enum base_status no_memory(void)
{
    return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
}

/* Options of train that say something of this invocation and not of what is trained. */
static bool is_kept(const struct cli_option *option)
{
    static const char *const others[] = {"out",           "resume",  "config", "device",  "limits",
                                         "submission-ms", "json",    "quiet",  "verbose", "no-color",
                                         "help",          "version", NULL};
    for (uint32_t i = 0; others[i]; i++)
        if (strcmp(option->name, others[i]) == 0)
            return false;
    return option->commands & CLI_TRAIN;
}

/* ---- reading ---- */

static enum base_status read_object(const char *path, json_t **out)
{
    BASE_TRY(io_json_read(path, out));
    return json_is_object(*out) ? BASE_OK
                                : base_fail(BASE_ERROR_INPUT, "%s: a JSON object of options is wanted", path);
}

/* Whether a file's value is of the option's type and in its range; `wanted` says what would be. */
static bool is_of_type(const struct cli_option *option, const json_t *value, char wanted[128])
{
    double number = json_number_value(value);
    bool in_range = number >= option->minimum && number <= option->maximum;
    bool truth = option->kind == CLI_KIND_FLAG || strcmp(option->name, "gradient-to-input") == 0;
    if (truth || strcmp(option->name, "prepend-bos") == 0) {
        snprintf(wanted, 128, "true or false");
        return json_is_boolean(value);
    }
    if (option->kind == CLI_KIND_INTEGER || option->kind == CLI_KIND_REAL) {
        bool whole = option->kind == CLI_KIND_INTEGER;
        snprintf(wanted, 128, "a %snumber from %.10g to %.10g", whole ? "whole " : "", option->minimum,
                 option->maximum);
        return (whole ? json_is_integer(value) : json_is_number(value)) && in_range;
    }
    snprintf(wanted, 128, "text");
    bool other = (strcmp(option->name, "lr") == 0 && json_is_number(value)) ||
                 (strcmp(option->name, "widths") == 0 && json_is_array(value));
    return json_is_string(value) || other;
}

/* Settings are taken without a second look; what the mathematics needs is checked by its own reader. */
static enum base_status check_types(const char *path, const json_t *options)
{
    char wanted[128];
    for (const struct cli_option *option = cli_options; option->name; option++) {
        const json_t *value = json_object_get(options, option->name);
        if (value && is_kept(option) && !is_of_type(option, value, wanted))
            return base_fail(BASE_ERROR_INPUT, "%s: \"%s\" must be %s", path, option->name, wanted);
    }
    return BASE_OK;
}

static enum base_status read_options(const char *path, json_t **options)
{
    BASE_TRY(read_object(path, options));
    return check_types(path, *options);
}

/* A given value as JSON, typed as struct sae_config's reader wants it. */
static json_t *value_of(const struct cli_values *values, const struct cli_option *option)
{
    const char *text = values->text[cli_option_index(option)];
    char *end;
    if (option->kind == CLI_KIND_FLAG)
        return json_boolean(cli_flag(values, option->name));
    if (strcmp(option->name, "gradient-to-input") == 0)
        return json_boolean(strcmp(text, "yes") == 0);
    if (option->kind == CLI_KIND_INTEGER)
        return json_integer(cli_integer(values, option->name));
    if (option->kind == CLI_KIND_REAL)
        return json_real(cli_real(values, option->name));
    double number = strtod(text, &end);
    if (strcmp(option->name, "lr") == 0 && *text && !*end)
        return json_real(number);
    return io_json_text(text);
}

/* The one option that is a number or a word. */
static enum base_status check_rate(const struct cli_values *values)
{
    const char *text = cli_given(values, "lr") ? cli_text(values, "lr") : "auto";
    char *end;
    double rate = strtod(text, &end);
    if (strcmp(text, "auto") == 0 || (*text && !*end && isfinite(rate)))
        return BASE_OK;
    return base_fail(BASE_ERROR_USAGE, "%s: '%s' is neither a number nor auto", cli_label(values, "lr"),
                     text);
}

/* Who wrote an option is kept: the command line's must have a part in what is trained. */
static enum base_status note_given(const struct cli_values *values, json_t *given)
{
    for (const struct cli_option *option = cli_options; option->name; option++) {
        uint32_t index = cli_option_index(option);
        bool line = values->source[index] == CLI_FROM_LINE;
        if (is_kept(option) && values->text[index] &&
            json_object_set_new(given, option->name, json_boolean(line)) != 0)
            return no_memory();
    }
    return BASE_OK;
}

/* Everything given or with a default goes over what the file says; a default only where the file is silent.
 */
static enum base_status add_values(const struct cli_values *values, json_t *options)
{
    BASE_TRY(check_rate(values));
    for (const struct cli_option *option = cli_options; option->name; option++) {
        bool given = cli_given(values, option->name);
        if (!is_kept(option) || !values->text[cli_option_index(option)])
            continue;
        if (!given && json_object_get(options, option->name))
            continue;
        if (json_object_set_new(options, option->name, value_of(values, option)) != 0)
            return no_memory();
    }
    return BASE_OK;
}

static const char *text_at(const json_t *options, const char *name)
{
    return json_string_value(json_object_get(options, name));
}

static double number_at(const json_t *options, const char *name, double otherwise)
{
    const json_t *value = json_object_get(options, name);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static uint64_t count_at(const json_t *options, const char *name, uint64_t otherwise)
{
    double value = number_at(options, name, -1);
    return value >= 0 && value < 9.1e15 ? (uint64_t)value : otherwise;
}

static enum base_status read_rhythm(const char *text, struct cli_train_settings *settings)
{
    char *end;
    errno = 0;
    double value = strtod(text, &end);
    settings->checkpoint_ns = settings->checkpoint_rows = 0;
    const double second = 1e9;
    double unit = strcmp(end, "s") == 0   ? second
                  : strcmp(end, "m") == 0 ? 60 * second
                  : strcmp(end, "h") == 0 ? 3600 * second
                                          : 0;
    bool rows = strcmp(end, "r") == 0, none = value == 0 && *end == '\0';
    if (end == text || errno || !(value >= 0 && value < 1e9) || (unit == 0 && !rows && !none))
        return base_fail(BASE_ERROR_USAGE, "--checkpoint-every %s: 10m, 90s, 2h or 100000r is meant", text);
    if (rows)
        settings->checkpoint_rows = (uint64_t)value;
    else
        settings->checkpoint_ns = (uint64_t)(value * unit);
    return BASE_OK;
}

/* The members from the options, whichever way these came. */
static enum base_status take_options(struct cli_train_settings *settings)
{
    const json_t *options = settings->options;
    const char *rows = text_at(options, "rows"), *buffer = text_at(options, "buffer");
    const char *every = text_at(options, "checkpoint-every");
    settings->target = text_at(options, "target");
    if (rows)
        BASE_TRY(cli_parse_range("--rows", rows, &settings->rows_from, &settings->rows_to));
    settings->buffer_bytes = (uint64_t)1 << 30;
    if (buffer)
        BASE_TRY(cli_parse_bytes("--buffer", buffer, &settings->buffer_bytes));
    BASE_TRY(read_rhythm(every ? every : "10m", settings));
    settings->holdout = count_at(options, "holdout", 0);
    settings->step = count_at(options, "step", UINT64_MAX);
    settings->shuffle_seed = count_at(options, "shuffle-seed", UINT64_MAX);
    settings->max_norm = number_at(options, "max-norm", 10);
    settings->keep = (uint32_t)base_maximum(1, count_at(options, "keep", 2));
    settings->keep_every = count_at(options, "keep-every", 0);
    settings->log_every = count_at(options, "log-every", 0);
    settings->eval_every = count_at(options, "eval-every", 0);
    const json_t *bos = json_object_get(options, "prepend-bos");
    settings->metadata = (struct sae_save_metadata){
        .model_name = text_at(options, "model-name"),
        .hook_name = text_at(options, "hook-name"),
        .hook_name_out = text_at(options, "hook-name-out"),
        .context_size = count_at(options, "context-size", 0),
        .prepend_bos = json_is_boolean(bos) ? json_is_true(bos) : -1,
    };
    return BASE_OK;
}

enum base_status cli_train_settings_read(const struct cli_values *values, struct cli_train_settings *settings)
{
    *settings = (struct cli_train_settings){0};
    if (cli_given(values, "config"))
        BASE_TRY(read_options(cli_text(values, "config"), &settings->options));
    else if (!(settings->options = json_object()))
        return no_memory();
    const json_t *inputs = json_object_get(settings->options, "inputs");
    settings->inputs =
        values->n_arguments == 0 && json_is_array(inputs) ? json_deep_copy(inputs) : json_array();
    for (uint32_t i = 0; i < values->n_arguments; i++)
        if (json_array_append_new(settings->inputs, io_json_text(values->arguments[i])) != 0)
            return no_memory();
    json_object_del(settings->options, "inputs");
    json_object_del(settings->options, CLI_TRAIN_CHECKSUM);
    /* A length of the run that is given goes before one in the file, however that was given; so does a seed.
     */
    if (cli_given(values, "epochs") && !cli_given(values, "total-rows"))
        json_object_del(settings->options, "total-rows");
    if (cli_given(values, "seed") && !cli_given(values, "shuffle-seed"))
        json_object_del(settings->options, "shuffle-seed");
    BASE_TRY(add_values(values, settings->options));
    if (!(settings->given = json_object()))
        return no_memory();
    BASE_TRY(note_given(values, settings->given));
    return take_options(settings);
}

/* What a run that goes on may be told anew. */
static const char *const again[] = {
    "checkpoint-every", "keep", "keep-every", "no-picture", "theme", "scale", NULL};

static bool may_be_told_again(const char *name)
{
    for (uint32_t i = 0; again[i]; i++)
        if (strcmp(name, again[i]) == 0)
            return true;
    return false;
}

/* An option that would be passed over is refused; the environment's are for new runs. */
static enum base_status check_again(const struct cli_values *values)
{
    for (const struct cli_option *option = cli_options; option->name; option++) {
        uint32_t index = cli_option_index(option);
        bool line = values->text[index] && values->source[index] == CLI_FROM_LINE;
        bool of_new_runs = is_kept(option) || strcmp(option->name, "config") == 0;
        if (line && of_new_runs && !may_be_told_again(option->name))
            return base_fail(BASE_ERROR_USAGE,
                             "--%s has no part in --resume: the run goes on with the options that it began "
                             "with",
                             option->name);
    }
    return BASE_OK;
}

static enum base_status resume_options(const struct cli_values *values, const char *where,
                                       struct cli_train_settings *settings)
{
    const json_t *inputs = json_object_get(settings->options, "inputs");
    BASE_TRY(check_again(values));
    if (!json_is_object(settings->options) || !json_is_array(inputs))
        return base_fail(BASE_ERROR_INPUT, "%s: the description of the run is damaged", where);
    settings->inputs = values->n_arguments == 0 ? json_deep_copy(inputs) : json_array();
    for (uint32_t i = 0; i < values->n_arguments; i++)
        if (json_array_append_new(settings->inputs, io_json_text(values->arguments[i])) != 0)
            return no_memory();
    json_object_del(settings->options, "inputs");
    for (uint32_t i = 0; again[i]; i++)
        if (cli_given(values, again[i]) &&
            json_object_set_new(settings->options, again[i], value_of(values, cli_find_option(again[i]))) !=
                0)
            return no_memory();
    return take_options(settings);
}

enum base_status cli_train_settings_resume(const struct cli_values *values, const char *json,
                                           const char *where, struct cli_train_settings *settings)
{
    json_error_t error;
    *settings = (struct cli_train_settings){0};
    settings->options = json_loads(json, JSON_REJECT_DUPLICATES, &error);
    return resume_options(values, where, settings);
}

enum base_status cli_train_settings_resume_file(const struct cli_values *values, const char *path,
                                                struct cli_train_settings *settings)
{
    *settings = (struct cli_train_settings){0};
    BASE_TRY(read_options(path, &settings->options));
    return resume_options(values, path, settings);
}

void cli_train_settings_free(struct cli_train_settings *settings)
{
    json_decref(settings->options);
    json_decref(settings->inputs);
    json_decref(settings->given);
    *settings = (struct cli_train_settings){0};
}

json_t *cli_train_settings_json(const struct cli_train_settings *settings, const struct sae_config *config)
{
    json_t *object = json_deep_copy(settings->options);
    json_t *whole = config ? sae_config_to_json(config) : NULL;
    int failed = !object || (config && !whole);
    if (!failed)
        json_object_del(object,
                        CLI_TRAIN_CHECKSUM); /* whoever writes the object knows it, and puts it last */
    if (!failed && whole) {
        /* What the configuration settles goes in the place of what asked for it. */
        json_object_del(object, "epochs");
        json_object_del(object, "sweep");
        failed |= json_object_update(object, whole);
    }
    json_decref(whole);
    failed |= !object || json_object_set(object, "inputs", settings->inputs) != 0;
    if (failed) {
        json_decref(object);
        return NULL;
    }
    return object;
}

/* ---- configurations ---- */

/* Options that are not of struct sae_config. */
static bool is_setting(const char *name)
{
    static const char *const settings[] = {"rows",
                                           "step",
                                           "theme",
                                           "scale",
                                           "no-picture",
                                           "model-name",
                                           "hook-name",
                                           "hook-name-out",
                                           "epochs",
                                           "holdout",
                                           "buffer",
                                           "checkpoint-every",
                                           "keep",
                                           "keep-every",
                                           "log-every",
                                           "eval-every",
                                           "sweep",
                                           "context-size",
                                           "prepend-bos",
                                           "target",
                                           "init",
                                           "shuffle-seed",
                                           CLI_TRAIN_CHECKSUM,
                                           NULL};
    for (uint32_t i = 0; settings[i]; i++)
        if (strcmp(name, settings[i]) == 0)
            return true;
    return false;
}

/* "1024,2048" as the array that the configuration's reader wants. */
static enum base_status widths_of(const char *text, json_t **array)
{
    double *widths = NULL;
    uint32_t count;
    BASE_TRY(cli_parse_reals("--widths", text, 1, 1 << 20, &widths, &count));
    *array = json_array();
    for (uint32_t i = 0; i < count; i++)
        json_array_append_new(*array, json_integer((json_int_t)widths[i]));
    base_free(widths);
    return *array ? BASE_OK : no_memory();
}

/* The members of struct sae_config among the options and changes. */
static enum base_status config_options(const struct cli_train_settings *settings, const json_t *changes,
                                       json_t **out)
{
    const char *name;
    json_t *value;
    json_t *object = json_object();
    *out = object;
    if (!object)
        return no_memory();
    json_object_foreach(settings->options, name, value)
    {
        if (is_setting(name))
            continue;
        if (strcmp(name, "widths") == 0 && json_is_string(value)) {
            json_t *widths;
            BASE_TRY(widths_of(json_string_value(value), &widths));
            json_object_set_new(object, name, widths);
        } else if (json_object_set(object, name, value) != 0) {
            return no_memory();
        }
    }
    if (changes)
        json_object_update(object, (json_t *)changes);
    return BASE_OK;
}

static enum base_status choose_kind(const json_t *options, const struct cli_train_shape *shape,
                                    struct sae_config *config)
{
    const char *name = text_at(options, "arch"), *activation = text_at(options, "activation");
    config->kind = sae_kind_find(name ? name : "topk");
    if (!config->kind)
        return base_fail(BASE_ERROR_USAGE, "--arch %s: there is no such kind", name);
    if (config->kind->target && shape->d_target == 0)
        return base_fail(BASE_ERROR_USAGE,
                         "--arch %s predicts another tensor: name it by --target FILE:TENSOR",
                         config->kind->name);
    if (!config->kind->target && shape->d_target > 0)
        return base_fail(BASE_ERROR_USAGE,
                         "--target is for --arch transcoder and skip-transcoder, not for %s",
                         config->kind->name);
    config->architecture.activation = config->kind->activation;
    if ((config->kind->target || config->kind->several_inputs) && !activation &&
        json_object_get(options, "k"))
        config->architecture.activation = SAE_TOPK;
    for (uint32_t i = 0; activation && i <= SAE_BATCHTOPK; i++)
        if (strcmp(activation, sae_activation_name((enum sae_activation)i)) == 0)
            config->architecture.activation = (enum sae_activation)i;
    return BASE_OK;
}

/* The environment is shared by runs of all kinds: what of it belongs to others is left alone. */
static void drop_foreign(const struct cli_train_settings *settings, const struct sae_config *config,
                         json_t *options)
{
    const char *name;
    json_t *line;
    json_object_foreach(settings->given, name, line)
    {
        if (json_is_false(line) && !sae_config_concerns(config, name))
            json_object_del(options, name);
    }
}

static enum base_status check_part(const struct sae_config *config, const char *name)
{
    const struct sae_architecture *of = &config->architecture;
    if (!sae_config_concerns(config, name))
        return base_fail(BASE_ERROR_USAGE, "--%s has no part in --arch %s with the activation %s", name,
                         config->kind->name, sae_activation_name(of->activation));
    if (strcmp(name, "target-anneal") == 0 &&
        (config->target_l0 <= 0 || config->sparsity != SAE_SPARSITY_STEP))
        return base_fail(BASE_ERROR_USAGE,
                         "--target-anneal has no part without --target-l0 and --sparsity step");
    if (strcmp(name, "k-aux") == 0 && config->aux_coefficient == 0)
        return base_fail(BASE_ERROR_USAGE, "--k-aux has no part without --aux-coefficient");
    return BASE_OK;
}

/* What was asked for, on the command line or by a sweep, must have a part in the training. */
static enum base_status check_given(const struct cli_train_settings *settings, const json_t *changes,
                                    const struct sae_config *config)
{
    const char *name;
    json_t *value;
    json_object_foreach(settings->given, name, value)
    {
        if (json_is_true(value))
            BASE_TRY(check_part(config, name));
    }
    json_object_foreach((json_t *)changes, name, value)
    {
        BASE_TRY(check_part(config, name));
    }
    return BASE_OK;
}

/* What defaults depend on comes first. */
static enum base_status set_shape(const struct cli_train_settings *settings, const json_t *options,
                                  const struct cli_train_shape *shape, struct sae_config *config)
{
    struct sae_architecture *a = &config->architecture;
    double epochs = number_at(settings->options, "epochs", 0);
    a->d_in = shape->d_in;
    a->d_out = config->kind->target ? shape->d_target : shape->d_in;
    a->n_inputs = config->kind->several_inputs ? shape->n_inputs : 1;
    a->d_sae = (uint32_t)count_at(options, "d-sae", 0);
    a->k = number_at(options, "k", 0);
    config->batch = (uint32_t)count_at(options, "batch", 4096);
    config->total_rows = count_at(options, "total-rows", 0);
    config->target_l0 = number_at(options, "target-l0", 0);
    if (a->d_sae == 0)
        return base_fail(BASE_ERROR_USAGE, "train: --d-sae N is missing, or 0: how many latents");
    if (sae_selects(a->activation) && !(a->k > 0))
        return base_fail(BASE_ERROR_USAGE,
                         "train: --k K is missing, or not above 0: how many latents are active a row");
    if (config->batch == 0)
        return base_fail(BASE_ERROR_USAGE, "--batch must be at least 1");
    if (config->total_rows == 0 && epochs > 0)
        config->total_rows = (uint64_t)base_maximum(1, (uint64_t)(epochs * (double)shape->rows));
    if (config->total_rows == 0)
        return base_fail(BASE_ERROR_USAGE,
                         "train: --total-rows N or --epochs E is missing: how long to train");
    return BASE_OK;
}

/* A configuration that a run wrote says for which rows it was. */
static enum base_status check_widths(const struct sae_config *config, const struct cli_train_shape *shape)
{
    const struct sae_architecture *a = &config->architecture;
    uint32_t d_out = config->kind->target ? shape->d_target : shape->d_in;
    uint32_t n_inputs = config->kind->several_inputs ? shape->n_inputs : 1;
    if (a->d_in == shape->d_in && a->d_out == d_out && a->n_inputs == n_inputs)
        return BASE_OK;
    return base_fail(BASE_ERROR_INPUT,
                     "--config: it is for %u inputs with %u values a row in all and %u to be predicted, and "
                     "the files have %u with %u and %u; take d-in, d-out and n-inputs out of it to train on "
                     "these files",
                     a->n_inputs, a->d_in, a->d_out, n_inputs, shape->d_in, d_out);
}

void cli_train_settings_settle(struct cli_train_settings *settings, const struct sae_config *config)
{
    drop_foreign(settings, config, settings->options);
}

enum base_status cli_train_config(const struct cli_train_settings *settings,
                                  const struct cli_train_shape *shape, const json_t *changes,
                                  struct sae_config *config)
{
    json_t *options = NULL;
    enum base_status status;
    *config = (struct sae_config){0};
    BASE_CHECK(config_options(settings, changes, &options));
    BASE_CHECK(choose_kind(options, shape, config));
    drop_foreign(settings, config, options);
    BASE_CHECK(set_shape(settings, options, shape, config));
    sae_config_defaults(config);
    const char *rate = text_at(options, "lr");
    if (rate && strcmp(rate, "auto") == 0)
        json_object_set_new(options, "lr", json_real(sae_config_automatic_rate(config->architecture.d_sae)));
    /* Settled already, from the data. */
    json_object_set_new(options, "total-rows", json_integer((json_int_t)config->total_rows));
    BASE_CHECK(sae_config_from_json(options, "train", config));
    BASE_CHECK(check_widths(config, shape));
    BASE_CHECK(check_given(settings, changes, config));
    BASE_CHECK(sae_config_check(config));
error:
    json_decref(options);
    return status;
}

/* ---- sweeps ---- */

/* Every combination so far, once for each value of one more key: "k=16,32". */
static enum base_status multiply(json_t **combinations, const char *key, char *list)
{
    json_t *longer = json_array();
    size_t i;
    json_t *before;
    for (char *text = strtok(list, ","); text; text = strtok(NULL, ",")) {
        char *end;
        double value = strtod(text, &end);
        if (end == text || *end || !isfinite(value))
            return json_decref(longer), base_fail(BASE_ERROR_USAGE, "--sweep %s: %s is no number", key, text);
        bool whole = value == floor(value) && strcmp(key, "lr") != 0 && strcmp(key, "l1") != 0 &&
                     strcmp(key, "target-l0") != 0 && strcmp(key, "k") != 0;
        json_array_foreach(*combinations, i, before)
        {
            json_t *one = json_deep_copy(before);
            json_object_set_new(one, key, whole ? json_integer((json_int_t)value) : json_real(value));
            json_array_append_new(longer, one);
        }
    }
    if (json_array_size(longer) == 0 || json_array_size(longer) > SAE_CHECKPOINT_MOST_RUNS)
        return json_decref(longer), base_fail(BASE_ERROR_USAGE, "--sweep: from 1 to %d runs are possible",
                                              SAE_CHECKPOINT_MOST_RUNS);
    json_decref(*combinations);
    *combinations = longer;
    return BASE_OK;
}

static enum base_status add_key(json_t **combinations, char *item)
{
    static const char *const keys[] = {"k", "lr", "l1", "target-l0", "seed", "d-sae", NULL};
    char *equals = strchr(item, '=');
    if (equals)
        *equals = '\0';
    if (json_object_get(json_array_get(*combinations, 0), item))
        return base_fail(BASE_ERROR_USAGE, "--sweep: %s stands there twice", item);
    for (uint32_t i = 0; equals && keys[i]; i++)
        if (strcmp(item, keys[i]) == 0)
            return multiply(combinations, keys[i], equals + 1);
    return base_fail(BASE_ERROR_USAGE,
                     "--sweep %s: KEY=V,V with the key k, lr, l1, target-l0, seed or d-sae is meant", item);
}

enum base_status cli_train_sweep(const struct cli_train_settings *settings, json_t **combinations)
{
    const char *text = text_at(settings->options, "sweep");
    *combinations = NULL;
    if (!text)
        return BASE_OK;
    char *copy = base_copy_string(text), *rest = copy;
    *combinations = json_pack("[{}]");
    enum base_status status = copy && *combinations ? BASE_OK : no_memory();
    while (status == BASE_OK && rest) {
        char *next = strchr(rest, ';');
        if (next)
            *next++ = '\0';
        status = add_key(combinations, rest);
        rest = next;
    }
    base_free(copy);
    if (status != BASE_OK) {
        json_decref(*combinations);
        *combinations = NULL;
    }
    return status;
}

void cli_train_combination_text(const json_t *combination, char *text, size_t bytes)
{
    const char *key;
    json_t *value;
    size_t used = 0;
    text[0] = '\0';
    json_object_foreach((json_t *)combination, key, value)
    {
        int length = snprintf(text + used, bytes - used, "%s%s=%.10g", used > 0 ? "," : "", key,
                              json_number_value(value));
        used += length > 0 && (size_t)length < bytes - used ? (size_t)length : 0;
    }
}
