// What a thread loads at once: 16 bytes at LEVEL_VEC4 (sizes, strides and bases are multiples of four there), else 4.
#ifdef LEVEL_VEC4
#define ELEMENT vec4
#define WIDTH 4u
#define PART(element, i) (element)[i]
float element_dot(vec4 a, vec4 b)
{
    return dot(a, b);
}
#else
#define ELEMENT float
#define WIDTH 1u
#define PART(element, i) (element)
float element_dot(float a, float b)
{
    return a * b;
}
#endif

#include "common/address.glsl"
