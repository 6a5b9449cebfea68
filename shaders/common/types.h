/* Makes a parameter struct readable by C and by GLSL: 4-byte scalars only (uint, int, float). */
#ifndef ARCLIGHT_COMMON_TYPES_H
#define ARCLIGHT_COMMON_TYPES_H
#ifndef GL_core_profile
#    include <stdint.h>
#    ifndef ARCLIGHT_UINT
#        define ARCLIGHT_UINT
typedef uint32_t uint;
#    endif
#endif
#endif
