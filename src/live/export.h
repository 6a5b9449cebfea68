/* What leaves the window as files: numbers of a plot, pictures, recordings. */
#ifndef ARCLIGHT_LIVE_EXPORT_H
#define ARCLIGHT_LIVE_EXPORT_H

#include "view/plots.h"
#include "view/png.h"

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- numbers ---- */

/* A column of a table: from the host, from a device buffer, or equally spaced. */
struct live_column {
    const char *name;
    const char *unit;          /* "degrees", "rows"; NULL: none */
    const double *host;        /* [rows], or */
    const float *host_float;   /* [rows], or */
    const char *const *words;  /* [rows] instead of numbers, or */
    struct view_values values; /* with a buffer: its first `rows` numbers, scaled as shown; or */
    double first, step;        /* first + k·step */
};

/* Writes "name (unit),…" and `rows` rows, complete or not at all. Numbers have as many digits as they need to
 * be read back exactly; NaN is an empty cell. Device buffers are downloaded: this waits, and is counted as
 * traffic; it is for an explicit request only. */
enum base_status live_export_csv(const char *path, struct gpu *gpu, const struct live_column *columns,
                                 uint32_t n_columns, uint32_t rows);

/* A matrix: first column the row's number, then a column each. `cells` as in a heat map (missing ones are
 * empty).
 */
struct live_matrix {
    struct view_values values;
    uint32_t rows, columns;
    enum view_cells cells;
    uint32_t first;           /* what row 0 and column 0 are called */
    const char *row, *column; /* words: "i", "j" */
};
enum base_status live_export_matrix(const char *path, struct gpu *gpu, const struct live_matrix *matrix);

/* ---- pictures ---- */

/* "FOLDER/STEM-step-001200.png" (step), with "-2", "-3" … before the extension while the name is taken.
 * FOLDER NULL: here. base_free; NULL when memory is exhausted. `word` NULL: no number;
 * `extension` NULL: none, for a folder. */
char *live_export_name(const char *folder, const char *stem, const char *word, uint64_t number,
                       const char *extension);

/* ---- recordings ---- */

/* A numbered sequence FOLDER/frame-000001.png … with the same time from one to the next, however long drawing
 * takes. Zeroed: none. */
struct live_recorder {
    bool on;
    char folder[512];
    uint64_t frames;        /* written so far */
    double frames_a_second; /* of the recording's time */
};

/* Makes the folder, which must not hold frames already. */
enum base_status live_recorder_start(struct live_recorder *recorder, const char *folder,
                                     double frames_a_second);
/* Writes the finished canvas's image; does nothing while off. A failure ends the recording. */
enum base_status live_recorder_frame(struct live_recorder *recorder, struct view_canvas *canvas);
void live_recorder_stop(struct live_recorder *recorder);
/* Time since its start at the next frame, ns: what animations take while recording. */
uint64_t live_recorder_time_ns(const struct live_recorder *recorder);

#ifdef __cplusplus
}
#endif
#endif
