#include "support/training_step.h"

#include "support/autoencoder.h"
#include "support/test.h"

#include <stdlib.h>

const struct test_sizes test_sizes_small = {.rows = 5, .d_in = 6, .d_target = 4, .d_sae = 9, .grain = 4096};

static void round_values(float *values, uint64_t count, float grain)
{
    for (uint64_t i = 0; i < count; i++)
        values[i] = rintf(values[i] * grain) / grain;
}

static bool selects(enum sae_activation activation)
{
    return activation == SAE_TOPK || activation == SAE_BATCHTOPK;
}

static struct sae_config config_of(const struct test_choice *choice, const struct test_sizes *sizes)
{
    const struct sae_kind *kind = choice->kind;
    struct sae_config config = {.kind = kind,
                                .architecture =
                                    test_architecture(choice->activation, sizes->d_in, sizes->d_sae),
                                .widths = {sizes->d_sae},
                                .n_widths = 1,
                                .decoder_norm = choice->decoder_norm,
                                .batch = sizes->rows,
                                .sparsity = choice->sparsity,
                                .target_l0 = 2.5,
                                .bandwidth = 0.75,
                                .gradient_to_input = choice->gradient_to_input,
                                .aux_coefficient = choice->aux ? 0.5 : 0,
                                .k_aux = sizes->d_in / 3};
    struct sae_architecture *shape = &config.architecture;
    shape->d_out = kind->target ? sizes->d_target : sizes->d_in;
    shape->transcoder = kind->target;
    shape->skip = kind->skip;
    shape->n_inputs = kind->several_inputs ? 2 : 1;
    shape->rescale_by_decoder_norm = choice->rescale;
    shape->apply_b_dec_to_input = choice->apply_b_dec_to_input && !kind->target;
    shape->k = choice->activation == SAE_TOPK        ? sizes->d_sae / 3
               : choice->activation == SAE_BATCHTOPK ? sizes->d_sae / 3 - 0.5
                                                     : 0;
    if (kind->nested) {
        config.widths[0] = 2, config.widths[1] = sizes->d_sae / 2 + 1, config.widths[2] = sizes->d_sae;
        config.n_widths = 3;
    }
    return config;
}

struct test_step test_step_of(const struct test_choice *choice, uint64_t seed)
{
    return test_step_sized(choice, &test_sizes_small, seed);
}

struct test_step test_step_sized(const struct test_choice *choice, const struct test_sizes *sizes,
                                 uint64_t seed)
{
    static const char *const sparsities[] = {"step", "tanh", "quadratic"};
    struct test_step step = {.config = config_of(choice, sizes)};
    const struct sae_architecture *shape = &step.config.architecture;
    step.model = test_model(shape, seed);
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(&step.model, tensors);
    for (uint32_t t = 0; t < count; t++)
        round_values(tensors[t].values, tensors[t].rows * tensors[t].cols, sizes->grain);
    step.x = test_rows(sizes->rows, shape->d_in, seed + 1);
    step.y = choice->kind->target ? test_rows(sizes->rows, shape->d_out, seed + 2) : step.x;
    if (sizes->grain < test_sizes_small.grain)
        round_values(step.x, (uint64_t)sizes->rows * shape->d_in, sizes->grain);
    step.dead = calloc(sizes->d_sae, 1);
    assert_non_null(step.dead);
    for (uint32_t i = 0; i < sizes->d_sae; i++)
        step.dead[i] = i % 2 == 0;
    step.batch = (struct sae_reference_batch){.x = step.x,
                                              .y = step.y,
                                              .rows = sizes->rows,
                                              .k = shape->k,
                                              .sparsity_coefficient = selects(choice->activation) ? 0 : 0.7,
                                              .dead = choice->aux ? step.dead : NULL};
    snprintf(step.name, sizeof step.name, "%s %s%s%s%s%s%s%s%s", choice->kind->name,
             sae_activation_name(choice->activation), choice->activation == SAE_JUMPRELU ? " " : "",
             choice->activation == SAE_JUMPRELU ? sparsities[choice->sparsity] : "",
             choice->gradient_to_input ? " gradient-to-input" : "", choice->rescale ? " rescale" : "",
             shape->apply_b_dec_to_input ? " b_dec-to-input" : "", choice->aux ? " aux" : "",
             choice->decoder_norm == SAE_NORM_UNIT ? " unit" : "");
    return step;
}

void test_step_free(struct test_step *step)
{
    sae_model_free(&step->model);
    if (step->y != step->x)
        free(step->y);
    free(step->x);
    free(step->dead);
}

/* The bits of `bits` choose what every activation has; the further loops what JumpReLU and TopK have. */
static void each_choice_of(const struct sae_kind *kind, enum sae_activation activation,
                           void (*visit)(const struct test_choice *choice))
{
    bool jump = activation == SAE_JUMPRELU;
    for (uint32_t bits = 0; bits < 8; bits++)
        for (uint32_t sparsity = 0; sparsity < (jump ? 3u : 1u); sparsity++)
            for (uint32_t further = 0; further < (jump || selects(activation) ? 2u : 1u); further++) {
                if (kind->target && (bits & 2))
                    continue; /* b_dec is not subtracted from another tensor than it is added to */
                visit(&(struct test_choice){.kind = kind,
                                            .activation = activation,
                                            .sparsity = (enum sae_sparsity)sparsity,
                                            .gradient_to_input = jump && further,
                                            .rescale = selects(activation) && further,
                                            .aux = bits & 1,
                                            .apply_b_dec_to_input = bits & 2,
                                            .decoder_norm = bits & 4 ? SAE_NORM_UNIT : SAE_NORM_FREE});
            }
}

void test_each_choice(void (*visit)(const struct test_choice *choice))
{
    for (const struct sae_kind *kind = sae_kinds; kind->name; kind++)
        for (uint32_t activation = 0; activation <= SAE_BATCHTOPK; activation++)
            if (activation == (uint32_t)kind->activation || kind->target || kind->several_inputs)
                each_choice_of(kind, (enum sae_activation)activation, visit);
}
