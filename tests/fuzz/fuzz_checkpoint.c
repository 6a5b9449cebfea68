/* Checkpoints. Behind a first byte of 1 stands a file whose magic, end and checksums are put right, as far as
 * its lengths lead to them, so that mutations meet the checks behind those; behind any other byte the file as
 * it comes. */
#include "fuzz.h"

#include "base/checksum.h"
#include "base/log.h"
#include "sae/checkpoint_file.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 15, AT_HEAD_BYTES = 40, AT_SECTIONS = 48 };

static uint64_t get(const uint8_t *at)
{
    uint64_t value = 0;
    for (int i = 7; i >= 0; i--)
        value = value << 8 | at[i];
    return value;
}

static void put(uint8_t *at, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

/* Puts right what can be; the lengths may be anything. */
static void mend(uint8_t *bytes, uint64_t size)
{
    if (size < SAE_CHECKPOINT_HEAD_AT + 8)
        return;
    memcpy(bytes, "ARCLCKPT", 8);
    put(bytes + 16, base_checksum(bytes, 16));
    put(bytes + 24, size);
    memcpy(bytes + size - 8, "ARCLEND\n", 8);
    uint64_t head = get(bytes + AT_HEAD_BYTES), sections = get(bytes + AT_SECTIONS);
    if (head > size || sections > size / SAE_CHECKPOINT_ENTRY)
        return;
    uint64_t table = SAE_CHECKPOINT_HEAD_AT + (head + 8) / 8 * 8,
             front = table + sections * SAE_CHECKPOINT_ENTRY + 8, at = front;
    if (front > size)
        return;
    for (uint64_t i = 0; i < sections; i++) {
        uint8_t *entry = bytes + table + i * SAE_CHECKPOINT_ENTRY;
        uint64_t length = get(entry + SAE_CHECKPOINT_NAME);
        if (length > size - at)
            break;
        put(entry + SAE_CHECKPOINT_NAME + 8, base_checksum(bytes + at, length));
        at += (length + 7) / 8 * 8;
        if (at > size)
            break;
    }
    put(bytes + front - 8, base_checksum(bytes, front - 8));
}

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* What was let through is what the rest of the program may rely on. */
static void use(struct sae_checkpoint *read, const uint8_t *bytes, uint64_t size)
{
    const struct sae_checkpoint_layout *layout = &read->layout;
    struct sae_checkpoint_layout again = *layout;
    struct sae_config config = {.kind = sae_kind_find("topk"), .total_rows = 1000, .batch = 10};
    config.architecture =
        (struct sae_architecture){.d_in = 8, .d_out = 8, .d_sae = 32, .k = 4, .n_inputs = 1};
    sae_config_defaults(&config);
    require(layout->file_bytes == size && memcmp(read->bytes, bytes, size) == 0);
    require(strlen(sae_checkpoint_head(read)) == layout->head_bytes);
    require(sae_checkpoint_run_is_valid(sae_checkpoint_run(read)));
    /* Only the newest version is laid out anew. */
    if (layout->version == SAE_CHECKPOINT_VERSION)
        require(sae_checkpoint_lay_out(&again) == BASE_OK && again.file_bytes == size);
    for (uint32_t i = 0; i < layout->n_sections; i++) {
        const struct sae_checkpoint_entry *entry = &layout->sections[i];
        require(entry->offset == again.sections[i].offset && entry->offset <= size &&
                entry->bytes <= size - entry->offset);
    }
    (void)sae_checkpoint_check_config(read, &config);
    if (sae_checkpoint_config(read, &config) == BASE_OK)
        require(sae_config_check(&config) == BASE_OK);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t bytes[MOST];
    struct sae_checkpoint *read;
    base_log_set_level(BASE_LOG_QUIET);
    if (size < 1 || size > MOST)
        return 0;
    memcpy(bytes, data + 1, size - 1);
    if (data[0] == 1)
        mend(bytes, size - 1);
    if (sae_checkpoint_read(test_memory_file(bytes, size - 1), data[0] == 2 ? "run-1" : NULL, &read) !=
        BASE_OK)
        return 0;
    use(read, bytes, size - 1);
    sae_checkpoint_free(&read);
    return 0;
}
