/* Single numbers out of device buffers, for the cross-hair: each frame asks for what it shows, a few bytes
 * are copied into a ring that the host sees, and the number is there a frame or two later. Nothing waits, and
 * no plot is read back.
 *
 *   live_probe_frame (once a frame) -> live_probe_ask … -> canvas finished -> next frame
 *
 * An answer belongs to its place (buffer, offset, type): while the next one is on its way the last one of the
 * same place is shown, never one of another. */
#ifndef ARCLIGHT_LIVE_PROBE_H
#define ARCLIGHT_LIVE_PROBE_H

#include "gpu/gpu.h"
#include "view/plots.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    LIVE_PROBE_REQUESTS = 64, /* a frame; further ones are answered from what is known */
    LIVE_PROBE_FRAMES = 4,    /* on their way at once */
};

struct live_probe;

/* The caller destroys it before the gpu is closed. */
enum base_status live_probe_create(struct gpu *gpu, struct live_probe **out);
void live_probe_destroy(struct live_probe **probe); /* NULL-safe */

/* Takes in what has arrived and makes room for this frame's questions. */
void live_probe_frame(struct live_probe *probe);

struct live_answer {
    bool known;
    double raw;   /* the number in the buffer; exact for integers below 2^53 */
    double shown; /* scale·raw + bias of the values */
};

/* The number `index` of `values` (index < count; buffer not NULL). Records a copy; call it outside draws. */
struct live_answer live_probe_ask(struct live_probe *probe, const struct view_values *values, uint32_t index);

/* Forgets all answers: after buffers were destroyed, so that none is taken for that of a new buffer at the
 * same address. */
void live_probe_forget(struct live_probe *probe);

/* Bytes copied for the current frame. */
uint64_t live_probe_bytes(const struct live_probe *probe);

/* The first failure of a copy; BASE_OK otherwise. */
enum base_status live_probe_status(const struct live_probe *probe);

/* Where cell (row, column) of a heat map stands among its values; false where it has none (diagonal). */
bool live_cell_index(enum view_cells cells, uint32_t rows, uint32_t columns, uint32_t row, uint32_t column,
                     uint32_t *index);

#ifdef __cplusplus
}
#endif
#endif
