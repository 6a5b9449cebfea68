/* Folders that lie about what they hold: each fault, its message, exit code 3, and nothing read. */
#include "base/log.h"
#include "base/platform.h"
#include "sae/formats.h"
#include "support/autoencoder.h"
#include "support/files.h"
#include "support/sae_files.h"
#include "support/test.h"

#include <stdlib.h>

enum { D = 6, N = 10 };

static void assert_refused(const char *path, const char *part)
{
    struct sae_model model;
    assert_fails(sae_load(path, &model), BASE_ERROR_INPUT, part);
    assert_null(model.W_enc);
    assert_null(model.metadata);
}

/* ---- cfg.json ---- */

static const struct {
    const char *text, *part;
} configs[] = {
    {"", "cfg.json: not valid JSON, line"},
    {"[1]", "cfg.json: not a JSON object"},
    {"{\"architecture\":", "cfg.json: not valid JSON"},
    {"{\"d_sae\":10,\"d_sae\":10}", "not valid JSON, line 1: duplicate object key"},
    {"{\"architecture\":\"standard\"} x", "not valid JSON"},
    {"{\"architecture\":\"temporal\",\"d_in\":6,\"d_sae\":10}",
     "\"architecture\" is \"temporal\"; known are"},
    {"{\"architecture\":\"\\u001b[2Jx\",\"d_in\":6,\"d_sae\":10}", "\"architecture\" is \""},
    {"{\"architecture\":3,\"d_in\":6,\"d_sae\":10}", "\"architecture\" must be a string"},
    {"{\"architecture\":\"batchtopk\",\"d_in\":6,\"d_sae\":10}", "a checkpoint of SAELens's training"},
    {"{\"architecture\":\"standard\",\"d_sae\":10}", "\"d_in\" is missing"},
    {"{\"architecture\":\"standard\",\"d_in\":6}", "\"d_sae\" is missing"},
    {"{\"architecture\":\"standard\",\"d_in\":\"6\",\"d_sae\":10}", "\"d_in\" must be a whole number"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":10.5}", "\"d_sae\" must be a whole number"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":0}", "\"d_sae\" must be a whole number from 1"},
    {"{\"architecture\":\"standard\",\"d_in\":-6,\"d_sae\":10}", "\"d_in\" must be a whole number from 1"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":99999999999}", "\"d_sae\" must be a whole number"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":1048577}",
     "d_sae is 1048577; it must be 1 to 1048576"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":11}",
     "\"W_enc\" has the shape [6, 10] where [6, 11] is wanted"},
    {"{\"architecture\":\"standard\",\"d_in\":5,\"d_sae\":10}", "\"W_enc\" has the shape [6, 10]"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":10,\"metadata\":3}",
     "\"metadata\" must be an object"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":10,\"apply_b_dec_to_input\":1}",
     "\"apply_b_dec_to_input\" must be true or false"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":10,\"normalize_activations\":\"covariance_"
     "whitening\"}",
     "\"normalize_activations\" is \"covariance_whitening\"; known are"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":10,\"reshape_activations\":\"hook_q\"}",
     "\"reshape_activations\" is \"hook_q\""},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":10,\"activation_fn\":\"tanh-relu\"}",
     "the activation function \"tanh-relu\" is not known"},
    {"{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":10,\"n_inputs\":4}",
     "\"n_inputs\" cannot be meant"},
    {"{\"architecture\":\"topk\",\"d_in\":6,\"d_sae\":10}", "\"k\" is missing"},
    {"{\"architecture\":\"topk\",\"d_in\":6,\"d_sae\":10,\"k\":0}",
     "\"k\" must be a whole number from 1 to 10"},
    {"{\"architecture\":\"topk\",\"d_in\":6,\"d_sae\":10,\"k\":11}",
     "\"k\" must be a whole number from 1 to 10"},
    {"{\"architecture\":\"topk\",\"d_in\":6,\"d_sae\":10,\"k\":2.5}", "\"k\" must be a whole number"},
    {"{\"architecture\":\"jumprelu\",\"d_in\":6,\"d_sae\":10}", "the tensor \"threshold\" is missing"},
    {"{\"architecture\":\"gated\",\"d_in\":6,\"d_sae\":10}", "the tensor \"b_gate\" is missing"},
    {"{\"architecture\":\"transcoder\",\"d_in\":6,\"d_sae\":10}", "\"d_out\" is missing"},
    {"{\"architecture\":\"transcoder\",\"d_in\":6,\"d_sae\":10,\"d_out\":6}",
     "\"apply_b_dec_to_input\" must be false in a transcoder"},
    {"{\"architecture\":\"skip_transcoder\",\"d_in\":6,\"d_sae\":10,\"d_out\":6,"
     "\"apply_b_dec_to_input\":false}",
     "the tensor \"W_skip\" is missing"},
    {"{\"architecture\":\"skip_transcoder\",\"d_in\":6,\"d_sae\":10,\"d_out\":6,"
     "\"apply_b_dec_to_input\":false,\"normalize_activations\":\"layer_norm\"}",
     "past which SAELens leads the skip path of a skip_transcoder"},
};

