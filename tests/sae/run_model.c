/* run_model SAE INPUT OUTPUT: reads an autoencoder and the tensor "input" [rows, d_in], and writes what the
 * double reference makes of it: "latents" [rows, d_sae] and "reconstruction" [rows, d_out]. */
#include "base/memory.h"
#include "io/tensor.h"
#include "sae/formats.h"
#include "sae/reference.h"

#include <stdio.h>

struct run {
    struct sae_model model;
    struct io_file *file;
    float *input, *latents, *reconstruction;
    double *f, *y;
    uint64_t rows;
};

static enum base_status prepare(struct run *run, const char *path, const char *input)
{
    const struct io_tensor *tensor;
    BASE_TRY(sae_load(path, &run->model));
    BASE_TRY(io_open(input, &run->file));
    BASE_TRY(io_find(run->file, "input", 2, &tensor));
    const struct sae_architecture *of = &run->model.architecture;
    run->rows = tensor->shape[0];
    if (tensor->shape[1] != of->d_in)
        return base_fail(BASE_ERROR_INPUT, "%s: rows of another width than d_in", input);
    BASE_TRY(base_allocate(&run->input, run->rows * of->d_in, sizeof(float), "rows"));
    BASE_TRY(base_allocate(&run->latents, run->rows * of->d_sae, sizeof(float), "latents"));
    BASE_TRY(base_allocate(&run->reconstruction, run->rows * of->d_out, sizeof(float), "reconstructions"));
    BASE_TRY(base_allocate(&run->f, of->d_sae, sizeof(double), "latents"));
    BASE_TRY(base_allocate(&run->y, of->d_out, sizeof(double), "a reconstruction"));
    return io_read_rows(run->file, tensor, 0, run->rows, run->input);
}

static enum base_status compute(struct run *run, const char *output)
{
    const struct sae_architecture *of = &run->model.architecture;
    for (uint64_t r = 0; r < run->rows; r++) {
        const float *x = run->input + r * of->d_in;
        sae_reference_encode(&run->model, x, run->f);
        sae_reference_decode(&run->model, run->f, x, run->y);
        for (uint32_t i = 0; i < of->d_sae; i++)
            run->latents[r * of->d_sae + i] = (float)run->f[i];
        for (uint32_t j = 0; j < of->d_out; j++)
            run->reconstruction[r * of->d_out + j] = (float)run->y[j];
    }
    const struct io_named_array arrays[] = {
        {"latents", IO_F32, 2, {run->rows, of->d_sae}, run->latents},
        {"reconstruction", IO_F32, 2, {run->rows, of->d_out}, run->reconstruction},
    };
    return io_write_safetensors(output, arrays, 2, NULL, 0);
}

int main(int argc, char **argv)
{
    struct run run = {0};
    if (argc != 4)
        return BASE_ERROR_USAGE;
    enum base_status status = prepare(&run, argv[1], argv[2]);
    if (status == BASE_OK)
        status = compute(&run, argv[3]);
    if (status != BASE_OK)
        fprintf(stderr, "%s\n", base_message());
    io_close(&run.file);
    sae_model_free(&run.model);
    base_free(run.input), base_free(run.latents), base_free(run.reconstruction);
    base_free(run.f), base_free(run.y);
    return (int)status;
}
