#include "srm/ring_reference.h"

#include "base/memory.h"
#include "srm/ring.h"

#include <math.h>

#define PI 3.14159265358979323846

static void smooth(const double *from, double *to, int cells, int stride_x, int stride_y, double sigma)
{
    int reach = (int)ceil(3 * sigma);
    for (int y = 0; y < cells; y++)
        for (int x = 0; x < cells; x++) {
            double sum = 0, weights = 0;
            for (int o = -reach; o <= reach; o++) {
                double weight = exp(-0.5 * o * o / (sigma * sigma));
                weights += weight;
                if (x + o >= 0 && x + o < cells)
                    sum += weight * from[y * stride_y + (x + o) * stride_x];
            }
            to[y * stride_y + x * stride_x] = sum / weights;
        }
}

static double between(const double *grid, int cells, double x, double y)
{
    int column = (int)fmin(floor(x), cells - 2), row = (int)fmin(floor(y), cells - 2);
    double s = x - column, t = y - row;
    const double *at = grid + row * cells + column;
    return (at[0] * (1 - s) + at[1] * s) * (1 - t) + (at[cells] * (1 - s) + at[cells + 1] * s) * t;
}

static double ring_mean(const double *grid, int cells, int ring)
{
    double sum = 0, seen = 0, last = cells - 1;
    for (int k = 0; k < 720; k++) {
        double angle = (k + 0.5) * 2 * PI / 720;
        double x = 0.5 * last + ring * cos(angle), y = 0.5 * last + ring * sin(angle);
        if (x < 0 || y < 0 || x > last || y > last)
            continue;
        sum += between(grid, cells, x, y);
        seen += 1;
    }
    return seen > 0 ? sum / seen : 0;
}

enum base_status srm_ring_reference(const uint32_t *counts, uint32_t cells, uint64_t points, double *ratio)
{
    size_t n = (size_t)cells * cells;
    int side = (int)cells;
    double sigma = srm_ring_sigma(cells, points), prior = 1 / (4 * PI * sigma * sigma);
    double *first;
    BASE_TRY(base_allocate(&first, 2 * n + cells + 1, sizeof *first, "reference of the ring"));
    double *second = first + n, *means = second + n;
    for (size_t i = 0; i < n; i++)
        first[i] = counts[i];
    smooth(first, second, side, 1, side, sigma);
    smooth(second, first, side, side, 1, sigma);
    for (int ring = 0; ring <= side; ring++)
        means[ring] = ring_mean(first, side, ring);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++) {
            double radius = hypot(x - 0.5 * (side - 1), y - 0.5 * (side - 1));
            int inner = (int)radius;
            double mean = means[inner] + (radius - inner) * (means[inner + 1] - means[inner]);
            ratio[y * side + x] = log2((first[y * side + x] + prior) / (mean + prior));
        }
    base_free(first);
    return BASE_OK;
}
