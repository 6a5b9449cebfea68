// Which angles of a plane light a row. The lit angles of a row are one run of grid points; trigonometry only guesses
// its ends, and the exact test below corrects the guess, so that the result does not depend on how a device computes
// atan, acos or sqrt. The test uses only +, × and comparisons without contraction: the same bits everywhere.
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

// The direction of (a, b) in grid steps, in [0, A].
float turn_of(Cone cone)
{
    float turn = atan(cone.b, cone.a) / TURN * float(cone.angles);
    return turn < 0.0 ? turn + float(cone.angles) : turn;
}

// The run of lit angles as (first, number), first in [0, A). `radius2` is a² + b² > 0. Needs 4 <= A <= 3600: then
// neighbouring angles differ by more than rounding does, and the lit angles have no gaps.
ivec2 lit_run(Cone cone, float turn, float radius2)
{
    float cosine = clamp(cone.sign * sqrt(cone.limit / radius2), -1.0, 1.0);
    float reach = acos(cosine) / TURN * float(cone.angles);
    int first = int(ceil(turn - reach));
    int last = int(floor(turn + reach));
    if (last - first < 2) {
        first -= 1;
        last += 1;
    }
    last = min(last, first + cone.angles - 1);
    while (first <= last && !lit(cone, first))
        first++;
    if (first > last)
        return ivec2(0, 0);
    while (!lit(cone, last))
        last--;
    while (last - first < cone.angles - 1 && lit(cone, first - 1))
        first--;
    while (last - first < cone.angles - 1 && lit(cone, last + 1))
        last++;
    int wrapped = first < 0 ? first + cone.angles : first;
    return ivec2(wrapped >= cone.angles ? wrapped - cone.angles : wrapped, last - first + 1);
}
#endif
