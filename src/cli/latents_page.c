/* The page is assets/latents.html with the data put in as JSON in script elements that no browser runs: one
 * with what the list needs, and one for every so many latents, which is parsed when one of them is looked at.
 * Texts stand in a table once, and the tokens of all contexts in one stream, so that contexts that overlap
 * share them. */
#include "cli/latents_page.h"

#include "base/memory.h"
#include "cli/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 128, DIGITS = 5 };

extern const char cli_latents_template[]; /* assets/latents.html */
extern const size_t cli_latents_template_bytes;
static const char data_mark[] = "<!-- data -->";

/* ---- the table of texts ---- */

struct table {
    uint32_t *places; /* [vocabulary] UINT32_MAX: not used */
    uint32_t *tokens; /* [used] */
    uint32_t used;
};

static void use_token(struct table *table, uint32_t token)
{
    if (table->places[token] != UINT32_MAX)
        return;
    table->places[token] = table->used;
    table->tokens[table->used++] = token;
}

static void use_products(struct table *table, const struct sae_product *products, size_t count)
{
    for (size_t i = 0; products && i < count; i++)
        if (products[i].index != UINT32_MAX)
            use_token(table, products[i].index);
}

static enum base_status make_table(const struct cli_latents_result *result, struct table *table)
{
    const uint32_t n = data_vocabulary_count(result->vocabulary);
    const size_t products = (size_t)result->n_latents * CLI_UNEMBED_TOKENS;
    BASE_TRY(base_allocate(&table->places, n, sizeof *table->places, "the table of texts"));
    BASE_TRY(base_allocate(&table->tokens, n, sizeof *table->tokens, "the table of texts"));
    memset(table->places, 0xff, n * sizeof *table->places);
    for (uint64_t i = 0; i < result->windows->n_stream; i++)
        use_token(table, (uint32_t)result->windows->stream[i]);
    use_products(table, result->raised, products);
    use_products(table, result->lowered, products);
    return BASE_OK;
}

static void free_table(struct table *table)
{
    base_free(table->places);
    base_free(table->tokens);
}

/* ---- pieces of JSON ---- */

static void put(struct cli_text_file *file, const char *text)
{
    cli_text_file_put(file, text, strlen(text));
}

static void put_texts(struct cli_text_file *file, const struct cli_latents_result *result,
                      const struct table *table)
{
    for (uint32_t i = 0; i < table->used; i++) {
        uint32_t bytes;
        const char *text = data_vocabulary_text(result->vocabulary, table->tokens[i], &bytes);
        put(file, i ? "," : "");
        cli_text_file_put_json(file, text, bytes);
    }
}

static double mean_of(const struct sae_record *record)
{
    return record->fired ? record->sum / (double)record->fired : 0;
}

/* Token of the window's example. */
static uint32_t marked_token(const struct cli_latents_result *result, const struct sae_window *window)
{
    return (uint32_t)result->windows->stream[window->at + window->mark];
}

static void put_bins(struct cli_text_file *file, const struct sae_record *record)
{
    for (uint32_t b = 0; b < SAE_VALUE_BINS; b++)
        cli_text_file_add(file, b ? ",%" PRIu32 : "%" PRIu32, record->bins[b]);
}

static void put_shades(struct cli_text_file *file, const struct sae_window *window)
{
    const char *comma = "";
    for (uint32_t i = 0; i < window->length; i++) {
        if (window->shades[i] == 0)
            continue;
        cli_text_file_add(file, "%s%" PRIu32 ",%u", comma, i, window->shades[i]);
        comma = ",";
    }
}

/* ---- the page ---- */

enum list_column { ID, FIRED, MEAN, MAXIMUM, COSINE, LIST_COLUMNS };

static void put_list_column(struct cli_text_file *file, const struct cli_latents_result *result,
                            enum list_column column)
{
    for (uint32_t slot = 0; slot < result->n_latents; slot++) {
        const struct sae_record *record = sae_contexts_record(result->contexts, slot);
        put(file, slot ? "," : "");
        switch (column) {
        case ID:
            cli_text_file_add(file, "%" PRIu32, result->latents[slot]);
            break;
        case FIRED:
            cli_text_file_add(file, "%" PRIu64, record->fired);
            break;
        case MEAN:
            cli_text_file_put_number(file, mean_of(record), DIGITS);
            break;
        case MAXIMUM:
            cli_text_file_put_number(file, (double)record->maximum, DIGITS);
            break;
        case COSINE:
            cli_text_file_put_number(file, (double)result->neighbours[(size_t)slot * CLI_NEIGHBOURS].value,
                                     DIGITS);
            break;
        case LIST_COLUMNS:
            break;
        }
    }
}

/* The different tokens that a latent's top contexts mark, in their order: what the list shows and the search
 * looks through. */
