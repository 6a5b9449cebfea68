/* Whole numbers that stand beside activations, one a row: tokens, and positions that say where documents
 * begin. Read block by block; nothing is kept but a block. */
#ifndef ARCLIGHT_DATA_POSITIONS_H
#define ARCLIGHT_DATA_POSITIONS_H

#include "data/activations.h"

#ifdef __cplusplus
extern "C" {
#endif

struct data_positions;

/* FILE:TENSOR of rank 1 with as many whole numbers as the set has rows before --rows. `what` ("--tokens") is
 * for messages and not owned. BASE_ERROR_INPUT otherwise. The caller closes. */
enum base_status data_positions_open(const struct data_activations *activations, const char *what,
                                     const char *argument, struct data_positions **out);
void data_positions_close(struct data_positions **positions); /* NULL-safe */

/* The numbers of rows [from, from + count) of the set as data_read counts them; valid until the next call. */
enum base_status data_positions_read(struct data_positions *positions, uint64_t from, uint64_t count,
                                     const int64_t **numbers);

/* Which context each of these rows belongs to, counted from 0: a row whose position is not one more than the
 * position before it begins another. Blocks must come in order, without gaps, from row 0 on, which may
 * come again. Valid until the next call. */
enum base_status data_positions_contexts(struct data_positions *positions, uint64_t from, uint64_t count,
                                         const uint64_t **contexts);

#ifdef __cplusplus
}
#endif
#endif
