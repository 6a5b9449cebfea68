#include "live/film.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"
#include "srm/source.h"
#include "view/axis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct live_film {
    struct live_film_parameters parameters; /* arguments: borrowed */
    char **names;                           /* [steps] "FILE:TENSOR" of a film over tensors, else NULL */
    bool over_steps;                        /* of one tensor */
    bool slides;
    uint64_t steps, most_rows;
    uint32_t width;
    char *path;
    struct data_activations *set; /* the open one */
    uint64_t set_number;          /* UINT64_MAX: none */
    uint64_t first, rows;         /* of the step sought, in the set */
};

/* ---- what a file is ---- */

static bool same_shape(const struct io_tensor *a, const struct io_tensor *b)
{
    return a->rank == 2 && b->rank == 2 && a->shape[0] == b->shape[0] && a->shape[1] == b->shape[1];
}

static enum base_status take_tensors(struct live_film *film, const char *path, const struct io_file *file)
{
    film->steps = io_tensor_count(file);
    BASE_TRY(base_allocate(&film->names, film->steps, sizeof *film->names, "names of tensors"));
    for (uint64_t i = 0; i < film->steps; i++) {
        const char *name = io_tensor_at(file, i)->name;
        size_t bytes = strlen(path) + strlen(name) + 2;
        BASE_TRY(base_allocate(&film->names[i], bytes, 1, "a tensor's name"));
        snprintf(film->names[i], bytes, "%s:%s", path, name);
    }
    return BASE_OK;
}

/* A tensor of rank 3 that is named, or the file's only one of rank 2 or 3; or nothing but matrices alike. */
static enum base_status classify(struct live_film *film, const char *path, const char *name,
                                 const struct io_file *file)
{
    uint64_t count = io_tensor_count(file), cubes = 0, matrices = 0, alike = 0;
    const struct io_tensor *cube = NULL, *first = NULL;
    for (uint64_t i = 0; i < count; i++) {
        const struct io_tensor *tensor = io_tensor_at(file, i);
        if (name && strcmp(tensor->name, name) != 0)
            continue;
        if (tensor->rank == 3) {
            cube = tensor;
            cubes++;
        } else if (tensor->rank == 2) {
            first = first ? first : tensor;
            alike += same_shape(first, tensor);
            matrices++;
        }
    }
    if (cubes == 1 && matrices == 0 && film->parameters.step == UINT64_MAX) {
        film->over_steps = true;
        film->steps = cube->shape[0];
        return film->steps > 0 ? BASE_OK : base_fail(BASE_ERROR_INPUT, "%s: a tensor of no steps", path);
    }
    if (!name && matrices == count && alike == count && count > 1)
        return take_tensors(film, path, file);
    return BASE_OK;
}

static enum base_status look(struct live_film *film)
{
    const char *argument = film->parameters.arguments[0];
    char *path = NULL, *name = NULL;
    struct io_file *file = NULL;
    enum base_status status;
    film->steps = 1;
    if (film->parameters.n_arguments != 1 || base_is_folder(argument))
        return BASE_OK;
    BASE_CHECK(io_split_name(argument, &path, &name));
    if (base_is_folder(path))
        goto error;
    BASE_CHECK(io_open(path, &file));
    BASE_CHECK(classify(film, path, name, file));
error:
    io_close(&file);
    base_free(path);
    base_free(name);
    return status;
}

/* ---- opening ---- */

static enum base_status open_set(struct live_film *film, uint64_t number)
{
    const struct live_film_parameters *given = &film->parameters;
    const char *name = film->names ? film->names[number] : NULL;
    struct data_open_parameters parameters = {
        .arguments = name ? &name : given->arguments,
        .n_arguments = name ? 1 : given->n_arguments,
        .rows_from = given->rows_from,
        .rows_to = given->rows_to,
        .step = film->over_steps ? number : given->step,
    };
    if (film->set_number == number)
        return BASE_OK;
    film->set_number = UINT64_MAX;
    data_close(&film->set);
    BASE_TRY(data_open(&parameters, &film->set));
    film->set_number = number;
    return BASE_OK;
}

static enum base_status measure(struct live_film *film)
{
    struct live_film_parameters *given = &film->parameters;
    BASE_TRY(open_set(film, 0));
    uint64_t rows = data_rows(film->set);
    film->width = data_width(film->set);
    if (film->width < 2)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: rows of one value have no plane; at least two columns are needed",
                         data_shard_at(film->set, 0).path);
    uint64_t most = given->most_rows ? given->most_rows : given->most_bytes / 4 / film->width;
    film->most_rows = base_minimum(rows, base_maximum(most, 1));
    if (rows > film->most_rows && film->steps == 1) {
        film->slides = true;
        film->steps = (rows + film->most_rows - 1) / film->most_rows;
    }
    film->path = base_copy_string(data_shard_at(film->set, 0).path);
    return film->path ? BASE_OK : base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory");
}

