/* The picture of `arclight train --sweep`: FVU against L0, a point for each run, and dead latents. */
#ifndef ARCLIGHT_CLI_SWEEP_PAGE_H
#define ARCLIGHT_CLI_SWEEP_PAGE_H

#include "base/status.h"
#include "gpu/gpu.h"
#include "view/theme.h"

#include <stddef.h>
#include <stdint.h>

struct cli_sweep_run {
    const char *label; /* what was swept, beside the point: "k 32"; NULL: none. Borrowed, as all words are. */
    const char *group; /* runs of a group have one colour and mark, and are joined by L0: "topk"; NULL: "" */
    double l0, fvu;    /* not finite: the run gave none, and is named under the plot */
    double dead;       /* latents; NaN: not known */
    uint64_t d_sae;    /* 0: not known */
};

struct cli_sweep {
    const char *input;    /* "smollm2.safetensors: resid15" */
    const char *measured; /* on which rows: "8,192 rows held out"; NULL: not said */
    const struct cli_sweep_run *runs;
    size_t n_runs;
};

/* Draws the page on the device and writes it as PNG, 1650 x 1350 pixels at scale 1; an older file at `path`
 * stays as it was when that fails. A label that would cover a point or another label is left out. `theme`
 * NULL: dark; `scale` 0: 1. The same sweep, device, theme and scale give the same bytes. */
enum base_status cli_sweep_page(struct gpu *gpu, const struct cli_sweep *sweep,
                                const struct view_theme *theme, float scale, const char *path);

#endif
