#include "live/training_texts.h"

#include "base/platform.h"

#include <math.h>

enum { FIRST_BLOCK = 128, LEAST_BLOCK = 16, MOST_BLOCK = 1024 };

/* Of the time; at once when there was little to do; and for the first lines, which are waited for. */
static const double share_of_time = 0.03, most_credit_ns = 4e8, first_credit_ns = 1e9;

enum base_status live_training_texts_begin(struct live_training_texts *texts, struct live_run *run,
                                           struct sae_trainer *trainer)
{
    *texts = (struct live_training_texts){
        .block = FIRST_BLOCK, .begun_step = run->step, .walking = run->contexts != NULL};
    return run->contexts ? live_run_settle_texts(run, live_contexts_take_trainer(run->contexts, trainer))
                         : BASE_OK;
}

static bool has_time(struct live_training_texts *texts)
{
    uint64_t now = base_clock_ns();
    if (!texts->asked_ns)
        texts->credit_ns = first_credit_ns;
    else if (texts->credit_ns < most_credit_ns)
        texts->credit_ns =
            fmin(most_credit_ns, texts->credit_ns + share_of_time * (double)(now - texts->asked_ns));
    texts->asked_ns = now;
    return texts->credit_ns > 0;
}

/* Blocks take 10 to 40 ms: small ones cost more a row, and the window is served within them. */
static void choose_block(struct live_training_texts *texts, uint64_t ns)
{
    if (ns < 10000000 && texts->block < MOST_BLOCK)
        texts->block *= 2;
    else if (ns > 40000000 && texts->block > LEAST_BLOCK)
        texts->block /= 2;
}

static bool has_new_lines(const struct live_training_texts *texts, const struct live_run *run)
{
    uint32_t walks = live_contexts_walks(run->contexts);
    return walks > 0 && (walks != texts->walks || live_contexts_latent(run->contexts) != run->latent);
}

static enum base_status choose(struct live_training_texts *texts, struct live_run *run)
{
    BASE_TRY(live_contexts_choose(run->contexts, run->latent));
    texts->walks = live_contexts_walks(run->contexts);
    run->contexts_step = run->step;
    return BASE_OK;
}

/* Behind a walk that began before this step another one begins. */
static enum base_status walk(struct live_training_texts *texts, struct live_run *run)
{
    double share;
    if (!texts->walking && texts->begun_step == run->step)
        return BASE_OK;
    if (!texts->walking) {
        texts->begun_step = run->step;
        BASE_TRY(live_contexts_again(run->contexts));
    }
    live_contexts_set_block(run->contexts, texts->block);
    BASE_TRY(live_contexts_work(run->contexts, 1, &share));
    texts->walking = share < 1;
    run->contexts_share = live_contexts_walks(run->contexts) > 0 ? 1 : share;
    return BASE_OK;
}

enum base_status live_training_texts_read(struct live_training_texts *texts, struct live_run *run,
                                          enum live_training_pace pace, bool *more, bool *changed)
{
    *more = false;
    if (!run->contexts || !run->contexts_seen || base_interrupted())
        return BASE_OK;
    const uint64_t began = base_clock_ns();
    bool choosing = has_new_lines(texts, run), first = live_contexts_walks(run->contexts) == 0;
    if (pace == LIVE_TRAINING_GOES_ON && !has_time(texts) && !choosing)
        return BASE_OK;
    BASE_TRY(live_run_settle_texts(run, choosing ? choose(texts, run) : walk(texts, run)));
    if (!run->contexts)
        return BASE_OK;
    const uint64_t took = base_clock_ns() - began;
    if (pace == LIVE_TRAINING_GOES_ON)
        texts->credit_ns -= (double)took;
    if (!choosing && pace != LIVE_TRAINING_SCRIPTED)
        choose_block(texts, took);
    *changed = *changed || choosing || first;
    *more = texts->walking || has_new_lines(texts, run) || texts->begun_step != run->step;
    return BASE_OK;
}
