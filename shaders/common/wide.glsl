// 64-bit unsigned integers as uvec2(low, high): devices without 64-bit integers exist, and sums of counts need them.
#ifndef ARCLIGHT_COMMON_WIDE
#define ARCLIGHT_COMMON_WIDE
uvec2 wide_add(uvec2 a, uvec2 b)
{
    uint carry;
    uint low = uaddCarry(a.x, b.x, carry);
    return uvec2(low, a.y + b.y + carry);
}

uvec2 wide_square(uint a)
{
    uint low, high;
    umulExtended(a, a, high, low);
    return uvec2(low, high);
}

// A signed value, in two's complement.
uvec2 wide_signed(int a)
{
    return uvec2(uint(a), a < 0 ? 0xffffffffu : 0u);
}
#endif
