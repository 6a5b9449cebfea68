#include "live/run.h"

#include "base/log.h"
#include "base/memory.h"

#include <math.h>
#include <stdio.h>

double live_run_k(const struct live_run *run)
{
    return isnan(run->orders.k) ? run->k : run->orders.k;
}

bool live_run_wish_k(struct live_run *run, double k)
{
    const double now = live_run_k(run), wished = fmin(run->most_k, fmax(1, round(k)));
    /* While k is brought down to the one of the configuration, more than that cannot be held. */
    if (wished == now || (k > now && now >= run->most_k))
        return false;
    run->orders.k = wished;
    return true;
}

/* What the rows say of all latents, in the place of what was known before. */
static enum base_status show_rates(struct live_run *run)
{
    double *rates = NULL;
    BASE_TRY(base_allocate(&rates, 2 * (size_t)run->d_sae, sizeof *rates, "latents"));
    live_contexts_rates(run->contexts, rates, rates + run->d_sae);
    enum base_status status = live_latents_show(run->latents, rates, rates + run->d_sae, NULL);
    base_free(rates);
    return status;
}

static enum base_status show_latent(struct live_run *run)
{
    const struct live_contexts_histogram values = live_contexts_values(run->contexts, run->latent);
    uint64_t fired, rows;
    BASE_TRY(live_contexts_choose(run->contexts, run->latent));
    live_contexts_fired(run->contexts, &fired, &rows);
    return live_latents_show_histogram(run->latents, run->latent, values.bins, values.n, values.width,
                                       values.greatest, rows);
}

enum base_status live_run_read_texts(struct live_run *run, bool *changed)
{
    const uint64_t ns = 8000000;
    if (!run->contexts || run->contexts_fault[0])
        return BASE_OK;
    if (run->contexts_share < 1) {
        *changed = true;
        BASE_TRY(live_contexts_work(run->contexts, ns, &run->contexts_share));
        if (run->contexts_share < 1)
            return BASE_OK;
        BASE_TRY(show_rates(run));
        run->contexts_step = 0;
        return show_latent(run);
    }
    if (live_contexts_latent(run->contexts) == run->latent)
        return BASE_OK;
    *changed = true;
    return show_latent(run);
}

enum base_status live_run_settle_texts(struct live_run *run, enum base_status status)
{
    if (status == BASE_INTERRUPTED) /* whoever runs it sees to that */
        return BASE_OK;
    if (status == BASE_OK || status == BASE_ERROR_DEVICE_LOST)
        return status;
    base_log(BASE_LOG_NORMAL, "no contexts in the window: %s", base_message());
    snprintf(run->contexts_fault, sizeof run->contexts_fault, "%s", base_message());
    live_contexts_close(&run->contexts);
    return BASE_OK;
}
