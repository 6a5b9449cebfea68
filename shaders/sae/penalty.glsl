// What sparsity costs one active entry, without its coefficient; see backward.glsl for the gradients. Vulkan lets tanh
// be sinh over cosh, which overflow: above 44 SwiftShader's is NaN. From 10 on it is 1.
float penalty_of(float value, float norm)
{
    if (ACTIVATION != SAE_ACTIVATION_JUMPRELU)
        return value * norm;
    return p.penalty == SAE_PENALTY_TANH ? tanh(min(4.0 * value * norm, 20.0)) : 1.0;
}

// Of a whole row: the sum over its entries, or for the quadratic penalty what its L0 costs (SAELens's form).
float penalty_of_row(float sum, float l0)
{
    if (ACTIVATION != SAE_ACTIVATION_JUMPRELU || p.penalty != SAE_PENALTY_QUADRATIC)
        return sum;
    return 2.0 / p.target * (l0 - p.target) * (l0 - p.target);
}
