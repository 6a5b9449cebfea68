/* For compare_training.py: one training step of the double reference.
 *   sae_reference_step IN.safetensors OUT.safetensors
 * IN has the weights by the names of sae_model_tensors, x, y and, where AuxK is on, dead (U8); its metadata
 * are the settings, named as in struct sae_config and struct sae_architecture, numbers as text. OUT has
 * `loss` (F64: reconstruction, sparsity, gate, auxiliary, total, l0), `active` (U8) and a `gradient.<name>`
 * (F64) for each weight. A failure prints the message and gives its exit code. */
#include "base/memory.h"
#include "io/tensor.h"
#include "sae/reference.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct step {
    struct io_file *file;
    struct sae_config config;
    struct sae_model model;
    float *x, *y;
    uint8_t *dead;
    struct sae_reference_batch batch;
};

/* The setting's number; 0 where it is not given. */
static double setting(const struct step *step, const char *name)
{
    for (uint64_t i = 0; i < io_metadata_count(step->file); i++) {
        const char *key, *value;
        io_metadata_at(step->file, i, &key, &value);
        if (strcmp(key, name) == 0)
            return strtod(value, NULL);
    }
    return 0;
}

static enum base_status read_floats(struct step *step, const char *name, uint64_t elements, float *out)
{
    const struct io_tensor *tensor;
    BASE_TRY(io_find(step->file, name, 0, &tensor));
    if (tensor->elements != elements)
        return base_fail(BASE_ERROR_INPUT, "%s: %llu elements, expected %llu", name,
                         (unsigned long long)tensor->elements, (unsigned long long)elements);
    return io_read_rows(step->file, tensor, 0, tensor->shape[0], out);
}

static void read_config(struct step *step)
{
    struct sae_config *config = &step->config;
    *config = (struct sae_config){
        .architecture = {.activation = (enum sae_activation)setting(step, "activation"),
                         .d_in = (uint32_t)setting(step, "d_in"),
                         .d_out = (uint32_t)setting(step, "d_out"),
                         .d_sae = (uint32_t)setting(step, "d_sae"),
                         .k = setting(step, "k"),
                         .rescale_by_decoder_norm = setting(step, "rescale_by_decoder_norm") != 0,
                         .apply_b_dec_to_input = setting(step, "apply_b_dec_to_input") != 0,
                         .n_inputs = 1},
        .decoder_norm = SAE_NORM_FREE,
        .sparsity = (enum sae_sparsity)setting(step, "sparsity"),
        .target_l0 = setting(step, "target_l0"),
        .bandwidth = setting(step, "bandwidth"),
        .gradient_to_input = setting(step, "gradient_to_input") != 0,
        .aux_coefficient = setting(step, "aux_coefficient"),
        .k_aux = (uint32_t)setting(step, "k_aux"),
    };
    for (char name[] = "width0"; name[5] <= '9' && setting(step, name) > 0; name[5]++)
        config->widths[config->n_widths++] = (uint32_t)setting(step, name);
}

static enum base_status read_step(struct step *step)
{
    const struct sae_architecture *shape = &step->config.architecture;
    const struct io_tensor *x;
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    read_config(step);
    if (shape->d_in == 0 || shape->d_out == 0 || step->config.n_widths == 0)
        return base_fail(BASE_ERROR_INPUT, "d_in, d_out and width0 must be set");
    BASE_TRY(sae_model_create(shape, &step->model));
    uint32_t count = sae_model_tensors(&step->model, tensors);
    for (uint32_t t = 0; t < count; t++)
        BASE_TRY(read_floats(step, tensors[t].name, tensors[t].rows * tensors[t].cols, tensors[t].values));
    BASE_TRY(io_find(step->file, "x", 2, &x));
    uint64_t rows = x->shape[0];
    BASE_TRY(base_allocate(&step->x, rows * shape->d_in, sizeof(float), "x"));
    BASE_TRY(base_allocate(&step->y, rows * shape->d_out, sizeof(float), "y"));
    BASE_TRY(read_floats(step, "x", rows * shape->d_in, step->x));
    BASE_TRY(read_floats(step, "y", rows * shape->d_out, step->y));
    step->batch = (struct sae_reference_batch){.x = step->x,
                                               .y = step->y,
                                               .rows = (uint32_t)rows,
                                               .k = shape->k,
                                               .sparsity_coefficient = setting(step, "sparsity_coefficient")};
    if (step->config.aux_coefficient == 0)
        return BASE_OK;
    float *dead;
    BASE_TRY(base_allocate(&dead, shape->d_sae, sizeof *dead, "dead"));
    enum base_status status = base_allocate(&step->dead, shape->d_sae, 1, "dead");
    if (status == BASE_OK)
        status = read_floats(step, "dead", shape->d_sae, dead);
    for (uint32_t i = 0; status == BASE_OK && i < shape->d_sae; i++)
        step->dead[i] = dead[i] != 0;
    step->batch.dead = step->dead;
    base_free(dead);
    return status;
}

static enum base_status write_step(const struct step *step, const struct sae_reference_loss *loss,
                                   const struct sae_reference_gradients *gradients, const char *out)
{
    const double losses[] = {loss->reconstruction, loss->sparsity, loss->gate,
                             loss->auxiliary,      loss->total,    loss->l0};
    struct io_named_array arrays[SAE_MOST_TENSORS + 2];
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    char names[SAE_MOST_TENSORS][32];
    uint32_t count = sae_model_tensors(&step->model, tensors);
    for (uint32_t t = 0; t < count; t++) {
        snprintf(names[t], sizeof names[t], "gradient.%s", tensors[t].name);
        arrays[t] = (struct io_named_array){.name = names[t],
                                            .dtype = IO_F64,
                                            .rank = 2,
                                            .shape = {tensors[t].rows, tensors[t].cols},
                                            .data = gradients->tensors[t]};
    }
    arrays[count] =
        (struct io_named_array){.name = "loss", .dtype = IO_F64, .rank = 1, .shape = {6}, .data = losses};
    arrays[count + 1] = (struct io_named_array){.name = "active",
                                                .dtype = IO_U8,
                                                .rank = 2,
                                                .shape = {step->batch.rows, step->config.architecture.d_sae},
                                                .data = gradients->active};
    return io_write_safetensors(out, arrays, count + 2, NULL, 0);
}

int main(int count, char **arguments)
{
    enum base_status status = BASE_OK;
    struct step step = {0};
    struct sae_reference_loss loss;
    struct sae_reference_gradients gradients = {{0}, 0};
    if (count != 3) {
        fprintf(stderr, "usage: sae_reference_step IN.safetensors OUT.safetensors\n");
        return BASE_ERROR_USAGE;
    }
    BASE_CHECK(io_open(arguments[1], &step.file));
    BASE_CHECK(read_step(&step));
    BASE_CHECK(sae_reference_step(&step.config, &step.model, &step.batch, &loss, &gradients));
    BASE_CHECK(write_step(&step, &loss, &gradients, arguments[2]));
error:
    if (status != BASE_OK)
        fprintf(stderr, "%s\n", base_message());
    sae_reference_gradients_free(&gradients);
    sae_model_free(&step.model);
    base_free(step.x);
    base_free(step.y);
    base_free(step.dead);
    io_close(&step.file);
    return (int)status;
}
