// What a hit does, shared by the counting kernels. The including kernel defines the buffers `table` and
// `thresholds` and two macros:
//   ADD(index, value)               adds to its difference array, modulo 2^32
//   ADD_STATS(curve, uvec4, sine)   adds to its statistics: the four of the vector, then the fifth
// atomically where several invocations may share a plane; and may define
//   ADD_WRAPPED(base)               what an arc that passes angle 0 adds there
//
// An arc of lit angles adds 1 where it begins and -1 (mod 2^32) behind its end; prefix sums make counts of
// that (scan.comp). The statistics of a curve are the number of rows with radius >= epsilon, and the sums of
// cos φ, cos 2φ, cos 4φ, sin φ over them as integers of 1 / fixed_scale, so that their order does not matter.
// The sine is the cosine of the same plane seen from its second vector.
#include "srm/arc.glsl"

#ifndef ADD_WRAPPED
#    define ADD_WRAPPED(base) ADD(base, 1u)
#endif

void add_arc(uint base, ivec2 run, uint angles)
{
    uint begin = uint(run.x);
    uint end = begin + uint(run.y);
    if (uint(run.y) == angles) {
        begin = 0u;
        end = angles;
    }
    ADD(base + begin, 1u)
    if (end > angles) {
        ADD_WRAPPED(base)
        end -= angles;
    }
    if (end < angles)
        ADD(base + end, 0xffffffffu)
}

void add_harmonics(uint curve, float a, float b, float radius2, float fixed_scale)
{
    float inverse = inversesqrt(radius2);
    float cosine = a * inverse;
    float sine = b * inverse;
    float cosine2 = 2.0 * cosine * cosine - 1.0;
    float cosine4 = 2.0 * cosine2 * cosine2 - 1.0;
    ADD_STATS(curve,
              uvec4(1u, uint(nearest_integer(cosine * fixed_scale)),
                    uint(nearest_integer(cosine2 * fixed_scale)),
                    uint(nearest_integer(cosine4 * fixed_scale))),
              uint(nearest_integer(sine * fixed_scale)))
}

// The row with in-plane coordinates (a, b) and squared norm `norm`, at epsilon number `epsilon`. `curve` is
// where its statistics stand, `base` where its difference array begins.
void count_row(float a, float b, float norm, uint epsilon, uint curve, uint base, uint angles,
               float fixed_scale)
{
    precise float aa = a * a;
    precise float bb = b * b;
    precise float radius2 = aa + bb;
    precise float limit = thresholds[epsilon].x * norm;
    Cone cone = Cone(a, b, limit, thresholds[epsilon].y, int(angles));
    ivec2 run = ivec2(0, 0);
    if (radius2 > 0.0) {
        // Rounding may let an angle be lit though radius2 falls short of the limit by a hair: hence the
        // slack.
        if (cone.sign > 0.0 && radius2 < limit * 0.99999)
            return;
        if (cone.sign <= 0.0 || radius2 >= limit)
            add_harmonics(curve, a, b, radius2, fixed_scale);
        run = lit_run(cone, turn_of(cone), radius2);
    } else if (cone.sign <= 0.0) {
        run = ivec2(0, int(angles)); // the zero vector: its product with any direction is 0 >= epsilon
    }
    if (run.y > 0)
        add_arc(base, run, angles);
}
