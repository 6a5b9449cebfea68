/* The training configuration: defaults, schedules, what is refused, and JSON there and back. */
#include "sae/config.h"
#include "support/test.h"

#include <jansson.h>
#include <stdlib.h>

static struct sae_config configuration(const char *kind)
{
    struct sae_config config = {.kind = sae_kind_find(kind), .total_rows = 1000000, .batch = 1000};
    assert_non_null(config.kind);
    config.architecture.d_in = 64;
    config.architecture.d_out = 48;
    config.architecture.d_sae = 256;
    config.architecture.n_inputs = config.kind->several_inputs ? 2 : 1;
    if (config.kind->activation == SAE_TOPK || config.kind->activation == SAE_BATCHTOPK)
        config.architecture.k = 16;
    sae_config_defaults(&config);
    return config;
}

static void defaults(void **state)
{
    (void)state;
    for (const struct sae_kind *kind = sae_kinds; kind->name; kind++) {
        struct sae_config config = configuration(kind->name);
        bool selects = kind->activation == SAE_TOPK || kind->activation == SAE_BATCHTOPK;
        assert_ok(sae_config_check(&config));
        assert_int_equal(config.architecture.d_out, kind->target ? 48 : 64);
        assert_int_equal(config.architecture.activation, kind->activation);
        assert_true(config.aux_coefficient == (selects ? 1.0 / 32 : 0));
        assert_int_equal(config.dead_after, 50000);
        assert_int_equal(config.n_widths, kind->nested ? 5 : 1);
        assert_int_equal(config.widths[config.n_widths - 1], 256);
        assert_int_equal(sae_config_steps(&config), 1000);
        assert_true(config.learning_rate == 3e-4 && config.clip == 1 && config.max_norm == 10);
    }
    struct sae_config steered = {.kind = sae_kind_find("jumprelu"), .total_rows = 1 << 30, .target_l0 = 48};
    steered.architecture.d_in = 576;
    steered.architecture.d_sae = 768;
    sae_config_defaults(&steered);
    assert_ok(sae_config_check(&steered));
    assert_int_equal(steered.batch, 4096);
    assert_int_equal(steered.dead_after, 10000000);
    assert_int_equal(steered.k_aux, 288);
    assert_true(steered.bandwidth == 0.2 && steered.threshold_start == 0.1 && steered.gradient_to_input);
    assert_true(steered.sparsity_coefficient == 0.01 && steered.aux_coefficient == 1.0 / 32);
    assert_in_double(sae_config_automatic_rate(1 << 12), 4e-4, 1e-18);
}

