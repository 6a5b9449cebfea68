#include "io/file.h"

#include "base/memory.h"

#include <string.h>

/* The words of .safetensors (its format description), with the bits of one element. */
static const struct {
    const char *name;
    enum io_dtype dtype;
    uint32_t bits;
} dtypes[] = {
    {"BOOL", IO_BOOL, 8},
    {"U8", IO_U8, 8},
    {"I8", IO_I8, 8},
    {"U16", IO_U16, 16},
    {"I16", IO_I16, 16},
    {"F16", IO_F16, 16},
    {"BF16", IO_BF16, 16},
    {"U32", IO_U32, 32},
    {"I32", IO_I32, 32},
    {"F32", IO_F32, 32},
    {"U64", IO_U64, 64},
    {"I64", IO_I64, 64},
    {"F64", IO_F64, 64},
    {"F4", IO_UNREADABLE, 4},
    {"F6_E2M3", IO_UNREADABLE, 6},
    {"F6_E3M2", IO_UNREADABLE, 6},
    {"F8_E5M2", IO_UNREADABLE, 8},
    {"F8_E4M3", IO_UNREADABLE, 8},
    {"F8_E8M0", IO_UNREADABLE, 8},
    {"F8_E4M3FNUZ", IO_UNREADABLE, 8},
    {"C64", IO_UNREADABLE, 64},
    {"F8_E5M2FNUZ", IO_UNREADABLE, 8},
};

enum { N_DTYPES = sizeof dtypes / sizeof dtypes[0] };

const char *io_dtype_name(enum io_dtype dtype)
{
    for (int i = 0; i < N_DTYPES; i++)
        if (dtype != IO_UNREADABLE && dtypes[i].dtype == dtype)
            return dtypes[i].name;
    return "unreadable";
}

uint32_t io_dtype_bytes(enum io_dtype dtype)
{
    for (int i = 0; i < N_DTYPES; i++)
        if (dtype != IO_UNREADABLE && dtypes[i].dtype == dtype)
            return dtypes[i].bits / 8;
    return 0;
}

bool io_dtype_is_integer(enum io_dtype dtype)
{
    return dtype != IO_F16 && dtype != IO_BF16 && dtype != IO_F32 && dtype != IO_F64 &&
           dtype != IO_UNREADABLE;
}

bool io_dtype_parse(const char *name, enum io_dtype *dtype, const char **kept_name, uint32_t *bits)
{
    for (int i = 0; i < N_DTYPES; i++) {
        if (strcmp(dtypes[i].name, name) != 0)
            continue;
        *dtype = dtypes[i].dtype;
        *kept_name = dtypes[i].name;
        *bits = dtypes[i].bits;
        return true;
    }
    return false;
}

bool io_count_elements(uint32_t rank, const uint64_t *shape, uint32_t bits, uint64_t *elements)
{
    uint64_t product = 1, addressed = 1, total;
    for (uint32_t i = 0; i < rank; i++) {
        if (shape[i] > 0 && BASE_MULTIPLY_OVERFLOWS(addressed, shape[i], &addressed))
            return false;
        product *= shape[i]; /* no larger than `addressed` */
    }
    *elements = product;
    return !BASE_MULTIPLY_OVERFLOWS(addressed, bits, &total) && total <= INT64_MAX;
}
