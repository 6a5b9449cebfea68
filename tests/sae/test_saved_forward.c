/* What the last step of a training computed from its rows is what the folder that is saved computes: the
 * latents and reconstructions that the step left on the device, against Arclight's inference of the folder as
 * it is read again, and against the double reference; for every kind, activation, input scaling and norm of
 * decoder rows. */
#include "base/memory.h"
#include "base/platform.h"
#include "base/random.h"
#include "io/tensor.h"
#include "sae/formats.h"
#include "sae/start.h"
#include "sae/trainer_internal.h"
#include "support/autoencoder.h"
#include "support/device.h"
#include "support/files.h"
#include "support/forward.h"
#include "support/test.h"

#include <stdlib.h>

enum { ROWS = 4096, IN = 12, OUT = 9, LATENTS = 40, STEPS = 3 };

/* A folder for what is saved and what the steps computed, for compare_saved.py; NULL: it is not kept. */
static const char *kept;

struct choice {
    const struct sae_kind *kind;
    enum sae_activation activation;
    enum sae_input_scaling scaling;
    enum sae_decoder_norm norm;
    char name[80];
};

/* ---- rows ---- */

static double normal(uint64_t stream, uint64_t index)
{
    return base_random_normal(61, BASE_STREAM_TEST + stream, index);
}

/* Inputs about a mean, of lengths that differ by row, and targets that depend on them. */
static void make_rows(float *x, float *y)
{
    for (uint64_t r = 0; r < ROWS; r++) {
        double length = 11 * exp(0.4 * normal(1, r));
        for (uint64_t c = 0; c < IN; c++)
            x[r * IN + c] = (float)(length * (normal(2, r * IN + c) + 0.4 * normal(3, c)));
        for (uint64_t c = 0; c < OUT; c++) {
            double sum = 0;
            for (uint64_t i = 0; i < IN; i++)
                sum += (double)x[r * IN + i] * normal(4, c * IN + i);
            y[r * OUT + c] = (float)(3 + 40 * tanh(sum / 40));
        }
    }
}

/* ---- training ---- */

static struct sae_config config_of(const struct choice *choice)
{
    struct sae_config config = {.kind = choice->kind, .batch = ROWS, .total_rows = 100ull * ROWS};
    struct sae_architecture *of = &config.architecture;
    of->activation = choice->activation;
    of->d_in = IN;
    of->d_out = choice->kind->target ? OUT : IN;
    of->d_sae = LATENTS;
    of->n_inputs = choice->kind->several_inputs ? 2 : 1;
    of->k = choice->activation == SAE_TOPK ? 7 : choice->activation == SAE_BATCHTOPK ? 6.5 : 0;
    sae_config_defaults(&config);
    of->scaling = choice->scaling;
    config.decoder_norm = choice->norm;
    config.learning_rate = 5e-3;
    if (choice->activation == SAE_JUMPRELU) {
        config.bandwidth = 0.2;
        config.sparsity_coefficient = 0.05;
    }
    if (config.aux_coefficient > 0)
        config.dead_after = ROWS; /* so that AuxK takes part */
    assert_ok(sae_config_check(&config));
    return config;
}

/* Random in all its parts, decoder rows of lengths that differ where they may. */
static struct sae_model start_of(const struct sae_config *config)
{
    struct sae_model start = test_model(&config->architecture, 17);
    uint32_t width = config->architecture.d_out;
    for (uint32_t l = 0; config->decoder_norm == SAE_NORM_UNIT && l < LATENTS; l++) {
        double squares = 0;
        for (uint32_t c = 0; c < width; c++)
            squares += pow((double)start.W_dec[l * width + c], 2);
        for (uint32_t c = 0; c < width; c++)
            start.W_dec[l * width + c] = (float)(start.W_dec[l * width + c] / sqrt(squares));
    }
    return start;
}

/* A few steps, and a last one that moves no weight, so that its forward pass is of the weights that are saved
 * then. BatchTopK's running threshold begins anew with it: it is the smallest value that it selects. */
