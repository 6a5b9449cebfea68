/* `arclight eval`, `encode` and `decode`: what they write against the double reference, and what they refuse.
 */
#define _GNU_SOURCE
#include "base/memory.h"
#include "cli/run.h"
#include "io/tensor.h"
#include "sae/formats.h"
#include "sae/reference.h"
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/files.h"
#include "support/forward.h"
#include "support/sae_inputs.h"

#include <jansson.h>
#include <unistd.h>

enum { ROWS = TEST_SAE_ROWS, WIDTH = TEST_SAE_WIDTH, LATENTS = TEST_SAE_LATENTS };

/* Runs in the test's folder. */
static struct run in_folder(int code, const char *line)
{
    struct run run = run_line("cd '%s' && %s", test_folder(), line);
    if (run.code != code)
        fail_msg("exit code %d, expected %d: %s\n%s", run.code, code, line, run.text);
    return run;
}

static json_t *json_of(struct run run)
{
    json_t *document = json_loads(run.text, 0, NULL);
    assert_non_null(document);
    return document;
}

/* "a.b.c" in a document. */
static const json_t *at(const json_t *document, const char *path)
{
    char name[64];
    const json_t *value = document;
    for (const char *part = path; value && *part; part += strcspn(part, ".")) {
        part += *part == '.';
        snprintf(name, sizeof name, "%.*s", (int)strcspn(part, "."), part);
        value = json_object_get(value, name);
    }
    if (!value)
        fail_msg("%s is missing", path);
    return value;
}

static double number(const json_t *document, const char *path)
{
    const json_t *value = at(document, path);
    assert_true(json_is_number(value));
    return json_number_value(value);
}

/* Tensor `name` of a file in the folder as floats; freed with base_free. */
static float *read_tensor(const char *file, const char *name, uint32_t rank, uint64_t rows, uint64_t columns)
{
    struct io_file *opened;
    const struct io_tensor *tensor;
    float *values;
    assert_ok(io_open(test_path(file), &opened));
    assert_ok(io_find(opened, name, rank, &tensor));
    assert_int_equal(tensor->shape[0], rows);
    assert_int_equal(tensor->elements, rows * columns);
    assert_ok(base_allocate(&values, rows * columns, sizeof *values, name));
    assert_ok(io_read_rows(opened, tensor, 0, rows, values));
    io_close(&opened);
    return values;
}

/* ---- eval ---- */

struct wanted {
    double fvu, mse, l0;
    uint64_t rows;
};

/* Of rows.npy by the reference, in double. */
static struct wanted wanted_of(const struct sae_model *model, bool outlier)
{
    double mean[WIDTH] = {0}, latents[LATENTS], out[WIDTH], residual = 0, variance = 0, l0 = 0;
    uint64_t n = 0;
    for (uint32_t r = 0; r < ROWS; r++) {
        if (!outlier && r == TEST_SAE_OUTLIER)
            continue;
        n++;
        for (uint32_t i = 0; i < WIDTH; i++)
            mean[i] += (double)test_sae_rows[r * WIDTH + i];
    }
    for (uint32_t r = 0; r < ROWS; r++) {
        const float *row = test_sae_rows + r * WIDTH;
        if (!outlier && r == TEST_SAE_OUTLIER)
            continue;
        sae_reference_encode(model, row, latents);
        sae_reference_decode(model, latents, row, out);
        for (uint32_t l = 0; l < LATENTS; l++)
            l0 += latents[l] > 0;
        for (uint32_t i = 0; i < WIDTH; i++) {
            residual += pow((double)row[i] - out[i], 2);
            variance += pow((double)row[i] - mean[i] / (double)n, 2);
        }
    }
    return (struct wanted){residual / variance, residual / (double)n, l0 / (double)n, n};
}

