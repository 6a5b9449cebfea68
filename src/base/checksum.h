/* A fast check that bytes are those that were written. It guards against accidents, not against forgers. */
#ifndef ARCLIGHT_BASE_CHECKSUM_H
#define ARCLIGHT_BASE_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* XXH64 with seed 0 (Collet, "xxHash fast digest algorithm", specification 0.1.1). Any change within one
 * aligned group of 8 bytes changes it, any other goes unseen once in 2^64. */
uint64_t base_checksum(const void *bytes, size_t count);

#ifdef __cplusplus
}
#endif
#endif
