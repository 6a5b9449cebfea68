/* The picture of `arclight train`: losses, FVU, L0, dead latents, density of firing, over the rows. */
#ifndef ARCLIGHT_CLI_TRAINING_PAGE_H
#define ARCLIGHT_CLI_TRAINING_PAGE_H

#include "gpu/gpu.h"
#include "live/training_history.h"
#include "view/theme.h"

/* Draws the page on the device and writes it as PNG, 2400 x 1770 pixels at scale 1; an older file at `path`
 * stays as it was when that fails. Any history will do, an empty one too: a panel without numbers says so.
 * `theme` NULL: dark; `scale` 0: 1. The same history, device, theme and scale give the same bytes. Works for
 * some milliseconds a thousand records, so that it may be called in the midst of training. */
enum base_status cli_training_page(struct gpu *gpu, const struct live_training_history *history,
                                   const struct view_theme *theme, float scale, const char *path);

#endif