/* Factors printed by SAELens 6.54.12's own get_lr_scheduler for a learning rate of 1. */
static void rates(void **state)
{
    (void)state;
    static const struct {
        enum sae_schedule schedule;
        uint64_t steps, warmup, decay;
        double wanted[20];
    } cases[] = {
        {SAE_CONSTANT, 20, 4, 5, {0.250000, 0.500000, 0.750000, 1.000000, 1.000000, 1.000000, 1.000000,
                                  1.000000, 1.000000, 1.000000, 1.000000, 1.000000, 1.000000, 1.000000,
                                  1.000000, 1.000000, 0.800000, 0.600000, 0.400000, 0.200000}},
        {SAE_COSINE, 20, 4, 5, {0.250000, 0.500000, 0.750000, 1.000000, 1.000000, 0.981772, 0.928564,
                                0.844687, 0.736937, 0.614042, 0.485958, 0.363063, 0.255313, 0.171436,
                                0.118228, 0.100000, 0.080000, 0.060000, 0.040000, 0.020000}},
        {SAE_COSINE, 20, 0, 0, {1.000000, 0.994460, 0.977975, 0.950953, 0.914058, 0.868198, 0.814503,
                                0.754296, 0.689058, 0.620396, 0.550000, 0.479604, 0.410942, 0.345704,
                                0.285497, 0.231802, 0.185942, 0.149047, 0.122025, 0.105540}},
        {SAE_CONSTANT,
         10,
         1,
         0,
         {1.000000, 1.000000, 1.000000, 1.000000, 1.000000, 1.000000, 1.000000, 1.000000, 1.000000,
          1.000000}},
        {SAE_CONSTANT,
         10,
         0,
         10,
         {1.000000, 0.900000, 0.800000, 0.700000, 0.600000, 0.500000, 0.400000, 0.300000, 0.200000,
          0.100000}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        struct sae_config config = configuration("topk");
        config.total_rows = cases[c].steps * config.batch;
        config.schedule = cases[c].schedule;
        config.warmup = cases[c].warmup;
        config.decay = cases[c].decay;
        for (uint64_t t = 0; t < cases[c].steps; t++)
            assert_in_double(sae_schedule_rate(&config, t), cases[c].wanted[t], 6e-7);
    }
    struct sae_config linear = configuration("topk");
    linear.total_rows = 10 * linear.batch;
    linear.schedule = SAE_LINEAR;
    linear.warmup = 2;
    static const double falling[] = {0.5, 1, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125, 0};
    for (uint64_t t = 0; t <= 10; t++)
        assert_in_double(sae_schedule_rate(&linear, t), falling[t], 1e-15);
}

static void other_schedules(void **state)
{
    (void)state;
    struct sae_config config = configuration("standard");
    assert_true(sae_schedule_sparsity(&config, 0) == 1);
    config.sparsity_warmup = 4;
    static const double rising[] = {0, 0.25, 0.5, 0.75, 1, 1};
    for (uint64_t t = 0; t < 6; t++)
        assert_true(sae_schedule_sparsity(&config, t) == rising[t]);
    config = configuration("topk");
    assert_true(sae_schedule_k(&config, 0) == 16);
    config.k_anneal = 5;
    static const double falling[] = {64, 54, 45, 35, 26, 16, 16};
    for (uint64_t t = 0; t < 7; t++)
        assert_true(sae_schedule_k(&config, t) == falling[t]);
    config = configuration("batchtopk");
    config.k_anneal = 5;
    assert_in_double(sae_schedule_k(&config, 1), 54.4, 1e-12);
    config.architecture.k = 80; /* more than there is to fall from */
    assert_true(sae_schedule_k(&config, 0) == 80);
}

/* One change to a good configuration of a kind, and the option that the message must name. */
struct fault {
    const char *kind;
    void (*spoil)(struct sae_config *config);
    const char *part;
};

#define SPOIL(name, statement)                                                                               \
    static void name(struct sae_config *config)                                                              \
    {                                                                                                        \
        statement;                                                                                           \
    }
SPOIL(no_kind, config->kind = NULL)
SPOIL(no_latents, config->architecture.d_sae = 0)
SPOIL(many_latents, config->architecture.d_sae = (1 << 20) + 1)
SPOIL(no_input, config->architecture.d_in = 0)
SPOIL(no_k, config->architecture.k = 0)
SPOIL(negative_k, config->architecture.k = -3)
SPOIL(large_k, config->architecture.k = 257)
SPOIL(fraction_k, config->architecture.k = 2.5)
SPOIL(nan_k, config->architecture.k = NAN)
SPOIL(tiny_k, config->architecture.k = 1e-4)
SPOIL(k_of_others, config->architecture.k = 5)
SPOIL(l1_of_others, config->l1 = 1)
SPOIL(negative_l1, config->l1 = -1)
SPOIL(nan_l1, config->l1 = NAN)
SPOIL(target_of_others, config->target_l0 = 5)
SPOIL(aux_of_others, config->aux_coefficient = 1)
SPOIL(resample_of_others, config->resample_every = 1)
SPOIL(anneal_of_others, config->k_anneal = 1)
SPOIL(no_batch, config->batch = 0)
SPOIL(no_rows, config->total_rows = 0)
SPOIL(few_rows, config->total_rows = 999)
SPOIL(zero_rate, config->learning_rate = 0)
SPOIL(infinite_rate, config->learning_rate = INFINITY)
SPOIL(beta, config->beta1 = 1)
SPOIL(beta_second, config->beta2 = -0.1)
SPOIL(no_epsilon, config->epsilon = 0)
SPOIL(negative_clip, config->clip = -1)
SPOIL(schedule, config->schedule = (enum sae_schedule)7)
SPOIL(activation, config->architecture.activation = (enum sae_activation)9)
SPOIL(other_activation, config->architecture.activation = SAE_RELU; config->architecture.k = 0)
SPOIL(long_warmup, config->warmup = 600; config->decay = 500)
SPOIL(linear_decay, config->schedule = SAE_LINEAR; config->decay = 5)
SPOIL(long_anneal, config->k_anneal = 1001)
SPOIL(long_sparsity, config->sparsity_warmup = 1001)
SPOIL(small_norm, config->max_norm = 0.5)
SPOIL(quadratic, config->sparsity = SAE_SPARSITY_QUADRATIC)
SPOIL(tanh_target, config->sparsity = SAE_SPARSITY_TANH; config->target_l0 = 4)
SPOIL(large_target, config->target_l0 = 300)
SPOIL(target_anneal, config->target_anneal = 1.5)
SPOIL(no_bandwidth, config->bandwidth = 0)
SPOIL(negative_threshold, config->threshold_start = -1)
SPOIL(large_aux, config->k_aux = 1000)
SPOIL(no_dead, config->dead_after = 0)
SPOIL(widths_fall, config->widths[1] = config->widths[0])
SPOIL(widths_end, config->widths[4] = 255)
SPOIL(widths_none, config->n_widths = 0)
SPOIL(widths_of_others, config->n_widths = 2; config->widths[0] = 9; config->widths[1] = 256)
SPOIL(other_output, config->architecture.d_out = 5)
SPOIL(bias_of_transcoder, config->architecture.apply_b_dec_to_input = true)
SPOIL(inputs, config->architecture.n_inputs = 2)
SPOIL(uneven_inputs, config->architecture.n_inputs = 3)
SPOIL(other_kind, config->architecture.skip = true)
SPOIL(bandwidth_of_others, config->bandwidth = 0.3)
SPOIL(sparsity_of_others, config->sparsity = SAE_SPARSITY_TANH)
SPOIL(warmup_of_others, config->sparsity_warmup = 1)
SPOIL(k_aux_of_others, config->k_aux = 7)
SPOIL(flag_of_others, config->gradient_to_input = true)
SPOIL(decoder, config->decoder_start_norm = 0)
SPOIL(large_seed, config->seed = UINT64_MAX)

static const struct fault faults[] = {
    {"topk", no_kind, "--arch is missing"},
    {"topk", no_latents, "--d-sae must be at least 1 and at most 1048576, not 0"},
    {"topk", many_latents, "--d-sae"},
    {"topk", no_input, "--d-in"},
    {"topk", no_k, "--k must be above 0"},
    {"topk", negative_k, "--k must be above 0"},
    {"batchtopk", large_k, "--k 257 is more than --d-sae 256"},
    {"topk", fraction_k, "--k 2.5: a fraction"},
    {"topk", nan_k, "--k must be"},
    {"batchtopk", tiny_k, "--k 0.0001 and --batch 1000 leave no active latent"},
    {"standard", k_of_others, "--k has no part in --arch standard"},
    {"topk", l1_of_others, "--l1 has no part"},
    {"standard", negative_l1, "--l1 must be at least 0"},
    {"gated", nan_l1, "--l1"},
    {"gated", target_of_others, "--target-l0 has no part"},
    {"gated", aux_of_others, "--aux-coefficient has no part"},
    {"topk", resample_of_others, "--resample-every has no part"},
    {"jumprelu", anneal_of_others, "--k-anneal has no part"},
    {"topk", no_batch, "--batch must be at least 1"},
    {"topk", no_rows, "--total-rows must be at least 1"},
    {"topk", few_rows, "--total-rows 999 is less than --batch 1000"},
    {"topk", zero_rate, "--lr must be above 0"},
    {"topk", infinite_rate, "--lr"},
    {"topk", beta, "--adam-beta1"},
    {"topk", beta_second, "--adam-beta2"},
    {"topk", no_epsilon, "--adam-epsilon"},
    {"topk", negative_clip, "--clip"},
    {"topk", schedule, "--lr-schedule"},
    {"topk", activation, "--activation"},
    {"topk", other_activation, "--activation relu: --arch topk has the activation topk"},
    {"topk", long_warmup, "--warmup 600 and --decay 500"},
    {"topk", linear_decay, "--decay: --lr-schedule linear"},
    {"topk", long_anneal, "--k-anneal 1001"},
    {"standard", long_sparsity, "--sparsity-warmup 1001"},
    {"topk", small_norm, "--max-norm 0.5"},
    {"jumprelu", quadratic, "--sparsity quadratic needs --target-l0"},
    {"jumprelu", tanh_target, "--target-l0 has no part in --sparsity tanh"},
    {"jumprelu", large_target, "--target-l0 300 is more than --d-sae 256"},
    {"jumprelu", target_anneal, "--target-anneal"},
    {"jumprelu", no_bandwidth, "--bandwidth must be above 0"},
    {"jumprelu", negative_threshold, "--init-threshold"},
    {"topk", large_aux, "--k-aux must be 1 to --d-sae 256, not 1000"},
    {"topk", no_dead, "--dead-after"},
    {"matryoshka", widths_fall, "--widths must be above 0 and increase"},
    {"matryoshka", widths_end, "--widths must end with --d-sae 256, not with 255"},
    {"matryoshka", widths_none, "--widths must be 1 to 16"},
    {"batchtopk", widths_of_others, "--widths: only --arch matryoshka"},
    {"standard", other_output, "--d-out 5: only transcoders"},
    {"transcoder", bias_of_transcoder, "--apply-b-dec-to-input"},
    {"standard", inputs, "--n-inputs 2: only --arch crosscoder"},
    {"crosscoder", uneven_inputs, "--n-inputs 3 does not divide the width 64"},
    {"transcoder", other_kind, "--arch transcoder"},
    {"topk", bandwidth_of_others, "--bandwidth has no part in --arch topk"},
    {"standard", sparsity_of_others, "--sparsity has no part in --arch standard"},
    {"matryoshka", warmup_of_others, "--sparsity-warmup has no part in --arch matryoshka"},
    {"gated", k_aux_of_others, "--k-aux has no part in --arch gated"},
    {"transcoder", flag_of_others,
     "--gradient-to-input has no part in --arch transcoder with the activation relu"},
    {"topk", decoder, "--decoder-init-norm"},
    {"topk", large_seed, "--seed"},
};

static void refusals(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct sae_config config = configuration(faults[i].kind);
        faults[i].spoil(&config);
        assert_fails(sae_config_check(&config), BASE_ERROR_USAGE, faults[i].part);
    }
}

