#include "sae/trainer.h"

#include "base/memory.h"
#include "linalg/kernels.h"
#include "sae/kernels.h"
#include "sae/params.h"
#include "sae/trainer_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Share of entries above which a step goes on dense blocks, and below which it goes on pairs again; between
 * the two the way stays as it is. By the level that matrix products run at, for that is what their rate hangs
 * on.
 *
 * CPU devices: measured with `arclight bench sae_step_pairs sae_step_dense`, 8 % of 4,608 latents, lavapipe
 * of Mesa 25 at 256 bits, both on one busy machine. Beyond what both ways share, pairs took 0.64 s and dense
 * blocks 1.18 s at the level subgroup: they meet at 15 %, and lists hold an eighth. With products at vec4
 * they took 0.95 and 8.0 s, at floor 1.9 and 27 s: there only the lists' room makes a step dense.
 *
 * GPUs: reckoned, not measured. An entry takes 8 d operations on dense blocks (four products beside the
 * encoder's), a pair moves 16 d bytes (decoding, its gradient and those of both weights), so that they meet
 * at bandwidth over twice the products' rate: 1/30 for 1 TB/s and 15 Tflop/s, and products at floor reach
 * half as much. */
static const struct crossover {
    bool cpu;
    enum gpu_level least; /* level of the products */
    double dense_above, pairs_below;
} crossovers[] = {
    {true, GPU_LEVEL_SUBGROUP, 1.0 / 8, 1.0 / 10},
    {true, GPU_LEVEL_FLOOR, 1, 1.0 / 9},
    {false, GPU_LEVEL_VEC4, 1.0 / 30, 1.0 / 38},
    {false, GPU_LEVEL_FLOOR, 1.0 / 15, 1.0 / 19},
};

static const struct crossover *crossover_of(const struct gpu *gpu)
{
    const struct crossover *row = crossovers;
    enum gpu_level level = linalg_best_level(gpu, &linalg_matmul_kernel);
    while (row->cpu != (gpu_information(gpu)->type == GPU_CPU) || level < row->least)
        row++; /* there is one of the floor for both */
    return row;
}

/* Where the words that the host reads after a step stand in `record`. */
enum { AT_SCALARS = 0, AT_CONTROL = SAE_SCALARS, AT_COUNTS = AT_CONTROL + 4, AT_SMALLEST = AT_COUNTS + 2 };
enum { RECORD_WORDS = 64 };

uint64_t sae_trainer_row_width(const struct sae_architecture *a)
{
    return (uint64_t)a->d_in + (a->transcoder ? a->d_out : 0);
}

/* Adds one trainer of this batch. */
static enum base_status add_to_plan(struct gpu *gpu, const struct sae_config *config, uint32_t batch,
                                    struct gpu_plan *plan)
{
    struct sae_config of_batch = *config;
    of_batch.batch = batch;
    const struct sae_architecture *a = &config->architecture;
    uint64_t rows = batch * sae_trainer_row_width(a) * 4, widest = base_maximum(a->d_in, a->d_out);
    uint64_t matrix = base_maximum(a->d_sae * widest, a->skip ? (uint64_t)a->d_in * a->d_out : 0) * 4;
    BASE_TRY(gpu_plan_add_several(plan, "weights", sae_weights_bytes(a), matrix));
    BASE_TRY(gpu_plan_add_several(plan, "gradients and Adam's moments", sae_optimiser_bytes(a), matrix));
    BASE_TRY(gpu_plan_add_several(plan, "pre-activations, pairs and errors of a batch",
                                  sae_step_bytes(gpu, &of_batch), sae_step_largest(gpu, &of_batch)));
    return gpu_plan_add_several(plan, "rows", SAE_TRAINER_STAGES * rows, rows);
}

/* What is to be held at once. */
struct company {
    const struct sae_config *const *configs;
    uint32_t n;
    uint64_t beside; /* bytes */
};

/* Whether all fits with this batch; otherwise the message says what there is, and `advice`. */
static enum base_status check_company(struct gpu *gpu, const struct company *company, uint32_t batch,
                                      const char *advice)
{
    struct gpu_plan *plan = NULL;
    enum base_status status;
    BASE_CHECK(gpu_plan_create(&plan));
    for (uint32_t i = 0; i < company->n; i++)
        BASE_CHECK(add_to_plan(gpu, company->configs[i], batch, plan));
    BASE_CHECK(gpu_plan_add_several(plan, "evaluations and copies", company->beside, 0));
    BASE_CHECK(gpu_plan_check(gpu, plan, advice));
error:
    gpu_plan_destroy(&plan);
    return status;
}

static enum base_status check_plan(struct gpu *gpu, const struct company *company)
{
    char advice[160];
    uint32_t batch = company->configs[0]->batch, smaller = batch;
    enum base_status status = check_company(gpu, company, batch, "");
    if (status != BASE_ERROR_DEVICE_MEMORY)
        return status;
    while (smaller > 1 && status == BASE_ERROR_DEVICE_MEMORY) {
        smaller /= 2;
        status = check_company(gpu, company, smaller, "");
    }
    if (status == BASE_OK)
        snprintf(advice, sizeof advice, "--batch %u would fit", smaller);
    else
        snprintf(advice, sizeof advice, "no batch would fit: use a smaller --d-sae%s",
                 company->n > 1 ? " or fewer runs at once" : "");
    return check_company(gpu, company, batch, advice);
}

/* A batch's matrices and lists are bound whole. */
static enum base_status check_ranges(const struct gpu *gpu, const struct sae_config *config)
{
    const struct sae_architecture *a = &config->architecture;
    uint64_t widest = sae_trainer_row_width(a), range = gpu_capabilities(gpu)->storage_range_bytes;
    if (config->batch * widest * 4 > range)
        return base_fail(
            BASE_ERROR_USAGE,
            "--batch %u: a batch of rows of %llu values exceeds what this device binds at once (%llu "
            "bytes); at most --batch %llu",
            config->batch, (unsigned long long)widest, (unsigned long long)range,
            (unsigned long long)(range / 4 / widest));
    uint64_t lists = sae_step_list_bytes(config);
    if (lists > range)
        return base_fail(
            BASE_ERROR_USAGE,
            "--batch %u: a list of its active latents takes %llu bytes, and this device binds %llu at once; "
            "at most --batch %llu",
            config->batch, (unsigned long long)lists, (unsigned long long)range,
            (unsigned long long)base_maximum(
                1, (uint64_t)((double)config->batch * (double)range / (double)lists)));
    if ((uint64_t)config->batch * a->d_sae > UINT32_MAX)
        return base_fail(BASE_ERROR_USAGE,
                         "--batch %u times --d-sae %u is above 2^32 - 1; at most --batch %u", config->batch,
                         a->d_sae, (uint32_t)(UINT32_MAX / a->d_sae));
    return BASE_OK;
}

/* Sums over a latent's pairs, a dense block's columns or a row's pairs are loops, of up to three rounds a
 * term, which some devices end early. */
static enum base_status check_loops(const struct gpu *gpu, const struct sae_config *config)
{
    enum { MOST_ROWS = 49152, MOST_K = 16384 };
    const struct sae_architecture *a = &config->architecture;
    if (gpu_capabilities(gpu)->long_loops)
        return BASE_OK;
    if (config->batch > MOST_ROWS)
        return base_fail(
            BASE_ERROR_USAGE,
            "--batch %u: this device takes at most --batch %d, for its driver ends loops over more "
            "rows early; a newer driver does not",
            config->batch, MOST_ROWS);
    double most_k = config->k_anneal > 0 ? fmax(a->k, base_minimum(a->d_in, a->d_sae)) : a->k;
    if (most_k > MOST_K)
        return base_fail(BASE_ERROR_USAGE,
                         "--k %g%s: this device takes at most --k %d, for its driver ends loops over more "
                         "latents early; a newer driver does not",
                         most_k, config->k_anneal > 0 ? " (where --k-anneal begins)" : "", MOST_K);
    return BASE_OK;
}

static enum base_status create_parts(struct sae_trainer *trainer, const struct sae_model *start)
{
    struct gpu *gpu = trainer->gpu;
    const struct sae_config *config = &trainer->config;
    const struct sae_architecture *a = &config->architecture;
    uint64_t width = sae_trainer_row_width(a);
    BASE_TRY(sae_weights_create(gpu, a, &trainer->weights));
    BASE_TRY(sae_weights_upload(gpu, &trainer->weights, start));
    BASE_TRY(sae_weights_refresh(gpu, &trainer->weights,
                                 config->decoder_norm == SAE_NORM_UNIT ? SAE_ROWS_MAKE_UNIT : SAE_ROWS_FREE));
    BASE_TRY(sae_optimiser_create(gpu, config, &trainer->weights, &trainer->optimiser));
    BASE_TRY(sae_step_create(gpu, config, &trainer->weights, &trainer->optimiser, &trainer->step));
    for (uint32_t i = 0; i < SAE_TRAINER_STAGES; i++)
        BASE_TRY(gpu_buffer_create(gpu, "rows", config->batch * width * 4, GPU_DEVICE, &trainer->rows[i]));
    BASE_TRY(gpu_buffer_create(gpu, "a step's record", RECORD_WORDS * 4, GPU_HOST, &trainer->record));
    return gpu_fill(gpu, trainer->record, 0, RECORD_WORDS * 4, 0);
}

enum base_status sae_trainers_check(struct gpu *gpu, const struct sae_config *const *configs, uint32_t n,
                                    uint64_t beside)
{
    const struct company company = {configs, n, beside};
    for (uint32_t i = 0; i < n; i++) {
        BASE_TRY(sae_config_check(configs[i]));
        BASE_TRY(check_ranges(gpu, configs[i]));
    }
    BASE_TRY(check_plan(gpu, &company));
    for (uint32_t i = 0; i < n; i++)
        BASE_TRY(check_loops(gpu, configs[i]));
    return BASE_OK;
}

enum base_status sae_trainer_create(struct gpu *gpu, const struct sae_config *config,
                                    const struct sae_model *start, double scale_in, double scale_out,
                                    struct sae_trainer **out)
{
    struct sae_trainer *trainer = NULL;
    enum base_status status;
    *out = NULL;
    BASE_TRY(sae_trainers_check(gpu, &config, 1, 0));
    BASE_TRY(base_allocate(&trainer, 1, sizeof *trainer, "a trainer"));
    trainer->gpu = gpu;
    trainer->config = *config;
    trainer->state = (struct sae_trainer_state){
        .dense = sae_step_may_be_dense(config),
        .coefficient = config->sparsity_coefficient,
        .scale_in = scale_in,
        .scale_out = config->architecture.transcoder ? scale_out : scale_in,
        .rate_factor = 1,
        .sparsity_factor = 1,
    };
    BASE_CHECK(create_parts(trainer, start));
    *out = trainer;
    return BASE_OK;
error:
    sae_trainer_destroy(&trainer);
    return status;
}

void sae_trainer_destroy(struct sae_trainer **out)
{
    struct sae_trainer *trainer = *out;
    if (!trainer)
        return;
    struct gpu *gpu = trainer->gpu;
    sae_step_destroy(gpu, &trainer->step);
    sae_optimiser_destroy(gpu, &trainer->optimiser);
    sae_weights_destroy(gpu, &trainer->weights);
    for (uint32_t i = 0; i < SAE_TRAINER_STAGES; i++)
        gpu_buffer_destroy(gpu, &trainer->rows[i]);
    gpu_buffer_destroy(gpu, &trainer->record);
    base_free(trainer);
    *out = NULL;
}

const struct sae_config *sae_trainer_config(const struct sae_trainer *trainer)
{
    return &trainer->config;
}

/* ---- a step ---- */

static bool is_steered(const struct sae_config *config)
{
    return config->architecture.activation == SAE_JUMPRELU && config->target_l0 > 0 &&
           config->sparsity == SAE_SPARSITY_STEP;
}

/* The L0 that is steered to in this step: geometrically from the first one, once that is known, to the wanted
 * one. */
static double target_of(const struct sae_trainer *trainer)
{
    const struct sae_config *config = &trainer->config;
    const struct sae_trainer_state *state = &trainer->state;
    double anneal = config->target_anneal * (double)sae_config_steps(config);
    double share = anneal > 0 ? fmin(1, (double)state->step / anneal) : 1;
    if (state->l0_first <= 0)
        return config->target_l0;
    return exp((1 - share) * log(state->l0_first) + share * log(config->target_l0));
}

/* lambda <- clamp(lambda exp(0.02 clamp(ln(L0 / target), -1, 1)), 1e-5, 1e5): Adam makes a fixed
 * coefficient's size count for little, so what is controlled is L0 itself. */
static void steer(struct sae_trainer *trainer, struct sae_record *record)
{
    struct sae_trainer_state *state = &trainer->state;
    if (state->l0_first <= 0) {
        state->l0_first = state->l0_smoothed = fmax(record->l0, 1e-3);
        record->target_l0 = target_of(trainer);
    }
    state->l0_smoothed = 0.9 * state->l0_smoothed + 0.1 * record->l0;
    double off = log(fmax(state->l0_smoothed, 1e-3) / record->target_l0);
    state->coefficient *= exp(0.02 * fmin(fmax(off, -1), 1));
    state->coefficient = fmin(fmax(state->coefficient, 1e-5), 1e5);
}

static double coefficient_of(const struct sae_trainer *trainer)
{
    const struct sae_config *config = &trainer->config;
    enum sae_activation activation = config->architecture.activation;
    double warm = sae_schedule_sparsity(config, trainer->state.step) * trainer->state.sparsity_factor;
    if (activation == SAE_RELU || activation == SAE_GATED)
        return warm * config->l1;
    return warm * trainer->state.coefficient;
}

static double k_of(const struct sae_trainer *trainer)
{
    const struct sae_config *config = &trainer->config;
    double k = sae_schedule_k(config, trainer->state.step), most = trainer->state.most_k;
    return most > 0 ? fmin(k, config->architecture.activation == SAE_TOPK ? fmax(1, round(most)) : most) : k;
}

static enum base_status prepare(struct sae_trainer *trainer)
{
    struct gpu *gpu = trainer->gpu;
    const struct sae_architecture *a = &trainer->config.architecture;
    uint64_t batch = trainer->config.batch, width = sae_trainer_row_width(a);
    struct sae_step *step = &trainer->step;
    struct gpu_buffer *rows = trainer->rows[trainer->current];
    struct linalg_matrix input = {.buffer = rows, .rows = batch, .cols = a->d_in, .stride = width};
    BASE_TRY(
        sae_forward_prepare(gpu, &step->forward, &trainer->weights, &input, (float)trainer->state.scale_in));
    if (!a->transcoder)
        return BASE_OK;
    struct linalg_matrix target = {
        .buffer = rows, .offset = a->d_in, .rows = batch, .cols = a->d_out, .stride = width};
    return sae_step_target(gpu, step, &target, (float)trainer->state.scale_out);
}

/* Forward and backward, on whichever way the density asks for. */
static enum base_status pass(struct sae_trainer *trainer, struct sae_record *record)
{
    struct gpu *gpu = trainer->gpu;
    struct sae_step *step = &trainer->step;
    struct sae_trainer_state *state = &trainer->state;
    enum { PAUSE = 50 }; /* steps on dense blocks after pairs did not fit */
    bool fits = false;
    if (!state->dense) {
        BASE_TRY(sae_step_pairs_forward(gpu, step, &fits));
        if (!fits) {
            state->dense = 1;
            state->pairs_again = state->step + PAUSE;
        }
    }
    record->dense = !fits;
    if (fits)
        BASE_TRY(sae_step_scalars(gpu, step));
    if (fits)
        return sae_step_pairs_backward(gpu, step);
    BASE_TRY(sae_step_dense(gpu, step));
    return sae_step_scalars(gpu, step);
}

enum base_status sae_trainer_census(struct sae_trainer *trainer, uint32_t rows)
{
    struct gpu *gpu = trainer->gpu;
    struct sae_step *step = &trainer->step;
    uint32_t threads = linalg_group_size(gpu, 64), n = trainer->config.architecture.d_sae;
    struct sae_census_params params = {
        .n = n,
        .rows = rows,
        .dead_after = (uint32_t)base_minimum(trainer->config.dead_after, 0x80000000u),
        .weighted = sae_step_may_be_dense(&trainer->config)
                        ? sae_step_is_weighted(&trainer->config)
                        : trainer->config.architecture.rescale_by_decoder_norm,
    };
    BASE_TRY(gpu_fill(gpu, step->counts, 0, 8, 0));
    return gpu_dispatch(
        gpu, &(struct gpu_dispatch_parameters){
                 .kernel = &sae_census_kernel,
                 .constants = {threads},
                 .n_constants = 1,
                 .params = &params,
                 .ranges = (struct gpu_range[]){gpu_whole(step->fired), gpu_whole(step->fired_total),
                                                gpu_whole(step->silent), gpu_whole(trainer->weights.norms),
                                                gpu_whole(step->dead_weights), gpu_whole(step->counts)},
                 .n_groups = base_divide_up(n, threads),
             });
}

/* The step's words onto the host, once it has been waited for. */
static enum base_status fetch(struct sae_trainer *trainer)
{
    struct gpu *gpu = trainer->gpu;
    struct sae_step *step = &trainer->step;
    BASE_TRY(gpu_copy(gpu, step->scalars, 0, trainer->record, AT_SCALARS * 4, SAE_SCALARS * 4));
    BASE_TRY(gpu_copy(gpu, trainer->optimiser.control, 0, trainer->record, AT_CONTROL * 4, 12));
    BASE_TRY(gpu_copy(gpu, step->counts, 0, trainer->record, AT_COUNTS * 4, 8));
    if (trainer->config.architecture.activation == SAE_BATCHTOPK)
        BASE_TRY(gpu_copy(gpu, step->forward.smallest, 0, trainer->record, AT_SMALLEST * 4, 4));
    return BASE_OK;
}

static float word_as_float(const uint32_t *words, uint32_t at)
{
    float value;
    memcpy(&value, &words[at], sizeof value);
    return value;
}

static void read_losses(const struct sae_trainer *trainer, const uint32_t *words, struct sae_record *record)
{
    const struct sae_config *config = &trainer->config;
    enum sae_activation activation = config->architecture.activation;
    double rows = config->batch, squares = word_as_float(words, SAE_SCALAR_ERROR_SQUARES);
    double variance = word_as_float(words, SAE_SCALAR_TARGET_VARIANCE);
    record->reconstruction = squares / rows;
    for (uint32_t g = 0; g + 1 < config->n_widths; g++)
        record->reconstruction += word_as_float(words, SAE_SCALAR_NESTED_SQUARES + g) / rows;
    record->fvu = squares / rows / variance;
    record->sparsity = record->gate = record->auxiliary = NAN;
    if (sae_step_may_be_dense(config))
        record->sparsity = record->coefficient * word_as_float(words, SAE_SCALAR_PENALTY) / rows;
    if (activation == SAE_GATED)
        record->gate = word_as_float(words, SAE_SCALAR_GATE_SQUARES) / rows;
    if (config->aux_coefficient > 0)
        record->auxiliary = trainer->step.with_auxiliary
                                ? word_as_float(words, SAE_SCALAR_AUX_FACTOR) *
                                      word_as_float(words, SAE_SCALAR_AUX_SQUARES) / rows
                                : 0;
    record->loss = record->reconstruction;
    const double terms[] = {record->sparsity, record->gate, record->auxiliary};
    for (size_t i = 0; i < sizeof terms / sizeof terms[0]; i++)
        record->loss += isnan(terms[i]) ? 0 : terms[i];
}

/* What the step's outcome changes of the state. */
static void advance(struct sae_trainer *trainer, const uint32_t *words, struct sae_record *record)
{
    struct sae_trainer_state *state = &trainer->state;
    const struct sae_config *config = &trainer->config;
    if (!record->bad) {
        trainer->optimiser.updates = ++state->updates;
        if (is_steered(config))
            steer(trainer, record);
        double smallest = word_as_float(words, AT_SMALLEST);
        if (config->architecture.activation == SAE_BATCHTOPK && smallest > 0) {
            /* The weight tells the start-up bias away. */
            state->threshold_sum = 0.99 * state->threshold_sum + 0.01 * smallest;
            state->threshold_weight = 0.99 * state->threshold_weight + 0.01;
        }
    }
    if (sae_step_may_be_dense(config)) {
        double density = record->l0 / config->architecture.d_sae;
        const struct crossover *crossover = crossover_of(trainer->gpu);
        if (!state->dense && density > crossover->dense_above)
            state->dense = 1;
        else if (state->dense && density < crossover->pairs_below && state->step >= state->pairs_again)
            state->dense = 0;
    }
    state->step++;
    state->rows += config->batch;
    state->dead = record->dead;
    state->bad_steps = record->bad ? state->bad_steps + 1 : 0;
}

enum base_status sae_trainer_stage(struct sae_trainer *trainer, const float *rows)
{
    const struct sae_architecture *a = &trainer->config.architecture;
    uint64_t width = sae_trainer_row_width(a);
    BASE_TRY(gpu_upload(trainer->gpu, trainer->rows[!trainer->current], 0, rows,
                        trainer->config.batch * width * 4));
    trainer->staged = true;
    return BASE_OK;
}

enum base_status sae_trainer_begin(struct sae_trainer *trainer, struct sae_record *record)
{
    struct gpu *gpu = trainer->gpu;
    const struct sae_config *config = &trainer->config;
    struct sae_trainer_state *state = &trainer->state;
    struct sae_step *step = &trainer->step;
    *record = (struct sae_record){
        .step = state->step,
        .rows = state->rows + config->batch,
        .rate = config->learning_rate * sae_schedule_rate(config, state->step) * state->rate_factor,
        .k = k_of(trainer),
        .coefficient = sae_step_may_be_dense(config) ? coefficient_of(trainer) : NAN,
        .target_l0 = is_steered(config) ? target_of(trainer) : NAN,
    };
    step->k = record->k;
    step->sparsity = isnan(record->coefficient) ? 0 : record->coefficient;
    step->with_auxiliary = config->aux_coefficient > 0 && state->dead > 0;
    step->dead = (uint32_t)state->dead;
    if (!trainer->staged)
        return base_fail(BASE_ERROR_INTERNAL, "sae_trainer_begin: no rows are staged");
    trainer->current = !trainer->current;
    trainer->staged = false;
    BASE_TRY(prepare(trainer));
    BASE_TRY(pass(trainer, record));
    if (step->with_auxiliary)
        BASE_TRY(sae_auxiliary_backward(gpu, step));
    BASE_TRY(sae_step_finish(gpu, step));
    BASE_TRY(sae_optimiser_step(gpu, &trainer->optimiser, config, record->rate));
    BASE_TRY(sae_weights_derive(gpu, &trainer->weights));
    if (step->row_norms)
        BASE_TRY(sae_weights_row_norms(gpu, &trainer->weights, step->row_norms));
    BASE_TRY(sae_trainer_census(trainer, config->batch));
    BASE_TRY(fetch(trainer));
    return gpu_flush(gpu);
}

enum base_status sae_trainer_end(struct sae_trainer *trainer, struct sae_record *record)
{
    const struct sae_config *config = &trainer->config;
    BASE_TRY(gpu_wait(trainer->gpu));
    const uint32_t *words = gpu_map(trainer->record);
    record->dead = words[AT_COUNTS];
    record->l0 = (double)words[AT_COUNTS + 1] / config->batch;
    record->gradient_norm = word_as_float(words, AT_CONTROL + 2);
    read_losses(trainer, words, record);
    record->bad = words[AT_CONTROL] != 0;
    advance(trainer, words, record);
    return BASE_OK;
}

enum base_status sae_trainer_step(struct sae_trainer *trainer, const float *rows, struct sae_record *record)
{
    BASE_TRY(sae_trainer_stage(trainer, rows));
    BASE_TRY(sae_trainer_begin(trainer, record));
    return sae_trainer_end(trainer, record);
}

void sae_trainer_order(struct sae_trainer *trainer, double rate_factor, double sparsity_factor, double most_k)
{
    trainer->state.rate_factor = rate_factor;
    trainer->state.sparsity_factor = sparsity_factor;
    trainer->state.most_k = most_k;
}

/* ---- checkpoints ---- */

struct sae_trainer_state sae_trainer_state(const struct sae_trainer *trainer)
{
    return trainer->state;
}

uint32_t sae_trainer_sections(const struct sae_trainer *trainer,
                              struct sae_section sections[SAE_MOST_SECTIONS])
{
    uint32_t count = 0;
    uint64_t n = trainer->config.architecture.d_sae;
    for (uint32_t i = 0; i < trainer->optimiser.n_parameters; i++) {
        const struct sae_parameter *parameter = &trainer->optimiser.parameters[i];
        uint64_t bytes = parameter->weight.rows * parameter->weight.cols * 4;
        const struct sae_section list[] = {
            {"", parameter->weight.buffer, parameter->weight.offset * 4, bytes},
            {"", parameter->first, 0, bytes},
            {"", parameter->second, 0, bytes},
        };
        static const char *const suffixes[] = {"", ".first", ".second"};
        for (uint32_t j = 0; j < 3; j++) {
            sections[count] = list[j];
            snprintf(sections[count].name, sizeof sections[count].name, "%s%s", parameter->weight.name,
                     suffixes[j]);
            count++;
        }
    }
    sections[count++] = (struct sae_section){"silent", trainer->step.silent, 0, n * 4};
    sections[count++] = (struct sae_section){"fired", trainer->step.fired_total, 0, n * 4};
    return count;
}

enum base_status sae_trainer_restore(struct sae_trainer *trainer, const struct sae_trainer_state *state)
{
    trainer->state = *state;
    trainer->optimiser.updates = state->updates;
    BASE_TRY(sae_weights_refresh(trainer->gpu, &trainer->weights,
                                 trainer->config.decoder_norm == SAE_NORM_UNIT ? SAE_ROWS_ARE_UNIT
                                                                               : SAE_ROWS_FREE));
    return sae_trainer_census(trainer, 0);
}