static void put_marks(struct cli_text_file *file, const struct cli_latents_result *result,
                      const struct table *table, uint32_t slot)
{
    const struct sae_record *record = sae_contexts_record(result->contexts, slot);
    const char *comma = "";
    put(file, "[");
    for (uint32_t i = 0; i < record->n_top; i++) {
        uint32_t token = marked_token(result, sae_windows_at(result->windows, slot, false, i));
        bool seen = false;
        for (uint32_t j = 0; j < i && !seen; j++)
            seen = marked_token(result, sae_windows_at(result->windows, slot, false, j)) == token;
        if (seen)
            continue;
        cli_text_file_add(file, "%s%" PRIu32, comma, table->places[token]);
        comma = ",";
    }
    put(file, "]");
}

static void put_head(struct cli_text_file *file, const struct cli_latents_result *result,
                     const struct table *table)
{
    static const char *const names[LIST_COLUMNS] = {"id", "fired", "mean", "max", "cosine"};
    put(file, "<script type=\"application/json\" id=\"head\">{\"title\":");
    cli_text_file_put_json(file, result->title, strlen(result->title));
    put(file, ",\"about\":");
    cli_text_file_put_json(file, result->about, strlen(result->about));
    cli_text_file_add(file, ",\"rows\":%" PRIu64 ",\"chunk\":%d,\"texts\":[", result->rows, CHUNK);
    put_texts(file, result, table);
    put(file, "],\"stream\":[");
    for (uint64_t i = 0; i < result->windows->n_stream; i++)
        cli_text_file_add(file, i ? ",%" PRIu32 : "%" PRIu32, table->places[result->windows->stream[i]]);
    put(file, "],\"latents\":{");
    for (int column = 0; column < LIST_COLUMNS; column++) {
        cli_text_file_add(file, "\"%s\":[", names[column]);
        put_list_column(file, result, (enum list_column)column);
        put(file, "],");
    }
    put(file, "\"marks\":[");
    for (uint32_t slot = 0; slot < result->n_latents; slot++) {
        put(file, slot ? "," : "");
        put_marks(file, result, table, slot);
    }
    put(file, "]}}</script>\n");
}

static void put_contexts(struct cli_text_file *file, const struct cli_latents_result *result, uint32_t slot,
                         bool examples)
{
    const struct sae_record *record = sae_contexts_record(result->contexts, slot);
    const struct sae_example *list = examples ? record->examples : record->top;
    uint32_t n = examples ? record->n_examples : record->n_top;
    put(file, "[");
    for (uint32_t i = 0; i < n; i++) {
        const struct sae_window *window = sae_windows_at(result->windows, slot, examples, i);
        cli_text_file_add(file, "%s[%" PRIu64 ",%.*g,%" PRIu64 ",%" PRIu32 ",%" PRIu32 ",[", i ? "," : "",
                          list[i].row, DIGITS, (double)list[i].value, window->at, window->length,
                          window->mark);
        put_shades(file, window);
        if (examples)
            cli_text_file_add(file, "],%.3g]", (double)list[i].quantile);
        else
            put(file, "]]");
    }
    put(file, "]");
}

/* Pairs of number and value; `places` NULL: the numbers as they are. */
static void put_products(struct cli_text_file *file, const struct sae_product *products, uint32_t count,
                         const uint32_t *places)
{
    const char *comma = "";
    put(file, "[");
    for (uint32_t i = 0; products && i < count; i++) {
        if (products[i].index == UINT32_MAX)
            continue;
        cli_text_file_add(file, "%s[%" PRIu32 ",%.4g]", comma,
                          places ? places[products[i].index] : products[i].index, (double)products[i].value);
        comma = ",";
    }
    put(file, "]");
}

static const struct sae_product *tokens_of(const struct sae_product *products, uint32_t slot)
{
    return products ? products + (size_t)slot * CLI_UNEMBED_TOKENS : NULL;
}

static void put_latent(struct cli_text_file *file, const struct cli_latents_result *result,
                       const struct table *table, uint32_t slot)
{
    const struct sae_record *record = sae_contexts_record(result->contexts, slot);
    cli_text_file_add(file, "[%.9g,[", (double)record->width);
    put_bins(file, record);
    put(file, "],");
    put_contexts(file, result, slot, false);
    put(file, ",");
    put_contexts(file, result, slot, true);
    put(file, ",");
    put_products(file, result->neighbours + (size_t)slot * CLI_NEIGHBOURS, CLI_NEIGHBOURS, NULL);
    put(file, ",");
    put_products(file, tokens_of(result->raised, slot), CLI_UNEMBED_TOKENS, table->places);
    put(file, ",");
    put_products(file, tokens_of(result->lowered, slot), CLI_UNEMBED_TOKENS, table->places);
    put(file, "]");
}

static void put_chunks(struct cli_text_file *file, const struct cli_latents_result *result,
                       const struct table *table)
{
    for (uint32_t from = 0; from < result->n_latents; from += CHUNK) {
        uint32_t to = from + CHUNK < result->n_latents ? from + CHUNK : result->n_latents;
        cli_text_file_add(file, "<script type=\"application/json\" id=\"chunk-%" PRIu32 "\">[", from / CHUNK);
        for (uint32_t slot = from; slot < to; slot++) {
            put(file, slot > from ? ",\n" : "");
            put_latent(file, result, table, slot);
        }
        put(file, "]</script>\n");
    }
}