static struct sae_trainer *train(const struct sae_config *config, const float *x, const float *y,
                                 struct sae_record *record)
{
    const struct sae_architecture *of = &config->architecture;
    struct sae_trainer *trainer;
    struct sae_model start = start_of(config);
    bool common = of->scaling == SAE_SCALING_EXPECTED_AVERAGE_NORM;
    double in = common ? sae_start_scale(x, ROWS, IN, IN) : 1, out = in;
    uint32_t width = IN + (of->transcoder ? OUT : 0);
    float *rows = calloc((size_t)ROWS * width, sizeof *rows);
    assert_non_null(rows);
    if (of->transcoder && of->scaling != SAE_SCALING_NONE)
        out = sae_start_scale(y, ROWS, OUT, OUT);
    for (uint32_t r = 0; r < ROWS; r++) {
        memcpy(rows + r * width, x + r * IN, IN * sizeof *rows);
        memcpy(rows + r * width + IN, y + r * OUT, (width - IN) * sizeof *rows);
    }
    assert_ok(sae_trainer_create(test_gpu(), config, &start, in, out, &trainer));
    for (int s = 0; s < STEPS; s++) {
        assert_ok(sae_trainer_step(trainer, rows, record));
        assert_false(record->bad);
    }
    struct sae_trainer_state state = sae_trainer_state(trainer);
    state.rate_factor = state.threshold_sum = state.threshold_weight = 0;
    assert_ok(sae_trainer_restore(trainer, &state));
    assert_ok(sae_trainer_step(trainer, rows, record));
    assert_false(record->bad);
    free(rows);
    sae_model_free(&start);
    return trainer;
}

/* ---- what the step left ---- */

static void fetch(struct gpu_buffer *buffer, void *values, uint64_t count)
{
    assert_ok(gpu_download(test_gpu(), buffer, 0, values, count * 4));
}

/* The latents that the step left, in its own units: dense blocks (one holds all rows) or lists of pairs. */
static void latents_of_step(const struct sae_step *step, bool dense, float *latents)
{
    if (dense) {
        assert_true(step->forward.block_rows >= ROWS);
        fetch(step->dense_values, latents, (uint64_t)ROWS * LATENTS);
        return;
    }
    uint32_t *offsets = calloc(ROWS + 1, sizeof *offsets), *indices;
    float *values;
    assert_non_null(offsets);
    fetch(step->lists.offsets, offsets, ROWS + 1);
    indices = calloc(offsets[ROWS] + 1, sizeof *indices);
    values = calloc(offsets[ROWS] + 1, sizeof *values);
    assert_true(indices && values);
    fetch(step->lists.latents, indices, offsets[ROWS]);
    fetch(step->lists.values, values, offsets[ROWS]);
    for (uint32_t r = 0; r < ROWS; r++)
        for (uint32_t at = offsets[r]; at < offsets[r + 1]; at++)
            latents[r * LATENTS + indices[at]] = values[at] > 0 ? values[at] : 0;
    free(offsets), free(indices), free(values);
}

/* What a row was divided by, and its mean, before it was encoded (struct sae_architecture). */
static void undo_scaling(const struct sae_architecture *of, const float *x, float *values)
{
    double mean = 0, squares = 0, length;
    if (!sae_undoes_scaling(of))
        return;
    for (uint32_t c = 0; of->scaling == SAE_SCALING_LAYER_NORM && c < IN; c++)
        mean += (double)x[c] / IN;
    for (uint32_t c = 0; c < IN; c++)
        squares += pow(x[c] - mean, 2);
    length = of->scaling == SAE_SCALING_LAYER_NORM ? sqrt(squares / (IN - 1)) : sqrt(squares / IN);
    for (uint32_t c = 0; c < IN; c++)
        values[c] = (float)(values[c] * length + mean);
}

/* Lengths of whole decoder rows, which become 1 when they are saved. */
static void decoder_norms(struct sae_trainer *trainer, double norms[LATENTS])
{
    const struct sae_architecture *of = &trainer->config.architecture;
    struct sae_model trained;
    assert_ok(sae_model_create(of, &trained));
    assert_ok(sae_weights_download(test_gpu(), &trainer->weights, &trained));
    for (uint32_t l = 0; l < LATENTS; l++) {
        double squares = 0;
        for (uint32_t c = 0; c < of->d_out; c++)
            squares += pow((double)trained.W_dec[l * of->d_out + c], 2);
        norms[l] = sqrt(squares);
    }
    sae_model_free(&trained);
}

