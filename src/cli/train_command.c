/* `arclight train`: from options to data, configurations and a run, and what is said of it. */
#include "base/checksum.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/platform.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "cli/train_report.h"
#include "cli/train_settings.h"
#include "data/sample.h"
#include "io/tensor.h"
#include "live/training_metrics.h"
#include "sae/start.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SAMPLE_ROWS = 16384, MEDIAN_ROWS = 65536 };

/* Everything between the options and the run. */
struct training {
    const struct cli_values *values;
    struct cli_train_settings settings;
    const char *out;
    struct data_activations **sets;
    uint32_t n_sets;
    uint64_t rows; /* of training, [rows_from of the set, … + rows) */
    double norm_bound;
    float *sample; /* [n_sample, width of all sets], unscaled */
    uint64_t n_sample;
    float *holdout;
    uint64_t n_holdout;
    double scale_in, scale_out;
    char checksum[40]; /* of the inputs' sample, as text */
    json_t *sweep;     /* NULL: one run */
    struct sae_run_part *parts;
    char **folders, **heads, **names;
    uint32_t n_parts;
    struct gpu *gpu;
    struct base_lock *locks[SAE_CHECKPOINT_MOST_RUNS + 1]; /* of the folders */
    uint32_t n_locks;
    bool gpu_is_lent;
    char name[SAE_CHECKPOINT_RUN];
};

/* ---- data ---- */

static enum base_status open_set(struct training *training, const char *const *arguments, uint32_t count)
{
    struct data_open_parameters parameters = {
        .arguments = arguments,
        .n_arguments = count,
        .rows_from = training->settings.rows_from,
        .rows_to = training->settings.rows_to,
        .step = training->settings.step,
    };
    BASE_TRY(data_open(&parameters, &training->sets[training->n_sets]));
    training->n_sets++;
    return BASE_OK;
}

static enum base_status open_sets(struct training *training)
{
    const struct cli_train_settings *settings = &training->settings;
    const char *arch = json_string_value(json_object_get(settings->options, "arch"));
    uint32_t count = (uint32_t)json_array_size(settings->inputs);
    bool apart = arch && strcmp(arch, "crosscoder") == 0;
    const char **arguments = NULL;
    enum base_status status;
    if (count == 0)
        return base_fail(BASE_ERROR_USAGE, "train: ACTIVATIONS are missing: files or folders to train on");
    if (apart && count < 2)
        return base_fail(BASE_ERROR_USAGE,
                         "train: --arch crosscoder wants two inputs or more, an argument each");
    BASE_CHECK(
        base_allocate(&training->sets, (size_t)count + 1, sizeof(struct data_activations *), "inputs"));
    BASE_CHECK(base_allocate(&arguments, count, sizeof(const char *), "inputs"));
    for (uint32_t i = 0; i < count; i++)
        arguments[i] = json_string_value(json_array_get(settings->inputs, i));
    for (uint32_t i = 0; i < (apart ? count : 1); i++)
        BASE_CHECK(open_set(training, arguments + i, apart ? 1 : count));
    if (settings->target)
        BASE_CHECK(open_set(training, &settings->target, 1));
    for (uint32_t i = 1; i < training->n_sets; i++)
        if (data_rows(training->sets[i]) != data_rows(training->sets[0]))
            BASE_CHECK(base_fail(BASE_ERROR_INPUT,
                                 "%s has %" PRIu64 " rows and %s has %" PRIu64
                                 "; they must be the same tokens",
                                 data_shard_at(training->sets[0], 0).path, data_rows(training->sets[0]),
                                 data_shard_at(training->sets[i], 0).path, data_rows(training->sets[i])));
    for (uint32_t i = 1; apart && i < training->n_sets; i++)
        if (data_width(training->sets[i]) != data_width(training->sets[0]))
            BASE_CHECK(base_fail(BASE_ERROR_INPUT,
                                 "%s is %u wide and %s %u; a crosscoder's inputs are of one width",
                                 data_shard_at(training->sets[0], 0).path, data_width(training->sets[0]),
                                 data_shard_at(training->sets[i], 0).path, data_width(training->sets[i])));
error:
    base_free(arguments);
    return status;
}

