#include "sae/options.h"

#include <float.h>
#include <string.h>

static const char *const activation_words[] = {"relu", "gated", "jumprelu", "topk", "batchtopk", NULL};
static const char *const scaling_words[] = {"none", "expected-average-norm", "layer-norm", "constant-norm",
                                            NULL};
static const char *const norm_words[] = {"free", "unit", NULL};
static const char *const bias_words[] = {"zeros", "mean", "geometric-median", NULL};
static const char *const schedule_words[] = {"constant", "linear", "cosine", NULL};
static const char *const sparsity_words[] = {"step", "tanh", "quadratic", NULL};

#define AT(member) offsetof(struct sae_config, member)
#define RELU (1u << SAE_RELU)
#define GATED (1u << SAE_GATED)
#define JUMP (1u << SAE_JUMPRELU)
#define SELECT (1u << SAE_TOPK | 1u << SAE_BATCHTOPK)
#define ALL (RELU | GATED | JUMP | SELECT)

enum { MOST_LATENTS = 1 << 20, MOST_WIDTH = 1 << 20, MOST_BATCH = 1 << 24 };
#define MOST_ROWS 9007199254740992.0 /* 2^53 */
#define MOST 1e30

/* clang-format off: a table that is read across */
const struct sae_option sae_options[] = {
    /* name                    kind             member                                  least most words whom
       above */
    {"activation", SAE_OPTION_WORD, AT(architecture.activation), 0, 0, activation_words, ALL, false},
    {"d-in", SAE_OPTION_U32, AT(architecture.d_in), 1, MOST_WIDTH, NULL, ALL, false},
    {"d-out", SAE_OPTION_U32, AT(architecture.d_out), 1, MOST_WIDTH, NULL, ALL, false},
    {"d-sae", SAE_OPTION_U32, AT(architecture.d_sae), 1, MOST_LATENTS, NULL, ALL, false},
    {"n-inputs", SAE_OPTION_U32, AT(architecture.n_inputs), 1, MOST_WIDTH, NULL, ALL, false},
    {"k", SAE_OPTION_REAL, AT(architecture.k), 0, MOST_LATENTS, NULL, SELECT, true},
    {"rescale-by-decoder-norm", SAE_OPTION_FLAG, AT(architecture.rescale_by_decoder_norm), 0, 1, NULL, SELECT,
     false},
    {"apply-b-dec-to-input", SAE_OPTION_FLAG, AT(architecture.apply_b_dec_to_input), 0, 1, NULL, ALL, false},
    {"input-scaling", SAE_OPTION_WORD, AT(architecture.scaling), 0, 0, scaling_words, ALL, false},
    {"decoder-norm", SAE_OPTION_WORD, AT(decoder_norm), 0, 0, norm_words, ALL, false},
    {"b-dec-init", SAE_OPTION_WORD, AT(bias_start), 0, 0, bias_words, ALL, false},
    {"decoder-init-norm", SAE_OPTION_REAL, AT(decoder_start_norm), 0, MOST, NULL, ALL, true},
    {"seed", SAE_OPTION_U64, AT(seed), 0, DBL_MAX, NULL, ALL, false},
    {"batch", SAE_OPTION_U32, AT(batch), 1, MOST_BATCH, NULL, ALL, false},
    {"total-rows", SAE_OPTION_U64, AT(total_rows), 1, MOST_ROWS, NULL, ALL, false},
    {"max-norm", SAE_OPTION_REAL, AT(max_norm), 0, MOST, NULL, ALL, false},
    {"lr", SAE_OPTION_REAL, AT(learning_rate), 0, MOST, NULL, ALL, true},
    {"lr-schedule", SAE_OPTION_WORD, AT(schedule), 0, 0, schedule_words, ALL, false},
    {"warmup", SAE_OPTION_U64, AT(warmup), 0, MOST_ROWS, NULL, ALL, false},
    {"decay", SAE_OPTION_U64, AT(decay), 0, MOST_ROWS, NULL, ALL, false},
    {"adam-beta1", SAE_OPTION_REAL, AT(beta1), 0, 0.9999999, NULL, ALL, false},
    {"adam-beta2", SAE_OPTION_REAL, AT(beta2), 0, 0.9999999, NULL, ALL, false},
    {"adam-epsilon", SAE_OPTION_REAL, AT(epsilon), 0, 1, NULL, ALL, true},
    {"clip", SAE_OPTION_REAL, AT(clip), 0, MOST, NULL, ALL, false},
    {"l1", SAE_OPTION_REAL, AT(l1), 0, MOST, NULL, RELU | GATED, false},
    {"sparsity-warmup", SAE_OPTION_U64, AT(sparsity_warmup), 0, MOST_ROWS, NULL, RELU | GATED | JUMP, false},
    {"k-anneal", SAE_OPTION_U64, AT(k_anneal), 0, MOST_ROWS, NULL, SELECT, false},
    {"sparsity", SAE_OPTION_WORD, AT(sparsity), 0, 0, sparsity_words, JUMP, false},
    {"l0-coefficient", SAE_OPTION_REAL, AT(sparsity_coefficient), 0, MOST, NULL, JUMP, false},
    {"target-l0", SAE_OPTION_REAL, AT(target_l0), 0, MOST_LATENTS, NULL, JUMP, false},
    {"target-anneal", SAE_OPTION_REAL, AT(target_anneal), 0, 1, NULL, JUMP, false},
    {"bandwidth", SAE_OPTION_REAL, AT(bandwidth), 0, MOST, NULL, JUMP, true},
    {"init-threshold", SAE_OPTION_REAL, AT(threshold_start), 0, MOST, NULL, JUMP, false},
    {"gradient-to-input", SAE_OPTION_FLAG, AT(gradient_to_input), 0, 1, NULL, JUMP, false},
    {"aux-coefficient", SAE_OPTION_REAL, AT(aux_coefficient), 0, MOST, NULL, RELU | JUMP | SELECT, false},
    {"k-aux", SAE_OPTION_U32, AT(k_aux), 0, MOST_WIDTH, NULL, RELU | JUMP | SELECT, false},
    {"dead-after", SAE_OPTION_U64, AT(dead_after), 1, MOST_ROWS, NULL, ALL, false},
    {"resample-every", SAE_OPTION_U64, AT(resample_every), 0, MOST_ROWS, NULL, RELU | GATED, false},
    {NULL, SAE_OPTION_FLAG, 0, 0, 0, NULL, 0, false},
};
/* clang-format on */

double sae_option_value(const struct sae_option *option, const struct sae_config *config)
{
    const char *at = (const char *)config + option->offset;
    uint32_t narrow;
    uint64_t wide;
    double real;
    bool flag;
    unsigned word;
    switch (option->kind) {
    case SAE_OPTION_U32:
        memcpy(&narrow, at, sizeof narrow);
        return narrow;
    case SAE_OPTION_U64:
        memcpy(&wide, at, sizeof wide);
        return (double)wide;
    case SAE_OPTION_REAL:
        memcpy(&real, at, sizeof real);
        return real;
    case SAE_OPTION_FLAG:
        memcpy(&flag, at, sizeof flag);
        return flag;
    case SAE_OPTION_WORD:
        break;
    }
    memcpy(&word, at, sizeof word);
    return word;
}
