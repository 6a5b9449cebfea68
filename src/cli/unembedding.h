/* A model's unembedding, from a tensor in a file. */
#ifndef ARCLIGHT_CLI_UNEMBEDDING_H
#define ARCLIGHT_CLI_UNEMBEDDING_H

#include "base/status.h"

#include <stdint.h>

/* FILE:TENSOR of shape [tokens, width] or [width, tokens] into *out [*tokens, width] (base_free). A model may
 * pad its tokens; those at and beyond `known` have no text and are left out. BASE_ERROR_INPUT for other
 * shapes. */
enum base_status cli_unembedding_read(const char *argument, uint32_t known, uint32_t width, float **out,
                                      uint32_t *tokens);

#endif