/* The last rows are kept back; what trains must be left. */
static enum base_status split_rows(struct training *training)
{
    uint64_t all = data_rows(training->sets[0]), holdout = training->settings.holdout;
    if (holdout >= all)
        return base_fail(BASE_ERROR_USAGE,
                         "--holdout %" PRIu64 ": there are %" PRIu64 " rows, and some must train", holdout,
                         all);
    training->rows = all - holdout;
    return BASE_OK;
}

static uint32_t width_of(const struct training *training)
{
    uint32_t width = 0;
    for (uint32_t i = 0; i < training->n_sets; i++)
        width += data_width(training->sets[i]);
    return width;
}

static enum base_status look_at_rows(struct training *training)
{
    double multiple = training->settings.max_norm, median;
    training->norm_bound = INFINITY;
    if (multiple > 0) {
        BASE_TRY(data_median_norm(training->sets[0], 0, training->rows, MEDIAN_ROWS, &median));
        training->norm_bound = multiple * median;
    }
    struct data_sample_parameters parameters = {
        .sets = training->sets,
        .n_sets = training->n_sets,
        .rows_to = training->rows,
        .most = SAMPLE_ROWS,
        .norm_bound = training->norm_bound,
    };
    BASE_TRY(data_sample(&parameters, &training->sample, &training->n_sample));
    uint64_t bytes = training->n_sample * width_of(training) * sizeof *training->sample;
    snprintf(training->checksum, sizeof training->checksum, "%016" PRIx64,
             base_checksum(training->sample, bytes));
    if (training->settings.holdout == 0)
        return BASE_OK;
    parameters.rows_from = training->rows;
    parameters.rows_to = data_rows(training->sets[0]);
    parameters.most = training->settings.holdout;
    return data_sample(&parameters, &training->holdout, &training->n_holdout);
}

/* From what the headers say: a batch that cannot fit is refused before rows are read. */
static enum base_status check_device(struct training *training)
{
    const struct sae_config **configs = NULL;
    enum base_status status;
    if (!training->gpu)
        BASE_TRY(cli_open_gpu(training->values, false, &training->gpu));
    BASE_CHECK(base_allocate(&configs, training->n_parts, sizeof(const struct sae_config *), "runs"));
    for (uint32_t i = 0; i < training->n_parts; i++)
        configs[i] = &training->parts[i].config;
    status = sae_run_check(training->gpu, configs, training->n_parts, training->settings.holdout,
                           base_minimum(training->rows, SAMPLE_ROWS));
error:
    base_free(configs);
    return status;
}

static struct cli_train_shape shape_of(const struct training *training)
{
    bool target = training->settings.target != NULL;
    uint32_t d_target = target ? data_width(training->sets[training->n_sets - 1]) : 0;
    return (struct cli_train_shape){
        .d_in = width_of(training) - d_target,
        .d_target = d_target,
        .n_inputs = training->n_sets - target,
        .rows = training->rows,
    };
}

/* ---- parts ---- */

static enum base_status make_parts(struct training *training, uint32_t count)
{
    training->n_parts = count;
    BASE_TRY(base_allocate(&training->parts, count, sizeof *training->parts, "runs"));
    BASE_TRY(base_allocate(&training->folders, count, sizeof(char *), "runs"));
    BASE_TRY(base_allocate(&training->heads, count, sizeof(char *), "runs"));
    return base_allocate(&training->names, count, sizeof(char *), "runs");
}