static void check_group(const json_t *group, struct wanted wanted)
{
    assert_in_double(number(group, "reconstruction_quality.fvu"), wanted.fvu, 1e-5 * wanted.fvu);
    assert_in_double(number(group, "reconstruction_quality.explained_variance"), 1 - wanted.fvu,
                     1e-5 * wanted.fvu);
    assert_in_double(number(group, "reconstruction_quality.mse"), wanted.mse, 1e-5 * wanted.mse);
    assert_in_double(number(group, "sparsity.l0"), wanted.l0, 1e-7);
    assert_int_equal(number(group, "token_stats.total_tokens_eval_sparsity_variance"), wanted.rows);
}

static void eval_gives_the_reference_under_saelens_names(void **state)
{
    (void)state;
    json_t *document = json_of(in_folder(0, "$A eval topk rows.npy --positions positions.npy --json -q"));
    check_group(at(document, "metrics"), wanted_of(&test_sae_topk, false));
    check_group(at(document, "metrics_with_outliers"), wanted_of(&test_sae_topk, true));
    static const char *const keys[] = {"metrics.reconstruction_quality.explained_variance_legacy",
                                       "metrics.reconstruction_quality.cossim",
                                       "metrics.shrinkage.l2_norm_in",
                                       "metrics.shrinkage.l2_norm_out",
                                       "metrics.shrinkage.l2_ratio",
                                       "metrics.shrinkage.relative_reconstruction_bias",
                                       "metrics.sparsity.l1",
                                       "latents.dead",
                                       "latents.encoder_decoder_cosine_sim.median",
                                       "latents.consistent_activation_heuristic.mean",
                                       "latents.greatest_decoder_cosine.max"};
    for (size_t k = 0; k < sizeof keys / sizeof *keys; k++)
        assert_true(isfinite(number(document, keys[k])));
    assert_int_equal(number(document, "rows.left_out_norm"), 1);
    double least = INFINITY;
    for (uint32_t l = 0; l < LATENTS; l++) {
        double square = 0;
        for (uint32_t i = 0; i < WIDTH; i++)
            square += pow((double)test_sae_topk.W_dec[l * WIDTH + i], 2);
        least = fmin(least, sqrt(square));
    }
    assert_in_double(number(document, "latents.decoder_norm.min"), least, 1e-6);
    json_decref(document);
    document = json_of(in_folder(0, "$A eval layernorm rows.npy --json -q --max-norm 0"));
    check_group(at(document, "metrics"), wanted_of(&test_sae_layernorm, true));
    assert_int_equal(number(document, "rows.left_out_norm"), 0);
    json_decref(document);
}

/* A skip transcoder predicts other rows than it reads, and decodes with the rows it read. */
static void transcoders_have_targets(void **state)
{
    (void)state;
    enum { OUT = 7 };
    struct sae_architecture architecture = test_architecture(SAE_RELU, WIDTH, LATENTS);
    architecture.d_out = OUT;
    architecture.transcoder = architecture.skip = true;
    architecture.apply_b_dec_to_input = false;
    struct sae_model model = test_model(&architecture, 31);
    float *target = test_rows(ROWS, OUT, 32);
    double latents[LATENTS], out[OUT], mean[OUT] = {0}, residual = 0, variance = 0;
    assert_ok(sae_save(test_path("transcoder"), &model, NULL, NULL));
    test_npy("target.npy", "<f4", 0, "(300, 7)", target, ROWS * OUT * sizeof *target);
    test_npy("short-target.npy", "<f4", 0, "(299, 7)", target, 299 * OUT * sizeof *target);
    for (uint32_t i = 0; i < ROWS * OUT; i++)
        mean[i % OUT] += (double)target[i] / ROWS;
    for (uint32_t r = 0; r < ROWS; r++) {
        sae_reference_encode(&model, test_sae_rows + r * WIDTH, latents);
        sae_reference_decode(&model, latents, test_sae_rows + r * WIDTH, out);
        for (uint32_t i = 0; i < OUT; i++) {
            residual += pow((double)target[r * OUT + i] - out[i], 2);
            variance += pow((double)target[r * OUT + i] - mean[i], 2);
        }
    }
    json_t *document = json_of(in_folder(
        0, "$A eval transcoder rows.npy --target target.npy --max-norm 0 --json -q --out transcoded"));
    assert_in_double(number(document, "metrics.reconstruction_quality.fvu"), residual / variance,
                     1e-5 * residual / variance);
    json_decref(document);
    assert_contains(in_folder(2, "$A eval transcoder rows.npy 2>&1"), "--target");
    assert_contains(in_folder(3, "$A eval transcoder rows.npy --target rows.npy 2>&1"), "7 are needed");
    assert_contains(in_folder(3, "$A eval transcoder rows.npy --target short-target.npy 2>&1"), "299");
    in_folder(0, "$A encode transcoder rows.npy --out t.safetensors -q && "
                 "$A decode transcoder t.safetensors --input rows.npy --out t-out.safetensors -q");
    float *rows = read_tensor("t-out.safetensors", "reconstruction", 2, ROWS, OUT);
    for (uint32_t i = 0; i < OUT; i++)
        assert_in_double((double)rows[(ROWS - 1) * OUT + i], out[i], 1e-5 * fmax(1, fabs(out[i])));
    assert_contains(in_folder(2, "$A decode transcoder t.safetensors --out never.safetensors 2>&1"), "skip");
    base_free(rows);
    free(target);
    sae_model_free(&model);
}

