/* Autoencoders in files: what is written is read again bit for bit, and files of SAELens, sparsify,
 * dictionary_learning and Gemma Scope are what their tools mean by them. */
#include "base/memory.h"
#include "base/platform.h"
#include "sae/formats.h"
#include "sae/reference.h"
#include "support/analysis.h"
#include "support/autoencoder.h"
#include "support/files.h"
#include "support/forward.h"
#include "support/sae_files.h"
#include "support/test.h"

#include <jansson.h>
#include <stdlib.h>
#include <zip.h>

enum { D = 6, N = 10 };

static const enum sae_activation activations[] = {SAE_RELU, SAE_GATED, SAE_JUMPRELU, SAE_TOPK};

static char *cfg_text(const char *folder)
{
    size_t bytes;
    char *read = (char *)test_read_file(test_sae_text(folder, "cfg.json", NULL), &bytes), *text;
    assert_ok(base_allocate(&text, bytes + 1, 1, "text"));
    memcpy(text, read, bytes);
    base_free(read);
    return text;
}

static void assert_same_file(const char *a, const char *b)
{
    size_t p, q;
    uint8_t *x = test_read_file(a, &p), *y = test_read_file(b, &q);
    assert_int_equal(p, q);
    assert_memory_equal(x, y, p);
    base_free(x), base_free(y);
}

/* Saves, reads, compares, and saves again: weights and cfg.json of the second folder are the first's. */
static void round_trip(struct sae_model *model, const char *architecture)
{
    struct sae_model read, again;
    const char *folder = test_sae_folder("first"), *second = test_sae_folder("second");
    assert_ok(sae_save(folder, model, NULL, NULL));
    char *text = cfg_text(folder);
    json_t *config = json_loads(text, 0, NULL);
    assert_string_equal(json_string_value(json_object_get(config, "architecture")), architecture);
    json_decref(config);
    base_free(text);
    assert_ok(sae_load(folder, &read));
    assert_ok(sae_save(second, &read, NULL, NULL));
    assert_same_file(test_sae_text(folder, "cfg.json", NULL), test_sae_text(second, "cfg.json", NULL));
    assert_same_file(test_sae_text(folder, "sae_weights.safetensors", NULL),
                     test_sae_text(second, "sae_weights.safetensors", NULL));
    assert_ok(sae_load(test_sae_text(second, "sae_weights.safetensors", NULL), &again));
    test_assert_models_equal(&read, &again);
    base_free(read.metadata);
    read.metadata = NULL;
    test_assert_models_equal(model, &read);
    sae_model_free(&read);
    sae_model_free(&again);
}

static void plain_ones(void **state)
{
    (void)state;
    static const char *const names[] = {"standard", "gated", "jumprelu", "topk"};
    static const enum sae_input_scaling scalings[] = {SAE_SCALING_NONE, SAE_SCALING_LAYER_NORM,
                                                      SAE_SCALING_CONSTANT_NORM};
    for (int a = 0; a < 4; a++)
        for (int s = 0; s < 3; s++)
            for (int variant = 0; variant < 2; variant++) {
                struct sae_architecture of = test_architecture(activations[a], D, N);
                of.scaling = scalings[s];
                of.apply_b_dec_to_input = variant;
                of.rescale_by_decoder_norm = variant && activations[a] == SAE_TOPK;
                struct sae_model model = test_model(&of, 3);
                round_trip(&model, names[a]);
                sae_model_free(&model);
            }
}

