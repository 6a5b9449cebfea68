/* What the kinds of `arclight view` share: the window by its options, resonance by its options. */
#ifndef ARCLIGHT_CLI_VIEW_WINDOW_H
#define ARCLIGHT_CLI_VIEW_WINDOW_H

#include "cli/values.h"
#include "live/app.h"
#include "live/resonance.h"
#include "srm/basis.h"

/* A window, or with --headless its stand-in. What comes before it can be shown anything, opening and reading
 * files, goes quickly as a rule, and its failures are said without a window; where it does not, the window
 * opens meanwhile and says what it waits for. */
struct cli_view_entry {
    const struct cli_values *values;
    struct gpu *gpu;
    struct live_app app; /* when open */
    bool open;
    enum base_status opened; /* how that went, when the window opened meanwhile */
    uint64_t begun_ns;
};

/* From here to cli_view_leave the host's long work serves the window. */
void cli_view_begin(struct cli_view_entry *entry, const struct cli_values *values, struct gpu *gpu);
/* Opens the window, if it is not open. */
enum base_status cli_view_enter(struct cli_view_entry *entry);
/* Shows the scene until the window is closed. */
enum base_status cli_view_scene(struct cli_view_entry *entry, struct live_scene *scene);
/* Closes it, before scenes and the gpu are, in every case. Gives `status`, or BASE_OK where that came from
 * closing the window by hand. */
enum base_status cli_view_leave(struct cli_view_entry *entry, enum base_status status);

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
