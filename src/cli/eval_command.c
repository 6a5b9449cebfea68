/* `arclight eval`: from options to metrics to their report. */
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/evaluation.h"
#include "data/positions.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

double cli_evaluation_density(const struct cli_evaluation *evaluation, uint32_t latent)
{
    return (double)evaluation->metrics.fired[latent] / (double)evaluation->metrics.kept.rows;
}

/* Numbers of contexts of the block's rows. */
static enum base_status find_contexts(struct data_positions *positions, const struct sae_walk_block *block,
                                      uint64_t *contexts)
{
    const uint64_t *all;
    BASE_TRY(data_positions_contexts(positions, block->from, block->count, &all));
    for (uint32_t r = 0; r < block->rows; r++)
        contexts[r] = all[block->numbers[r] - block->from];
    return BASE_OK;
}

struct pass {
    struct sae_walk *walk;
    struct sae_evaluation *evaluation;
    struct data_positions *positions; /* NULL: none */
    uint64_t *contexts;
    float *reconstruction;
};

static enum base_status walk_rows(struct pass *pass, struct sae_inference *inference)
{
    for (struct sae_walk_block block;;) {
        BASE_TRY(sae_walk_next(pass->walk, &block));
        if (block.count == 0)
            return BASE_OK;
        if (pass->positions)
            BASE_TRY(find_contexts(pass->positions, &block, pass->contexts));
        if (block.rows == 0)
            continue;
        BASE_TRY(sae_inference_reconstruct(inference, pass->reconstruction));
        BASE_TRY(sae_evaluation_add(pass->evaluation, &block, pass->reconstruction,
                                    pass->positions ? pass->contexts : NULL));
    }
}

static enum base_status open_target(const struct cli_values *values, const struct cli_evaluation *evaluation,
                                    struct data_activations **target)
{
    const struct sae_architecture *architecture = &evaluation->input.model.architecture;
    const char *argument = cli_text(values, "target");
    if (!argument && architecture->transcoder)
        return base_fail(BASE_ERROR_USAGE,
                         "eval: %s is a transcoder: give the rows it is to predict with --target FILE:TENSOR",
                         evaluation->input.path);
    if (argument && !architecture->transcoder)
        return base_fail(BASE_ERROR_USAGE, "eval: --target is for transcoders, and %s reconstructs its input",
                         evaluation->input.path);
    return argument ? cli_sae_open_beside(values, "--target", argument, architecture->d_out, target)
                    : BASE_OK;
}

static enum base_status evaluate_rows(const struct cli_values *values, struct cli_evaluation *evaluation)
{
    enum base_status status;
    const struct sae_architecture *architecture = &evaluation->input.model.architecture;
    struct data_activations *target = NULL;
    struct sae_means means = {0};
    struct pass pass = {0};
    BASE_CHECK(open_target(values, evaluation, &target));
    struct sae_walk_parameters parameters = {.activations = evaluation->input.activations,
                                             .target = target,
                                             .inference = evaluation->input.inference,
                                             .norm_bound = evaluation->bound,
                                             .strict = cli_flag(values, "strict"),
                                             .what = "mean row"};
    BASE_CHECK(sae_means_make(&parameters, &means));
    parameters.norm_bound = INFINITY; /* outlier rows are told apart by the evaluation */
    parameters.what = "evaluating";
    BASE_CHECK(sae_walk_open(&parameters, &pass.walk));
    if (cli_given(values, "positions"))
        BASE_CHECK(data_positions_open(parameters.activations, "--positions", cli_text(values, "positions"),
                                       &pass.positions));
    BASE_CHECK(sae_evaluation_create(&(struct sae_evaluation_parameters){.d_out = architecture->d_out,
                                                                         .d_sae = architecture->d_sae,
                                                                         .means = means,
                                                                         .norm_bound = evaluation->bound,
                                                                         .contexts = pass.positions != NULL},
                                     &pass.evaluation));
    BASE_CHECK(base_allocate(&pass.reconstruction, (size_t)sae_walk_rows(pass.walk) * architecture->d_out,
                             sizeof(float), "reconstructions"));
    BASE_CHECK(base_allocate(&pass.contexts, sae_walk_rows(pass.walk), sizeof(uint64_t), "contexts"));
    BASE_CHECK(walk_rows(&pass, evaluation->input.inference));
    evaluation->non_finite = sae_walk_left_out(pass.walk).non_finite;
    sae_evaluation_finish(pass.evaluation, &evaluation->metrics);
error:
    sae_walk_close(&pass.walk);
    sae_evaluation_destroy(&pass.evaluation);
    data_positions_close(&pass.positions);
    base_free(pass.reconstruction);
    base_free(pass.contexts);
    sae_means_free(&means);
    data_close(&target);
    return status;
}