static void eval_leaves_out_what_it_must(void **state)
{
    (void)state;
    json_t *document = json_of(in_folder(0, "$A eval topk faulty.npy --json -q --rows 100:200"));
    assert_int_equal(number(document, "rows.read"), 100);
    assert_int_equal(number(document, "rows.evaluated"), 99);
    assert_int_equal(number(document, "rows.left_out_non_finite"), 1);
    json_decref(document);
    assert_contains(in_folder(0, "$A eval topk faulty.npy -q"), "1 with NaN or Inf left out");
    assert_contains(in_folder(3, "$A eval topk faulty.npy --strict 2>&1"), "row 140");
}

static void eval_writes_its_files(void **state)
{
    (void)state;
    in_folder(0, "$A eval topk rows.npy --compare topk --out one --scale 0.5 -q");
    in_folder(0,
              "mkdir two && $A eval topk rows.npy --compare topk --out one --scale 0.5 -q && mv one two && "
              "$A eval topk rows.npy --compare topk --out one --scale 0.5 -q && diff -r one two/one");
    struct run run = in_folder(0, "ls one");
    assert_string_equal(run.text,
                        "eval.json\neval.png\nfeature_densities.npy\nfeatures.safetensors\nmatches.csv\n");
    float *densities = read_tensor("one/feature_densities.npy", NULL, 1, LATENTS, 1);
    double l0 = 0;
    for (uint32_t l = 0; l < LATENTS; l++)
        l0 += (double)densities[l];
    assert_in_double(l0, wanted_of(&test_sae_topk, false).l0, 1e-5);
    base_free(densities);
    base_free(read_tensor("one/features.safetensors", "greatest_decoder_cosine", 1, LATENTS, 1));
    json_t *document = json_of(in_folder(0, "cat one/eval.json"));
    assert_in_double(number(document, "compare.mmcs"), 1, 1e-6);
    assert_in_double(number(document, "compare.mean_pair_cosine"), 1, 1e-6);
    json_decref(document);
    run = in_folder(0, "awk -F, 'NR > 1 && $1 != $2' one/matches.csv; wc -l < one/matches.csv");
    assert_string_equal(run.text, "21\n");
}

/* ---- encode and decode ---- */

static void check_latents(const struct sae_model *model, const float *dense)
{
    double latents[LATENTS];
    for (uint32_t r = 0; r < ROWS; r++) {
        sae_reference_encode(model, test_sae_rows + r * WIDTH, latents);
        for (uint32_t l = 0; l < LATENTS; l++)
            assert_in_double((double)dense[r * LATENTS + l], latents[l], 1e-5 * fmax(1, fabs(latents[l])));
    }
}

