// Which entries of a row are active: where the kinds of autoencoder differ in the forward pass. Before it is included:
// ACTIVATION (a constant) and `p.half_window`. `latent` is the threshold (JumpReLU) or b_gate (gated). TopK and
// BatchTopK select by key.glsl.
//
// RELU, GATED and JUMPRELU. JumpReLU's pairs include those in the straight-through window, which carry gradients
// though their value is 0 (strict on both sides).
bool is_active(float pi, float latent)
{
    if (ACTIVATION == SAE_ACTIVATION_JUMPRELU)
        return pi > latent || abs(pi - latent) < p.half_window;
    if (ACTIVATION == SAE_ACTIVATION_GATED)
        return pi + latent > 0.0;
    return pi > 0.0;
}
