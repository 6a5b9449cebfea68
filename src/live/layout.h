/* What a window remembers from one time to the next: "arclight/layout.json" in the user's configuration
 * folder.
 */
#ifndef ARCLIGHT_LIVE_LAYOUT_H
#define ARCLIGHT_LIVE_LAYOUT_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { LIVE_NAME_BYTES = 40, LIVE_MAX_OPTIONS = 128 };

struct live_option {
    char name[LIVE_NAME_BYTES]; /* "density.log": of the caller's choosing */
    double value;               /* finite */
};

/* Zeroed and then live_layout_default: what a first start shows. */
struct live_layout {
    char dashboard[LIVE_NAME_BYTES]; /* "": the caller's first */
    char view[LIVE_NAME_BYTES];      /* shown at full size; "": the dashboard itself */
    bool light;
    float text_factor;   /* 0.8 to 2.5 */
    float width, height; /* of the window, canvas units, 160 to 16384 */
    bool full_screen;
    uint32_t n_options;
    struct live_option options[LIVE_MAX_OPTIONS];
};

void live_layout_default(struct live_layout *layout);

double live_layout_option(const struct live_layout *layout, const char *name, double otherwise);
/* Further options than LIVE_MAX_OPTIONS and numbers that are not finite are left out. */
void live_layout_set_option(struct live_layout *layout, const char *name, double value);

/* What was kept, over the defaults. No file: the defaults. A damaged one is said in a line on standard error
 * and left out; single values that cannot be meant are replaced by defaults in silence. */
void live_layout_load(struct live_layout *layout);
/* BASE_ERROR_FILE_SYSTEM; without a configuration folder it does nothing. */
enum base_status live_layout_save(const struct live_layout *layout);

/* The same for a path of the caller's. BASE_ERROR_INPUT for a damaged file; *layout is then the defaults. */
enum base_status live_layout_read(struct live_layout *layout, const char *path);
enum base_status live_layout_write(const struct live_layout *layout, const char *path);

#ifdef __cplusplus
}
#endif
#endif
