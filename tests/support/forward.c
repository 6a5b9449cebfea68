#include "support/forward.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"
#include "sae/formats.h"
#include "sae/inference.h"
#include "sae/reference.h"
#include "support/test.h"

#include <stdlib.h>

static const double tolerance = 1e-4;
static const double tie = 1e-5;

struct test_forward test_forward_make(const struct sae_architecture *of, uint32_t rows)
{
    struct test_forward forward = {calloc((size_t)rows * of->d_sae + 1, sizeof(float)),
                                   calloc((size_t)rows * of->d_out + 1, sizeof(float))};
    assert_true(forward.latents && forward.reconstruction);
    return forward;
}

void test_forward_free(struct test_forward *forward)
{
    free(forward->latents);
    free(forward->reconstruction);
    *forward = (struct test_forward){0};
}

struct test_forward test_forward_of_reference(const struct sae_model *model, const float *x, uint32_t rows)
{
    const struct sae_architecture *of = &model->architecture;
    struct test_forward forward = test_forward_make(of, rows);
    double *latents = calloc(of->d_sae, sizeof *latents), *out = calloc(of->d_out, sizeof *out);
    assert_true(latents && out);
    for (size_t r = 0; r < rows; r++) {
        sae_reference_encode(model, x + r * of->d_in, latents);
        sae_reference_decode(model, latents, x + r * of->d_in, out);
        for (uint32_t l = 0; l < of->d_sae; l++)
            forward.latents[r * of->d_sae + l] = (float)latents[l];
        for (uint32_t c = 0; c < of->d_out; c++)
            forward.reconstruction[r * of->d_out + c] = (float)out[c];
    }
    free(latents), free(out);
    return forward;
}

struct test_forward test_forward_on_device(struct gpu *gpu, const struct sae_model *model, const float *x,
                                           uint32_t rows)
{
    const struct sae_architecture *of = &model->architecture;
    struct test_forward forward = test_forward_make(of, rows);
    struct sae_inference *inference;
    struct sae_latents latents;
    assert_ok(sae_inference_create(gpu, model, rows, &inference));
    uint32_t block = sae_inference_rows(inference);
    for (uint32_t first = 0; first < rows; first += block) {
        uint32_t count = (uint32_t)base_minimum(block, rows - first);
        assert_ok(sae_inference_encode(inference, x + (size_t)first * of->d_in, count, &latents));
        assert_ok(sae_inference_reconstruct(inference, forward.reconstruction + (size_t)first * of->d_out));
        for (size_t r = 0; r < count; r++)
            for (uint32_t at = latents.row_offsets[r]; at < latents.row_offsets[r + 1]; at++)
                forward.latents[(first + r) * of->d_sae + latents.indices[at]] = latents.values[at];
    }
    sae_inference_destroy(&inference);
    return forward;
}

/* ---- comparing ---- */

static double relative(const float *a, const float *b, uint32_t n)
{
    double difference = 0, size = 0;
    for (uint32_t i = 0; i < n; i++) {
        difference += pow((double)a[i] - (double)b[i], 2);
        size += pow((double)b[i], 2);
    }
    return sqrt(difference / fmax(size, 1e-30));
}

/* Whether the latent is active in the reference when what decides is moved by `by`. */
static bool is_active_moved(struct sae_model *model, const float *x, uint32_t latent, double by)
{
    float *const parts[] = {model->threshold ? model->threshold : model->b_enc, model->b_gate, model->b_mag};
    float kept[3] = {0};
    double *latents = calloc(model->architecture.d_sae, sizeof *latents);
    assert_non_null(latents);
    for (int i = 0; i < 3; i++)
        if (parts[i]) {
            kept[i] = parts[i][latent];
            parts[i][latent] += (float)(parts[i] == model->threshold ? -by : by);
        }
    sae_reference_encode(model, x, latents);
    for (int i = 0; i < 3; i++)
        if (parts[i])
            parts[i][latent] = kept[i];
    bool active = latents[latent] > 0;
    free(latents);
    return active;
}

