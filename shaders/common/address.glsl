// Reads and writes by address, at LEVEL_SUBGROUP on CPU devices: there one by address is one gather for all lanes of a
// vector, and one of a binding fifteen instructions for each. No driver checks it against the end of the range. The
// binding stays bound, so that what a kernel touches is seen.
#ifdef LEVEL_SUBGROUP
#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Floats
{
    float at[];
};
layout(buffer_reference, std430, buffer_reference_align = 4) buffer Words
{
    uint at[];
};
#define BY_ADDRESS(type, binding, low, high) type(uvec2(low, high)).at
#else
#define BY_ADDRESS(type, binding, low, high) binding
#endif
