/* Files of latents, as decode reads them: the first byte is the number of latents that the autoencoder has,
 * the second how many rows a block holds; behind them stands a safetensors file. */
#include "fuzz.h"

#include "base/log.h"
#include "cli/latent_source.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* What is let through goes to the device as it is. */
static void check_block(const struct cli_latent_source *source, const struct cli_latent_block *block)
{
    require(block->rows > 0 && block->rows <= block->most_rows && block->starts[0] == 0);
    for (uint32_t r = 0; r < block->rows; r++) {
        bool seen[256] = {false};
        require(block->starts[r] <= block->starts[r + 1] && block->starts[r + 1] <= block->room);
        for (uint32_t e = block->starts[r]; e < block->starts[r + 1]; e++) {
            require(block->indices[e] < source->d_sae && isfinite((double)block->values[e]));
            require(!seen[block->indices[e]]);
            seen[block->indices[e]] = true;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cli_latent_source source = {.rows = 0};
    struct cli_latent_block block = {.rows = 0};
    enum { MOST_ROWS = 1 << 12 };
    base_log_set_level(BASE_LOG_QUIET);
    if (size < 2 || size > 1 << 16)
        return 0;
    uint32_t d_sae = data[0] ? data[0] : 256, most_rows = data[1] ? data[1] : 256;
    enum base_status status = cli_latents_open(test_memory_file(data + 2, size - 2), d_sae, &source);
    if (status == BASE_OK)
        status = cli_latents_make_block(&source, most_rows, &block);
    for (uint64_t from = 0; status == BASE_OK && from < source.rows && from < MOST_ROWS; from += block.rows) {
        status = cli_latents_read(&source, from, &block);
        if (status == BASE_OK)
            check_block(&source, &block);
    }
    cli_latents_free_block(&block);
    cli_latents_close(&source);
    return 0;
}
