// Sums along one direction of a matrix, in a fixed order; the body of the kernels sum and sum_counts. Before it is
// included: `p` with the fields of linalg_sum_params, VALUE and ZERO, and the functions load(index, j) of the
// sum's j-th term, add(a, b) and store(index, value), which add the bases.
//
// A workgroup sums one chunk for KEPT_LANES lines. Lane s of a line adds the elements s, s + SUMMED_LANES, … of the
// chunk one after the other, then the lanes combine in a tree. Groups count lines first, then chunks.
layout(constant_id = 1) const uint KEPT_LANES = 32u;
layout(constant_id = 2) const uint SUMMED_LANES = 4u; // a power of two; times KEPT_LANES it is the workgroup's size
layout(constant_id = 3) const uint SUMMED_RUNS = 0u;  // 1: neighbours in memory are summed, 0: they are kept
const uint EACH = 4u; // loads a round of the loop

shared VALUE lanes[KEPT_LANES * SUMMED_LANES];

void main()
{
    uint lane = gl_LocalInvocationIndex;
    uint kept_lane = SUMMED_RUNS != 0u ? lane / SUMMED_LANES : lane % KEPT_LANES;
    uint summed_lane = SUMMED_RUNS != 0u ? lane % SUMMED_LANES : lane / KEPT_LANES;
    uint kept_groups = (p.kept + KEPT_LANES - 1u) / KEPT_LANES;
    uint group = group_index();
    uint line = group % kept_groups * KEPT_LANES + kept_lane;
    uint chunk = group / kept_groups;
    uint from = chunk * p.chunk;
    uint to = min(from + p.chunk, p.summed);

    VALUE sum = ZERO;
    if (line < p.kept) {
        uint at = line * p.kept_stride, j = from + summed_lane;
        for (; j + (EACH - 1u) * SUMMED_LANES < to; j += EACH * SUMMED_LANES)
            [[unroll]] for (uint i = 0u; i < EACH; i++)
                sum = add(sum, load(at + (j + i * SUMMED_LANES) * p.summed_stride, j + i * SUMMED_LANES));
        for (; j < to; j += SUMMED_LANES)
            sum = add(sum, load(at + j * p.summed_stride, j));
    }
    uint slot = summed_lane * KEPT_LANES + kept_lane;
    lanes[slot] = sum;
    for (uint half_lanes = SUMMED_LANES / 2u; half_lanes > 0u; half_lanes /= 2u) {
        barrier();
        if (summed_lane < half_lanes)
            lanes[slot] = add(lanes[slot], lanes[slot + half_lanes * KEPT_LANES]);
    }
    if (summed_lane == 0u && line < p.kept && (from < p.summed || chunk == 0u))
        store(chunk * p.partials_stride + line, lanes[slot]);
}