static enum base_status name_part(struct training *training, uint32_t i, const char *name)
{
    training->names[i] = base_copy_string(name);
    training->folders[i] =
        training->sweep ? base_path_join(training->out, name) : base_copy_string(training->out);
    if (!training->names[i] || !training->folders[i])
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    training->parts[i].folder = training->folders[i];
    training->parts[i].metadata = training->settings.metadata;
    return BASE_OK;
}

/* Factors for the scaled space, from the sample. A transcoder's targets have one of their own, whatever is
 * done to its input rows: coefficients and learning rates count on values near 1. */
static void find_scales(struct training *training, const struct sae_config *config)
{
    const struct sae_architecture *a = &config->architecture;
    uint32_t width = width_of(training);
    training->scale_in = training->scale_out = 1;
    if (a->scaling == SAE_SCALING_EXPECTED_AVERAGE_NORM)
        training->scale_in = sae_start_scale(training->sample, training->n_sample, a->d_in, width);
    training->scale_out = training->scale_in;
    if (a->transcoder && a->scaling != SAE_SCALING_NONE)
        training->scale_out =
            sae_start_scale(training->sample + a->d_in, training->n_sample, a->d_out, width);
}

/* --init: weights as files hold them, taken into the scaled space. BatchTopK finds its threshold anew. */
static enum base_status start_from(struct training *training, const char *path,
                                   const struct sae_config *config, struct sae_model *start)
{
    const struct sae_architecture *wanted = &config->architecture;
    struct sae_model loaded = {0};
    enum base_status status;
    BASE_CHECK(sae_load(path, &loaded));
    const struct sae_architecture *of = &loaded.architecture;
    if (of->d_in != wanted->d_in || of->d_out != wanted->d_out || of->d_sae != wanted->d_sae)
        BASE_CHECK(base_fail(BASE_ERROR_INPUT, "%s is %u -> %u -> %u, and %u -> %u -> %u is to be trained",
                             path, of->d_in, of->d_sae, of->d_out, wanted->d_in, wanted->d_sae,
                             wanted->d_out));
    if (of->apply_b_dec_to_input != wanted->apply_b_dec_to_input)
        BASE_CHECK(
            base_fail(BASE_ERROR_INPUT, "%s %s b_dec from its input, which --arch %s does not do alike", path,
                      of->apply_b_dec_to_input ? "subtracts" : "does not subtract", config->kind->name));
    if (of->scaling !=
        (wanted->scaling == SAE_SCALING_EXPECTED_AVERAGE_NORM ? SAE_SCALING_NONE : wanted->scaling))
        BASE_CHECK(base_fail(BASE_ERROR_INPUT,
                             "%s: its input scaling is %s, and %s is to be trained: give the same with "
                             "--input-scaling",
                             path, sae_input_scaling_name(of->scaling),
                             sae_input_scaling_name(wanted->scaling)));
    sae_fold_scale(&loaded, 1 / training->scale_in, 1 / training->scale_out);
    BASE_CHECK(sae_start_model(config, NULL, 0, 0, start));
    struct sae_tensor from[SAE_MOST_TENSORS], to[SAE_MOST_TENSORS];
    uint32_t n_from = sae_model_tensors(&loaded, from), n_to = sae_model_tensors(start, to);
    for (uint32_t j = 0; j < n_to; j++)
        for (uint32_t i = 0; i < n_from; i++)
            if (strcmp(from[i].name, to[j].name) == 0)
                memcpy(to[j].values, from[i].values, from[i].rows * from[i].cols * sizeof(float));
error:
    sae_model_free(&loaded);
    return status;
}

/* The sample's targets in the scaled space, for the start of b_dec. */
static enum base_status scaled_targets(const struct training *training, const struct sae_config *config,
                                       float **out)
{
    const struct sae_architecture *a = &config->architecture;
    uint64_t width = width_of(training), n = training->n_sample;
    uint32_t first = a->transcoder ? a->d_in : 0;
    BASE_TRY(base_allocate(out, n * a->d_out, sizeof **out, "a sample of rows"));
    for (uint64_t r = 0; r < n; r++)
        for (uint32_t c = 0; c < a->d_out; c++)
            (*out)[r * a->d_out + c] = (float)(training->sample[r * width + first + c] * training->scale_out);
    return BASE_OK;
}

