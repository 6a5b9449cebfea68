#include "support/sae_inputs.h"

#include "base/random.h"
#include "sae/formats.h"
#include "support/autoencoder.h"
#include "support/files.h"
#include "support/test.h"

#include <stdlib.h>

const float *test_sae_rows;
const int32_t *test_sae_tokens;
struct sae_model test_sae_topk, test_sae_layernorm;

/* What a token may be. The others are words. */
static const char *const texts[] = {
    "\"</script><img src=x onerror=\\\"document.title='owned'\\\">\"",
    "\"<b>bold</b>&amp;\"",
    "\"\\u0000\\u0001\\u001b[31m\"",
    "\" \xff\xc3\xe2\x82\"", /* not UTF-8 */
    "\"\\ud800\"",           /* half a character */
    "\"\\u202eright to left\"",
    "\"\\n\\t\"",
    "\"<!--\"",
    "\"\xe2\x80\xa8\\\\\\\"'\"",
    "\"\xf0\x9f\x8c\xb1\\ud83c\\udf31\"", /* a seedling, twice */
};

static void write_vocabulary(void)
{
    char json[4096];
    size_t used = 0;
    for (int t = 0; t < TEST_SAE_TOKENS; t++) {
        used += (size_t)snprintf(json + used, sizeof json - used, "%s", t ? "," : "[");
        if (t < (int)(sizeof texts / sizeof *texts))
            used += (size_t)snprintf(json + used, sizeof json - used, "%s", texts[t]);
        else
            used += (size_t)snprintf(json + used, sizeof json - used, "\" word%d\"", t);
    }
    used += (size_t)snprintf(json + used, sizeof json - used, "]");
    test_file("vocab.json", json, used);
}

static void write_rows(void)
{
    enum { CELLS = TEST_SAE_ROWS * TEST_SAE_WIDTH };
    static float rows[CELLS], faulty[CELLS];
    static int32_t tokens[TEST_SAE_ROWS], positions[TEST_SAE_ROWS];
    for (uint32_t i = 0; i < CELLS; i++) {
        rows[i] = (float)base_random_normal(21, BASE_STREAM_TEST, i) + (i % TEST_SAE_WIDTH == 4 ? 1 : 0);
        rows[i] *= i / TEST_SAE_WIDTH == TEST_SAE_OUTLIER ? 100 : 1;
        faulty[i] = rows[i];
    }
    faulty[TEST_SAE_NAN * TEST_SAE_WIDTH + 3] = NAN;
    for (uint32_t r = 0; r < TEST_SAE_ROWS; r++) {
        tokens[r] = (int32_t)base_random_below(22, BASE_STREAM_TEST, r, TEST_SAE_TOKENS);
        positions[r] = 1 + (int32_t)(r % TEST_SAE_DOCUMENT);
    }
    test_npy("rows.npy", "<f4", 0, "(300, 12)", rows, sizeof rows);
    test_npy("faulty.npy", "<f4", 0, "(300, 12)", faulty, sizeof faulty);
    test_npy("tokens.npy", "<i4", 0, "(300,)", tokens, sizeof tokens);
    test_npy("positions.npy", "<i4", 0, "(300,)", positions, sizeof positions);
    test_sae_rows = rows;
    test_sae_tokens = tokens;
}

static struct sae_model write_model(const char *name, enum sae_activation activation, uint64_t seed,
                                    enum sae_input_scaling scaling)
{
    struct sae_architecture architecture = test_architecture(activation, TEST_SAE_WIDTH, TEST_SAE_LATENTS);
    architecture.scaling = scaling;
    struct sae_model model = test_model(&architecture, seed);
    sae_fold_decoder_norm(&model);
    assert_ok(sae_save(test_path(name), &model, NULL, NULL));
    return model;
}

void test_sae_inputs(void)
{
    if (test_sae_rows)
        return;
    write_rows();
    write_vocabulary();
    float *unembedding = test_rows(TEST_SAE_TOKENS, TEST_SAE_WIDTH, 23);
    test_npy("unembed.npy", "<f4", 0, "(40, 12)", unembedding,
             TEST_SAE_TOKENS * TEST_SAE_WIDTH * sizeof *unembedding);
    free(unembedding);
    test_sae_topk = write_model("topk", SAE_TOPK, 24, SAE_SCALING_NONE);
    test_sae_layernorm = write_model("layernorm", SAE_RELU, 25, SAE_SCALING_LAYER_NORM);
    struct sae_model jumprelu = write_model("jumprelu", SAE_JUMPRELU, 26, SAE_SCALING_NONE);
    sae_model_free(&jumprelu);
}
