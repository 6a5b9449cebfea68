#include "sae/hands.h"

#include "sae/metrics_file.h"
#include "sae/trainer_internal.h"

#include <math.h>

struct sae_orders sae_orders_of(const struct sae_trainer *trainer)
{
    const struct sae_trainer_state *state = &trainer->state;
    return (struct sae_orders){
        .rate_factor = state->rate_factor,
        .sparsity_factor = state->sparsity_factor,
        .k = state->most_k > 0 ? state->most_k : NAN,
        .watched = trainer->step.value_sums ? trainer->step.watched_latent : SAE_WATCH_NONE,
    };
}

static bool is_factor(double value)
{
    return value >= 0 && value <= 1e6;
}

enum base_status sae_orders_follow(struct sae_trainer *trainer, const struct sae_orders *orders,
                                   struct sae_metrics_file *metrics)
{
    const struct sae_trainer_state *state = &trainer->state;
    const struct sae_architecture *a = &trainer->config.architecture;
    double most_k = isnan(orders->k) ? 0 : orders->k;
    if (!is_factor(orders->rate_factor) || !is_factor(orders->sparsity_factor) || most_k < 0 ||
        orders->k == 0 || (most_k > 0 && !(most_k <= a->k)))
        return base_fail(BASE_ERROR_INTERNAL,
                         "orders that cannot be followed: learning rate times %g, sparsity times %g, k %g",
                         orders->rate_factor, orders->sparsity_factor, orders->k);
    const struct {
        const char *event;
        double was, is;
    } changes[] = {
        {"rate_factor", state->rate_factor, orders->rate_factor},
        {"sparsity_factor", state->sparsity_factor, orders->sparsity_factor},
        {"k", state->most_k, most_k},
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
        if (changes[i].was != changes[i].is)
            BASE_TRY(sae_metrics_file_event(metrics, state->step, changes[i].event, "value",
                                            i == 2 && most_k == 0 ? NAN : changes[i].is));
    sae_trainer_order(trainer, orders->rate_factor, orders->sparsity_factor, most_k);
    if (trainer->step.value_sums)
        BASE_TRY(sae_trainer_watch(trainer, orders->watched));
    return BASE_OK;
}

struct sae_glimpse sae_glimpse_of(struct sae_trainer *trainer, const struct sae_record *record,
                                  const float *rows)
{
    const struct sae_step *step = &trainer->step;
    return (struct sae_glimpse){
        .record = record,
        .config = &trainer->config,
        .rows = trainer->config.batch,
        .scale_in = trainer->state.scale_in,
        .scale_out = trainer->state.scale_out,
        .input = step->forward.scaled,
        .target = step->target,
        .decoded = step->decoded,
        .W_dec = trainer->weights.W_dec,
        .W_dec_stride = trainer->config.architecture.d_out,
        .norms = step->row_norms ? step->row_norms : trainer->weights.norms,
        .fired = step->fired,
        .fired_total = step->fired_total,
        .silent = step->silent,
        .sums = step->value_sums,
        .values = step->watched,
        .watched = step->watched_latent,
        .host_rows = rows,
        .trainer = trainer,
    };
}

enum base_status sae_glimpse_watch(struct sae_glimpse *glimpse, uint32_t latent, bool *known)
{
    struct sae_trainer *trainer = glimpse->trainer;
    *known = trainer->step.value_sums && !glimpse->record->dense;
    if (!*known)
        return BASE_OK;
    BASE_TRY(sae_trainer_watch(trainer, latent));
    glimpse->watched = trainer->step.watched_latent;
    return sae_watch_pairs(trainer->gpu, &trainer->step);
}