/* One side has the latent, the other has not. */
static bool is_near_tie(const struct sae_model *model, const float *x, uint32_t latent, const float *a,
                        const float *b)
{
    float least = INFINITY, most = 0;
    struct sae_model moved;
    for (uint32_t l = 0; l < model->architecture.d_sae; l++) {
        most = fmaxf(most, fmaxf(a[l], b[l]));
        least = fminf(least, a[l] > 0 ? a[l] : least);
        least = fminf(least, b[l] > 0 ? b[l] : least);
    }
    if (model->architecture.activation == SAE_TOPK)
        return fmaxf(a[latent], b[latent]) - least <= tie * most;
    assert_ok(sae_model_copy(model, &moved));
    bool near =
        is_active_moved(&moved, x, latent, tie * most) && !is_active_moved(&moved, x, latent, -tie * most);
    sae_model_free(&moved);
    return near;
}

/* Whether the same latents are active; those that are not must be near ties. */
static bool same_latents(const char *name, const struct sae_model *model, const float *x, uint32_t row,
                         const float *a, const float *b)
{
    bool same = true;
    for (uint32_t l = 0; l < model->architecture.d_sae; l++) {
        if ((a[l] > 0) == (b[l] > 0))
            continue;
        if (!is_near_tie(model, x, l, a, b))
            fail_msg("%s: row %u, latent %u is %.9g and %.9g", name, row, l, a[l], b[l]);
        print_message("%s: row %u, latent %u is a near tie\n", name, row, l);
        same = false;
    }
    return same;
}

void test_forwards_agree(const char *name, const struct sae_model *model, const float *x, uint32_t rows,
                         const struct test_forward *a, const struct test_forward *b,
                         struct test_agreement *seen)
{
    uint32_t n = model->architecture.d_sae, width = model->architecture.d_out, ties = 0;
    for (uint32_t r = 0; r < rows; r++) {
        const float *p = a->latents + (size_t)r * n, *q = b->latents + (size_t)r * n;
        if (!same_latents(name, model, x + (size_t)r * model->architecture.d_in, r, p, q)) {
            ties++;
            continue;
        }
        double off = fmax(relative(p, q, n), relative(a->reconstruction + (size_t)r * width,
                                                      b->reconstruction + (size_t)r * width, width));
        if (!(off < tolerance))
            fail_msg("%s: row %u differs by %g", name, r, off);
        seen->worst = fmax(seen->worst, off);
    }
    if (ties > 1 + rows / 1000)
        fail_msg("%s: %u rows of %u are said to be near ties", name, ties, rows);
    seen->rows += rows;
    seen->ties += ties;
}

/* ---- what SAELens wrote ---- */

static float *read_rows(struct io_file *file, const char *name, uint32_t width, uint32_t *rows)
{
    const struct io_tensor *tensor;
    assert_ok(io_find(file, name, 2, &tensor));
    assert_int_equal(tensor->shape[1], width);
    assert_true(*rows == 0 || *rows == tensor->shape[0]);
    *rows = (uint32_t)tensor->shape[0];
    float *values = calloc(tensor->elements, sizeof *values);
    assert_non_null(values);
    assert_ok(io_read_rows(file, tensor, 0, *rows, values));
    return values;
}

static void visit_example(char *folder, char *path, void (*visit)(struct test_example *example))
{
    struct test_example example = {.folder = folder, .file = path};
    struct io_file *file;
    assert_ok(sae_load(folder, &example.model));
    const struct sae_architecture *of = &example.model.architecture;
    assert_ok(io_open(path, &file));
    example.input = read_rows(file, "input", of->d_in, &example.rows);
    example.wanted.latents = read_rows(file, "latents", of->d_sae, &example.rows);
    example.wanted.reconstruction = read_rows(file, "reconstruction", of->d_out, &example.rows);
    io_close(&file);
    visit(&example);
    free(example.input);
    test_forward_free(&example.wanted);
    sae_model_free(&example.model);
}

void test_each_example(const char *root, void (*visit)(struct test_example *example))
{
    char **names = NULL;
    size_t count = 0, seen = 0;
    if (base_path_exists(root))
        assert_ok(base_folder_list(root, &names, &count));
    for (size_t i = 0; i < count; i++) {
        char *folder = base_path_join(root, names[i]);
        char *path = base_path_join(folder, "example.safetensors");
        assert_true(folder && path);
        if (base_path_exists(path)) {
            visit_example(folder, path, visit);
            seen++;
        }
        base_free(folder), base_free(path);
    }
    base_list_free(&names, count);
    if (seen == 0) {
        print_message("SKIPPED: no folders with examples in %s\n", root);
        skip();
    }
}
