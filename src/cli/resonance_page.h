/* The pictures of `arclight srm`: one page with everything on it, and each of its panels alone. */
#ifndef ARCLIGHT_CLI_RESONANCE_PAGE_H
#define ARCLIGHT_CLI_RESONANCE_PAGE_H

#include "cli/srm_finding.h"
#include "srm/analysis.h"
#include "view/theme.h"

/* The page is 2400 x 1770 pixels at scale 1. */
struct cli_page_look {
    const struct view_theme *theme; /* NULL: dark */
    float scale;                    /* 0: 1 */
};

struct cli_page;

/* Makes ready what the pictures need on the device: the matrix of planes, the projection over its rings. All
 * pointers are borrowed until cli_page_close; the result keeps its device buffers, which the pictures are
 * drawn from. */
enum base_status cli_page_open(struct gpu *gpu, const struct srm_parameters *parameters,
                               const struct srm_result *result, const struct cli_finding *finding,
                               const struct cli_page_look *look, struct cli_page **out);
void cli_page_close(struct cli_page **page); /* NULL-safe */

/* The page as PNG. The same result, seed, device and look give the same bytes. */
enum base_status cli_page_write(struct cli_page *page, const char *path);

/* Panels that this result has, by index from 0; the name of the file ("panel-mean.png"), NULL behind the
 * last. */
const char *cli_page_panel_file(const struct cli_page *page, uint32_t index);
enum base_status cli_page_write_panel(struct cli_page *page, uint32_t index, const char *path);

#endif
