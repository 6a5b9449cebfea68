/* For compare_steps.py: training steps on the device from given weights.
 *   sae_train_steps IN.safetensors OUT.safetensors
 * IN has the weights by the names of sae_model_tensors, `rows` [steps * batch, width], and where the
 * coefficient of AuxK changes from step to step `aux_coefficient` [steps]; its metadata `config` (JSON, as
 * config.json of a run) and `scale` (of the inputs). OUT has the weights, `record` (F64 [steps, 9]: loss,
 * reconstruction, sparsity, gate, auxiliary, l0, gradient norm, dead, dense) and `threshold_sum` (F64 [1]),
 * the running sum that BatchTopK's threshold is made of. A failure prints the message and gives its exit
 * code; without a device 77. */
#include "base/memory.h"
#include "io/tensor.h"
#include "sae/trainer_internal.h"
#include "support/device.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIGURES = 9 };

struct run {
    struct io_file *file;
    struct sae_config config;
    struct sae_model model;
    double scale;
    uint64_t steps;
    float *rows, *coefficients;
    double *record;
    struct sae_trainer *trainer;
    double threshold_sum;
};

static const char *setting(const struct run *run, const char *name)
{
    for (uint64_t i = 0; i < io_metadata_count(run->file); i++) {
        const char *key, *value;
        io_metadata_at(run->file, i, &key, &value);
        if (strcmp(key, name) == 0)
            return value;
    }
    return "";
}

static enum base_status read_floats(struct run *run, const char *name, uint64_t elements, float *out)
{
    const struct io_tensor *tensor;
    BASE_TRY(io_find(run->file, name, 0, &tensor));
    if (tensor->elements != elements)
        return base_fail(BASE_ERROR_INPUT, "%s: %llu elements, expected %llu", name,
                         (unsigned long long)tensor->elements, (unsigned long long)elements);
    return io_read_rows(run->file, tensor, 0, tensor->shape[0], out);
}

/* Once for what defaults depend on, and once over them. */
static enum base_status read_config(struct run *run)
{
    json_error_t error;
    json_t *json = json_loads(setting(run, "config"), 0, &error);
    if (!json)
        return base_fail(BASE_ERROR_INPUT, "config: %s", error.text);
    enum base_status status = sae_config_from_json(json, "config", &run->config);
    if (status == BASE_OK && run->config.kind) {
        sae_config_defaults(&run->config);
        status = sae_config_from_json(json, "config", &run->config);
    }
    json_decref(json);
    return status == BASE_OK ? sae_config_check(&run->config) : status;
}

static enum base_status read_run(struct run *run)
{
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    BASE_TRY(read_config(run));
    run->scale = strtod(setting(run, "scale"), NULL);
    run->steps = sae_config_steps(&run->config);
    uint64_t values = run->steps * run->config.batch * run->config.architecture.d_in;
    BASE_TRY(sae_model_create(&run->config.architecture, &run->model));
    uint32_t count = sae_model_tensors(&run->model, tensors);
    for (uint32_t t = 0; t < count; t++)
        BASE_TRY(read_floats(run, tensors[t].name, tensors[t].rows * tensors[t].cols, tensors[t].values));
    BASE_TRY(base_allocate(&run->rows, values, sizeof(float), "rows"));
    BASE_TRY(base_allocate(&run->record, run->steps, FIGURES * sizeof(double), "records"));
    BASE_TRY(base_allocate(&run->coefficients, run->steps, sizeof(float), "coefficients"));
    BASE_TRY(read_floats(run, "rows", values, run->rows));
    return run->config.aux_coefficient > 0
               ? read_floats(run, "aux_coefficient", run->steps, run->coefficients)
               : BASE_OK;
}

static enum base_status train(struct run *run)
{
    struct sae_record record;
    uint64_t stride = (uint64_t)run->config.batch * run->config.architecture.d_in;
    BASE_TRY(
        sae_trainer_create(test_gpu(), &run->config, &run->model, run->scale, run->scale, &run->trainer));
    for (uint64_t s = 0; s < run->steps; s++) {
        run->trainer->config.aux_coefficient = run->coefficients[s];
        BASE_TRY(sae_trainer_step(run->trainer, run->rows + s * stride, &record));
        const double figures[FIGURES] = {record.loss,          record.reconstruction, record.sparsity,
                                         record.gate,          record.auxiliary,      record.l0,
                                         record.gradient_norm, record.dead,           record.dense};
        memcpy(run->record + s * FIGURES, figures, sizeof figures);
        if (record.bad)
            return base_fail(BASE_ERROR_NUMERIC, "step %llu was not finite", (unsigned long long)s);
    }
    run->threshold_sum = sae_trainer_state(run->trainer).threshold_sum;
    return sae_weights_download(test_gpu(), &run->trainer->weights, &run->model);
}

static enum base_status write_run(const struct run *run, const char *out)
{
    struct io_named_array arrays[SAE_MOST_TENSORS + 2];
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(&run->model, tensors);
    for (uint32_t t = 0; t < count; t++)
        arrays[t] = (struct io_named_array){.name = tensors[t].name,
                                            .dtype = IO_F32,
                                            .rank = 2,
                                            .shape = {tensors[t].rows, tensors[t].cols},
                                            .data = tensors[t].values};
    arrays[count] = (struct io_named_array){
        .name = "record", .dtype = IO_F64, .rank = 2, .shape = {run->steps, FIGURES}, .data = run->record};
    arrays[count + 1] = (struct io_named_array){
        .name = "threshold_sum", .dtype = IO_F64, .rank = 1, .shape = {1}, .data = &run->threshold_sum};
    return io_write_safetensors(out, arrays, count + 2, NULL, 0);
}

int main(int count, char **arguments)
{
    enum base_status status = BASE_OK;
    struct run run = {0};
    if (count != 3) {
        fprintf(stderr, "usage: sae_train_steps IN.safetensors OUT.safetensors\n");
        return BASE_ERROR_USAGE;
    }
    BASE_CHECK(io_open(arguments[1], &run.file));
    BASE_CHECK(read_run(&run));
    BASE_CHECK(train(&run));
    BASE_CHECK(write_run(&run, arguments[2]));
error:
    if (status != BASE_OK)
        fprintf(stderr, "%s\n", base_message());
    sae_trainer_destroy(&run.trainer);
    sae_model_free(&run.model);
    base_free(run.rows);
    base_free(run.coefficients);
    base_free(run.record);
    io_close(&run.file);
    return test_gpu_finish((int)status);
}