enum base_status cli_latents_write_page(const char *path, const struct cli_latents_result *result)
{
    enum base_status status;
    struct cli_text_file file = {.output = NULL};
    struct table table = {0};
    const char *mark = strstr(cli_latents_template, data_mark);
    if (!mark)
        return base_fail(BASE_ERROR_INTERNAL, "the page's template has no place for data");
    BASE_CHECK(make_table(result, &table));
    BASE_CHECK(cli_text_file_open(path, &file));
    cli_text_file_put(&file, cli_latents_template, (size_t)(mark - cli_latents_template));
    put_head(&file, result, &table);
    put_chunks(&file, result, &table);
    put(&file, mark + strlen(data_mark));
    status = cli_text_file_commit(&file);
error:
    cli_text_file_discard(&file);
    free_table(&table);
    return status;
}

/* ---- JSON for programs ---- */

static void put_named_contexts(struct cli_text_file *file, const struct cli_latents_result *result,
                               uint32_t slot, bool examples)
{
    const struct sae_record *record = sae_contexts_record(result->contexts, slot);
    const struct sae_example *list = examples ? record->examples : record->top;
    uint32_t n = examples ? record->n_examples : record->n_top;
    for (uint32_t i = 0; i < n; i++) {
        const struct sae_window *window = sae_windows_at(result->windows, slot, examples, i);
        cli_text_file_add(
            file,
            "%s\n   {\"row\":%" PRIu64 ",\"value\":%.7g,\"quantile\":%.4g,\"mark\":%" PRIu32 ",\"tokens\":[",
            i ? "," : "", list[i].row, (double)list[i].value, (double)list[i].quantile, window->mark);
        for (uint32_t t = 0; t < window->length; t++)
            cli_text_file_add(file, t ? ",%" PRId64 : "%" PRId64, result->windows->stream[window->at + t]);
        put(file, "],\"percent_of_max\":[");
        for (uint32_t t = 0; t < window->length; t++)
            cli_text_file_add(file, t ? ",%u" : "%u", window->shades[t]);
        put(file, "]}");
    }
}

static void put_named_latent(struct cli_text_file *file, const struct cli_latents_result *result,
                             uint32_t slot)
{
    const struct sae_record *record = sae_contexts_record(result->contexts, slot);
    cli_text_file_add(
        file, "  {\"latent\":%" PRIu32 ",\"fired\":%" PRIu64 ",\"density\":%.7g,\"mean\":%.7g,\"max\":%.7g,",
        result->latents[slot], record->fired, (double)record->fired / (double)result->rows, mean_of(record),
        (double)record->maximum);
    cli_text_file_add(file, "\n  \"histogram\":{\"width\":%.9g,\"counts\":[", (double)record->width);
    put_bins(file, record);
    put(file, "]},\n  \"top\":[");
    put_named_contexts(file, result, slot, false);
    put(file, "],\n  \"examples\":[");
    put_named_contexts(file, result, slot, true);
    put(file, "],\n  \"neighbours\":");
    put_products(file, result->neighbours + (size_t)slot * CLI_NEIGHBOURS, CLI_NEIGHBOURS, NULL);
    if (result->raised) {
        put(file, ",\n  \"raised\":");
        put_products(file, tokens_of(result->raised, slot), CLI_UNEMBED_TOKENS, NULL);
        put(file, ",\n  \"lowered\":");
        put_products(file, tokens_of(result->lowered, slot), CLI_UNEMBED_TOKENS, NULL);
    }
    put(file, "}");
}

static void put_document(struct cli_text_file *file, const struct cli_latents_result *result,
                         const struct table *table, const char *header)
{
    /* the header's object goes on */
    cli_text_file_put(file, header, strlen(header) - 1);
    put(file, ",\n \"texts\":{");
    for (uint32_t i = 0; i < table->used; i++) {
        uint32_t bytes;
        const char *text = data_vocabulary_text(result->vocabulary, table->tokens[i], &bytes);
        cli_text_file_add(file, "%s\"%" PRIu32 "\":", i ? "," : "", table->tokens[i]);
        cli_text_file_put_json(file, text, bytes);
    }
    put(file, "},\n \"latents\":[\n");
    for (uint32_t slot = 0; slot < result->n_latents; slot++) {
        put(file, slot ? ",\n" : "");
        put_named_latent(file, result, slot);
    }
    put(file, "]}\n");
}

enum base_status cli_latents_write_json(const char *path, const struct cli_latents_result *result)
{
    enum base_status status;
    struct cli_text_file file = {.output = NULL};
    struct table table = {0};
    char *header = json_dumps(result->header, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (!header)
        BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for %s", path));
    BASE_CHECK(make_table(result, &table));
    BASE_CHECK(cli_text_file_open(path, &file));
    put_document(&file, result, &table, header);
    status = cli_text_file_commit(&file);
error:
    cli_text_file_discard(&file);
    free_table(&table);
    free(header);
    return status;
}
