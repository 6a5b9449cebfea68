#include "live/contexts_text.h"

#include "base/memory.h"
#include "base/platform.h"
#include "data/shuffle.h"
#include "data/vocabulary.h"
#include "sae/windows.h"
#include "view/axis.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { LINES = 16, WINDOW = 36, BLOCK_ROWS = 1024, MEDIAN_ROWS = 65536, TOKEN_BYTES = 96 };

struct live_contexts {
    struct gpu *gpu;
    struct live_contexts_parameters parameters; /* strings are not looked at after opening */
    char *tokens_name, *vocabulary_name;        /* for messages */
    struct data_activations *activations;
    struct data_positions *tokens, *positions;
    struct data_vocabulary *vocabulary;
    double bound;  /* on norms */
    uint64_t rows; /* of the set */

    /* of the autoencoder */
    uint32_t d_sae; /* 0: none was taken */
    struct sae_inference *inference;
    struct sae_walk *walk;
    uint32_t *latents;   /* [d_sae] 0, 1, … */
    uint64_t *documents; /* [rows of a block] */

    /* of the walk under way */
    struct sae_contexts *collecting; /* NULL: there is none */
    uint64_t end, next;              /* rows */
    uint64_t collected;              /* rows that were not left out */
    uint32_t block;                  /* rows at once */

    /* of the last walk that is done */
    struct sae_contexts *found; /* NULL: none is */
    uint64_t used;
    uint32_t walks;

    uint32_t latent;
    uint64_t fired;             /* rows, of the latent chosen */
    struct live_context *lines; /* [count] */
    uint32_t n_lines;
    struct live_context_token *shown; /* of all lines */
    char *texts;                      /* [TOKEN_BYTES] each */
};

/* ---- opening ---- */

static enum base_status open_files(struct live_contexts *contexts,
                                   const struct live_contexts_parameters *parameters)
{
    double median;
    BASE_TRY(data_open(&(struct data_open_parameters){.arguments = parameters->activations,
                                                      .n_arguments = parameters->n_activations,
                                                      .rows_from = parameters->rows_from,
                                                      .rows_to = parameters->rows_to,
                                                      .step = parameters->step},
                       &contexts->activations));
    BASE_TRY(data_vocabulary_read(parameters->vocabulary, &contexts->vocabulary));
    BASE_TRY(data_positions_open(contexts->activations, "tokens", parameters->tokens, &contexts->tokens));
    if (parameters->positions)
        BASE_TRY(data_positions_open(contexts->activations, "positions", parameters->positions,
                                     &contexts->positions));
    contexts->rows = data_rows(contexts->activations);
    contexts->bound = INFINITY;
    if (parameters->max_norm > 0) {
        BASE_TRY(data_median_norm(contexts->activations, 0, contexts->rows, MEDIAN_ROWS, &median));
        contexts->bound = parameters->max_norm * median;
    }
    return BASE_OK;
}

static enum base_status make_lines(struct live_contexts *contexts)
{
    uint32_t lines = contexts->parameters.count;
    size_t tokens = (size_t)lines * contexts->parameters.window;
    BASE_TRY(base_allocate(&contexts->lines, lines, sizeof *contexts->lines, "lines of text"));
    BASE_TRY(base_allocate(&contexts->shown, tokens, sizeof *contexts->shown, "lines of text"));
    return base_allocate(&contexts->texts, tokens, TOKEN_BYTES, "lines of text");
}

enum base_status live_contexts_open(struct gpu *gpu, const struct live_contexts_parameters *parameters,
                                    struct live_contexts **out)
{
    struct live_contexts *contexts = NULL;
    enum base_status status;
    *out = NULL;
    BASE_CHECK(base_allocate(&contexts, 1, sizeof *contexts, "contexts"));
    contexts->gpu = gpu;
    contexts->parameters = *parameters;
    contexts->parameters.count = parameters->count ? parameters->count : LINES;
    contexts->parameters.window = parameters->window ? parameters->window : WINDOW;
    contexts->latent = UINT32_MAX;
    contexts->block = BLOCK_ROWS;
    contexts->tokens_name = base_copy_string(parameters->tokens);
    contexts->vocabulary_name = base_copy_string(parameters->vocabulary);
    if (!contexts->tokens_name || !contexts->vocabulary_name)
        BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory"));
    BASE_CHECK(open_files(contexts, parameters));
    BASE_CHECK(make_lines(contexts));
    *out = contexts;
    return BASE_OK;
error:
    live_contexts_close(&contexts);
    return status;
}

