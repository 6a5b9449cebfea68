/* Bins for counts: exact up to 15, then eight bins an octave (a bin is 1/16 to 1/8 of its count wide). Read
 * by C and by GLSL, so that what a kernel bins and what a plot shows cannot differ. */
#ifndef ARCLIGHT_COMMON_COUNT_BINS_H
#define ARCLIGHT_COMMON_COUNT_BINS_H
#include "common/types.h"

#define COUNT_BINS 240u /* of all uint32 counts */

#ifdef GL_core_profile
#    define COUNT_BINS_INLINE
#    define COUNT_BINS_HIGHEST_BIT(value) uint(findMSB(value))
#else
#    define COUNT_BINS_INLINE static inline
#    define COUNT_BINS_HIGHEST_BIT(value) (31u - (uint)__builtin_clz(value))
#endif

/* The bin of a count: the count itself below 8, else (octave - 2)·8 + the three bits behind the highest one.
 */
COUNT_BINS_INLINE uint count_bin(uint count)
{
    if (count < 8u)
        return count;
    uint octave = COUNT_BINS_HIGHEST_BIT(count);
    return (octave - 2u) * 8u + ((count >> (octave - 3u)) & 7u);
}

/* The smallest count of a bin below COUNT_BINS. */
COUNT_BINS_INLINE uint count_bin_lower(uint bin)
{
    if (bin < 8u)
        return bin;
    return (8u + bin % 8u) << (bin / 8u - 1u);
}

/* How many counts a bin holds: 1, 1, 2, 4, … by octave. */
COUNT_BINS_INLINE uint count_bin_width(uint bin)
{
    return bin < 8u ? 1u : 1u << (bin / 8u - 1u);
}
#endif
