/* What was analysed and how, in words, for the summary and for the picture's heading and caption. */
#ifndef ARCLIGHT_CLI_SRM_WORDS_H
#define ARCLIGHT_CLI_SRM_WORDS_H

#include "cli/text.h"
#include "srm/analysis.h"

/* "mnist.safetensors: activations", "12 files, part-00.npy to part-11.npy". */
void cli_srm_say_input(const struct srm_parameters *parameters, struct cli_line *line);
/* "8,192 rows of width 1,536", and what was left out or changed: "3 with NaN or Inf left out", "centred". */
void cli_srm_say_rows(const struct srm_parameters *parameters, const struct srm_result *result,
                      struct cli_line *line);
/* "standard basis, 1,179,648 planes", "pca, 40 of 120 planes". */
void cli_srm_say_planes(const struct srm_parameters *parameters, const struct srm_result *result,
                        struct cli_line *line);
/* "ε = 0.0772", "ε = 0.5, 0.7, 0.9", with "(automatic)". */
void cli_srm_say_epsilons(const struct srm_result *result, struct cli_line *line);
/* "llvmpipe (CPU), driver …, Vulkan 1.3". */
void cli_srm_say_device(struct gpu *gpu, struct cli_line *line);

#endif