void live_contexts_drop(struct live_contexts *contexts)
{
    sae_contexts_destroy(&contexts->found);
    sae_contexts_destroy(&contexts->collecting);
    sae_walk_close(&contexts->walk);
    sae_inference_destroy(&contexts->inference);
    base_free(contexts->latents);
    base_free(contexts->documents);
    contexts->latents = NULL;
    contexts->documents = NULL;
    contexts->walks = contexts->d_sae = 0;
}

void live_contexts_close(struct live_contexts **out)
{
    struct live_contexts *contexts = *out;
    if (!contexts)
        return;
    live_contexts_drop(contexts);
    data_positions_close(&contexts->tokens);
    data_positions_close(&contexts->positions);
    data_vocabulary_free(&contexts->vocabulary);
    data_close(&contexts->activations);
    base_free(contexts->tokens_name);
    base_free(contexts->vocabulary_name);
    base_free(contexts->lines);
    base_free(contexts->shown);
    base_free(contexts->texts);
    base_free(contexts);
    *out = NULL;
}

/* ---- the autoencoder ---- */

static enum base_status check_width(const struct live_contexts *contexts)
{
    uint32_t width = data_width(contexts->activations);
    uint32_t d_in = sae_inference_architecture(contexts->inference)->d_in;
    if (width == d_in)
        return BASE_OK;
    return base_fail(BASE_ERROR_INPUT, "%s has rows of width %" PRIu32 ", and the autoencoder takes %" PRIu32,
                     data_shard_at(contexts->activations, 0).path, width, d_in);
}

static enum base_status begin_walk(struct live_contexts *contexts)
{
    const struct live_contexts_parameters *parameters = &contexts->parameters;
    contexts->next = contexts->collected = 0;
    return sae_contexts_create(&(struct sae_contexts_parameters){.d_sae = contexts->d_sae,
                                                                 .latents = contexts->latents,
                                                                 .n_latents = contexts->d_sae,
                                                                 .count = parameters->count,
                                                                 .reach = parameters->window - 1,
                                                                 .top_only = true},
                               &contexts->collecting);
}

static enum base_status take_inference(struct live_contexts *contexts)
{
    uint32_t d_sae = sae_inference_architecture(contexts->inference)->d_sae;
    BASE_TRY(check_width(contexts));
    BASE_TRY(sae_walk_open(&(struct sae_walk_parameters){.activations = contexts->activations,
                                                         .inference = contexts->inference,
                                                         .norm_bound = contexts->bound},
                           &contexts->walk));
    BASE_TRY(base_allocate(&contexts->latents, d_sae, sizeof *contexts->latents, "latents"));
    for (uint32_t i = 0; i < d_sae; i++)
        contexts->latents[i] = i;
    BASE_TRY(base_allocate(&contexts->documents, sae_walk_rows(contexts->walk), sizeof *contexts->documents,
                           "documents"));
    contexts->d_sae = d_sae;
    return begin_walk(contexts);
}

enum base_status live_contexts_take_model(struct live_contexts *contexts, const struct sae_model *model)
{
    live_contexts_drop(contexts);
    BASE_TRY(sae_inference_create(contexts->gpu, model, BLOCK_ROWS, &contexts->inference));
    contexts->end = contexts->rows;
    contexts->block = BLOCK_ROWS;
    return take_inference(contexts);
}

enum base_status live_contexts_take_trainer(struct live_contexts *contexts, struct sae_trainer *trainer)
{
    const uint64_t sample = contexts->parameters.sample;
    live_contexts_drop(contexts);
    BASE_TRY(sae_inference_of_trainer(trainer, BLOCK_ROWS, &contexts->inference));
    contexts->end = sample > 0 ? base_minimum(sample, contexts->rows) : contexts->rows;
    return take_inference(contexts);
}

