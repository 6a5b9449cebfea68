/* Elements as they stand in a file, made into f32 or int64. Plain loops over memcpy'd elements: the compiler
 * turns them into vector instructions, and no alignment is asked of the bytes. */
#include "io/file.h"

#include <string.h>

static void swap_bytes(unsigned char *raw, uint64_t count, uint32_t size)
{
    if (size == 2) {
        for (uint64_t i = 0; i < count; i++) {
            uint16_t x;
            memcpy(&x, raw + 2 * i, 2);
            x = (uint16_t)(x << 8 | x >> 8);
            memcpy(raw + 2 * i, &x, 2);
        }
    } else if (size == 4) {
        for (uint64_t i = 0; i < count; i++) {
            uint32_t x;
            memcpy(&x, raw + 4 * i, 4);
            x = __builtin_bswap32(x);
            memcpy(raw + 4 * i, &x, 4);
        }
    } else if (size == 8) {
        for (uint64_t i = 0; i < count; i++) {
            uint64_t x;
            memcpy(&x, raw + 8 * i, 8);
            x = __builtin_bswap64(x);
            memcpy(raw + 8 * i, &x, 8);
        }
    }
}

/* IEEE 754 binary16 to binary32 without a branch, so that the loop becomes vector instructions: a subnormal
 * is its integer times 2^-24, exact in f32; Inf and NaN move the exponent by twice the difference of the
 * biases, which fills it with ones and keeps the payload. */
static inline uint32_t half_bits_to_float_bits(uint32_t half)
{
    uint32_t magnitude = half & 0x7fffu;
    uint32_t is_subnormal = 0u - (uint32_t)(magnitude < 0x0400u);
    uint32_t is_special = 0u - (uint32_t)(magnitude > 0x7bffu);
    float subnormal = (float)(int32_t)magnitude * 0x1p-24f;
    uint32_t subnormal_bits;
    memcpy(&subnormal_bits, &subnormal, 4);
    uint32_t other_bits = (magnitude << 13) + (112u << 23) + (is_special & (112u << 23));
    return (half & 0x8000u) << 16 | (subnormal_bits & is_subnormal) | (other_bits & ~is_subnormal);
}

static void halves_to_f32(const unsigned char *raw, uint64_t count, float *out)
{
    for (uint64_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, raw + 2 * i, 2);
        uint32_t bits = half_bits_to_float_bits(half);
        memcpy(out + i, &bits, 4);
    }
}

static void brain_halves_to_f32(const unsigned char *raw, uint64_t count, float *out)
{
    for (uint64_t i = 0; i < count; i++) {
        uint16_t half;
        memcpy(&half, raw + 2 * i, 2);
        uint32_t bits = (uint32_t)half << 16;
        memcpy(out + i, &bits, 4);
    }
}

#define CONVERT(type, out_type)                                                                              \
    for (uint64_t i = 0; i < count; i++) {                                                                   \
        type x;                                                                                              \
        memcpy(&x, bytes + i * sizeof x, sizeof x);                                                          \
        out[i] = (out_type)x;                                                                                \
    }                                                                                                        \
    break

void io_convert_to_f32(const struct io_tensor *tensor, void *raw, uint64_t count, float *out)
{
    unsigned char *bytes = raw;
    if (tensor->big_endian)
        swap_bytes(bytes, count, io_dtype_bytes(tensor->dtype));
    switch (tensor->dtype) {
    case IO_BOOL:
        for (uint64_t i = 0; i < count; i++)
            out[i] = bytes[i] != 0 ? 1.0f : 0.0f;
        break;
    case IO_U8:
        CONVERT(uint8_t, float);
    case IO_I8:
        CONVERT(int8_t, float);
    case IO_U16:
        CONVERT(uint16_t, float);
    case IO_I16:
        CONVERT(int16_t, float);
    case IO_F16:
        halves_to_f32(bytes, count, out);
        break;
    case IO_BF16:
        brain_halves_to_f32(bytes, count, out);
        break;
    case IO_U32:
        CONVERT(uint32_t, float);
    case IO_I32:
        CONVERT(int32_t, float);
    case IO_F32:
        memcpy(out, bytes, count * sizeof(float));
        break;
    case IO_U64:
        CONVERT(uint64_t, float);
    case IO_I64:
        CONVERT(int64_t, float);
    case IO_F64:
        CONVERT(double, float);
    case IO_UNREADABLE:
        break;
    }
}

bool io_convert_to_i64(const struct io_tensor *tensor, void *raw, uint64_t count, int64_t *out)
{
    unsigned char *bytes = raw;
    uint64_t beyond = 0;
    if (tensor->big_endian)
        swap_bytes(bytes, count, io_dtype_bytes(tensor->dtype));
    switch (tensor->dtype) {
    case IO_BOOL:
        for (uint64_t i = 0; i < count; i++)
            out[i] = bytes[i] != 0;
        break;
    case IO_U8:
        CONVERT(uint8_t, int64_t);
    case IO_I8:
        CONVERT(int8_t, int64_t);
    case IO_U16:
        CONVERT(uint16_t, int64_t);
    case IO_I16:
        CONVERT(int16_t, int64_t);
    case IO_U32:
        CONVERT(uint32_t, int64_t);
    case IO_I32:
        CONVERT(int32_t, int64_t);
    case IO_U64:
    case IO_I64:
        memcpy(out, bytes, count * sizeof(int64_t));
        for (uint64_t i = 0; tensor->dtype == IO_U64 && i < count; i++)
            beyond |= out[i] < 0;
        break;
    case IO_F16:
    case IO_BF16:
    case IO_F32:
    case IO_F64:
    case IO_UNREADABLE:
        break;
    }
    return beyond == 0;
}
