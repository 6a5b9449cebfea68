#include "support/autoencoder.h"

#include "base/random.h"
#include "support/test.h"

#include <stdlib.h>

struct sae_architecture test_architecture(enum sae_activation activation, uint32_t d, uint32_t n)
{
    bool selects = activation == SAE_TOPK || activation == SAE_BATCHTOPK;
    return (struct sae_architecture){.activation = activation,
                                     .d_in = d,
                                     .d_out = d,
                                     .d_sae = n,
                                     .k = selects ? n / 4 : 0,
                                     .apply_b_dec_to_input = true,
                                     .n_inputs = 1};
}

static double normal(uint64_t seed, uint64_t index)
{
    return base_random_normal(seed, BASE_STREAM_TEST, index);
}

struct sae_model test_model(const struct sae_architecture *architecture, uint64_t seed)
{
    struct sae_model model;
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    assert_ok(sae_model_create(architecture, &model));
    uint32_t count = sae_model_tensors(&model, tensors);
    double width = sqrt(architecture->d_in);
    for (uint32_t t = 0; t < count; t++) {
        double size = tensors[t].rows > 1 ? 1 / width : 0.3;
        for (uint64_t i = 0; i < tensors[t].rows * tensors[t].cols; i++)
            tensors[t].values[i] = (float)(size * normal(seed + 1000 * t, i));
    }
    for (uint64_t i = 0; i < architecture->d_sae; i++) {
        float norm = (float)(0.2 + 1.8 * base_random_uniform(seed + 77, BASE_STREAM_TEST, i));
        for (uint64_t j = 0; j < architecture->d_out; j++)
            model.W_dec[i * architecture->d_out + j] *= norm;
        if (model.threshold)
            model.threshold[i] = (float)(0.1 + 0.5 * base_random_uniform(seed + 78, BASE_STREAM_TEST, i));
    }
    return model;
}

float *test_rows(uint32_t rows, uint32_t d, uint64_t seed)
{
    float *x = calloc((size_t)rows * d, sizeof *x);
    assert_non_null(x);
    for (uint64_t i = 0; i < (uint64_t)rows * d; i++)
        x[i] = (float)normal(seed, i);
    return x;
}

float *test_tensor(struct sae_model *model, const char *name)
{
    struct sae_tensor tensors[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(model, tensors);
    for (uint32_t t = 0; t < count; t++)
        if (strcmp(tensors[t].name, name) == 0)
            return tensors[t].values;
    fail_msg("no tensor %s", name);
    return NULL;
}

void test_assert_models_equal(const struct sae_model *a, const struct sae_model *b)
{
    const struct sae_architecture *p = &a->architecture, *q = &b->architecture;
    assert_int_equal(p->activation, q->activation);
    assert_int_equal(p->d_in, q->d_in);
    assert_int_equal(p->d_out, q->d_out);
    assert_int_equal(p->d_sae, q->d_sae);
    assert_true(p->k == q->k);
    assert_int_equal(p->rescale_by_decoder_norm, q->rescale_by_decoder_norm);
    assert_int_equal(p->apply_b_dec_to_input, q->apply_b_dec_to_input);
    assert_int_equal(p->transcoder, q->transcoder);
    assert_int_equal(p->skip, q->skip);
    assert_int_equal(p->n_inputs, q->n_inputs);
    assert_int_equal(p->scaling, q->scaling);
    struct sae_tensor s[SAE_MOST_TENSORS], t[SAE_MOST_TENSORS];
    uint32_t count = sae_model_tensors(a, s);
    assert_int_equal(count, sae_model_tensors(b, t));
    for (uint32_t i = 0; i < count; i++) {
        assert_string_equal(s[i].name, t[i].name);
        assert_memory_equal(s[i].values, t[i].values, s[i].rows * s[i].cols * sizeof(float));
    }
    assert_int_equal(a->metadata != NULL, b->metadata != NULL);
    if (a->metadata)
        assert_string_equal(a->metadata, b->metadata);
}
