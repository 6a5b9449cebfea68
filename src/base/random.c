#include "base/random.h"

#include <math.h>

__extension__ typedef unsigned __int128 uint128;

void base_random_words(uint64_t seed, uint64_t stream, uint64_t index, uint32_t words[4])
{
    uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), (uint32_t)stream,
                           (uint32_t)(stream >> 32)};
    uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
    for (int round = 0; round < 10; round++) {
        uint64_t product0 = (uint64_t)0xD2511F53u * counter[0];
        uint64_t product1 = (uint64_t)0xCD9E8D57u * counter[2];
        uint32_t next[4] = {(uint32_t)(product1 >> 32) ^ counter[1] ^ key[0], (uint32_t)product1,
                            (uint32_t)(product0 >> 32) ^ counter[3] ^ key[1], (uint32_t)product0};
        for (int i = 0; i < 4; i++)
            counter[i] = next[i];
        key[0] += 0x9E3779B9u;
        key[1] += 0xBB67AE85u;
    }
    for (int i = 0; i < 4; i++)
        words[i] = counter[i];
}

static double uniform53(uint32_t high, uint32_t low)
{
    uint64_t bits = ((uint64_t)high << 32 | low) >> 11;
    return (double)bits * 0x1p-53;
}

double base_random_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint32_t words[4];
    base_random_words(seed, stream, index, words);
    return uniform53(words[0], words[1]);
}

double base_random_normal(uint64_t seed, uint64_t stream, uint64_t index)
{
    uint32_t words[4];
    base_random_words(seed, stream, index, words);
    double radius = sqrt(-2.0 * log(1.0 - uniform53(words[0], words[1])));
    return radius * cos(6.283185307179586476925 * uniform53(words[2], words[3]));
}

uint64_t base_random_below(uint64_t seed, uint64_t stream, uint64_t index, uint64_t bound)
{
    uint32_t words[4];
    base_random_words(seed, stream, index, words);
    uint64_t value = (uint64_t)words[0] << 32 | words[1];
    return (uint64_t)((uint128)value * bound >> 64);
}
