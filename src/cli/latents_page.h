/* The page of `arclight latents`, and the same numbers as JSON. */
#ifndef ARCLIGHT_CLI_LATENTS_PAGE_H
#define ARCLIGHT_CLI_LATENTS_PAGE_H

#include "data/vocabulary.h"
#include "sae/directions.h"
#include "sae/windows.h"

#include <jansson.h>

enum { CLI_NEIGHBOURS = 6, CLI_UNEMBED_TOKENS = 10 };

/* Everything is borrowed. */
struct cli_latents_result {
    const char *title; /* UTF-8 */
    const char *about;
    const json_t *header; /* of latents.json: what the run was about */
    uint64_t rows;        /* used */
    const uint32_t *latents;
    uint32_t n_latents;
    const struct sae_contexts *contexts; /* finished */
    const struct sae_windows *windows;
    const struct data_vocabulary *vocabulary;
    const struct sae_product *neighbours;       /* [n_latents, CLI_NEIGHBOURS] */
    const struct sae_product *raised, *lowered; /* [n_latents, CLI_UNEMBED_TOKENS], or NULL */
};

/* One page that needs nothing else. BASE_ERROR_FILE_SYSTEM as usual. */
enum base_status cli_latents_write_page(const char *path, const struct cli_latents_result *result);
enum base_status cli_latents_write_json(const char *path, const struct cli_latents_result *result);

#endif
