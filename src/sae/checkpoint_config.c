/* The configuration in a checkpoint. */
#include "io/json.h"
#include "io/tensor.h"
#include "sae/checkpoint_file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

char *sae_checkpoint_config_text(const struct sae_config *config)
{
    json_t *json = sae_config_to_json(config);
    char *text = json ? json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    json_decref(json);
    return text;
}

static enum base_status parse_config(const struct sae_checkpoint *checkpoint, json_t **json)
{
    const struct sae_checkpoint_entry *entry = &checkpoint->layout.sections[0];
    return io_json_parse(checkpoint->path, (const char *)checkpoint->bytes + entry->offset, entry->bytes,
                         json);
}

enum base_status sae_checkpoint_config(const struct sae_checkpoint *checkpoint, struct sae_config *config)
{
    json_t *json = NULL;
    *config = (struct sae_config){.architecture = {.n_inputs = 1}};
    enum base_status status = parse_config(checkpoint, &json);
    if (status == BASE_OK)
        status = sae_config_from_json(json, checkpoint->path, config);
    json_decref(json);
    if (status != BASE_OK)
        return status;
    if (!config->kind)
        return base_fail(BASE_ERROR_INPUT, "%s: its configuration has no \"arch\"", checkpoint->path);
    if (sae_config_check(config) != BASE_OK)
        return base_fail(BASE_ERROR_INPUT, "%s: its configuration cannot be meant: %s", checkpoint->path,
                         base_message());
    return BASE_OK;
}

/* A value as text that may be shown. */
static void show(const json_t *value, char shown[IO_PRINTABLE])
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    io_printable(text ? text : "not set", shown);
    free(text);
}

/* Names the first key of `a` whose value in `b` is another. */
static bool differs(json_t *a, const json_t *b, const char **key)
{
    for (void *at = json_object_iter(a); at; at = json_object_iter_next(a, at)) {
        *key = json_object_iter_key(at);
        if (!json_equal(json_object_iter_value(at), json_object_get(b, *key)))
            return true;
    }
    return false;
}

enum base_status sae_checkpoint_check_config(const struct sae_checkpoint *checkpoint,
                                             const struct sae_config *config)
{
    json_t *theirs = NULL, *ours = NULL;
    const char *key;
    char *text = sae_checkpoint_config_text(config);
    enum base_status status;
    if (!text) {
        status = base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory comparing configurations");
        goto error;
    }
    BASE_CHECK(parse_config(checkpoint, &theirs));
    BASE_CHECK(
        io_json_parse("the configuration", text, strlen(text), &ours)); /* numbers as text gives them */
    if (!json_is_object(theirs)) {
        status = base_fail(BASE_ERROR_INPUT, "%s: its configuration is no object", checkpoint->path);
    } else if (differs(ours, theirs, &key) || differs(theirs, ours, &key)) {
        char there[IO_PRINTABLE], here[IO_PRINTABLE], name[IO_PRINTABLE];
        show(json_object_get(theirs, key), there);
        show(json_object_get(ours, key), here);
        status =
            base_fail(BASE_ERROR_INPUT,
                      "%s: of another configuration: \"%s\" is %s there and %s here; go on with the options "
                      "that the run began with",
                      checkpoint->path, io_printable(key, name), there, here);
    }
error:
    json_decref(theirs);
    json_decref(ours);
    free(text);
    return status;
}