static void transcoders_and_crosscoders(void **state)
{
    (void)state;
    static const struct {
        enum sae_activation activation;
        bool transcoder, skip;
        uint32_t n_inputs;
        enum sae_input_scaling scaling;
        const char *name;
    } cases[] = {
        {SAE_RELU, true, false, 1, SAE_SCALING_NONE, "transcoder"},
        {SAE_RELU, true, true, 1, SAE_SCALING_NONE, "skip_transcoder"},
        {SAE_JUMPRELU, true, false, 1, SAE_SCALING_NONE, "jumprelu_transcoder"},
        {SAE_JUMPRELU, true, true, 1, SAE_SCALING_NONE, "jumprelu_skip_transcoder"},
        {SAE_TOPK, true, false, 1, SAE_SCALING_NONE, "arclight_topk_transcoder"},
        {SAE_TOPK, true, true, 1, SAE_SCALING_NONE, "arclight_topk_skip_transcoder"},
        {SAE_GATED, true, false, 1, SAE_SCALING_NONE, "arclight_gated_transcoder"},
        {SAE_GATED, true, true, 1, SAE_SCALING_NONE, "arclight_gated_skip_transcoder"},
        {SAE_RELU, true, false, 1, SAE_SCALING_LAYER_NORM, "transcoder"},
        {SAE_RELU, true, true, 1, SAE_SCALING_CONSTANT_NORM, "arclight_skip_transcoder"},
        {SAE_JUMPRELU, true, false, 1, SAE_SCALING_CONSTANT_NORM, "jumprelu_transcoder"},
        {SAE_JUMPRELU, true, true, 1, SAE_SCALING_LAYER_NORM, "arclight_jumprelu_skip_transcoder"},
        {SAE_RELU, false, false, 3, SAE_SCALING_NONE, "standard"},
        {SAE_GATED, false, false, 2, SAE_SCALING_NONE, "arclight_gated_crosscoder"},
        {SAE_JUMPRELU, false, false, 2, SAE_SCALING_NONE, "arclight_jumprelu_crosscoder"},
        {SAE_TOPK, false, false, 6, SAE_SCALING_LAYER_NORM, "arclight_topk_crosscoder"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sae_architecture of = test_architecture(cases[i].activation, D, N);
        of.transcoder = cases[i].transcoder;
        of.skip = cases[i].skip;
        of.d_out = of.transcoder ? 9 : D;
        of.n_inputs = cases[i].n_inputs;
        of.scaling = cases[i].scaling;
        of.apply_b_dec_to_input = false;
        struct sae_model model = test_model(&of, 11);
        round_trip(&model, cases[i].name);
        sae_model_free(&model);
    }
}

static void metadata(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_RELU, D, N);
    struct sae_model model = test_model(&of, 3), read;
    model.metadata = base_copy_string("{\"model_name\":\"old\",\"neuronpedia_id\":7}");
    const struct sae_save_metadata given = {.model_name = "gpt2",
                                            .hook_name = "blocks.3.hook_resid_pre",
                                            .context_size = 128,
                                            .prepend_bos = 1,
                                            .training_architecture = "batchtopk",
                                            .l0 = 31.5,
                                            .n_dead = 0};
    float rates[N] = {0, 1, 0.01f};
    const char *folder = test_sae_folder("metadata");
    assert_ok(sae_save(folder, &model, &given, rates));
    assert_ok(sae_load(folder, &read));
    json_t *kept = json_loads(read.metadata, 0, NULL);
    json_t *wanted =
        json_pack("{s:s, s:i, s:s, s:n, s:s, s:i, s:b, s:s, s:f, s:i}", "model_name", "gpt2",
                  "neuronpedia_id", 7, "sae_lens_version", "6.54.12", "sae_lens_training_version",
                  "hook_name", "blocks.3.hook_resid_pre", "context_size", 128, "prepend_bos", 1,
                  "training_architecture", "batchtopk", "l0", 31.5, "num_dead_features", 0);
    assert_true(json_equal(kept, wanted));
    json_decref(kept), json_decref(wanted);
    /* log10(rate + 1e-10) */
    struct io_file *file;
    const struct io_tensor *tensor;
    float sparsity[N];
    const char *path = test_sae_text(folder, "sparsity.safetensors", NULL);
    assert_ok(io_open(path, &file));
    assert_ok(io_find(file, "sparsity", 1, &tensor));
    assert_ok(io_read_rows(file, tensor, 0, N, sparsity));
    io_close(&file);
    assert_in_double(sparsity[0], -10, 1e-5);
    assert_in_double(sparsity[1], 0, 1e-5);
    assert_in_double(sparsity[2], -2, 1e-5);
    /* Another autoencoder in the same folder does not keep this one's. */
    assert_ok(sae_save(folder, &model, NULL, NULL));
    assert_false(base_path_exists(path));
    sae_model_free(&model);
    sae_model_free(&read);
}

