/* Host memory and arithmetic that cannot overflow silently. */
#ifndef ARCLIGHT_BASE_MEMORY_H
#define ARCLIGHT_BASE_MEMORY_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Both return true when the exact result does not fit; *result is then not to be used. */
#define BASE_MULTIPLY_OVERFLOWS(a, b, result) __builtin_mul_overflow((a), (b), (result))
#define BASE_ADD_OVERFLOWS(a, b, result) __builtin_add_overflow((a), (b), (result))

/* Zeroed memory for `count` elements of `size` bytes into *out (a pointer to any pointer); a count of 0 gives
 * a pointer that may be freed. On overflow or exhaustion: BASE_ERROR_FILE_SYSTEM with a message naming
 * `what`, *out NULL. The caller frees with base_free. */
enum base_status base_allocate(void *out, size_t count, size_t size, const char *what);

/* Frees what base_allocate gave; NULL is allowed. */
void base_free(void *memory);

/* A copy of a string, freed with base_free; NULL when memory is exhausted. */
char *base_copy_string(const char *text);

static inline uint64_t base_divide_up(uint64_t value, uint64_t divisor)
{
    return value / divisor + (value % divisor != 0);
}

static inline uint64_t base_round_up(uint64_t value, uint64_t multiple)
{
    return base_divide_up(value, multiple) * multiple;
}

static inline uint64_t base_minimum(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t base_maximum(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

#ifdef __cplusplus
}
#endif
#endif