static void write_standard(const char *folder)
{
    struct sae_architecture of = test_architecture(SAE_RELU, D, N);
    struct sae_model model = test_model(&of, 1);
    struct test_arrays arrays = {0};
    test_arrays_saelens(&arrays, &model, IO_F32);
    test_arrays_write(&arrays, folder, "sae_weights.safetensors");
    sae_model_free(&model);
}

static void bad_configurations(void **state)
{
    (void)state;
    const char *folder = test_sae_folder("configs");
    write_standard(folder);
    for (size_t i = 0; i < sizeof configs / sizeof configs[0]; i++) {
        test_sae_text(folder, "cfg.json", configs[i].text);
        assert_refused(folder, configs[i].part);
        for (const char *c = base_message(); *c; c++)
            assert_true((unsigned char)*c >= ' ' || *c == '\n');
    }
}

static void deep_json(void **state)
{
    (void)state;
    const char *folder = test_sae_folder("deep");
    char text[4096] = "{\"architecture\":";
    memset(text + strlen(text), '[', 2000);
    write_standard(folder);
    test_sae_text(folder, "cfg.json", text);
    assert_refused(folder, "nests deeper than 64 levels");
    static char many[3 << 20] = "{\"architecture\":[";
    memset(many + strlen(many), ',', sizeof many - 100);
    test_sae_text(folder, "cfg.json", many);
    assert_refused(folder, "more than 1000000 values");
    static char large[(16 << 20) + 2];
    memset(large, ' ', sizeof large - 1);
    test_sae_text(folder, "cfg.json", large);
    assert_refused(folder, "larger than the 16777216 bytes");
}

/* ---- tensors ---- */

static float *values_of(struct test_arrays *arrays, const char *name)
{
    return (float *)(uintptr_t)test_arrays_find(arrays, name)->data;
}

static void take_away(struct test_arrays *arrays)
{
    test_arrays_remove(arrays, "b_dec");
}

static void add_scaling(struct test_arrays *arrays)
{
    const float ones[N] = {1, 1};
    test_arrays_add(arrays, "scaling_factor", IO_F32, 1, ones, 1, N, false);
}

static void turn(struct test_arrays *arrays)
{
    struct io_named_array *array = test_arrays_find(arrays, "W_dec");
    array->shape[0] = D, array->shape[1] = N;
}

static void flatten(struct test_arrays *arrays)
{
    struct io_named_array *array = test_arrays_find(arrays, "W_dec");
    array->rank = 1, array->shape[0] = D * N;
}

static void deepen(struct test_arrays *arrays)
{
    struct io_named_array *array = test_arrays_find(arrays, "b_enc");
    array->rank = 2, array->shape[0] = 1, array->shape[1] = N;
}

static void whole_numbers(struct test_arrays *arrays)
{
    test_arrays_find(arrays, "b_enc")->dtype = IO_I32;
}

