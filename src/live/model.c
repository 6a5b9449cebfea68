#include "live/model.h"

#include "live/probe.h"

#include <stdio.h>

void live_plane_text(const struct live_resonance *resonance, uint32_t position, char text[LIVE_PLANE_BYTES])
{
    const struct srm_plane *plane = &resonance->planes[position];
    snprintf(text, LIVE_PLANE_BYTES, "%u \u2013 %u", plane->i, plane->j);
}

bool live_plane_of(const struct live_resonance *resonance, uint32_t a, uint32_t b, uint32_t *position)
{
    if (!resonance->chosen)
        return false;
    return live_cell_index(VIEW_CELLS_UPPER, resonance->n_chosen, resonance->n_chosen, a, b, position);
}
