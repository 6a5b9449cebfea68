/* What the kinds of `arclight view` share: the window by its options, resonance by its options. */
#ifndef ARCLIGHT_CLI_VIEW_WINDOW_H
#define ARCLIGHT_CLI_VIEW_WINDOW_H

#include "cli/values.h"
#include "live/app.h"
#include "live/resonance.h"
#include "srm/basis.h"

/* A window, or with --headless its stand-in. live_app_close in every case, before the gpu is closed. */
enum base_status cli_view_open(const struct cli_values *values, struct gpu *gpu, struct live_app *app);
/* Opens one, shows the scene until it is closed, and closes it. */
enum base_status cli_view_scene(const struct cli_values *values, struct gpu *gpu, struct live_scene *scene);

/* Angles, vectors, seed and epsilon by their options. */
enum base_status cli_view_resonance(const struct cli_values *values,
                                    struct live_resonance_parameters *resonance);
/* Rotations that are counted beside rows of `steps` steps: as --control says; else 4, or 2 where a processor
 * counts them again with every step. */
uint32_t cli_view_rotations(const struct cli_values *values, const struct gpu *gpu, uint64_t steps);
/* --basis for rows of `width`: into `resonance` (basis, orthonormal, basis_name), which borrows from `basis`.
 */
enum base_status cli_view_basis(const struct cli_values *values, uint32_t width,
                                struct live_resonance_parameters *resonance, struct srm_basis *basis);

/* view_training.c: arclight view --train, and the demonstration. */
enum base_status cli_view_training(const struct cli_values *values, struct gpu *gpu);
enum base_status cli_view_demo(const struct cli_values *values, struct gpu *gpu);

#endif