/* An attention head's hook needs SAELens's reshaping, which Arclight has no use for but must not lose. */
static void hook_z(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_RELU, D, N);
    struct sae_model model = test_model(&of, 3), read;
    const char *folder = test_sae_folder("hook_z");
    model.metadata = base_copy_string("{\"hook_name\":\"blocks.1.attn.hook_z\",\"reshape_activations\":1}");
    assert_ok(sae_save(folder, &model, NULL, NULL));
    assert_ok(sae_load(folder, &read));
    char *text = cfg_text(folder);
    assert_non_null(strstr(text, "\"reshape_activations\": \"hook_z\""));
    assert_ok(sae_save(folder, &read, NULL, NULL));
    char *again = cfg_text(folder);
    assert_string_equal(text, again);
    base_free(text), base_free(again);
    sae_model_free(&model), sae_model_free(&read);
}

/* ---- weights of other types ---- */

/* Keeps eight bits of every value's fraction, which all float types hold. */
static void shorten(struct sae_model *model)
{
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(model, tensors);
    for (uint32_t t = 0; t < count; t++)
        for (uint64_t i = 0; i < tensors[t].rows * tensors[t].cols; i++)
            tensors[t].values[i] = (float)(round(tensors[t].values[i] * 64) / 64);
}

static void types(void **state)
{
    (void)state;
    static const enum io_dtype dtypes[] = {IO_F16, IO_BF16, IO_F32, IO_F64};
    struct sae_architecture of = test_architecture(SAE_JUMPRELU, D, N);
    struct sae_model model = test_model(&of, 3), read;
    shorten(&model);
    for (int i = 0; i < 4; i++) {
        const char *folder = test_sae_folder("types");
        struct test_arrays arrays = {0};
        test_arrays_saelens(&arrays, &model, dtypes[i]);
        test_arrays_write(&arrays, folder, "sae_weights.safetensors");
        test_sae_text(folder, "cfg.json",
                      "{\"architecture\":\"jumprelu\",\"d_in\":6,\"d_sae\":10,\"dtype\":\"float16\"}");
        assert_ok(sae_load(folder, &read));
        test_assert_models_equal(&model, &read);
        sae_model_free(&read);
    }
    sae_model_free(&model);
}

/* ---- SAELens's own files ---- */

/* SAELens before 6.0 has metadata, and the activation function, at the top. */
static void old_saelens(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_TOPK, D, N);
    of.k = 3;
    struct sae_model model = test_model(&of, 5), read;
    struct test_arrays arrays = {0};
    const char *folder = test_sae_folder("old");
    test_arrays_saelens(&arrays, &model, IO_F32);
    test_arrays_write(&arrays, folder, "sae_weights.safetensors");
    test_sae_text(
        folder, "cfg.json",
        "{\"d_in\":6,\"d_sae\":10,\"activation_fn_str\":\"topk\",\"activation_fn_kwargs\":{\"k\":3},"
        "\"hook_point\":\"blocks.0.hook\",\"model_name\":\"gpt2\",\"normalize_activations\":false}");
    assert_ok(sae_load(folder, &read));
    json_t *kept = json_loads(read.metadata, 0, NULL);
    json_t *wanted = json_pack("{s:s, s:s}", "model_name", "gpt2", "hook_name", "blocks.0.hook");
    assert_true(json_equal(kept, wanted));
    json_decref(kept), json_decref(wanted);
    base_free(read.metadata);
    read.metadata = NULL;
    test_assert_models_equal(&model, &read);
    sae_model_free(&model), sae_model_free(&read);
}

