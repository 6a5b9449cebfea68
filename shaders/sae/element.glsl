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

// LEVEL_SUBGROUP is for CPU devices: there a load by address is one gather for all lanes of a vector, and one from a
// binding fifteen instructions for each. No driver checks such a load against the end of the range.
#ifdef LEVEL_SUBGROUP
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Floats
{
    float at[];
};
#define BY_ADDRESS(binding, low, high) Floats(uvec2(low, high)).at
#else
#define BY_ADDRESS(binding, low, high) binding
#endif
