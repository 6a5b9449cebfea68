#include "srm/dense.h"

#include <string.h>

/* Lanes of a sum, rows of y taken at once, and columns a pass keeps in the cache. */
enum { LANES = 4, GROUP = 4, CHUNK = 512 };

double srm_dense_dot(const double *x, const double *y, size_t n)
{
    double lane[2 * LANES] = {0}, tail = 0;
    size_t k = 0;
    for (; k + 2 * LANES <= n; k += 2 * LANES) {
        for (size_t l = 0; l < 2 * LANES; l++)
            lane[l] += x[k + l] * y[k + l];
    }
    for (; k < n; k++)
        tail += x[k] * y[k];
    return ((lane[0] + lane[1]) + (lane[2] + lane[3])) + ((lane[4] + lane[5]) + (lane[6] + lane[7])) + tail;
}

/* sums[g] += <x, y_g> for GROUP rows of y. */
static void dot_group(const double *x, const double *y, size_t stride, size_t n, double *sums)
{
    double lane[GROUP][LANES] = {{0}};
    const double *y0 = y, *y1 = y + stride, *y2 = y + 2 * stride, *y3 = y + 3 * stride;
    size_t k = 0;
    for (; k + LANES <= n; k += LANES) {
        for (size_t l = 0; l < LANES; l++) {
            lane[0][l] += x[k + l] * y0[k + l];
            lane[1][l] += x[k + l] * y1[k + l];
            lane[2][l] += x[k + l] * y2[k + l];
            lane[3][l] += x[k + l] * y3[k + l];
        }
    }
    for (size_t g = 0; g < GROUP; g++) {
        double sum = (lane[g][0] + lane[g][1]) + (lane[g][2] + lane[g][3]);
        for (size_t rest = k; rest < n; rest++)
            sum += x[rest] * y[g * stride + rest];
        sums[g] += sum;
    }
}

void srm_dense_dots(const double *x, size_t n_x, const double *y, size_t n_y, size_t width, double *out,
                    size_t out_stride)
{
    for (size_t r = 0; r < n_x; r++)
        memset(out + r * out_stride, 0, n_y * sizeof *out);
    for (size_t from = 0; from < width; from += CHUNK) {
        size_t n = width - from < CHUNK ? width - from : CHUNK;
        for (size_t q = 0; q < n_y; q += GROUP) {
            for (size_t r = 0; r < n_x; r++) {
                const double *row = x + r * width + from, *others = y + q * width + from;
                double *sums = out + r * out_stride + q;
                if (q + GROUP <= n_y) {
                    dot_group(row, others, width, n, sums);
                    continue;
                }
                for (size_t g = 0; q + g < n_y; g++)
                    sums[g] += srm_dense_dot(row, others + g * width, n);
            }
        }
    }
}

/* x += sum over GROUP rows of w[g] y_g. */
static void add_group(double *x, const double *w, const double *y, size_t stride, size_t n)
{
    const double *y0 = y, *y1 = y + stride, *y2 = y + 2 * stride, *y3 = y + 3 * stride;
    const double w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3];
    for (size_t k = 0; k < n; k++)
        x[k] += (w0 * y0[k] + w1 * y1[k]) + (w2 * y2[k] + w3 * y3[k]);
}

void srm_dense_add(double *x, size_t n_x, const double *weights, size_t weights_stride, double factor,
                   const double *y, size_t n_y, size_t width, size_t stride)
{
    for (size_t from = 0; from < width; from += CHUNK) {
        size_t n = width - from < CHUNK ? width - from : CHUNK;
        for (size_t q = 0; q < n_y; q += GROUP) {
            for (size_t r = 0; r < n_x; r++) {
                const double *w = weights + r * weights_stride + q, *others = y + q * stride + from;
                double *row = x + r * stride + from;
                if (q + GROUP <= n_y) {
                    const double scaled[GROUP] = {factor * w[0], factor * w[1], factor * w[2], factor * w[3]};
                    add_group(row, scaled, others, stride, n);
                    continue;
                }
                for (size_t g = 0; q + g < n_y; g++) {
                    for (size_t k = 0; k < n; k++)
                        row[k] += factor * w[g] * others[g * stride + k];
                }
            }
        }
    }
}
