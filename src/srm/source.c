#include "srm/source.h"

#include <stdbool.h>
#include <string.h>

/* Tested on the bits: a compiler may assume that no float is NaN. */
static bool row_is_finite(const float *row, uint32_t width)
{
    uint32_t worst = 0;
    for (uint32_t i = 0; i < width; i++) {
        uint32_t bits;
        memcpy(&bits, row + i, sizeof bits);
        bits &= 0x7fffffffu;
        worst = bits > worst ? bits : worst;
    }
    return worst < 0x7f800000u;
}

enum base_status srm_source_read(const struct srm_source *source, uint64_t from, uint64_t count, float *rows,
                                 uint64_t *numbers, uint64_t *kept)
{
    uint32_t width = data_width(source->activations);
    *kept = 0;
    BASE_TRY(data_read(source->activations, from, count, rows));
    for (uint64_t r = 0; r < count; r++) {
        const float *row = rows + r * width;
        if (!row_is_finite(row, width) || (source->labels && source->labels[from + r] != source->label))
            continue;
        float *place = rows + *kept * width;
        if (source->centre)
            for (uint32_t i = 0; i < width; i++)
                place[i] = (float)((double)row[i] - source->centre[i]);
        else if (place != row)
            memmove(place, row, width * sizeof *row);
        if (numbers)
            numbers[*kept] = from + r;
        ++*kept;
    }
    return BASE_OK;
}