/* What SAELens computed for some rows, against the reference on the weights as Arclight reads them; and the
 * weights written again are SAELens's file, byte for byte. */
static void check_example(struct test_example *example)
{
    struct test_agreement seen = {0};
    struct test_forward got = test_forward_of_reference(&example->model, example->input, example->rows);
    test_forwards_agree(example->folder, &example->model, example->input, example->rows, &got,
                        &example->wanted, &seen);
    print_message("%s: %u rows, %u near ties, relative difference at most %.2g\n", example->folder, seen.rows,
                  seen.ties, seen.worst);
    const char *copy = test_sae_folder("copy");
    assert_ok(sae_save(copy, &example->model, NULL, NULL));
    char *weights = base_path_join(example->folder, "sae_weights.safetensors");
    assert_same_file(weights, test_sae_text(copy, "sae_weights.safetensors", NULL));
    base_free(weights);
    test_forward_free(&got);
}

static void saelens_examples(void **state)
{
    (void)state;
    test_each_example(TEST_EXAMPLES, check_example);
}

/* ---- sparsify ---- */

static void sparsify(void **state)
{
    (void)state;
    for (int variant = 0; variant < 3; variant++) { /* plain, transcoder, skip transcoder */
        struct sae_architecture of = test_architecture(SAE_TOPK, D, N);
        of.k = 4;
        of.transcoder = variant > 0;
        of.skip = variant == 2;
        of.apply_b_dec_to_input = !of.transcoder;
        struct sae_model model = test_model(&of, 21), read;
        struct test_arrays arrays = {0};
        const char *folder = test_sae_folder("sparsify");
        test_arrays_add(&arrays, "encoder.weight", IO_F32, 2, model.W_enc, N, D, false);
        test_arrays_add(&arrays, "encoder.bias", IO_F32, 1, model.b_enc, 1, N, false);
        test_arrays_add(&arrays, "W_dec", IO_F32, 2, model.W_dec, N, D, false);
        test_arrays_add(&arrays, "b_dec", IO_F32, 1, model.b_dec, 1, D, false);
        if (of.skip)
            test_arrays_add(&arrays, "W_skip", IO_F32, 2, model.W_skip, D, D, false);
        test_arrays_write(&arrays, folder, "sae.safetensors");
        char config[256];
        snprintf(config, sizeof config,
                 "{\"activation\": \"topk\", \"expansion_factor\": 32, \"normalize_decoder\": true, "
                 "\"num_latents\": %d, \"k\": 4, \"multi_topk\": false, \"skip_connection\": %s, "
                 "\"transcode\": %s, \"d_in\": 6}",
                 variant == 1 ? 0 : N, of.skip ? "true" : "false", of.transcoder ? "true" : "false");
        test_sae_text(folder, "cfg.json", config);
        assert_ok(sae_load(folder, &read));
        test_assert_models_equal(&model, &read);
        sae_model_free(&read);
        assert_ok(sae_load(test_sae_text(folder, "sae.safetensors", NULL), &read));
        sae_model_free(&read);
        sae_model_free(&model);
    }
}

/* ---- dictionary_learning ---- */