static enum base_status make_start(struct training *training, const struct sae_config *config,
                                   struct sae_model *start)
{
    const char *init = json_string_value(json_object_get(training->settings.options, "init"));
    if (init)
        return start_from(training, init, config, start);
    float *targets = NULL;
    enum base_status status = BASE_OK;
    if (config->bias_start != SAE_BIAS_ZEROS)
        status = scaled_targets(training, config, &targets);
    if (status == BASE_OK)
        status = sae_start_model(config, targets, targets ? training->n_sample : 0,
                                 config->architecture.d_out, start);
    base_free(targets);
    return status;
}

/* config.json in the folder; *text is owned by the caller. */
static enum base_status write_document(const struct training *training, const char *folder,
                                       const struct sae_config *config, char **text)
{
    json_t *document = cli_train_settings_json(&training->settings, config);
    char *path = base_path_join(folder, "config.json");
    if (document)
        json_object_set_new(document, CLI_TRAIN_CHECKSUM, json_string(training->checksum));
    *text = cli_json_dump(document);
    enum base_status status = *text && path ? io_write_text(path, *text, strlen(*text))
                                            : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    base_free(path);
    json_decref(document);
    return status;
}

static enum base_status write_config(struct training *training, uint32_t i, const struct sae_config *config)
{
    enum base_status status = write_document(training, training->folders[i], config, &training->heads[i]);
    training->parts[i].head = training->heads[i];
    return status;
}

/* A sweep's own config.json says which runs it has: --resume goes by it. */
static enum base_status write_sweep_config(const struct training *training)
{
    char *text;
    enum base_status status = write_document(training, training->out, NULL, &text);
    base_free(text);
    return status;
}

/* ---- a new run ---- */

static int is_run_folder(const char *out, const char *name)
{
    char *folder = base_path_join(out, name);
    int is = folder && sae_checkpoint_exists(folder);
    base_free(folder);
    return is;
}

/* Whether a run, or a sweep in folders below, has left checkpoints. */
static enum base_status holds_runs(const char *folder, bool *holds)
{
    char **names;
    size_t count;
    *holds = sae_checkpoint_exists(folder);
    if (*holds || !base_is_folder(folder))
        return BASE_OK;
    BASE_TRY(base_folder_list(folder, &names, &count));
    for (size_t i = 0; i < count && !*holds; i++)
        *holds = is_run_folder(folder, names[i]);
    base_list_free(&names, count);
    return BASE_OK;
}

static enum base_status refuse_other_runs(const char *folder)
{
    bool holds;
    BASE_TRY(holds_runs(folder, &holds));
    if (!holds)
        return BASE_OK;
    return base_fail(BASE_ERROR_USAGE,
                     "%s holds the checkpoints of another run: go on with it by --resume %s, or take "
                     "another --out",
                     folder, folder);
}

/* By what the runs were asked for: the same again gives the same checkpoints, byte for byte. */
static void name_run(struct training *training)
{
    uint64_t name = 0;
    for (uint32_t i = 0; i < training->n_parts; i++)
        name = name * 31 + base_checksum(training->heads[i], strlen(training->heads[i]));
    snprintf(training->name, sizeof training->name, "%016" PRIx64, name);
}