static struct test_forward forward_of_step(struct sae_trainer *trainer, const struct sae_record *record,
                                           const float *x)
{
    const struct sae_architecture *of = &trainer->config.architecture;
    struct test_forward forward = test_forward_make(of, ROWS);
    double norms[LATENTS], out = trainer->state.scale_out, l0 = 0;
    decoder_norms(trainer, norms);
    latents_of_step(&trainer->step, record->dense, forward.latents);
    fetch(trainer->step.decoded, forward.reconstruction, (uint64_t)ROWS * of->d_out);
    for (uint32_t r = 0; r < ROWS; r++) {
        for (uint32_t l = 0; l < LATENTS; l++) {
            l0 += forward.latents[r * LATENTS + l] > 0;
            forward.latents[r * LATENTS + l] = (float)(forward.latents[r * LATENTS + l] * norms[l] / out);
        }
        for (uint32_t c = 0; c < of->d_out; c++)
            forward.reconstruction[r * of->d_out + c] /= (float)out;
        undo_scaling(of, x + r * IN, forward.reconstruction + r * of->d_out);
    }
    assert_in_double(l0 / ROWS, record->l0, 1e-9);
    return forward;
}

static void keep_forward(const char *folder, const struct sae_architecture *of, const float *x,
                         const struct test_forward *forward)
{
    const struct io_named_array arrays[] = {
        {"input", IO_F32, 2, {ROWS, of->d_in}, x},
        {"latents", IO_F32, 2, {ROWS, of->d_sae}, forward->latents},
        {"reconstruction", IO_F32, 2, {ROWS, of->d_out}, forward->reconstruction},
    };
    char *path = base_path_join(folder, "forward.safetensors");
    assert_non_null(path);
    assert_ok(io_write_safetensors(path, arrays, 3, NULL, 0));
    base_free(path);
}

static void check(const struct choice *choice, const float *x, const float *y, struct test_agreement *seen)
{
    struct sae_config config = config_of(choice);
    struct sae_record record;
    struct sae_model model, read;
    struct sae_trainer *trainer = train(&config, x, y, &record);
    struct test_forward step = forward_of_step(trainer, &record, x);
    assert_true(record.l0 > 0.02 * LATENTS && record.l0 < 0.98 * LATENTS);
    assert_ok(sae_trainer_model(trainer, 1, &model));
    char *place = kept ? base_path_join(kept, choice->name) : base_copy_string(test_path("saved"));
    assert_ok(sae_save(place, &model, NULL, NULL));
    assert_ok(sae_load(place, &read));
    if (kept)
        keep_forward(place, &read.architecture, x, &step);
    base_free(place);
    struct test_forward folder = test_forward_on_device(test_gpu(), &read, x, ROWS);
    struct test_forward reference = test_forward_of_reference(&read, x, ROWS);
    test_forwards_agree(choice->name, &read, x, ROWS, &step, &folder, seen);
    test_forwards_agree(choice->name, &read, x, ROWS, &step, &reference, seen);
    sae_trainer_destroy(&trainer);
    sae_model_free(&model);
    sae_model_free(&read);
    test_forward_free(&step), test_forward_free(&folder), test_forward_free(&reference);
}

static void each_case_of(const struct sae_kind *kind, enum sae_activation activation, const float *x,
                         const float *y, struct test_agreement *seen)
{
    for (int s = SAE_SCALING_NONE; s <= SAE_SCALING_CONSTANT_NORM; s++)
        for (int n = SAE_NORM_FREE; n <= SAE_NORM_UNIT; n++) {
            struct choice choice = {kind, activation, (enum sae_input_scaling)s, (enum sae_decoder_norm)n,
                                    ""};
            snprintf(choice.name, sizeof choice.name, "%s, %s, %s, %s", kind->name,
                     sae_activation_name(activation), sae_input_scaling_name(choice.scaling),
                     n == SAE_NORM_UNIT ? "unit" : "free");
            check(&choice, x, y, seen);
        }
}

static void what_is_saved_is_what_was_trained(void **state)
{
    (void)state;
    struct test_agreement seen = {0};
    float *x = calloc((size_t)ROWS * IN, sizeof *x), *y = calloc((size_t)ROWS * OUT, sizeof *y);
    assert_true(x && y);
    make_rows(x, y);
    for (const struct sae_kind *kind = sae_kinds; kind->name; kind++)
        for (int a = SAE_RELU; a <= SAE_BATCHTOPK; a++)
            if (a == (int)kind->activation || kind->target || kind->several_inputs)
                each_case_of(kind, (enum sae_activation)a, x, y, &seen);
    printf("%u comparisons of %d rows: at most %.2g apart, %u near ties\n", seen.rows / ROWS, ROWS,
           seen.worst, seen.ties);
    free(x), free(y);
}

int main(int argc, char **argv)
{
    kept = argc > 1 ? argv[1] : NULL;
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_saved_is_what_was_trained)};
    return test_gpu_finish(cmocka_run_group_tests(tests, NULL, NULL));
}
