#include "sae/kinds.h"

#include <stddef.h>
#include <string.h>

/* clang-format off: a table that is read across */
const struct sae_kind sae_kinds[] = {
    /* name               activation      nested target skip   several apply_b_dec_to_input */
    {"standard", SAE_RELU, false, false, false, false, true},
    {"gated", SAE_GATED, false, false, false, false, true},
    {"jumprelu", SAE_JUMPRELU, false, false, false, false, true},
    {"topk", SAE_TOPK, false, false, false, false, true},
    {"batchtopk", SAE_BATCHTOPK, false, false, false, false, true},
    {"matryoshka", SAE_BATCHTOPK, true, false, false, false, true},
    {"transcoder", SAE_RELU, false, true, false, false, false},
    {"skip-transcoder", SAE_RELU, false, true, true, false, false},
    {"crosscoder", SAE_RELU, false, false, false, true, false},
    {NULL, SAE_RELU, false, false, false, false, false},
};
/* clang-format on */

const struct sae_kind *sae_kind_find(const char *name)
{
    for (const struct sae_kind *kind = sae_kinds; kind->name; kind++)
        if (strcmp(kind->name, name) == 0)
            return kind;
    return NULL;
}

bool sae_selects(enum sae_activation activation)
{
    return activation == SAE_TOPK || activation == SAE_BATCHTOPK;
}

const char *sae_activation_name(enum sae_activation activation)
{
    static const char *const names[] = {"relu", "gated", "jumprelu", "topk", "batchtopk"};
    return names[activation];
}
