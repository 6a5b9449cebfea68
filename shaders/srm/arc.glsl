// Which angles of a plane light a row. The lit angles of a row are one run of grid points; trigonometry only guesses
// its ends, and the exact test below corrects the guess, so that the result does not depend on how a device rounds.
// The test uses only +, × and comparisons without contraction: the same bits everywhere.
//
// A kernel that includes this file has a readonly buffer `vec2 table[]`: cos and sin of k · 2π/A, made by the host.
#ifndef ARCLIGHT_SRM_ARC
#define ARCLIGHT_SRM_ARC

const float TURN = 6.28318530718;

struct Cone {
    float a; // in-plane coordinates of the row
    float b;
    float limit; // epsilon² · |x|²
    float sign;  // of epsilon: 1, 0 or -1
    int angles;
};

bool lit(Cone cone, int k)
{
    k += k < 0 ? cone.angles : 0;
    k -= k >= cone.angles ? cone.angles : 0;
    vec2 direction = table[k];
    precise float along = cone.a * direction.x;
    precise float across = cone.b * direction.y;
    precise float inner = along + across;
    precise float square = inner * inner;
    if (cone.sign > 0.0)
        return inner > 0.0 && square >= cone.limit;
    return inner >= 0.0 || (cone.sign < 0.0 && square <= cone.limit);
}

// For magnitudes below 2^22: 1.5 · 2^23 leaves the integer in the low bits. Rasterizers on a processor convert each
// lane by itself, with its test for overflow.
int nearest_integer(float value)
{
    precise float shifted = value + 12582912.0;
    return floatBitsToInt(shifted) - 0x4b400000;
}

// atan2 for y >= 0, within 2e-6 of the angle on every device: Vulkan lets the built-in one err by 4096 units in the
// last place, and division by 2.5. A minimax polynomial in the tangent below 45°, mirrored above.
float angle_above(float y, float x)
{
    float wide = max(y, abs(x));
    float tangent = min(y, abs(x)) / max(wide, 1e-37);
    float u = tangent * tangent;
    float angle = tangent *
                  (0.99997723 +
                   u * (-0.33262283 +
                        u * (0.19354038 + u * (-0.11642648 + u * (0.05264735 - u * 0.01171913)))));
    angle = y > abs(x) ? 0.25 * TURN - angle : angle;
    return x < 0.0 ? 0.5 * TURN - angle : angle;
}

// The direction of (a, b) in grid steps, in [0, A].
float turn_of(Cone cone)
{
    float turn = angle_above(abs(cone.b), cone.a) / TURN * float(cone.angles);
    return cone.b < 0.0 ? float(cone.angles) - turn : turn;
}

// The run from `first` to `last`, each less than one grid step wrong, corrected by the test; last < first: no angle is
// lit. Without a loop: lavapipe counts the rounds of all loops of a shader (src/srm/counter.c). Lit angles have no gaps
// as long as A <= 4000: then neighbouring angles differ by more than rounding does.
ivec2 corrected_run(Cone cone, int first, int last)
{
    last = min(last, first + cone.angles - 1);
    bool narrow = last - first < 2; // what lies inside may be unlit, and what lies outside lit
    bool first_is_lit = lit(cone, first);
    bool last_is_lit = lit(cone, last);
    bool before = (first_is_lit || narrow) && lit(cone, first - 1);
    bool behind = (last_is_lit || narrow) && lit(cone, last + 1);
    int begin = before ? first - 1 : first_is_lit ? first : first + 1;
    int end = behind ? last + 1 : last_is_lit ? last : last - 1;
    if (narrow && (end < begin || !lit(cone, begin) || !lit(cone, end)))
        return ivec2(0, -1);
    return ivec2(begin, min(end, begin + cone.angles - 1));
}

// The run of lit angles as (first, number), first in [0, A). `radius2` is a² + b² > 0.
//
// How sure is the guess? The polynomial errs by 2e-6 rad in the direction and in the half-width; the half-width, from
// the tangent sqrt(r² - limit) / sqrt(limit), by another 4e-6 where it exceeds 0.03; and rounding moves what the test
// itself decides by at most 3e-7 / sin(half-width) = 1e-5. An end that is further than SURE = 4e-5 rad from a grid
// angle is therefore certain, and the test, four look-ups of the table, is left out for it.
ivec2 lit_run(Cone cone, float turn, float radius2)
{
    const float SURE = 4e-5;
    const float NARROW = 0.03;
    float reach = angle_above(sqrt(max(radius2 - cone.limit, 0.0)), sqrt(cone.limit) * cone.sign);
    float steps = float(cone.angles) / TURN;
    float low = turn - reach * steps;
    float high = turn + reach * steps;
    ivec2 run = ivec2(nearest_integer(low), nearest_integer(high));
    float below = low - float(run.x);
    float above = high - float(run.y);
    run.x += below > 0.0 ? 1 : 0; // up to the next angle inside
    run.y -= above < 0.0 ? 1 : 0;
    float nearest = min(abs(below), abs(above));
    if (nearest < SURE * steps || reach < NARROW || reach > 0.5 * TURN - NARROW)
        run = corrected_run(cone, run.x, run.y);
    int number = run.y - run.x + 1;
    run.x += run.x < 0 ? cone.angles : 0;
    run.x -= run.x >= cone.angles ? cone.angles : 0;
    return ivec2(run.x, max(number, 0));
}
#endif