enum base_status live_film_open(const struct live_film_parameters *parameters, struct live_film **out)
{
    struct live_film *film = NULL;
    enum base_status status;
    *out = NULL;
    BASE_CHECK(base_allocate(&film, 1, sizeof *film, "a film"));
    film->parameters = *parameters;
    film->set_number = UINT64_MAX;
    BASE_CHECK(look(film));
    BASE_CHECK(measure(film));
    *out = film;
    film = NULL;
error:
    live_film_close(&film);
    return status;
}

void live_film_close(struct live_film **handle)
{
    struct live_film *film = *handle;
    if (!film)
        return;
    for (uint64_t i = 0; film->names && i < film->steps; i++)
        base_free(film->names[i]);
    base_free(film->names);
    base_free(film->path);
    data_close(&film->set);
    base_free(film);
    *handle = NULL;
}

/* ---- what it is ---- */

uint32_t live_film_width(const struct live_film *film)
{
    return film->width;
}

uint64_t live_film_steps(const struct live_film *film)
{
    return film->steps;
}

uint64_t live_film_most_rows(const struct live_film *film)
{
    return film->most_rows;
}

bool live_film_slides(const struct live_film *film)
{
    return film->slides;
}

const char *live_film_path(const struct live_film *film)
{
    return film->path;
}

/* ---- reading ---- */

/* "epoch 0" of a tensor "epoch_000"; other names as they are. */
static void name_tensor(const char *tensor, char name[160])
{
    const size_t word = strspn(tensor, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    const char *digits = tensor + word + (tensor[word] != '\0' && strchr("_-. ", tensor[word]) != NULL);
    const size_t length = strspn(digits, "0123456789");
    if (word > 0 && word < 40 && length > 0 && length < 16 && digits[length] == '\0')
        snprintf(name, 160, "%.*s %llu", (int)word, tensor, strtoull(digits, NULL, 10));
    else
        snprintf(name, 160, "%.90s", tensor);
}

static void name_step(const struct live_film *film, uint64_t step, char name[160])
{
    name[0] = '\0';
    if (film->names) {
        char printable[IO_PRINTABLE];
        const char *tensor = strrchr(film->names[step], ':') + 1;
        name_tensor(io_printable(tensor, printable), name);
    } else if (film->over_steps) {
        snprintf(name, 160, "step %llu of %llu", (unsigned long long)step + 1,
                 (unsigned long long)film->steps);
    } else if (film->slides) {
        char from[VIEW_LABEL_BYTES], to[VIEW_LABEL_BYTES], all[VIEW_LABEL_BYTES];
        view_format_count(film->first, from);
        view_format_count(film->first + film->rows - 1, to);
        view_format_count(data_rows(film->set), all);
        snprintf(name, 160, "rows %s to %s of %s", from, to, all);
    }
}

enum base_status live_film_seek(struct live_film *film, uint64_t step, uint64_t *rows, char name[160])
{
    if (step >= film->steps)
        return base_fail(BASE_ERROR_INTERNAL, "step %llu of a film of %llu", (unsigned long long)step,
                         (unsigned long long)film->steps);
    BASE_TRY(open_set(film, film->slides ? 0 : step));
    if (data_width(film->set) != film->width)
        return base_fail(BASE_ERROR_INPUT, "%s: rows of %u values behind rows of %u",
                         data_shard_at(film->set, 0).path, data_width(film->set), film->width);
    film->first = film->slides ? step * film->most_rows : 0;
    film->rows = base_minimum(film->most_rows, data_rows(film->set) - film->first);
    *rows = film->rows;
    name_step(film, step, name);
    return BASE_OK;
}

enum base_status live_film_read(struct live_film *film, uint64_t from, uint64_t count, float *rows,
                                uint32_t *kept)
{
    const struct srm_source source = {.activations = film->set};
    uint64_t n = 0;
    *kept = 0;
    if (from > film->rows || count > film->rows - from)
        return base_fail(BASE_ERROR_INTERNAL, "rows outside a film's step");
    BASE_TRY(srm_source_read(&source, film->first + from, count, rows, NULL, &n));
    *kept = (uint32_t)n;
    return BASE_OK;
}
