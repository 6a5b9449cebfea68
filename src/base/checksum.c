#include "base/checksum.h"

static const uint64_t prime1 = 0x9E3779B185EBCA87u, prime2 = 0xC2B2AE3D27D4EB4Fu,
                      prime3 = 0x165667B19E3779F9u, prime4 = 0x85EBCA77C2B2AE63u,
                      prime5 = 0x27D4EB2F165667C5u;

static uint64_t rotate(uint64_t value, unsigned by)
{
    return value << by | value >> (64 - by);
}

static uint64_t word(const unsigned char *bytes, unsigned count)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < count; i++)
        value |= (uint64_t)bytes[i] << 8 * i;
    return value;
}

static uint64_t mix(uint64_t lane, uint64_t input)
{
    return rotate(lane + input * prime2, 31) * prime1;
}

static uint64_t merge(uint64_t sum, uint64_t lane)
{
    return (sum ^ mix(0, lane)) * prime1 + prime4;
}

/* Groups of 32 bytes in four lanes, which do not wait for each other. */
static uint64_t sum_groups(const unsigned char *at, size_t groups)
{
    uint64_t a = prime1 + prime2, b = prime2, c = 0, d = 0 - prime1;
    for (; groups > 0; groups--, at += 32) {
        a = mix(a, word(at, 8));
        b = mix(b, word(at + 8, 8));
        c = mix(c, word(at + 16, 8));
        d = mix(d, word(at + 24, 8));
    }
    uint64_t sum = rotate(a, 1) + rotate(b, 7) + rotate(c, 12) + rotate(d, 18);
    return merge(merge(merge(merge(sum, a), b), c), d);
}

uint64_t base_checksum(const void *bytes, size_t count)
{
    const unsigned char *at = bytes, *end = at + count;
    uint64_t sum = count >= 32 ? sum_groups(at, count / 32) : prime5;
    at += count / 32 * 32;
    sum += count;
    for (; end - at >= 8; at += 8)
        sum = rotate(sum ^ mix(0, word(at, 8)), 27) * prime1 + prime4;
    if (end - at >= 4) {
        sum = rotate(sum ^ word(at, 4) * prime1, 23) * prime2 + prime3;
        at += 4;
    }
    for (; at < end; at++)
        sum = rotate(sum ^ *at * prime5, 11) * prime1;
    sum = (sum ^ sum >> 33) * prime2;
    sum = (sum ^ sum >> 29) * prime3;
    return sum ^ sum >> 32;
}