/* ---- walking ---- */

static enum base_status check_tokens(struct live_contexts *contexts, uint64_t from, uint64_t count)
{
    const uint32_t known = data_vocabulary_count(contexts->vocabulary);
    const int64_t *tokens;
    BASE_TRY(data_positions_read(contexts->tokens, from, count, &tokens));
    for (uint64_t r = 0; r < count; r++)
        if (tokens[r] < 0 || tokens[r] >= (int64_t)known)
            return base_fail(BASE_ERROR_INPUT,
                             "%s: row %" PRIu64 " has token %" PRId64 ", and %s has %" PRIu32,
                             contexts->tokens_name, data_first_row(contexts->activations) + from + r,
                             tokens[r], contexts->vocabulary_name, known);
    return BASE_OK;
}

static enum base_status walk_block(struct live_contexts *contexts)
{
    struct sae_walk_block block;
    const uint64_t *all = NULL, from = contexts->next;
    const uint64_t most = base_minimum(contexts->block, sae_walk_rows(contexts->walk));
    const uint32_t count = (uint32_t)base_minimum(contexts->end - from, most);
    BASE_TRY(check_tokens(contexts, from, count));
    if (contexts->positions)
        BASE_TRY(data_positions_contexts(contexts->positions, from, count, &all));
    BASE_TRY(sae_walk_at(contexts->walk, from, count, &block));
    for (uint32_t r = 0; all && r < block.rows; r++)
        contexts->documents[r] = all[block.numbers[r] - block.from];
    sae_contexts_add(contexts->collecting, &block, all ? contexts->documents : NULL);
    contexts->collected += block.rows;
    contexts->next = from + count;
    return BASE_OK;
}

static void finish_walk(struct live_contexts *contexts)
{
    sae_contexts_finish(contexts->collecting);
    sae_contexts_destroy(&contexts->found);
    contexts->found = contexts->collecting;
    contexts->collecting = NULL;
    contexts->used = contexts->collected;
    contexts->walks++;
}

enum base_status live_contexts_work(struct live_contexts *contexts, uint64_t ns, double *share)
{
    uint64_t begun = base_clock_ns();
    while (contexts->collecting) {
        BASE_TRY(walk_block(contexts));
        if (contexts->next == contexts->end)
            finish_walk(contexts);
        if (base_clock_ns() - begun >= ns)
            break;
    }
    *share = contexts->collecting ? (double)contexts->next / (double)contexts->end : 1;
    return BASE_OK;
}

enum base_status live_contexts_again(struct live_contexts *contexts)
{
    return contexts->d_sae > 0 && !contexts->collecting ? begin_walk(contexts) : BASE_OK;
}

uint32_t live_contexts_walks(const struct live_contexts *contexts)
{
    return contexts->walks;
}

void live_contexts_set_block(struct live_contexts *contexts, uint32_t rows)
{
    contexts->block = (uint32_t)base_minimum(base_maximum(rows, 1), BLOCK_ROWS);
}

/* ---- lines ---- */

/* Characters that have no picture of their own, or turn the direction of a text. */
static bool controls(uint32_t code)
{
    static const uint32_t ranges[][2] = {{0, 0x1f},        {0x7f, 0x9f},     {0x61c, 0x61c},
                                         {0x200b, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x206f},
                                         {0xfeff, 0xfeff}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i][0] && code <= ranges[i][1])
            return true;
    return false;
}

/* A token, which is well-formed UTF-8, as it may stand in a line; into `text`[TOKEN_BYTES]. */
static void clean(const char *token, uint32_t bytes, char *text)
{
    static const char end[] = "\u2193", other[] = "\u00b7";
    uint32_t used = 0, length;
    for (uint32_t i = 0; i < bytes; i += length) {
        const unsigned char *from = (const unsigned char *)token + i;
        length = from[0] < 0x80 ? 1 : from[0] < 0xe0 ? 2 : from[0] < 0xf0 ? 3 : 4;
        if (i + length > bytes)
            break;
        uint32_t code = length == 1 ? from[0] : from[0] & (0x7fu >> length);
        for (uint32_t b = 1; b < length; b++)
            code = code << 6 | (from[b] & 0x3fu);
        const char *shown = !controls(code) ? token + i : code == '\n' ? end : other;
        uint32_t n = controls(code) ? (uint32_t)strlen(shown) : length;
        if (used + n >= TOKEN_BYTES)
            break;
        memcpy(text + used, shown, n);
        used += n;
    }
    text[used] = '\0';
}