static void write_dictionary(const char *folder, const char *class, const struct sae_model *model)
{
    struct test_arrays arrays = {0};
    char config[256];
    const float four = 4, sizes = 10;
    bool linear = strcmp(class, "JumpReluAutoEncoder") != 0 && strcmp(class, "MatryoshkaBatchTopKSAE") != 0;
    test_arrays_add(&arrays, linear ? "encoder.weight" : "W_enc", IO_F32, 2, model->W_enc, N, D, !linear);
    test_arrays_add(&arrays, linear ? "decoder.weight" : "W_dec", IO_F32, 2, model->W_dec, N, D, linear);
    if (model->b_enc)
        test_arrays_add(&arrays, linear ? "encoder.bias" : "b_enc", IO_F32, 1, model->b_enc, 1, N, false);
    if (model->b_gate) {
        test_arrays_add(&arrays, "gate_bias", IO_F32, 1, model->b_gate, 1, N, false);
        test_arrays_add(&arrays, "mag_bias", IO_F32, 1, model->b_mag, 1, N, false);
        test_arrays_add(&arrays, "r_mag", IO_F32, 1, model->r_mag, 1, N, false);
    }
    test_arrays_add(&arrays,
                    strcmp(class, "AutoEncoder") == 0        ? "bias"
                    : strcmp(class, "AutoEncoderNew") == 0   ? "decoder.bias"
                    : strcmp(class, "GatedAutoEncoder") == 0 ? "decoder_bias"
                                                             : "b_dec",
                    IO_F32, 1, model->b_dec, 1, D, false);
    bool jump = strcmp(class, "JumpReluAutoEncoder") == 0;
    if (strstr(class, "TopK") || jump)
        test_arrays_add(&arrays, "threshold", IO_F32, jump, model->threshold ? model->threshold : &four, 1,
                        jump ? N : 1, false);
    if (strstr(class, "TopK")) {
        test_arrays_add(&arrays, "k", IO_F32, 0, &four, 1, 1, false);
        arrays.arrays[arrays.count - 1].dtype = IO_I32;
        *(int32_t *)(uintptr_t)arrays.arrays[arrays.count - 1].data = 4;
    }
    if (strstr(class, "Matryoshka"))
        test_arrays_add(&arrays, "group_sizes", IO_F32, 1, &sizes, 1, 1, false);
    test_arrays_write(&arrays, folder, "ae.safetensors");
    snprintf(config, sizeof config,
             "{\"trainer\": {\"dict_class\": \"%s\", \"lm_name\": \"EleutherAI/pythia-70m\", \"k\": 4}, "
             "\"buffer\": {\"ctx_len\": 128}}",
             class);
    test_sae_text(folder, "config.json", config);
}

static void dictionary_learning(void **state)
{
    (void)state;
    static const struct {
        const char *class;
        enum sae_activation activation;
        bool apply_b_dec_to_input, one_threshold;
    } cases[] = {
        {"AutoEncoder", SAE_RELU, true, false},
        {"AutoEncoderNew", SAE_RELU, false, false},
        {"GatedAutoEncoder", SAE_GATED, true, false},
        {"JumpReluAutoEncoder", SAE_JUMPRELU, false, false},
        {"AutoEncoderTopK", SAE_TOPK, true, false},
        {"BatchTopKSAE", SAE_JUMPRELU, true, true},
        {"MatryoshkaBatchTopKSAE", SAE_JUMPRELU, true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sae_architecture of = test_architecture(cases[i].activation, D, N);
        of.k = cases[i].activation == SAE_TOPK ? 4 : 0;
        of.apply_b_dec_to_input = cases[i].apply_b_dec_to_input;
        struct sae_model model = test_model(&of, 31), read;
        for (int n = 1; n < N && cases[i].one_threshold; n++)
            model.threshold[n] = model.threshold[0];
        const char *folder = test_sae_folder("dictionary");
        write_dictionary(folder, cases[i].class, &model);
        assert_ok(sae_load(folder, &read));
        model.metadata = base_copy_string("{\"model_name\":\"EleutherAI/pythia-70m\",\"context_size\":128}");
        test_assert_models_equal(&model, &read);
        sae_model_free(&model), sae_model_free(&read);
    }
}

/* ---- Gemma Scope ---- */

static void gemma_scope(void **state)
{
    (void)state;
    for (int variant = 0; variant < 2; variant++) { /* the second is a transcoder in small letters */
        struct sae_architecture of = test_architecture(SAE_JUMPRELU, D, N);
        of.apply_b_dec_to_input = false;
        of.d_out = variant ? 4 : D;
        of.transcoder = variant;
        struct sae_model model = test_model(&of, 41), read;
        float turned[D * N];
        for (int i = 0; i < N; i++)
            for (int j = 0; j < D; j++)
                turned[j * N + i] = model.W_enc[i * D + j];
        const struct {
            const char *name, *shape;
            const float *data;
            size_t bytes;
        } members[] = {
            {variant ? "w_enc.npy" : "W_enc.npy", "(6, 10)", turned, sizeof turned},
            {variant ? "w_dec.npy" : "W_dec.npy", variant ? "(10, 4)" : "(10, 6)", model.W_dec,
             (size_t)N * of.d_out * 4},
            {"b_enc.npy", "(10,)", model.b_enc, N * 4},
            {"b_dec.npy", variant ? "(4,)" : "(6,)", model.b_dec, of.d_out * 4},
            {"threshold.npy", "(10,)", model.threshold, N * 4},
        };
        int error;
        const char *folder = test_sae_folder("gemma"), *path = test_sae_text(folder, "params.npz", NULL);
        zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &error);
        for (int i = 0; i < 5; i++)
            assert_true(zip_file_add(zip, members[i].name,
                                     zip_source_file(zip,
                                                     test_npy(members[i].name, "<f4", 0, members[i].shape,
                                                              members[i].data, members[i].bytes),
                                                     0, -1),
                                     0) >= 0);
        assert_int_equal(zip_close(zip), 0);
        assert_ok(sae_load(variant ? path : folder, &read));
        test_assert_models_equal(&model, &read);
        sae_model_free(&model), sae_model_free(&read);
    }
}

