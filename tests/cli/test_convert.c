/* `arclight convert` as its user meets it. */
#define _GNU_SOURCE
#include "base/memory.h"
#include "base/platform.h"
#include "cli/run.h"
#include "sae/formats.h"
#include "sae/reference.h"
#include "support/autoencoder.h"
#include "support/files.h"
#include "support/sae_files.h"

#include <jansson.h>

enum { D = 6, N = 10 };

static struct run convert(const char *source, const char *destination, const char *options)
{
    return run_line("$A convert %s %s %s 2>&1", source, destination, options);
}

static json_t *read_metadata(const char *folder)
{
    struct sae_model model;
    assert_ok(sae_load(folder, &model));
    json_t *metadata = json_loads(model.metadata, 0, NULL);
    assert_non_null(metadata);
    sae_model_free(&model);
    return metadata;
}

/* What comes out reconstructs what went in, with unit decoder rows; a second conversion changes nothing. */
static void norms_are_folded(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_JUMPRELU, D, N);
    struct sae_model model = test_model(&of, 3), read;
    const char *source = test_sae_folder("source"), *once = test_path("once"), *twice = test_path("twice");
    assert_ok(sae_save(source, &model, NULL, NULL));
    struct run run = convert(source, once, "");
    assert_int_equal(run.code, 0);
    assert_contains(run, ": jumprelu, 6 -> 10\n");
    assert_contains(run, "folded  decoder norms (");
    run = convert(once, twice, "");
    assert_int_equal(run.code, 0);
    assert_contains(run, "kept    decoder norms, which are 1");
    assert_int_equal(run_line("cmp %s/sae_weights.safetensors %s/sae_weights.safetensors && cmp %s/cfg.json "
                              "%s/cfg.json",
                              once, twice, once, twice)
                         .code,
                     0);
    assert_ok(sae_load(once, &read));
    double least, greatest, f[N], y[D], z[D];
    sae_decoder_norms(&read, &least, &greatest);
    assert_in_double(least, 1, 1e-6);
    assert_in_double(greatest, 1, 1e-6);
    float *x = test_rows(20, D, 9);
    for (int r = 0; r < 20; r++) {
        sae_reference_encode(&model, x + r * D, f);
        sae_reference_decode(&model, f, NULL, y);
        sae_reference_encode(&read, x + r * D, f);
        sae_reference_decode(&read, f, NULL, z);
        for (int j = 0; j < D; j++)
            assert_in_double(z[j], y[j], 1e-5);
    }
    free(x);
    sae_model_free(&model), sae_model_free(&read);
}

static void plain_topk_keeps_its_norms(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_TOPK, D, N);
    struct sae_model model = test_model(&of, 3), read;
    const char *source = test_sae_folder("topk"), *result = test_path("topk_result");
    assert_ok(sae_save(source, &model, NULL, NULL));
    struct run run = convert(source, result, "");
    assert_contains(run, ": topk, 6 -> 10, k 2\n");
    assert_contains(run, "other latents would be the k greatest");
    assert_ok(sae_load(result, &read));
    assert_memory_equal(read.W_dec, model.W_dec, sizeof(float) * D * N);
    sae_model_free(&model), sae_model_free(&read);
}

static void metadata_options(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_RELU, D, N);
    struct sae_model model = test_model(&of, 3);
    const char *source = test_sae_folder("plain"), *result = test_path("plain_result");
    model.metadata =
        base_copy_string("{\"hook_name\":\"old\",\"prepend_bos\":true,\"neuronpedia_id\":\"x\"}");
    assert_ok(sae_save(source, &model, NULL, NULL));
    struct run run = convert(source, result,
                             "--model-name gpt2 --hook-name blocks.1.x --context-size 64 --prepend-bos=no");
    assert_int_equal(run.code, 0);
    json_t *metadata = read_metadata(result);
    assert_string_equal(json_string_value(json_object_get(metadata, "model_name")), "gpt2");
    assert_string_equal(json_string_value(json_object_get(metadata, "hook_name")), "blocks.1.x");
    assert_string_equal(json_string_value(json_object_get(metadata, "neuronpedia_id")), "x");
    assert_int_equal(json_integer_value(json_object_get(metadata, "context_size")), 64);
    assert_true(json_is_false(json_object_get(metadata, "prepend_bos")));
    json_decref(metadata);
    assert_int_equal(convert(source, result, "").code, 0);
    metadata = read_metadata(result);
    assert_string_equal(json_string_value(json_object_get(metadata, "hook_name")), "old");
    assert_true(json_is_true(json_object_get(metadata, "prepend_bos")));
    json_decref(metadata);
    sae_model_free(&model);
}