static void write_line(struct live_contexts *contexts, const struct sae_windows *windows, uint32_t index,
                       const struct sae_example *example)
{
    const struct sae_window *window = sae_windows_at(windows, 0, false, index);
    size_t first = (size_t)index * contexts->parameters.window;
    struct live_context_token *tokens = contexts->shown + first;
    for (uint32_t i = 0; i < window->length; i++) {
        uint32_t bytes;
        char *text = contexts->texts + (first + i) * TOKEN_BYTES;
        const char *token =
            data_vocabulary_text(contexts->vocabulary, (uint32_t)windows->stream[window->at + i], &bytes);
        clean(token, bytes, text);
        tokens[i] = (struct live_context_token){text, window->shades[i]};
    }
    contexts->lines[index] = (struct live_context){.row = example->row,
                                                   .value = (double)example->value,
                                                   .count = window->length,
                                                   .mark = window->mark,
                                                   .tokens = tokens};
}

/* What sae_windows_make wants is a list of latents with a record each: this one's alone, as slot 0. Frames
 * may be drawn while the device is waited for: the lines before stay until the new ones are complete. */
enum base_status live_contexts_choose(struct live_contexts *contexts, uint32_t latent)
{
    struct sae_windows windows = {0};
    enum base_status status = BASE_OK;
    uint32_t before = (contexts->parameters.window - 1) * 2 / 3;
    if (contexts->found && latent >= contexts->d_sae)
        return base_fail(BASE_ERROR_INTERNAL, "live_contexts_choose: latent %" PRIu32 " of %" PRIu32, latent,
                         contexts->d_sae);
    if (!contexts->found)
        return BASE_OK;
    const struct sae_record *record = sae_contexts_record(contexts->found, latent);
    BASE_CHECK(
        sae_windows_make(&(struct sae_windows_parameters){.contexts = contexts->found,
                                                          .latents = &contexts->latents[latent],
                                                          .first = latent,
                                                          .slots = 1,
                                                          .count = contexts->parameters.count,
                                                          .before = before,
                                                          .behind = contexts->parameters.window - 1 - before,
                                                          .rows = contexts->end,
                                                          .tokens = contexts->tokens,
                                                          .positions = contexts->positions},
                         &windows));
    BASE_CHECK(sae_windows_shade_each(&windows, contexts->found, contexts->walk));
    for (uint32_t i = 0; i < record->n_top; i++)
        write_line(contexts, &windows, i, &record->top[i]);
    contexts->n_lines = record->n_top;
    contexts->latent = latent;
    contexts->fired = record->fired;
error:
    sae_windows_free(&windows);
    return status;
}

const struct live_context *live_contexts_lines(const struct live_contexts *contexts, uint32_t *count)
{
    *count = contexts->n_lines;
    return contexts->lines;
}

uint32_t live_contexts_latent(const struct live_contexts *contexts)
{
    return contexts->latent;
}

void live_contexts_fired(const struct live_contexts *contexts, uint64_t *fired, uint64_t *rows)
{
    *fired = contexts->fired;
    *rows = contexts->used;
}

struct live_contexts_histogram live_contexts_values(const struct live_contexts *contexts, uint32_t latent)
{
    const struct sae_record *record = sae_contexts_record(contexts->found, latent);
    return (struct live_contexts_histogram){record->bins, SAE_VALUE_BINS, (double)record->width,
                                            (double)record->maximum};
}

