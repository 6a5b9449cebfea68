// Numbers of twice f32's precision as vec2(high, low), high being the sum rounded to f32: devices without 64-bit
// floats exist. Only +, − and ×, without contraction, so that every device gives the same bits (Dekker, "A
// floating-point technique for extending the available precision", Numerische Mathematik 18, 1971). For magnitudes
// between 2^-60 and 2^60.
#ifndef ARCLIGHT_COMMON_TWOFOLD
#define ARCLIGHT_COMMON_TWOFOLD

// The exact sum of two floats.
vec2 twofold_sum(float a, float b)
{
    precise float sum = a + b;
    precise float shadow = sum - a;
    precise float rest = sum - shadow;
    precise float left = a - rest;
    precise float right = b - shadow;
    precise float error = left + right;
    return vec2(sum, error);
}

// The exact product of two floats.
vec2 twofold_product(float a, float b)
{
    precise float wide_a = 4097.0 * a;
    precise float carried_a = wide_a - a;
    precise float high_a = wide_a - carried_a;
    precise float low_a = a - high_a;
    precise float wide_b = 4097.0 * b;
    precise float carried_b = wide_b - b;
    precise float high_b = wide_b - carried_b;
    precise float low_b = b - high_b;
    precise float product = a * b;
    precise float highs = high_a * high_b;
    precise float crossed = high_a * low_b;
    precise float crossed_back = low_a * high_b;
    precise float lows = low_a * low_b;
    precise float error = highs - product;
    error = error + crossed;
    error = error + crossed_back;
    error = error + lows;
    return vec2(product, error);
}

vec2 twofold_add(vec2 a, vec2 b)
{
    vec2 sum = twofold_sum(a.x, b.x);
    precise float lows = a.y + b.y;
    precise float error = sum.y + lows;
    return twofold_sum(sum.x, error);
}

vec2 twofold_multiply(vec2 a, vec2 b)
{
    vec2 product = twofold_product(a.x, b.x);
    precise float crossed = a.x * b.y;
    precise float crossed_back = a.y * b.x;
    precise float lows = crossed + crossed_back;
    precise float error = product.y + lows;
    return twofold_sum(product.x, error);
}

// 1 / sqrt(a), a > 0: two steps of Newton's method, each of which doubles the digits.
vec2 twofold_inverse_root(vec2 a)
{
    vec2 root = vec2(inversesqrt(a.x), 0.0);
    for (uint step = 0u; step < 2u; step++) {
        vec2 square = twofold_multiply(twofold_multiply(root, root), a);
        vec2 missing = twofold_add(vec2(1.0, 0.0), -square);
        root = twofold_add(root, twofold_multiply(root, 0.5 * missing));
    }
    return root;
}
#endif