static void what_concerns_a_kind(void **state)
{
    (void)state;
    struct sae_config topk = configuration("topk"), jumprelu = configuration("jumprelu"),
                      matryoshka = configuration("matryoshka");
    assert_true(sae_config_concerns(&topk, "k") && !sae_config_concerns(&jumprelu, "k"));
    assert_true(sae_config_concerns(&jumprelu, "bandwidth") && !sae_config_concerns(&topk, "bandwidth"));
    assert_true(sae_config_concerns(&matryoshka, "widths") && !sae_config_concerns(&topk, "widths"));
    assert_true(sae_config_concerns(&topk, "lr") && sae_config_concerns(&topk, "buffer"));
    jumprelu.target_l0 = 12;
    assert_true(sae_config_wanted_l0(&jumprelu) == 12 && sae_config_wanted_l0(&topk) == 0);
    assert_true(sae_config_wanted_l0(&matryoshka) == matryoshka.architecture.k);
}

/* Text made twice from a configuration that went through text is the same, and so is every member. */
static void there_and_back(void **state)
{
    (void)state;
    for (const struct sae_kind *kind = sae_kinds; kind->name; kind++) {
        struct sae_config config = configuration(kind->name), read = {0};
        config.learning_rate = 0.1 + 0.2;
        config.seed = INT64_MAX;
        config.schedule = SAE_COSINE;
        config.bias_start = SAE_BIAS_GEOMETRIC_MEDIAN;
        config.architecture.scaling = SAE_SCALING_LAYER_NORM;
        json_t *json = sae_config_to_json(&config);
        char *text = json_dumps(json, JSON_SORT_KEYS);
        json_t *parsed = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
        assert_ok(sae_config_from_json(parsed, "run.json", &read));
        assert_ok(sae_config_check(&read));
        json_t *again = sae_config_to_json(&read);
        char *second = json_dumps(again, JSON_SORT_KEYS);
        assert_string_equal(text, second);
        assert_true(read.learning_rate == 0.1 + 0.2 && read.seed == INT64_MAX && read.kind == kind);
        assert_true(json_equal(json, again));
        free(text), free(second);
        json_decref(json), json_decref(parsed), json_decref(again);
    }
}