static bool is_output(const char *name)
{
    static const char *const names[] = {
        "config.json",          "metrics.jsonl", "training.png", "cfg.json", "sae_weights.safetensors",
        "sparsity.safetensors", "sweep.json",    "sweep.png",    NULL};
    for (uint32_t i = 0; names[i]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* Two processes that train into one folder would write over each other's files. */
static enum base_status hold_folder(struct training *training, const char *folder)
{
    BASE_TRY(base_folder_make(folder));
    char *path = base_path_join(folder, "train.lock");
    if (!path)
        return base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    enum base_status status = base_lock_take(path, &training->locks[training->n_locks]);
    base_free(path);
    BASE_TRY(status);
    if (!training->locks[training->n_locks++])
        return base_fail(
            BASE_ERROR_USAGE,
            "%s: another process trains into this folder; wait for its end, or take another --out", folder);
    return BASE_OK;
}

static enum base_status hold_folders(struct training *training)
{
    BASE_TRY(hold_folder(training, training->out));
    for (uint32_t i = 0; training->sweep && i < training->n_parts; i++)
        BASE_TRY(hold_folder(training, training->folders[i]));
    return BASE_OK;
}

/* Folders that are held, without what processes that were killed left half-written. */
static enum base_status sweep_folders(struct training *training)
{
    BASE_TRY(base_outputs_sweep(training->out, is_output));
    for (uint32_t i = 0; training->sweep && i < training->n_parts; i++)
        BASE_TRY(base_outputs_sweep(training->folders[i], is_output));
    return BASE_OK;
}

static enum base_status begin_part(struct training *training, uint32_t i)
{
    struct sae_run_part *part = &training->parts[i];
    BASE_TRY(make_start(training, &part->config, &part->start));
    return write_config(training, i, &part->config);
}

static enum base_status name_parts(struct training *training)
{
    for (uint32_t i = 0; i < training->n_parts; i++) {
        char name[256] = "";
        const json_t *changes = json_array_get(training->sweep, i);
        if (changes)
            cli_train_combination_text(changes, name, sizeof name);
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(training->names[j], name) == 0)
                return base_fail(BASE_ERROR_USAGE, "--sweep: the run %s stands there twice", name);
        BASE_TRY(name_part(training, i, name));
    }
    return BASE_OK;
}

static enum base_status find_sweep(struct training *training)
{
    BASE_TRY(cli_train_sweep(&training->settings, &training->sweep));
    return make_parts(training, training->sweep ? (uint32_t)json_array_size(training->sweep) : 1);
}

/* Order of rows: of the options, else the first run's seed. Kept, because a sweep's runs share it. */
static enum base_status settle_shuffle_seed(struct training *training)
{
    struct cli_train_settings *settings = &training->settings;
    if (settings->shuffle_seed == UINT64_MAX)
        settings->shuffle_seed = training->parts[0].config.seed;
    return json_object_set_new(settings->options, "shuffle-seed",
                               json_integer((json_int_t)settings->shuffle_seed)) == 0
               ? BASE_OK
               : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
}

static enum base_status begin(struct training *training)
{
    training->out = cli_text(training->values, "out");
    if (!training->out)
        return base_fail(BASE_ERROR_USAGE, "train: --out DIR is missing: where to put the autoencoder");
    BASE_TRY(cli_train_settings_read(training->values, &training->settings));
    BASE_TRY(open_sets(training));
    BASE_TRY(split_rows(training));
    BASE_TRY(find_sweep(training));
    /* What the options cannot mean is said before files are read, and all before anything is written. */
    struct cli_train_shape shape = shape_of(training);
    for (uint32_t i = 0; i < training->n_parts; i++)
        BASE_TRY(cli_train_config(&training->settings, &shape, json_array_get(training->sweep, i),
                                  &training->parts[i].config));
    cli_train_settings_settle(&training->settings, &training->parts[0].config);
    BASE_TRY(settle_shuffle_seed(training));
    BASE_TRY(refuse_other_runs(training->out));
    BASE_TRY(check_device(training));
    BASE_TRY(look_at_rows(training));
    find_scales(training, &training->parts[0].config);
    BASE_TRY(name_parts(training));
    BASE_TRY(hold_folders(training));
    BASE_TRY(refuse_other_runs(training->out)); /* one may have begun, and ended, since the first look */
    BASE_TRY(sweep_folders(training));
    for (uint32_t i = 0; i < training->n_parts; i++)
        BASE_TRY(begin_part(training, i));
    if (training->sweep) /* last: what --resume finds by it is all there */
        BASE_TRY(write_sweep_config(training));
    name_run(training);
    return BASE_OK;
}

/* ---- a run that goes on ---- */

/* What config.json in the folder asked for: the options of one run, or of a sweep. */
static enum base_status read_config(const struct training *training, const char *folder,
                                    struct cli_train_settings *settings)
{
    char *path = base_path_join(folder, "config.json");
    enum base_status status;
    if (!path)
        status = base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    else if (!base_path_exists(path))
        status =
            base_fail(BASE_ERROR_INPUT,
                      "%s: there is no run to go on with: neither checkpoints nor a config.json", folder);
    else
        status = cli_train_settings_resume_file(training->values, path, settings);
    base_free(path);
    return status;
}

/* The runs: the folder itself, or those of the sweep that its config.json describes. *all: each has a
 * checkpoint. A process that was killed early may have left some without, or all. */
static enum base_status find_parts(struct training *training, bool *all)
{
    *all = true;
    if (sae_checkpoint_exists(training->out)) {
        BASE_TRY(make_parts(training, 1));
        return name_parts(training);
    }
    BASE_TRY(read_config(training, training->out, &training->settings));
    BASE_TRY(find_sweep(training));
    BASE_TRY(name_parts(training));
    for (uint32_t i = 0; i < training->n_parts; i++)
        *all &= sae_checkpoint_exists(training->folders[i]);
    return BASE_OK;
}

static enum base_status read_checkpoints(struct training *training)
{
    uint32_t count = training->n_parts;
    struct sae_checkpoint_place *places = NULL;
    struct sae_checkpoint **checkpoints = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&places, count, sizeof *places, "checkpoints"));
    BASE_CHECK(base_allocate(&checkpoints, count, sizeof(struct sae_checkpoint *), "checkpoints"));
    for (uint32_t i = 0; i < count; i++)
        places[i].folder = training->folders[i];
    BASE_CHECK(sae_checkpoint_find(places, count, checkpoints));
    for (uint32_t i = 0; i < count; i++) {
        struct sae_run_part *part = &training->parts[i];
        part->checkpoint = checkpoints[i];
        if (strcmp(sae_checkpoint_run(checkpoints[i]), sae_checkpoint_run(checkpoints[0])) != 0)
            status = base_fail(BASE_ERROR_INPUT, "%s is of another run than %s: a sweep goes on as a whole",
                               sae_checkpoint_path(checkpoints[i]), sae_checkpoint_path(checkpoints[0]));
    }
    for (uint32_t i = 0; status == BASE_OK && i < count; i++) {
        struct sae_run_part *part = &training->parts[i];
        training->heads[i] = base_copy_string(sae_checkpoint_head(part->checkpoint));
        part->head = training->heads[i];
        BASE_CHECK(sae_checkpoint_config(part->checkpoint, &part->config));
    }
    snprintf(training->name, sizeof training->name, "%s", sae_checkpoint_run(training->parts[0].checkpoint));
