// The squared lengths of the decoder's rows, of which a resumed run must find the bits that the unbroken one has: in both
// kernels that make them the same operations in the same order. After sae/element.glsl.
float add_squares(float sum, ELEMENT value)
{
    precise float longer = sum;
    [[unroll]] for (uint i = 0u; i < WIDTH; i++) {
        precise float square = PART(value, i) * PART(value, i);
        longer = longer + square;
    }
    return longer;
}
