/* Latents in a file, as encode writes them or as a matrix, block by block on the host. The file may come from
 * anywhere, so every offset, index and value is checked before it reaches the device. */
#ifndef ARCLIGHT_CLI_LATENT_SOURCE_H
#define ARCLIGHT_CLI_LATENT_SOURCE_H

#include "io/tensor.h"

/* Latents in a file, in either form. */
struct cli_latent_source {
    struct io_file *file;
    const struct io_tensor *matrix; /* NULL: compressed sparse rows */
    const struct io_tensor *offsets, *indices, *values;
    uint64_t rows, entries;
    uint32_t d_sae;
};

/* Rows of it: those of row r are the entries [starts[r], starts[r + 1]) of indices and values, each latent at
 * most once, values finite. */
struct cli_latent_block {
    uint32_t most_rows, rows; /* at most, and read */
    uint64_t room;            /* entries */
    int64_t *offsets, *wide;
    uint32_t *starts, *indices;
    float *values, *dense; /* dense: a row of the matrix */
    uint64_t *seen;        /* [d_sae] the row, from 1, that named this latent last */
};

/* FILE, with the tensors row_offsets, indices and values (compressed sparse rows) or latents, or FILE:TENSOR,
 * a matrix [rows, d_sae]. BASE_ERROR_INPUT names what does not suit an autoencoder with `d_sae` latents. The
 * caller closes in every case. */
enum base_status cli_latents_open(const char *argument, uint32_t d_sae, struct cli_latent_source *source);
void cli_latents_close(struct cli_latent_source *source);

/* Room for blocks of at most `most_rows` rows; freed by the caller in every case. */
enum base_status cli_latents_make_block(const struct cli_latent_source *source, uint32_t most_rows,
                                        struct cli_latent_block *block);
void cli_latents_free_block(struct cli_latent_block *block);

/* The rows from `from`, below source->rows, on: as many as there are, fit the block, and have few enough
 * entries; at least one. BASE_ERROR_INPUT names the row at fault. */
enum base_status cli_latents_read(const struct cli_latent_source *source, uint64_t from,
                                  struct cli_latent_block *block);

#endif
