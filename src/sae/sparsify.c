#include "io/json.h"
#include "sae/readers.h"

#include <jansson.h>
#include <string.h>

static const struct sae_weight_name names[] = {
    {"W_enc", "encoder.weight", false, false}, {"b_enc", "encoder.bias", false, false},
    {"W_dec", "W_dec", false, false},          {"b_dec", "b_dec", false, false},
    {"W_skip", "W_skip", false, false},        {NULL, NULL, false, false},
};

/* f = the k greatest of ReLU((x - b_dec) W_enc + b_enc); transcoders subtract nothing, and the skip path
 * takes x itself. */
enum base_status sparsify_parse(const json_t *config, const char *where, struct sae_architecture *of)
{
    const char *activation = "topk";
    char shown[IO_PRINTABLE];
    int64_t k = 0, latents = 0, d_in = of->d_in;
    bool transcode = false;
    if (!json_is_object(config))
        return base_fail(BASE_ERROR_INPUT, "%s: not a JSON object", where);
    BASE_TRY(sae_json_text(config, "activation", where, false, &activation));
    if (strcmp(activation, "topk") != 0)
        return base_fail(BASE_ERROR_INPUT, "%s: \"activation\" is \"%s\"; topk is the one that can be read",
                         where, io_printable(activation, shown));
    BASE_TRY(sae_json_integer(config, "k", where, true, 1, of->d_sae, &k));
    BASE_TRY(sae_json_integer(config, "num_latents", where, false, 0, UINT32_MAX, &latents));
    BASE_TRY(sae_json_integer(config, "d_in", where, false, 1, UINT32_MAX, &d_in));
    BASE_TRY(sae_json_flag(config, "transcode", where, &transcode));
    BASE_TRY(sae_json_flag(config, "skip_connection", where, &of->skip));
    if (d_in != of->d_in || (latents > 0 && latents != of->d_sae))
        return base_fail(BASE_ERROR_INPUT,
                         "%s: \"d_in\" and \"num_latents\" are %lld and %lld, the weights have %u and %u",
                         where, (long long)d_in, (long long)latents, of->d_in, of->d_sae);
    of->activation = SAE_TOPK;
    of->k = (double)k;
    of->apply_b_dec_to_input = !transcode;
    of->transcoder = transcode || of->skip;
    of->n_inputs = 1;
    if (of->d_out != of->d_in && !transcode)
        return base_fail(BASE_ERROR_INPUT,
                         "%s: the decoder's width %u is not the input's %u, and \"transcode\" is not true",
                         where, of->d_out, of->d_in);
    return BASE_OK;
}

enum base_status sparsify_read(const char *config_path, const char *weights_path, struct sae_model *model)
{
    enum base_status status;
    struct io_file *file = NULL;
    json_t *config = NULL;
    uint64_t d_in, d_out, d_sae, again;
    *model = (struct sae_model){0};
    BASE_CHECK(io_json_read(config_path, &config));
    BASE_CHECK(io_open(weights_path, &file));
    BASE_CHECK(sae_weight_file_matrix(file, "encoder.weight", &d_sae, &d_in));
    BASE_CHECK(sae_weight_file_matrix(file, "W_dec", &again, &d_out));
    struct sae_architecture architecture = {
        .d_in = (uint32_t)d_in, .d_out = (uint32_t)d_out, .d_sae = (uint32_t)d_sae};
    BASE_CHECK(sparsify_parse(config, config_path, &architecture));
    status = sae_weight_file_read(file, &architecture, names, NULL,
                                  architecture.skip ? "a sparsify autoencoder with a skip connection"
                                                    : "a sparsify autoencoder",
                                  model);
error:
    io_close(&file);
    json_decref(config);
    return status;
}