error:
    base_free(places);
    base_free(checkpoints);
    return status;
}

/* No step has a checkpoint of every run: each begins again as its config.json says. */
static enum base_status begin_again(struct training *training)
{
    struct cli_train_shape shape = shape_of(training);
    base_log(BASE_LOG_NORMAL, "%s: no checkpoint was written before the run ended: it begins again",
             training->out);
    for (uint32_t i = 0; i < training->n_parts; i++) {
        struct cli_train_settings settings;
        enum base_status status = read_config(training, training->folders[i], &settings);
        if (status == BASE_OK)
            status = cli_train_config(&settings, &shape, NULL, &training->parts[i].config);
        cli_train_settings_free(&settings);
        BASE_TRY(status);
        if (i == 0)
            find_scales(training, &training->parts[0].config);
        BASE_TRY(begin_part(training, i));
    }
    name_run(training);
    return BASE_OK;
}

static enum base_status check_shape(const struct training *training)
{
    const struct sae_architecture *a = &training->parts[0].config.architecture;
    struct cli_train_shape shape = shape_of(training);
    if (shape.d_in != a->d_in)
        return base_fail(BASE_ERROR_INPUT, "%s: rows of %u values, and the checkpoint is of %u",
                         data_shard_at(training->sets[0], 0).path, shape.d_in, a->d_in);
    if (a->transcoder && shape.d_target != a->d_out)
        return base_fail(BASE_ERROR_INPUT, "%s: rows of %u values, and the checkpoint predicts %u",
                         training->settings.target, shape.d_target, a->d_out);
    return BASE_OK;
}