static void not_a_number(struct test_arrays *arrays)
{
    values_of(arrays, "W_enc")[2 * N + 7] = NAN; /* [d_in, d_sae] in the file */
}

static void infinite(struct test_arrays *arrays)
{
    values_of(arrays, "b_dec")[4] = -INFINITY;
}

static const struct {
    void (*spoil)(struct test_arrays *arrays);
    const char *part;
} tensor_faults[] = {
    {take_away, "sae_weights.safetensors: the tensor \"b_dec\" is missing; architecture standard has one"},
    {add_scaling, "the tensor \"scaling_factor\" is none that architecture standard has"},
    {turn, "the tensor \"W_dec\" has the shape [6, 10] where [10, 6] is wanted"},
    {flatten, "the tensor \"W_dec\" has the shape [60] where [10, 6] is wanted"},
    {deepen, "the tensor \"b_enc\" has the shape [1, 10] where [10] is wanted"},
    {whole_numbers, "the tensor \"b_enc\" is of type I32"},
    {not_a_number, "the tensor \"W_enc\" has NaN at [2, 7]"},
    {infinite, "the tensor \"b_dec\" has an infinite value at [4, 0]"},
};

static void bad_tensors(void **state)
{
    (void)state;
    const char *folder = test_sae_folder("tensors");
    test_sae_text(folder, "cfg.json", "{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":10}");
    for (size_t i = 0; i < sizeof tensor_faults / sizeof tensor_faults[0]; i++) {
        struct sae_architecture of = test_architecture(SAE_RELU, D, N);
        struct sae_model model = test_model(&of, 1);
        struct test_arrays arrays = {0};
        test_arrays_saelens(&arrays, &model, IO_F32);
        tensor_faults[i].spoil(&arrays);
        test_arrays_write(&arrays, folder, "sae_weights.safetensors");
        assert_refused(folder, tensor_faults[i].part);
        sae_model_free(&model);
    }
    test_sae_text(folder, "sae_weights.safetensors", "no tensors at all");
    assert_refused(folder, "sae_weights.safetensors: neither");
}

/* A value that f64 holds and f32 does not. */
static void too_large_for_f32(void **state)
{
    (void)state;
    const char *folder = test_sae_folder("large");
    struct sae_architecture of = test_architecture(SAE_RELU, D, N);
    struct sae_model model = test_model(&of, 1);
    struct test_arrays arrays = {0};
    test_arrays_saelens(&arrays, &model, IO_F64);
    ((double *)(uintptr_t)test_arrays_find(&arrays, "W_dec")->data)[7] = 1e300;
    test_arrays_write(&arrays, folder, "sae_weights.safetensors");
    test_sae_text(folder, "cfg.json", "{\"architecture\":\"standard\",\"d_in\":6,\"d_sae\":10}");
    assert_refused(folder, "the tensor \"W_dec\" has an infinite value at [1, 1]");
    sae_model_free(&model);
}

/* ---- other formats ---- */

/* Tensors that both of the other layouts have, so that only the JSON is at fault. */
static void write_layers(const char *folder, const char *name, bool with_dec)
{
    struct sae_architecture of = test_architecture(SAE_TOPK, D, N);
    struct sae_model model = test_model(&of, 1);
    struct test_arrays arrays = {0};
    test_arrays_add(&arrays, "encoder.weight", IO_F32, 2, model.W_enc, N, D, false);
    test_arrays_add(&arrays, "encoder.bias", IO_F32, 1, model.b_enc, 1, N, false);
    test_arrays_add(&arrays, with_dec ? "W_dec" : "decoder.weight", IO_F32, 2, model.W_dec, N, D, !with_dec);
    test_arrays_add(&arrays, "b_dec", IO_F32, 1, model.b_dec, 1, D, false);
    test_arrays_write(&arrays, folder, name);
    sae_model_free(&model);
}