static void encode_writes_the_latents(void **state)
{
    (void)state;
    in_folder(0, "$A encode topk rows.npy --out sparse.safetensors -q && "
                 "$A encode topk rows.npy --out dense.safetensors --dense -q");
    float *dense = read_tensor("dense.safetensors", "latents", 2, ROWS, LATENTS);
    check_latents(&test_sae_topk, dense);
    struct io_file *file;
    const struct io_tensor *offsets, *indices, *values;
    int64_t starts[ROWS + 1], *numbers;
    float *entries;
    assert_ok(io_open(test_path("sparse.safetensors"), &file));
    assert_ok(io_find(file, "row_offsets", 1, &offsets));
    assert_ok(io_find(file, "indices", 1, &indices));
    assert_ok(io_find(file, "values", 1, &values));
    assert_true(offsets->dtype == IO_I64 && indices->dtype == IO_I32 && values->dtype == IO_F32);
    assert_int_equal(offsets->elements, ROWS + 1);
    assert_int_equal(io_metadata_count(file), 4);
    assert_ok(io_read_integers(file, offsets, 0, ROWS + 1, starts));
    assert_ok(base_allocate(&numbers, indices->elements, sizeof *numbers, "indices"));
    assert_ok(base_allocate(&entries, values->elements, sizeof *entries, "values"));
    assert_ok(io_read_integers(file, indices, 0, indices->elements, numbers));
    assert_ok(io_read_rows(file, values, 0, values->elements, entries));
    assert_int_equal(starts[0], 0);
    assert_int_equal(starts[ROWS], indices->elements);
    for (uint32_t r = 0; r < ROWS; r++)
        for (int64_t e = starts[r]; e < starts[r + 1]; e++) {
            assert_true(e == starts[r] || numbers[e - 1] < numbers[e]);
            assert_true(entries[e] > 0 && entries[e] == dense[r * LATENTS + numbers[e]]);
            dense[r * LATENTS + numbers[e]] = 0;
        }
    for (uint32_t i = 0; i < ROWS * LATENTS; i++)
        assert_true(dense[i] == 0);
    base_free(numbers);
    base_free(entries);
    base_free(dense);
    io_close(&file);
    assert_string_equal(in_folder(0, "ls | grep -c 'tmp\\|safetensors.values' || true").text, "0\n");
}

static void rows_with_nan_have_no_latents(void **state)
{
    (void)state;
    assert_contains(in_folder(0, "$A encode topk faulty.npy --out faulty.safetensors 2>&1"),
                    "1 rows with NaN");
    struct io_file *file;
    const struct io_tensor *offsets;
    int64_t starts[2];
    assert_ok(io_open(test_path("faulty.safetensors"), &file));
    assert_ok(io_find(file, "row_offsets", 1, &offsets));
    assert_ok(io_read_integers(file, offsets, TEST_SAE_NAN, 2, starts));
    assert_int_equal(starts[0], starts[1]);
    io_close(&file);
    in_folder(3, "$A encode topk faulty.npy --out strict.safetensors --strict 2>&1");
    assert_int_equal(access(test_path("strict.safetensors"), F_OK), -1);
}

static void check_reconstruction(const struct sae_model *model, const char *file)
{
    float *rows = read_tensor(file, "reconstruction", 2, ROWS, WIDTH);
    double latents[LATENTS], out[WIDTH];
    for (uint32_t r = 0; r < ROWS; r++) {
        const float *row = test_sae_rows + r * WIDTH;
        sae_reference_encode(model, row, latents);
        sae_reference_decode(model, latents, row, out);
        for (uint32_t i = 0; i < WIDTH; i++)
            assert_in_double((double)rows[r * WIDTH + i], out[i], 2e-5 * fmax(1, fabs(out[i])));
    }
    base_free(rows);
}

