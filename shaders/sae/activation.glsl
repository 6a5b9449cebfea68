// Which entries of a row are active: where the kinds of autoencoder differ in the forward pass. Before it is included:
// ACTIVATION (a constant), `p.half_window`, and the buffer `latent`: threshold (JumpReLU), b_gate (gated).
// TopK and BatchTopK select by key.glsl, with `latent` as weights.
//
// RELU, GATED and JUMPRELU. JumpReLU's pairs include those in the straight-through window, which carry gradients
// though their value is 0 (strict on both sides).
bool is_active(float pi, uint i)
{
    if (ACTIVATION == SAE_ACTIVATION_JUMPRELU)
        return pi > latent[i] || abs(pi - latent[i]) < p.half_window;
    if (ACTIVATION == SAE_ACTIVATION_GATED)
        return pi + latent[i] > 0.0;
    return pi > 0.0;
}