/* ---- failures of writing ---- */

static void all_or_nothing(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_RELU, D, N);
    struct sae_model model = test_model(&of, 3);
    const char *folder = test_sae_folder("blocked");
    assert_ok(base_folder_make(test_sae_text(folder, "cfg.json", NULL)));
    assert_fails(sae_save(folder, &model, NULL, NULL), BASE_ERROR_FILE_SYSTEM, "cfg.json");
    char **names;
    size_t count;
    assert_ok(base_folder_list(folder, &names, &count));
    assert_int_equal(count, 1);
    base_list_free(&names, count);
    /* Outputs after that are not held back. */
    const char *path = test_sae_text(test_sae_folder("after"), "note", "text");
    assert_true(base_path_exists(path));
    model.W_dec[3] = NAN;
    assert_fails(sae_save(test_sae_folder("nan"), &model, NULL, NULL), BASE_ERROR_NUMERIC, "W_dec");
    sae_model_free(&model);
}

static void unfolded(void **state)
{
    (void)state;
    struct sae_architecture of = test_architecture(SAE_RELU, D, N);
    of.scaling = SAE_SCALING_EXPECTED_AVERAGE_NORM;
    struct sae_model model = test_model(&of, 3);
    assert_fails(sae_save(test_folder(), &model, NULL, NULL), BASE_ERROR_INTERNAL, "must be folded");
    model.architecture.scaling = SAE_SCALING_NONE;
    model.architecture.activation = SAE_BATCHTOPK;
    assert_fails(sae_save(test_folder(), &model, NULL, NULL), BASE_ERROR_INTERNAL, "must be folded");
    sae_model_free(&model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_ones),
        cmocka_unit_test(transcoders_and_crosscoders),
        cmocka_unit_test(metadata),
        cmocka_unit_test(hook_z),
        cmocka_unit_test(types),
        cmocka_unit_test(old_saelens),
        cmocka_unit_test(saelens_examples),
        cmocka_unit_test(sparsify),
        cmocka_unit_test(dictionary_learning),
        cmocka_unit_test(gemma_scope),
        cmocka_unit_test(all_or_nothing),
        cmocka_unit_test(unfolded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
