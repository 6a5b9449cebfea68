#include "support/synthetic_training.h"

#include "support/test.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>

enum { ROWS = 1048576, LATENTS = 768 };

double synthetic_training_fvu(double t)
{
    return 0.22 + 0.78 * exp(-25 * t) - 0.02 * (t - 1) * exp(-2 * t);
}

/* Uniform within -1 .. 1. */
static double noise(uint64_t counter, uint32_t stream)
{
    uint64_t mixed = (counter + 1) * 0x9e3779b97f4a7c15u + (uint64_t)stream * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return (double)((mixed ^ mixed >> 31) >> 11) / 4503599627370496.0 - 1;
}

static struct live_training_record record_at(size_t i, size_t records)
{
    double t = records > 1 ? (double)(i + 1) / (double)records : 1;
    double target = t < 0.25 ? 300 * pow(48.0 / 300, t / 0.25) : 48;
    double wobble = 1 + 0.08 * noise(i, 1) + 0.05 * noise(i, 2) + (i % 97 == 13 ? 0.4 : 0);
    struct live_training_record record = {.rows = (uint64_t)(t * ROWS), .gate = NAN};
    record.fvu = synthetic_training_fvu(t) * wobble;
    record.reconstruction = (52 + 440 * exp(-25 * t)) * wobble;
    record.coefficient = 1.4e-3 * fmin(1, t / 0.2) * (1 + 0.1 * sin(30 * t));
    record.l0 = target * (1 + 0.25 * exp(-12 * t) * sin(60 * t) + 0.04 * noise(i, 3));
    record.sparsity = record.coefficient * record.l0 * 110 * (1 + 0.03 * noise(i, 4));
    record.dead = floor(fmax(0, 190 * exp(-pow((t - 0.3) / 0.16, 2)) + 10 * fmin(1, 4 * t)));
    record.auxiliary = record.dead > 4 ? 0.03 * record.reconstruction * (1 + 0.2 * noise(i, 5)) : 0;
    record.loss = record.reconstruction + record.sparsity + record.auxiliary;
    record.rate = 4e-4 * fmin(1, t / 0.01) * (t > 0.8 ? (1 - t) / 0.2 : 1);
    record.target_l0 = target;
    return record;
}

void synthetic_firing(struct live_training_history *history, uint64_t rows, const uint32_t *fired,
                      uint32_t latents, uint64_t counted)
{
    struct live_training_snapshot snapshot = {.rows = rows};
    sae_density_histogram(fired, latents, counted, snapshot.latents);
    assert_ok(live_training_add_snapshot(history, &snapshot));
}

static void add_firing(struct live_training_history *history, double t)
{
    uint32_t fired[LATENTS];
    const uint64_t counted = 65536;
    double dead = 190 * exp(-pow((t - 0.3) / 0.16, 2)) + 10 * fmin(1, 4 * t);
    for (uint32_t l = 0; l < LATENTS; l++) {
        double normal = noise(l, 6) + noise(l, 7) + noise(l, 8);
        double density = pow(10, -0.7 - 1.1 * fmin(1, 4 * t) + 0.75 * normal);
        fired[l] = l < dead ? 0 : (uint32_t)(fmin(density, 1) * (double)counted);
    }
    synthetic_firing(history, (uint64_t)(t * ROWS), fired, LATENTS, counted);
}

void synthetic_training(struct live_training_history *history, size_t records, size_t held_out,
                        size_t snapshots)
{
    *history = (struct live_training_history){
        .kind = "JumpReLU",
        .input = "smollm2-resid15.safetensors: activations",
        .d_in = 576,
        .d_sae = LATENTS,
        .dead_after = 100000,
    };
    for (size_t i = 0; i < records; i++) {
        struct live_training_record record = record_at(i, records);
        assert_ok(live_training_add_record(history, &record));
    }
    for (size_t i = 0; i < held_out; i++) {
        double t = (double)(i + 1) / (double)held_out;
        const struct live_training_held_out measured = {
            (uint64_t)(t * ROWS), 1.04 * synthetic_training_fvu(t), 48 + 250 * exp(-9 * t)};
        assert_ok(live_training_add_held_out(history, &measured));
    }
    for (size_t i = 0; i < snapshots; i++)
        add_firing(history, (double)(i + 1) / (double)snapshots);
}
