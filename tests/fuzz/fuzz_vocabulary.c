/* Vocabularies, in both forms: what is read must be UTF-8 text for every number. */
#include "fuzz.h"

#include "base/log.h"
#include "data/vocabulary.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* Bytes of the UTF-8 character at `text` by the number that it stands for, 0 for none. */
static uint32_t character(const unsigned char *text, uint32_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t bytes = text[0] < 0x80       ? 1
                     : text[0] >> 5 == 6  ? 2
                     : text[0] >> 4 == 14 ? 3
                     : text[0] >> 3 == 30 ? 4
                                          : 0;
    if (bytes == 0 || bytes > left)
        return 0;
    uint32_t number = bytes == 1 ? text[0] : text[0] & (0x7fu >> bytes);
    for (uint32_t i = 1; i < bytes; i++) {
        if (text[i] >> 6 != 2)
            return 0;
        number = number << 6 | (text[i] & 0x3fu);
    }
    bool surrogate = number >= 0xd800 && number <= 0xdfff;
    return number < least[bytes] || surrogate || number > 0x10ffff ? 0 : bytes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct data_vocabulary *vocabulary;
    base_log_set_level(BASE_LOG_QUIET);
    if (size > 1 << 16 || data_vocabulary_read(test_memory_file(data, size), &vocabulary) != BASE_OK)
        return 0;
    uint32_t count = data_vocabulary_count(vocabulary);
    require(count > 0);
    for (uint32_t token = 0; token < count; token++) {
        uint32_t bytes;
        const char *text = data_vocabulary_text(vocabulary, token, &bytes);
        require(text[bytes] == '\0');
        for (uint32_t at = 0; at < bytes;) {
            uint32_t step = character((const unsigned char *)text + at, bytes - at);
            require(step > 0);
            at += step;
        }
    }
    data_vocabulary_free(&vocabulary);
    return 0;
}
