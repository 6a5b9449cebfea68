// The gradients of one active entry, by kind; shared by the kernels on pairs and on dense blocks. Before it is
// included: ACTIVATION, the buffer `latent`, and p with n, sparsity, bandwidth, penalty, target, to_input.
//
// dot: d reconstruction loss / d value. gate_dot: the same of the gate's own decoding. l0: active latents of the row.
float[SAE_TERMS] backward(uint i, float pi, float norm, float dot, float gate_dot, float l0)
{
    float encoder = dot, threshold = 0.0, magnitude = 0.0, scale = 0.0, by_norm = 0.0;
    if (ACTIVATION == SAE_ACTIVATION_RELU) {
        encoder = dot + p.sparsity * norm;
        by_norm = p.sparsity * pi;
    } else if (ACTIVATION == SAE_ACTIVATION_GATED) {
        // Sparsity takes |D_i| as constant: with the decoder frozen in the gate's own term nothing would hold it up.
        float gate = pi + latent[i];
        float stretch = exp(latent[2u * p.n + i]);
        float mag = stretch * pi + latent[p.n + i];
        float to_gate = gate > 0.0 ? gate_dot + p.sparsity * norm : 0.0;
        float to_mag = gate > 0.0 && mag > 0.0 ? dot : 0.0;
        encoder = to_gate + stretch * to_mag;
        threshold = to_gate;
        magnitude = to_mag;
        scale = to_mag * stretch * pi;
    } else if (ACTIVATION == SAE_ACTIVATION_JUMPRELU) {
        float theta = latent[i];
        bool above = pi > theta;
        float value = above ? pi : 0.0;
        float to_value = dot; // what the value itself is told
        float to_step = 0.0;  // what [pi > theta] is told
        if (p.penalty == SAE_PENALTY_STEP) {
            to_step = p.sparsity;
        } else if (p.penalty == SAE_PENALTY_QUADRATIC) {
            to_step = p.sparsity * 4.0 * (l0 - p.target) / p.target;
        } else {
            float t = tanh(min(4.0 * value * norm, 20.0)); // see penalty.glsl
            to_value += p.sparsity * 4.0 * norm * (1.0 - t * t);
            by_norm = p.sparsity * 4.0 * value * (1.0 - t * t);
        }
        encoder = above ? to_value : 0.0;
        if (abs(pi - theta) < 0.5 * p.bandwidth) {
            float jump = (theta * to_value + to_step) / p.bandwidth;
            threshold = -jump;
            encoder += p.to_input != 0u ? jump : 0.0;
        }
    }
    return float[SAE_TERMS](encoder, threshold, magnitude, scale, by_norm);
}
