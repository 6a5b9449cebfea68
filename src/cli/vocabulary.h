/* The text of each token, from a JSON file of untrusted origin. */
#ifndef ARCLIGHT_CLI_VOCABULARY_H
#define ARCLIGHT_CLI_VOCABULARY_H

#include "base/status.h"

#include <stdint.h>

struct cli_vocabulary;

/* An array of texts in order of token number, or an object from text to number (as Hugging Face's
 * vocab.json). Tokens may be pieces of characters, so bytes that are not UTF-8, and surrogates that stand
 * alone, become U+FFFD. BASE_ERROR_INPUT names the fault: not JSON, neither of both, larger than 256 MiB,
 * numbers negative or beyond 2^24. The caller frees with cli_vocabulary_free. */
enum base_status cli_vocabulary_read(const char *path, struct cli_vocabulary **out);
void cli_vocabulary_free(struct cli_vocabulary **vocabulary); /* NULL-safe */

uint32_t cli_vocabulary_count(const struct cli_vocabulary *vocabulary);
/* UTF-8 text of *bytes bytes, in which any character may stand, U+0000 too; "" for a number without text. */
const char *cli_vocabulary_text(const struct cli_vocabulary *vocabulary, uint32_t token, uint32_t *bytes);

#endif