static void decode_reads_both_forms(void **state)
{
    (void)state;
    in_folder(0, "$A decode topk sparse.safetensors --out a.safetensors -q && "
                 "$A decode topk dense.safetensors --out b.safetensors -q && "
                 "$A decode topk dense.safetensors:latents --out c.safetensors -q && cmp a.safetensors "
                 "b.safetensors && "
                 "cmp b.safetensors c.safetensors");
    check_reconstruction(&test_sae_topk, "a.safetensors");
    in_folder(0, "$A encode layernorm rows.npy --out ln.safetensors -q && "
                 "$A decode layernorm ln.safetensors --input rows.npy --out d.safetensors -q");
    check_reconstruction(&test_sae_layernorm, "d.safetensors");
    in_folder(0, "$A encode layernorm rows.npy --rows 20:60 --out part.safetensors -q && "
                 "$A decode layernorm part.safetensors --input rows.npy --rows 20:60 --out e.safetensors -q");
    float *part = read_tensor("e.safetensors", "reconstruction", 2, 40, WIDTH);
    float *whole = read_tensor("d.safetensors", "reconstruction", 2, ROWS, WIDTH);
    assert_memory_equal(part, whole + 20 * WIDTH, 40 * WIDTH * sizeof *part);
    base_free(part);
    base_free(whole);
}

/* SAELens's own folders, on the command line: dense latents, and reconstructions by way of the sparse form.
 */
static void check_example(struct test_example *example)
{
    struct test_agreement seen = {0};
    const struct sae_architecture *of = &example->model.architecture;
    const char *folder = example->folder, *rows = example->file;
    struct run run = run_line("cd '%s' && $A encode '%s' '%s:input' --dense --out ex-dense.safetensors -q && "
                              "$A encode '%s' '%s:input' --out ex-sparse.safetensors -q && "
                              "$A decode '%s' ex-dense.safetensors --out ex-a.safetensors -q && "
                              "$A decode '%s' ex-sparse.safetensors --out ex-b.safetensors -q && "
                              "cmp ex-a.safetensors ex-b.safetensors 2>&1",
                              test_folder(), folder, rows, folder, rows, folder, folder);
    if (run.code != 0)
        fail_msg("exit code %d: %s", run.code, run.text);
    struct test_forward got = {
        read_tensor("ex-dense.safetensors", "latents", 2, example->rows, of->d_sae),
        read_tensor("ex-b.safetensors", "reconstruction", 2, example->rows, of->d_out),
    };
    test_forwards_agree(folder, &example->model, example->input, example->rows, &got, &example->wanted,
                        &seen);
    print_message("%s: %u rows, %u near ties, relative difference at most %.2g\n", folder, seen.rows,
                  seen.ties, seen.worst);
    base_free(got.latents), base_free(got.reconstruction);
}

static void saelens_examples_are_what_saelens_says(void **state)
{
    (void)state;
    test_each_example(TEST_EXAMPLES, check_example);
}

/* ---- hostile files ---- */

struct hostile {
    const char *part;
    int64_t offsets[4];
    int32_t indices[4];
    float values[4];
    uint64_t n_offsets, n_indices, n_values;
    const char *d_sae;
};