/* Other rows under the same name would be trained on without a word. */
static enum base_status check_inputs(const struct training *training)
{
    const char *before = json_string_value(json_object_get(training->settings.options, CLI_TRAIN_CHECKSUM));
    if (!before || strcmp(before, training->checksum) == 0)
        return BASE_OK;
    return base_fail(BASE_ERROR_INPUT,
                     "%s: these are not the rows that the run in %s began with; give it those, or begin "
                     "another run from its weights by --init",
                     data_shard_at(training->sets[0], 0).path, training->out);
}

static enum base_status resume(struct training *training)
{
    bool all;
    training->out = cli_text(training->values, "resume");
    if (cli_given(training->values, "out"))
        return base_fail(BASE_ERROR_USAGE, "--resume %s goes on in that folder: --out has no part in it",
                         training->out);
    BASE_TRY(find_parts(training, &all));
    BASE_TRY(hold_folders(training));
    if (all) {
        BASE_TRY(read_checkpoints(training));
        cli_train_settings_free(&training->settings);
        BASE_TRY(cli_train_settings_resume(training->values, training->heads[0],
                                           sae_checkpoint_path(training->parts[0].checkpoint),
                                           &training->settings));
    }
    for (uint32_t i = 0; i < training->n_parts; i++)
        training->parts[i].metadata = training->settings.metadata;
    BASE_TRY(open_sets(training));
    BASE_TRY(split_rows(training));
    if (all) {
        BASE_TRY(check_shape(training));
        BASE_TRY(check_device(training));
    }
    BASE_TRY(look_at_rows(training));
    BASE_TRY(check_inputs(training));
    BASE_TRY(sweep_folders(training));
    if (!all)
        return begin_again(training);
    find_scales(training, &training->parts[0].config);
    return BASE_OK;
}

/* ---- the whole ---- */

/* A run that was at its end already has made no step now: what the last one gave stands in its metrics. */
static enum base_status recall_last(const struct sae_run_part *part, struct sae_record *last)
{
    struct live_training_history history = {0};
    char *path = base_path_join(part->folder, "metrics.jsonl");
    enum base_status status = path ? live_training_metrics_read(path, &history, NULL)
                                   : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
    if (status == BASE_OK && history.n_records > 0) {
        const struct live_training_record *record = &history.records[history.n_records - 1];
        last->rows = record->rows;
        last->loss = record->loss;
        last->fvu = record->fvu;
        last->l0 = record->l0;
    }
    live_training_history_free(&history);
    base_free(path);
    return status;
}

static enum base_status report(struct training *training, const struct cli_train_outcome *outcome)
{
    for (uint32_t i = 0; i < training->n_parts; i++)
        if (training->parts[i].last.rows == 0)
            BASE_TRY(recall_last(&training->parts[i], &training->parts[i].last));
    return cli_train_report(outcome);
}

