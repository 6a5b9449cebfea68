// v = pi * weight as a key: its bits when v is above 2^-126, the smallest normal number, and else 0. Keys of larger
// numbers are larger. Bits are tested and not numbers, and what comes near the denormal numbers counts as 0, because
// devices differ in what they do with NaN and denormal numbers; one multiplication of normal numbers is the same on
// all. What a kernel selects by and what another decodes must both come from here.
#ifndef ARCLIGHT_SAE_KEY
#define ARCLIGHT_SAE_KEY
#include "sae/params.h"

uint sae_key(uint pi)
{
    return pi - SAE_SMALLEST_KEY <= SAE_LARGEST_KEY - SAE_SMALLEST_KEY ? pi : 0u;
}

uint sae_weighted_key(uint pi, uint weight)
{
    // Normal or infinite: neither NaN, nor 0, nor denormal.
    uint a = pi & 0x7fffffffu, b = weight & 0x7fffffffu;
    bool numbers = a - 0x00800000u <= 0x7f000000u && b - 0x00800000u <= 0x7f000000u;
    return numbers ? sae_key(floatBitsToUint(uintBitsToFloat(pi) * uintBitsToFloat(weight))) : 0u;
}

// Whether an entry of this key is selected, where `ties_before` entries before it in the row equal the threshold.
bool sae_is_selected(uint key, uvec2 selection, uint ties_before)
{
    return key > selection.x || (key == selection.x && ties_before < selection.y);
}
#endif