static void hostile_latents_are_refused(void **state)
{
    (void)state;
    static const struct hostile cases[] = {
        {"falls", {0, 3, 2, 4}, {0, 1, 2, 3}, {1, 1, 1, 1}, 4, 4, 4, NULL},
        {"falls", {0, -1, 2, 4}, {0, 1, 2, 3}, {1, 1, 1, 1}, 4, 4, 4, NULL},
        {"begin with 0", {1, 2, 3, 4}, {0, 1, 2, 3}, {1, 1, 1, 1}, 4, 4, 4, NULL},
        {"last of row_offsets", {0, 1, 2, 3}, {0, 1, 2, 3}, {1, 1, 1, 1}, 4, 4, 4, NULL},
        {"last of row_offsets", {0, 1, 2, INT64_MAX}, {0, 1, 2, 3}, {1, 1, 1, 1}, 4, 4, 4, NULL},
        {"behind the last", {0, 9, 9, 4}, {0, 1, 2, 3}, {1, 1, 1, 1}, 4, 4, 4, NULL},
        {"latent 20", {0, 1, 2, 4}, {0, 1, 2, 20}, {1, 1, 1, 1}, 4, 4, 4, NULL},
        {"latent -1", {0, 1, 2, 4}, {0, 1, -1, 3}, {1, 1, 1, 1}, 4, 4, 4, NULL},
        {"twice", {0, 1, 2, 4}, {0, 1, 3, 3}, {1, 1, 1, 1}, 4, 4, 4, NULL},
        {"NaN", {0, 1, 2, 4}, {0, 1, 2, 3}, {1, NAN, 1, 1}, 4, 4, 4, NULL},
        {"Inf", {0, 1, 2, 4}, {0, 1, 2, 3}, {1, 1, 1, -INFINITY}, 4, 4, 4, NULL},
        {"as many indices", {0, 1, 2, 4}, {0, 1, 2, 3}, {1, 1, 1}, 4, 4, 3, NULL},
        {"empty", {0}, {0}, {0}, 0, 0, 0, NULL},
        {"no rows", {0}, {0}, {0}, 1, 0, 0, NULL},
        {"d_sae", {0, 1, 2, 4}, {0, 1, 2, 3}, {1, 1, 1, 1}, 4, 4, 4, "many"},
        {"with 21", {0, 1, 2, 4}, {0, 1, 2, 3}, {1, 1, 1, 1}, 4, 4, 4, "21"},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const struct hostile *h = &cases[c];
        const struct io_named_array arrays[] = {
            {.name = "row_offsets", .dtype = IO_I64, .rank = 1, .shape = {h->n_offsets}, .data = h->offsets},
            {.name = "indices", .dtype = IO_I32, .rank = 1, .shape = {h->n_indices}, .data = h->indices},
            {.name = "values", .dtype = IO_F32, .rank = 1, .shape = {h->n_values}, .data = h->values}};
        const char *const metadata[] = {"d_sae", h->d_sae};
        assert_ok(
            io_write_safetensors(test_path("hostile.safetensors"), arrays, 3, metadata, h->d_sae != NULL));
        struct run run = run_line(
            "cd '%s' && $A decode topk hostile.safetensors --out never.safetensors 2>&1", test_folder());
        if (run.code != 3 || !strstr(run.text, h->part) || !strstr(run.text, "hostile.safetensors"))
            fail_msg("case %zu: exit code %d, expected 3 with \"%s\":\n%s", c, run.code, h->part, run.text);
        assert_string_equal(in_folder(0, "ls | grep -c never || true").text, "0\n");
    }
}

/* Entries in any order, rows without any: no fault. */
static void any_order_is_fine(void **state)
{
    (void)state;
    const int64_t offsets[] = {0, 2, 2, 3};
    const int32_t indices[] = {7, 2, 0};
    const float values[] = {1, -0.5f, 2};
    const struct io_named_array arrays[] = {
        {.name = "row_offsets", .dtype = IO_I64, .rank = 1, .shape = {4}, .data = offsets},
        {.name = "indices", .dtype = IO_I32, .rank = 1, .shape = {3}, .data = indices},
        {.name = "values", .dtype = IO_F32, .rank = 1, .shape = {3}, .data = values}};
    assert_ok(io_write_safetensors(test_path("order.safetensors"), arrays, 3, NULL, 0));
    in_folder(0, "$A decode topk order.safetensors --out order-out.safetensors -q");
    float *rows = read_tensor("order-out.safetensors", "reconstruction", 2, 3, WIDTH);
    const struct sae_model *m = &test_sae_topk;
    for (uint32_t i = 0; i < WIDTH; i++) {
        assert_in_double((double)rows[i],
                         (double)m->b_dec[i] + (double)m->W_dec[7 * WIDTH + i] -
                             0.5 * (double)m->W_dec[2 * WIDTH + i],
                         1e-5);
        assert_in_double((double)rows[WIDTH + i], (double)m->b_dec[i], 1e-6);
    }
    base_free(rows);
}