static struct sae_run_parameters run_parameters(const struct training *training,
                                                struct cli_train_progress *progress)
{
    const struct cli_train_settings *settings = &training->settings;
    const struct sae_config *config = &training->parts[0].config;
    uint64_t steps = sae_config_steps(config);
    return (struct sae_run_parameters){
        .gpu = training->gpu,
        .name = training->name,
        .data = {.sets = training->sets,
                 .n_sets = training->n_sets,
                 .rows_to = training->rows,
                 .seed = settings->shuffle_seed,
                 .buffer_bytes = settings->buffer_bytes,
                 .batch = config->batch,
                 .norm_bound = training->norm_bound},
        .holdout = {training->holdout, training->n_holdout},
        .calibration = {training->sample, training->n_sample},
        .scale_in = training->scale_in,
        .scale_out = training->scale_out,
        .log_every = settings->log_every ? settings->log_every : base_maximum(1, steps / 1000),
        .eval_every = settings->eval_every ? settings->eval_every : base_maximum(1, steps / 20),
        .checkpoint_ns = settings->checkpoint_ns,
        .checkpoint_rows = settings->checkpoint_rows,
        .keep_last = settings->keep,
        .keep_every = settings->keep_every,
        .tell = cli_train_tell,
        .opened = cli_train_opened,
        .context = progress,
    };
}

static void release(struct training *training)
{
    for (uint32_t i = 0; training->parts && i < training->n_parts; i++) {
        sae_model_free(&training->parts[i].start);
        sae_checkpoint_free(&training->parts[i].checkpoint);
        base_free(training->folders ? training->folders[i] : NULL);
        base_free(training->heads ? training->heads[i] : NULL);
        base_free(training->names ? training->names[i] : NULL);
    }
    base_free(training->parts);
    base_free(training->folders);
    base_free(training->heads);
    base_free(training->names);
    for (uint32_t i = 0; i < training->n_sets; i++)
        data_close(&training->sets[i]);
    base_free(training->sets);
    base_free(training->sample);
    base_free(training->holdout);
    json_decref(training->sweep);
    for (uint32_t i = 0; i < training->n_locks; i++)
        base_lock_release(&training->locks[i]);
    if (!training->gpu_is_lent)
        gpu_close(&training->gpu);
    cli_train_settings_free(&training->settings);
}

enum base_status cli_run_train(const struct cli_values *values)
{
    return cli_train(values, NULL, NULL, true);
}

enum base_status cli_train(const struct cli_values *values, struct gpu *gpu, const struct sae_hands *hands,
                           bool kept)
{
    struct training training = {.values = values, .gpu = gpu, .gpu_is_lent = gpu != NULL};
    struct sae_run_figures figures;
    struct cli_train_progress progress;
    enum base_status status;
    BASE_CHECK(cli_given(values, "resume") ? resume(&training) : begin(&training));
    if (!training.gpu)
        BASE_CHECK(cli_open_gpu(values, false, &training.gpu));
    struct cli_train_outcome outcome = {
        .gpu = training.gpu,
        .values = values,
        .settings = &training.settings,
        .folder = training.out,
        .parts = training.parts,
        .names = training.sweep ? training.names : NULL,
        .n_parts = training.n_parts,
        .figures = &figures,
        .n_holdout = training.n_holdout,
        .norm_bound = training.norm_bound,
        .path = data_shard_at(training.sets[0], 0).path,
    };
    cli_train_progress_begin(&progress, &outcome);
    struct sae_run_parameters parameters = run_parameters(&training, &progress);
    parameters.hands = hands;
    status = sae_run(&parameters, training.parts, training.n_parts, &figures);
    cli_train_progress_end(&progress);
    if (status == BASE_INTERRUPTED && kept)
        base_log(BASE_LOG_QUIET, "%s; go on with: arclight train --resume %s", base_message(), training.out);
    if (status == BASE_OK && kept)
        status = report(&training, &outcome);
error:
    release(&training);
    return status;
}