static void partial(void **state)
{
    (void)state;
    struct sae_config config = configuration("topk");
    json_t *json = json_loads("{\"lr\": 1, \"widths\": [8, 256], \"gradient-to-input\": true}", 0, NULL);
    assert_ok(sae_config_from_json(json, "c.json", &config));
    assert_true(config.learning_rate == 1 && config.gradient_to_input && config.n_widths == 2);
    assert_int_equal(config.batch, 1000);
    json_decref(json);
}

static void bad_json(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
    } cases[] = {
        {"[]", "c.json: a configuration is a JSON object"},
        {"{\"learning_rate\": 1}", "c.json: \"learning_rate\" is no option of training"},
        {"{\"a\\u001bb\": 1}", "is no option of training"},
        {"{\"lr\": \"1\"}", "c.json: \"lr\" must be a number from 0 to"},
        {"{\"lr\": null}", "\"lr\" must be a number"},
        {"{\"lr\": 1e40}", "\"lr\" must be a number"},
        {"{\"batch\": 1.5}", "\"batch\" must be a whole number from 1"},
        {"{\"batch\": -1}", "\"batch\" must be a whole number from 1"},
        {"{\"batch\": 4294967297}", "\"batch\" must be a whole number from 1"},
        {"{\"seed\": -1}", "\"seed\" must be a whole number from 0"},
        {"{\"arch\": \"dense\"}", "\"arch\" must be the name of a kind"},
        {"{\"arch\": 3}", "\"arch\" must be the name of a kind"},
        {"{\"sparsity\": \"l2\"}", "\"sparsity\" must be one of \"step\" \"tanh\" \"quadratic\""},
        {"{\"gradient-to-input\": 1}", "\"gradient-to-input\" must be true or false"},
        {"{\"widths\": 3}", "\"widths\" must be an array"},
        {"{\"widths\": []}", "\"widths\" must be an array"},
        {"{\"widths\": [0]}", "\"widths\" must be an array"},
        {"{\"widths\": [1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]}", "\"widths\" must be an array"},
        {"{\"batch\": 7, \"lr\": []}", "\"lr\" must be"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct sae_config config = configuration("topk");
        json_t *json = json_loads(cases[i].text, 0, NULL);
        assert_non_null(json);
        assert_fails(sae_config_from_json(json, "c.json", &config), BASE_ERROR_INPUT, cases[i].part);
        assert_int_equal(config.batch, 1000); /* nothing half-read */
        json_decref(json);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),        cmocka_unit_test(rates),
        cmocka_unit_test(other_schedules), cmocka_unit_test(refusals),
        cmocka_unit_test(partial),         cmocka_unit_test(bad_json),
        cmocka_unit_test(there_and_back),  cmocka_unit_test(what_concerns_a_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