/* What the weights say. */
static enum base_status evaluate_weights(struct cli_evaluation *evaluation)
{
    enum base_status status;
    static const char what[] = "numbers of the latents";
    const struct sae_model *model = &evaluation->input.model;
    const struct sae_architecture *a = &model->architecture;
    float *unit = NULL;
    BASE_CHECK(base_allocate(&evaluation->encoder_norms, a->d_sae, sizeof(double), what));
    BASE_CHECK(base_allocate(&evaluation->decoder_norms, a->d_sae, sizeof(double), what));
    sae_row_norms(model->W_enc, a->d_sae, a->d_in, evaluation->encoder_norms);
    sae_row_norms(model->W_dec, a->d_sae, a->d_out, evaluation->decoder_norms);
    if (!a->transcoder && a->d_in == a->d_out) {
        BASE_CHECK(base_allocate(&evaluation->encoder_decoder, a->d_sae, sizeof(double), what));
        sae_row_cosines(model->W_enc, model->W_dec, a->d_sae, a->d_in, evaluation->encoder_decoder);
    }
    BASE_CHECK(base_allocate(&evaluation->neighbour, a->d_sae, sizeof *evaluation->neighbour, what));
    BASE_CHECK(sae_unit_rows(model->W_dec, a->d_sae, a->d_out, &unit));
    BASE_CHECK(sae_greatest_products(evaluation->input.gpu,
                                     &(struct sae_products_call){.a = unit,
                                                                 .b = unit,
                                                                 .n_a = a->d_sae,
                                                                 .n_b = a->d_sae,
                                                                 .width = a->d_out,
                                                                 .count = 1,
                                                                 .same = true,
                                                                 .greatest = evaluation->neighbour}));
error:
    base_free(unit);
    return status;
}

static enum base_status read_other(const struct cli_evaluation *evaluation, struct sae_model *other)
{
    const uint32_t width = evaluation->input.model.architecture.d_out;
    BASE_TRY(cli_sae_read(evaluation->other, other));
    if (other->architecture.d_out == width)
        return BASE_OK;
    return base_fail(BASE_ERROR_INPUT, "--compare: the directions of %s have %u values, and those of %s %u",
                     evaluation->other, other->architecture.d_out, evaluation->input.path, width);
}

static enum base_status compare(struct cli_evaluation *evaluation, const struct sae_model *other)
{
    const struct sae_model *model = &evaluation->input.model;
    evaluation->other_latents = other->architecture.d_sae;
    return sae_match(evaluation->input.gpu, model->W_dec, model->architecture.d_sae, other->W_dec,
                     other->architecture.d_sae, model->architecture.d_out, &evaluation->match);
}

static enum base_status evaluate(const struct cli_values *values, struct cli_evaluation *evaluation)
{
    enum base_status status;
    struct sae_model other = {.W_enc = NULL};
    evaluation->other = cli_text(values, "compare");
    BASE_CHECK(cli_sae_open_files(values, true, &evaluation->input));
    if (evaluation->other)
        BASE_CHECK(read_other(evaluation, &other));
    evaluation->rows = data_rows(evaluation->input.activations);
    evaluation->multiple = cli_real(values, "max-norm");
    BASE_CHECK(
        cli_sae_norm_bound(values, evaluation->input.activations, &evaluation->bound, &evaluation->median));
    if (cli_given(values, "out"))
        BASE_CHECK(base_folder_make(cli_text(values, "out")));
    BASE_CHECK(cli_sae_open_device(values, &evaluation->input));
    BASE_CHECK(evaluate_rows(values, evaluation));
    BASE_CHECK(evaluate_weights(evaluation));
    if (evaluation->other)
        BASE_CHECK(compare(evaluation, &other));
error:
    sae_model_free(&other);
    return status;
}

static void free_evaluation(struct cli_evaluation *evaluation)
{
    sae_metrics_free(&evaluation->metrics);
    sae_match_free(&evaluation->match);
    base_free(evaluation->encoder_norms);
    base_free(evaluation->decoder_norms);
    base_free(evaluation->encoder_decoder);
    base_free(evaluation->neighbour);
    cli_sae_close(&evaluation->input);
}

enum base_status cli_run_eval(const struct cli_values *values)
{
    enum base_status status;
    struct cli_evaluation evaluation = {0};
    json_t *configuration = cli_configuration(values);
    const bool light = strcmp(cli_text(values, "theme"), "light") == 0;
    base_outputs_gather();
    BASE_CHECK(evaluate(values, &evaluation));
    BASE_CHECK(cli_evaluation_report(
        &evaluation, &(struct cli_evaluation_outputs){.folder = cli_text(values, "out"),
                                                      .picture = !cli_flag(values, "no-picture"),
                                                      .json = cli_flag(values, "json"),
                                                      .theme = light ? &view_theme_light : &view_theme_dark,
                                                      .scale = (float)cli_real(values, "scale"),
                                                      .configuration = configuration}));
    BASE_CHECK(base_outputs_publish());
error:
    free_evaluation(&evaluation);
    json_decref(configuration);
    return status;
}