static void bad_sparsify(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"[]", "cfg.json: not a JSON object"},
        {"{}", "cfg.json: \"k\" is missing"},
        {"{\"k\": 11}", "\"k\" must be a whole number from 1 to 10"},
        {"{\"k\": 3, \"activation\": \"groupmax\"}", "\"activation\" is \"groupmax\"; topk"},
        {"{\"k\": 3, \"d_in\": 7}", "\"d_in\" and \"num_latents\" are 7 and 0, the weights have 6 and 10"},
        {"{\"k\": 3, \"num_latents\": 9}", "are 6 and 9, the weights have 6 and 10"},
        {"{\"k\": 3, \"transcode\": 1}", "\"transcode\" must be true or false"},
        {"{\"k\": 3, \"skip_connection\": true}",
         "\"W_skip\" is missing; a sparsify autoencoder with a skip"},
    };
    const char *folder = test_sae_folder("sparsify");
    write_layers(folder, "sae.safetensors", true);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_sae_text(folder, "cfg.json", cases[i].text);
        assert_refused(folder, cases[i].part);
    }
    write_layers(folder, "sae.safetensors", false);
    test_sae_text(folder, "cfg.json", "{\"k\": 3}");
    assert_refused(folder, "the tensor \"W_dec\" is missing");
}

static void bad_dictionary_learning(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"[]", "config.json: \"trainer\" is missing"},
        {"{\"trainer\": 1}", "\"trainer\" is missing or no object"},
        {"{\"trainer\": {}}", "\"dict_class\" is missing"},
        {"{\"trainer\": {\"dict_class\": \"CrossCoder\"}}", "\"dict_class\" is \"CrossCoder\"; known are"},
        {"{\"trainer\": {\"dict_class\": \"AutoEncoderTopK\"}}", "\"k\" is missing"},
        {"{\"trainer\": {\"dict_class\": \"AutoEncoderTopK\", \"k\": 11}}", "\"k\" must be a whole number"},
        {"{\"trainer\": {\"dict_class\": \"AutoEncoder\"}}",
         "the tensor \"bias\" is missing; AutoEncoder has"},
        {"{\"trainer\": {\"dict_class\": \"BatchTopKSAE\"}}", "the tensor \"threshold\" is missing"},
        {"{\"trainer\": {\"dict_class\": \"JumpReluAutoEncoder\"}}", "the tensor \"W_enc\" is missing"},
    };
    const char *folder = test_sae_folder("dictionary");
    write_layers(folder, "ae.safetensors", false);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        test_sae_text(folder, "config.json", cases[i].text);
        assert_refused(folder, cases[i].part);
    }
}

/* ---- places ---- */

static void places(void **state)
{
    (void)state;
    const char *empty = test_sae_folder("empty");
    assert_refused(empty, "no autoencoder in this folder");
    assert_refused(test_path("nowhere"), "no such file or folder");
    assert_refused(test_sae_text(empty, "note.txt", "x"), "an autoencoder is a folder");
    const char *lonely = test_sae_folder("lonely");
    write_standard(lonely);
    assert_refused(lonely, "neither cfg.json (SAELens, sparsify) nor config.json");
    const char *pickled = test_sae_folder("pickled");
    const char *pickle = test_sae_text(pickled, "ae.pt", "PK");
    assert_refused(pickled, "ae.pt: a pickle, which can run any code and is not read");
    assert_refused(pickle, "python3 -c");
    char wanted[512];
    snprintf(wanted, sizeof wanted, "'%s' '%s/ae.safetensors'", pickle, pickled);
    assert_refused(pickle, wanted);
    /* The line is made to be run. */
    assert_refused(test_sae_text(pickled, "a'$(id)'.pt", "PK"), "'FILE.pt' 'FILE.safetensors'");
    assert_refused(test_sae_text(empty, "params.npz", "PK\3\4"), "params.npz");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_configurations),
        cmocka_unit_test(deep_json),
        cmocka_unit_test(bad_tensors),
        cmocka_unit_test(too_large_for_f32),
        cmocka_unit_test(bad_sparsify),
        cmocka_unit_test(bad_dictionary_learning),
        cmocka_unit_test(places),
    };
    base_log_set_level(BASE_LOG_QUIET);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
