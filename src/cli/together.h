/* --planes together[:COUNT]: the pairs of latents that fire together most. */
#ifndef ARCLIGHT_CLI_TOGETHER_H
#define ARCLIGHT_CLI_TOGETHER_H

#include "data/activations.h"
#include "gpu/gpu.h"
#include "sae/model.h"
#include "srm/planes.h"

#include <stdbool.h>

/* Reads the value of --planes: true for "together" and "together:COUNT", whose count (1000 when left out)
 * goes into *count. BASE_ERROR_USAGE for a count that is none. */
enum base_status cli_together_parse(const char *text, bool *together, uint64_t *count);

/* Encodes all finite rows and lists the `count` pairs of latents that are active in the same row most often,
 * fewer when fewer ever are; ties go to the lower pair. BASE_ERROR_INPUT when no two latents are,
 * BASE_ERROR_USAGE for more than 16,384 latents. srm_plane_choice_free when done. */
enum base_status cli_together_choose(struct gpu *gpu, const struct sae_model *model,
                                     struct data_activations *activations, uint64_t count,
                                     struct srm_plane_choice *choice);

#endif