static void bad_input_is_refused(void **state)
{
    (void)state;
    static const struct {
        int code;
        const char *line, *part;
    } cases[] = {
        {2, "eval topk", "ACTIVATIONS"},
        {3, "eval missing rows.npy", "missing"},
        {3, "eval topk missing.npy", "missing.npy"},
        {3, "eval topk unembed.npy tokens.npy", "tokens.npy"},
        {3, "eval topk rows.npy --compare nothing", "nothing"},
        {3, "eval topk rows.npy --rows 250:301", "301"},
        {2, "eval topk rows.npy --target rows.npy", "transcoders"},
        {2, "eval topk rows.npy --max-norm -1", "--max-norm"},
        {3, "eval topk rows.npy --max-norm 0.001", "--max-norm"},
        {3, "eval topk rows.npy --positions rows.npy", "rows.npy"},
        {3, "eval topk vocab.json", "vocab.json"},
        {3, "eval topk short.npy --positions positions.npy", "one a row"},
        {3, "eval topk narrow.npy", "do not belong together"},
        {2, "encode topk rows.npy", "--out"},
        {8, "encode topk rows.npy --out no/such/folder/x", "no/such/folder/x"},
        {3, "encode topk narrow.npy --out x", "narrow.npy"},
        {2, "decode topk", "FILE"},
        {2, "decode topk sparse.safetensors", "--out"},
        {3, "decode topk rows.npy --out x", "rows of 12 latents"},
        {3, "decode topk tokens.npy --out x", "tokens.npy"},
        {3, "decode topk sparse.safetensors:nothing --out x", "nothing"},
        {2, "decode layernorm ln.safetensors --out x", "--input"},
        {2, "decode topk sparse.safetensors --rows 0:10 --out x", "--rows chooses rows of --input"},
        {3, "decode layernorm ln.safetensors --input short.npy --out x", "short.npy"},
        {3, "decode layernorm ln.safetensors --input narrow.npy --out x", "narrow.npy"},
        {2, "encode topk rows.npy --out x --max-norm 3", "--max-norm"},
    };
    test_npy("short.npy", "<f4", 0, "(7, 12)", test_sae_rows, 7 * WIDTH * sizeof(float));
    test_npy("narrow.npy", "<f4", 0, "(12, 7)", test_sae_rows, 7 * WIDTH * sizeof(float));
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        struct run run = run_line("cd '%s' && $A %s 2>&1 >/dev/null", test_folder(), cases[c].line);
        if (run.code != cases[c].code || !strstr(run.text, cases[c].part))
            fail_msg("%s: exit code %d, expected %d with \"%s\":\n%s", cases[c].line, run.code, cases[c].code,
                     cases[c].part, run.text);
    }
    assert_int_equal(access(test_path("x"), F_OK), -1);
}

/* A file system of 16 KiB, which an earlier file fits and a second does not (see test_srm_errors.c). */
static void full_disks_leave_nothing(void **state)
{
    (void)state;
    static const char in_room[] = "cd '%s' && export A && mkdir -p small && unshare -m sh -c 'mount -t tmpfs "
                                  "-o size=24k none small && %s' 2>&1";
    if (run_line(in_room, test_folder(), "true").code != 0) {
        fprintf(stderr, "skipped: a file system of its own cannot be mounted here\n");
        skip();
    }
    struct run run =
        run_line(in_room, test_folder(),
                 "cp sparse.safetensors small/kept && $A encode topk rows.npy --out small/kept -q; "
                 "code=$?; cmp sparse.safetensors small/kept || exit 98; "
                 "test $(ls small) = kept || exit 97; exit $code");
    assert_int_equal(run.code, 8);
    assert_contains(run, "No space left");
}

/* ---- srm ---- */