/* A file that does not say whether it is a transcoder is one when its output has a hook. */
static void an_output_hook(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_JUMPRELU, D, N);
    const char *source = test_sae_folder("ambiguous"), *result = test_path("ambiguous_result");
    struct sae_model model = test_model(&of, 3);
    assert_ok(sae_save(source, &model, NULL, NULL));
    struct run run = convert(source, result, "--hook-name-out blocks.0.hook_mlp_out");
    assert_int_equal(run.code, 2);
    assert_contains(run, "--hook-name-out: ");
    assert_contains(run, "is no transcoder (its architecture is jumprelu)");
    assert_false(base_path_exists(result));
    sae_model_free(&model);
    of.apply_b_dec_to_input = false;
    model = test_model(&of, 3);
    assert_ok(sae_save(source, &model, NULL, NULL));
    run = convert(source, result, "--hook-name-out blocks.0.hook_mlp_out");
    assert_int_equal(run.code, 0);
    assert_contains(run, ": jumprelu_transcoder, 6 -> 10 -> 6\n");
    sae_model_free(&model);
}

/* sparsity.safetensors goes along, and must belong to the weights. */
static void firing_rates(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_RELU, D, N);
    struct sae_model model = test_model(&of, 3);
    const char *source = test_sae_folder("rates"), *result = test_path("rates_result");
    const float rates[N] = {0, 1, 0.5f, 1e-6f, 0.25f}, other[N + 1] = {0}, wrong[N] = {0, 0, 3};
    struct io_file *file;
    const struct io_tensor *tensor;
    float read[N];
    assert_ok(sae_save(source, &model, NULL, rates));
    assert_int_equal(convert(source, result, "").code, 0);
    assert_ok(io_open(test_sae_text(result, "sparsity.safetensors", NULL), &file));
    assert_ok(io_find(file, "sparsity", 1, &tensor));
    assert_ok(io_read_rows(file, tensor, 0, N, read));
    for (int i = 0; i < N; i++)
        assert_in_double(read[i], log10(rates[i] + 1e-10), 1e-5);
    io_close(&file);
    struct test_arrays arrays = {0};
    test_arrays_add(&arrays, "sparsity", IO_F32, 1, other, 1, N + 1, false);
    test_arrays_write(&arrays, source, "sparsity.safetensors");
    struct run run = convert(source, test_path("no_rates"), "");
    assert_int_equal(run.code, 3);
    assert_contains(run, "sparsity.safetensors: 11 values for 10 latents");
    test_arrays_add(&arrays, "sparsity", IO_F32, 1, wrong, 1, N, false);
    test_arrays_write(&arrays, source, "sparsity.safetensors");
    run = convert(source, test_path("no_rates"), "");
    assert_int_equal(run.code, 3);
    assert_contains(run, "sparsity.safetensors: [2] is no logarithm of a rate");
    sae_model_free(&model);
}

static void document(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_TOPK, D, N);
    of.rescale_by_decoder_norm = true;
    struct sae_model model = test_model(&of, 3);
    const char *source = test_sae_folder("json"), *result = test_path("json_result");
    assert_ok(sae_save(source, &model, NULL, NULL));
    json_t *json = json_loads(convert(source, result, "--json").text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(json, "schema")), "arclight.convert/1");
    const json_t *wrote = json_object_get(json, "wrote");
    assert_string_equal(json_string_value(json_object_get(wrote, "path")), result);
    assert_string_equal(json_string_value(json_object_get(wrote, "architecture")), "topk");
    assert_int_equal(json_integer_value(json_object_get(wrote, "k")), 2);
    assert_true(json_is_true(json_object_get(json, "decoder_norms_folded")));
    json_decref(json);
    sae_model_free(&model);
}

static void failures_leave_nothing(void **state)
{
    (void)state;
    const char *empty = test_sae_folder("empty"), *result = test_path("nothing");
    struct run run = convert(empty, result, "");
    assert_int_equal(run.code, 3);
    assert_contains(run, "no autoencoder in this folder");
    assert_false(base_path_exists(result));
    run = convert(test_sae_text(empty, "ae.pt", "PK"), result, "");
    assert_int_equal(run.code, 3);
    assert_contains(run, "weights_only=True");
    assert_int_equal(convert(empty, "", "").code, 2);
    struct sae_architecture of = test_architecture(SAE_RELU, D, N);
    struct sae_model model = test_model(&of, 3);
    const char *source = test_sae_folder("good");
    assert_ok(sae_save(source, &model, NULL, NULL));
    run = convert(source, test_sae_text(empty, "note", "text"), "");
    assert_int_equal(run.code, 8);
    assert_contains(run, "is a file");
    sae_model_free(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(norms_are_folded),       cmocka_unit_test(plain_topk_keeps_its_norms),
        cmocka_unit_test(metadata_options),       cmocka_unit_test(an_output_hook),
        cmocka_unit_test(firing_rates),           cmocka_unit_test(document),
        cmocka_unit_test(failures_leave_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