void live_contexts_rates(const struct live_contexts *contexts, double *rates, double *values)
{
    for (uint32_t i = 0; i < contexts->d_sae; i++) {
        const struct sae_record *record = sae_contexts_record(contexts->found, i);
        double fired = (double)record->fired;
        rates[i] = contexts->used > 0 ? fired / (double)contexts->used : 0;
        values[i] = fired > 0 ? record->sum / fired : NAN;
    }
}

/* ---- drawing ---- */

static float token_width(const struct live_context_token *token, float size)
{
    return view_text_width(token->text, size, VIEW_REGULAR);
}

/* The token with its left end at x. */
static void draw_token(struct view_canvas *canvas, const struct live_context_token *token, bool marked,
                       float x, float top, float height, float size)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float width = token_width(token, size), share = (float)token->strength / SAE_SHADE_FULL;
    if (token->strength > 0)
        view_box(canvas, (struct view_rect){x, top + 1, width, height - 2},
                 view_alpha(theme->series[0], 0.15f + 0.6f * share));
    view_text(
        canvas, x, top + 0.5f * height, token->text,
        &(struct view_text_style){.size = size,
                                  .colour = marked || token->strength > 0 ? theme->text : theme->text_muted,
                                  .anchor = VIEW_MIDDLE});
}

static const char more[] = "\u2026";

/* Whole tokens from the marked one to the right and then to the left, as many as have room; dots stand for
 * the rest. */
static void draw_line(struct view_canvas *canvas, const struct live_context *line, struct view_rect rect,
                      float size)
{
    const struct view_text_style dots = {
        .size = size, .colour = view_canvas_theme(canvas)->text_muted, .anchor = VIEW_MIDDLE};
    const float room = view_text_width(more, size, VIEW_REGULAR), middle = rect.y + 0.5f * rect.height;
    const float begin = rect.x + 0.6f * rect.width, right = rect.x + rect.width;
    float x = begin;
    for (uint32_t i = line->mark; i < line->count; i++) {
        const float end = x + token_width(&line->tokens[i], size);
        if (i > line->mark && end + (i + 1 < line->count ? room : 0) > right) {
            view_text(canvas, x, middle, more, &dots);
            break;
        }
        draw_token(canvas, &line->tokens[i], i == line->mark, x, rect.y, rect.height, size);
        x = end;
    }
    x = begin;
    for (uint32_t i = line->mark; i > 0; i--) {
        const float from = x - token_width(&line->tokens[i - 1], size);
        if (from - (i > 1 ? room : 0) < rect.x) {
            view_text(canvas, x - room, middle, more, &dots);
            break;
        }
        draw_token(canvas, &line->tokens[i - 1], false, from, rect.y, rect.height, size);
        x = from;
    }
}

/* Digits behind the point of all values, so that they stand below each other: three that tell of the
 * greatest. */
static int decimals_of(double greatest)
{
    const double decimals = greatest > 0 && isfinite(greatest) ? 2 - floor(log10(greatest)) : 2;
    return (int)fmin(fmax(decimals, 0), 6);
}

float live_contexts_draw(const struct live_contexts *contexts, struct view_canvas *canvas,
                         struct view_rect rect)
{
    const struct view_theme *theme = view_canvas_theme(canvas);
    float size = theme->size_label, height = 1.7f * size, left = 4 * size, y = rect.y;
    const int decimals = contexts->n_lines > 0 ? decimals_of(contexts->lines[0].value) : 0;
    for (uint32_t i = 0; i < contexts->n_lines && y + height <= rect.y + rect.height; i++, y += height) {
        const struct live_context *line = &contexts->lines[i];
        char value[VIEW_LABEL_BYTES];
        struct view_rect words = {rect.x + left, y, rect.width - left, height};
        snprintf(value, sizeof value, "%.*f", decimals, line->value);
        view_text(canvas, rect.x + left - size, y + 0.5f * height, value,
                  &(struct view_text_style){.size = theme->size_tick,
                                            .colour = theme->text_muted,
                                            .align = VIEW_END,
                                            .anchor = VIEW_MIDDLE});
        if (words.width > 0) {
            view_clip(canvas, &words);
            draw_line(canvas, line, words, size);
            view_clip(canvas, NULL);
        }
    }
    return y - rect.y;
}