static void directions_are_a_basis(void **state)
{
    (void)state;
    static const char *const same = "--no-picture --control 0 --planes 60 --epsilon 0.5 -q";
    struct run run =
        run_line("cd '%s' && $A srm rows.npy --basis sae:topk %s --out srm-a >/dev/null && "
                 "$A srm rows.npy --basis sae:topk:decoder %s --out srm-b >/dev/null && "
                 "$A srm rows.npy --basis topk/sae_weights.safetensors:W_dec %s --out srm-c >/dev/null && "
                 "$A srm rows.npy --basis sae:topk:encoder %s --out srm-d >/dev/null && "
                 "cmp srm-a/counts.npy srm-b/counts.npy && cmp srm-a/counts.npy srm-c/counts.npy && "
                 "! cmp -s srm-a/counts.npy srm-d/counts.npy",
                 test_folder(), same, same, same, same);
    assert_int_equal(run.code, 0);
    assert_contains(in_folder(3, "$A srm narrow.npy --basis sae:topk --out srm-e 2>&1"), "12 values");
    assert_contains(in_folder(3, "$A srm rows.npy --basis sae:nowhere --out srm-e 2>&1"), "nowhere");
}

/* The pairs by brute force; ties go to the lower pair. */
static void latents_that_fire_together_are_planes(void **state)
{
    (void)state;
    static int together[LATENTS][LATENTS];
    double latents[LATENTS];
    for (uint32_t r = 0; r < ROWS; r++) {
        sae_reference_encode(&test_sae_topk, test_sae_rows + r * WIDTH, latents);
        for (uint32_t i = 0; i < LATENTS; i++)
            for (uint32_t j = i + 1; j < LATENTS; j++)
                together[i][j] += latents[i] > 0 && latents[j] > 0;
    }
    in_folder(
        0,
        "$A srm rows.npy --basis sae:topk --planes together:7 --epsilon 0.5 --control 0 --no-picture --out "
        "together -q > /dev/null");
    struct run run = in_folder(0, "cut -d, -f2,3 together/planes.csv | tail -n +2 | sort -t, -k1n -k2n");
    bool chosen[LATENTS][LATENTS] = {{false}};
    const char *text = run.text;
    for (int p = 0; p < 7; p++) {
        unsigned i, j;
        int used;
        assert_int_equal(sscanf(text, "%u,%u%n", &i, &j, &used), 2);
        assert_true(i < j && j < LATENTS);
        chosen[i][j] = true;
        text += used;
    }
    assert_string_equal(text, "\n");
    for (uint32_t c = 0; c < LATENTS * LATENTS; c++)
        for (uint32_t o = 0; o < LATENTS * LATENTS; o++) {
            const int *counts = &together[0][0];
            if (c / LATENTS < c % LATENTS && o / LATENTS < o % LATENTS && (&chosen[0][0])[c] &&
                !(&chosen[0][0])[o])
                assert_true(counts[c] > counts[o] || (counts[c] == counts[o] && c < o));
        }
    assert_contains(in_folder(2, "$A srm rows.npy --planes together --out t 2>&1"), "--basis sae:DIR");
    assert_contains(in_folder(2, "$A srm rows.npy --basis sae:topk --planes together:0 --out t 2>&1"),
                    "together");
}

static int set_up(void **state)
{
    (void)state;
    test_sae_inputs();
    return 0;
}

int main(void)
{
    if (!test_gpu_exists())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(eval_gives_the_reference_under_saelens_names),
        cmocka_unit_test(transcoders_have_targets),
        cmocka_unit_test(eval_leaves_out_what_it_must),
        cmocka_unit_test(eval_writes_its_files),
        cmocka_unit_test(encode_writes_the_latents),
        cmocka_unit_test(rows_with_nan_have_no_latents),
        cmocka_unit_test(decode_reads_both_forms),
        cmocka_unit_test(saelens_examples_are_what_saelens_says),
        cmocka_unit_test(hostile_latents_are_refused),
        cmocka_unit_test(any_order_is_fine),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(full_disks_leave_nothing),
        cmocka_unit_test(directions_are_a_basis),
        cmocka_unit_test(latents_that_fire_together_are_planes),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
