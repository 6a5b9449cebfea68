/* The JSON beside an autoencoder's weights, as each tool writes it, and a training configuration: the input
 * is the text, and every reader gets it. */
#include "fuzz.h"

#include "base/log.h"
#include "base/memory.h"
#include "io/json.h"
#include "sae/config.h"
#include "sae/readers.h"
#include "sae/saelens.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>

/* What a reader lets through must be what the rest of the program can work with. */
static void require(bool holds)
{
    if (!holds)
        abort();
}

static void require_architecture(const struct sae_architecture *of)
{
    require(saelens_class_of(of) != NULL);
    require(of->d_in > 0 && of->d_in <= 1 << 20 && of->d_sae > 0 && of->d_sae <= 1 << 20);
    require(of->d_out > 0 && of->d_out <= 1 << 20 && of->n_inputs > 0 && of->d_in % of->n_inputs == 0);
    require(of->activation != SAE_TOPK || (of->k >= 1 && of->k <= of->d_sae && of->k == floor(of->k)));
    require(!of->apply_b_dec_to_input || of->d_in == of->d_out);
}

static void require_metadata(char *metadata)
{
    json_t *parsed = metadata ? json_loads(metadata, JSON_REJECT_DUPLICATES, NULL) : NULL;
    require(!metadata || json_is_object(parsed));
    json_decref(parsed);
    base_free(metadata);
}

static void use_configuration(const json_t *json)
{
    struct sae_config config = {.kind = sae_kind_find("topk"), .total_rows = 1000, .batch = 10}, again;
    config.architecture = (struct sae_architecture){.d_in = 8, .d_sae = 32, .k = 4};
    sae_config_defaults(&config);
    again = config;
    if (sae_config_from_json(json, "fuzz", &config) != BASE_OK)
        return;
    json_t *written = sae_config_to_json(&config);
    require(written && sae_config_from_json(written, "fuzz", &again) == BASE_OK);
    json_t *twice = sae_config_to_json(&again);
    require(json_equal(written, twice));
    json_decref(written), json_decref(twice);
    if (sae_config_check(&config) == BASE_OK)
        for (uint64_t step = 0; step < 3; step++)
            require(isfinite(sae_schedule_rate(&config, step)) && isfinite(sae_schedule_k(&config, step)) &&
                    isfinite(sae_schedule_sparsity(&config, step)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *json;
    char *metadata;
    struct sae_architecture architecture;
    const struct dictionary_class *class;
    base_log_set_level(BASE_LOG_QUIET);
    if (io_json_parse("fuzz", (const char *)data, size, &json) != BASE_OK)
        return 0;
    if (saelens_parse(json, "fuzz", &architecture, &metadata) == BASE_OK) {
        require_architecture(&architecture);
        require_metadata(metadata);
    }
    architecture = (struct sae_architecture){.d_in = 8, .d_out = 8, .d_sae = 32};
    if (sparsify_parse(json, "fuzz", &architecture) == BASE_OK)
        require_architecture(&architecture);
    if (dictionary_learning_parse(json, "fuzz", &class, &metadata) == BASE_OK)
        require_metadata(metadata);
    use_configuration(json);
    json_decref(json);
    return 0;
}
