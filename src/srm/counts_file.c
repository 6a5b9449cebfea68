#include "srm/counts_file.h"

#include "base/memory.h"
#include "base/platform.h"
#include "io/tensor.h"

struct srm_counts_file {
    struct base_output *output;
    uint64_t header_bytes;
    uint32_t n_epsilons, angles;
    uint64_t planes, rows; /* rows: of one epsilon */
    uint64_t *place[2];    /* [planes] row of each plane by direction; NULL: its position */
};

uint64_t srm_counts_file_bytes(uint32_t n_epsilons, uint32_t angles, uint64_t planes, bool permutations)
{
    uint64_t curves, bytes;
    if (BASE_MULTIPLY_OVERFLOWS(planes, (uint64_t)n_epsilons * (permutations ? 2 : 1), &curves) ||
        BASE_MULTIPLY_OVERFLOWS(curves, 4u * (uint64_t)angles, &bytes))
        return UINT64_MAX;
    return bytes;
}

/* Where the two curves of a plane stand among the ordered pairs. */
static enum base_status place_permutations(struct srm_counts_file *file, const struct srm_planes *planes)
{
    for (int d = 0; d < 2; d++)
        BASE_TRY(base_allocate(&file->place[d], file->planes, sizeof *file->place[d], "order of planes"));
    for (uint64_t row = 0; row < file->rows; row++) {
        struct srm_ordered_plane ordered = srm_planes_ordered_at(planes, row);
        file->place[ordered.mirrored ? SRM_BACKWARD : SRM_FORWARD][ordered.position] = row;
    }
    return BASE_OK;
}

enum base_status srm_counts_file_open(const char *folder, uint32_t n_epsilons, uint32_t angles,
                                      const struct srm_planes *planes, bool permutations,
                                      struct srm_counts_file **out)
{
    struct srm_counts_file *file = NULL;
    char *path = base_path_join(folder, "counts.npy");
    enum base_status status;
    BASE_CHECK(base_allocate(&file, 1, sizeof *file, "counts.npy"));
    file->n_epsilons = n_epsilons;
    file->angles = angles;
    file->planes = planes->count;
    file->rows = permutations ? 2 * planes->count : planes->count;
    if (!path)
        BASE_CHECK(base_fail(BASE_ERROR_FILE_SYSTEM, "out of host memory for the name of counts.npy"));
    if (permutations)
        BASE_CHECK(place_permutations(file, planes));
    BASE_CHECK(base_output_open(path, &file->output));
    BASE_CHECK(io_write_npy_header(file->output, IO_U32, 3,
                                   (const uint64_t[]){n_epsilons, file->rows, angles}, &file->header_bytes));
error:
    base_free(path);
    if (status != BASE_OK)
        srm_counts_file_discard(&file);
    *out = file;
    return status;
}

static enum base_status write_curve(struct srm_counts_file *file, uint32_t epsilon, uint64_t row,
                                    const uint32_t *counts, uint64_t rows)
{
    uint64_t curve_bytes = 4u * (uint64_t)file->angles;
    return base_output_write_at(file->output, file->header_bytes + (epsilon * file->rows + row) * curve_bytes,
                                counts, rows * curve_bytes);
}

/* One epsilon's curves of a target, each to its own row; `mirror` [angles] is room for the mirrored one. */
static enum base_status scatter(struct srm_counts_file *file, uint32_t epsilon, const uint32_t *counts,
                                uint64_t first, uint32_t planes, enum srm_direction direction,
                                uint32_t *mirror)
{
    uint32_t angles = file->angles;
    for (uint32_t p = 0; p < planes; p++) {
        const uint32_t *curve = counts + (size_t)p * angles;
        BASE_TRY(write_curve(file, epsilon, file->place[direction][first + p], curve, 1));
        if (!mirror)
            continue;
        for (uint32_t k = 0; k < angles; k++)
            mirror[k] = curve[(angles + angles / 4 - k) % angles];
        BASE_TRY(write_curve(file, epsilon, file->place[!direction][first + p], mirror, 1));
    }
    return BASE_OK;
}

enum base_status srm_counts_file_add(struct gpu *gpu, struct srm_counts_file *file,
                                     const struct srm_target *target, uint64_t first,
                                     enum srm_direction direction, bool mirrored)
{
    uint64_t curve_counts = (uint64_t)target->planes * file->angles;
    uint32_t *counts = NULL, *mirror = NULL;
    enum base_status status;
    BASE_CHECK(base_allocate(&counts, curve_counts, sizeof *counts, "counts"));
    if (mirrored)
        BASE_CHECK(base_allocate(&mirror, file->angles, sizeof *mirror, "a mirrored curve"));
    for (uint32_t e = 0; e < file->n_epsilons; e++) {
        BASE_CHECK(gpu_download(gpu, target->counts, e * curve_counts * 4, counts, curve_counts * 4));
        if (file->place[0])
            BASE_CHECK(scatter(file, e, counts, first, target->planes, direction, mirror));
        else
            BASE_CHECK(write_curve(file, e, first, counts, target->planes));
    }
error:
    base_free(counts);
    base_free(mirror);
    return status;
}

static void release(struct srm_counts_file **file)
{
    base_free((*file)->place[0]);
    base_free((*file)->place[1]);
    base_free(*file);
    *file = NULL;
}

enum base_status srm_counts_file_commit(struct srm_counts_file **file)
{
    enum base_status status = base_output_commit(&(*file)->output);
    release(file);
    return status;
}

void srm_counts_file_discard(struct srm_counts_file **file)
{
    if (!*file)
        return;
    base_output_discard(&(*file)->output);
    release(file);
}
