// The level subgroup of the product. The lanes of a subgroup stand side by side on C's columns; each makes ROWS_EACH
// rows of COLS_EACH columns that lie LANES apart. A step goes through DEPTH terms: LANES / DEPTH rows of A, so many
// terms each, are one load of the whole subgroup (LANES rows and one term where A's rows lie side by side), and every
// lane then gets each value by a broadcast. No value of A is loaded by all lanes, and B is loaded once for all rows.
//
// Made for CPU devices, where a subgroup is a vector register. A load from a binding costs some fifteen instructions
// for each lane there, with its own check of the bounds, whether the lanes' addresses differ or not; a broadcast is one
// instruction. And a load by address is one gather for all lanes, so A and B are read that way: rows, columns and terms
// are held within the matrices here, as no driver does it. A step is straight code, since what a loop carries is copied
// at the end of each round; it should stay within the instruction cache all the same.

const uint ROWS_A_LOAD = LANES / DEPTH; // divides ROWS_EACH
const uint LOADS = ROWS_EACH / ROWS_A_LOAD;
// A_IS_COLUMNS and LANES divides ROWS_EACH; not written with &&, of which glslang 12 makes a module that is not valid.
const bool ALONG_ROWS = ((FORM & 2u) ^ 2u) + ROWS_EACH % LANES == 0u;

float sums[ROWS_EACH * COLS_EACH]; // in registers: every index is a constant
// The same on the way from and to C, in loops: unrolled, that would be most of the code, and compiling it take seconds.
float outside[ROWS_EACH * COLS_EACH];
uint rows[LOADS]; // of A, that this lane loads
uint cols[COLS_EACH];

float load_a(uint row, uint k)
{
    uint at = A_IS_COLUMNS ? k * p.a_stride + row : row * p.a_stride + k;
    return Floats(uvec2(p.a_address_low, p.a_address_high)).at[p.a_base + at];
}

float load_b(uint k, uint col)
{
    uint at = B_IS_ROWS ? col * p.b_stride + k : k * p.b_stride + col;
    return Floats(uvec2(p.b_address_low, p.b_address_high)).at[p.b_base + at];
}

// A step: the terms from k on, of which `last` is the last there is. Where RAGGED, the last step has fewer than DEPTH,
// and what it loads beyond is not added.
void step_through(uint k, uint last)
{
    uint lane_k = k + gl_SubgroupInvocationID % DEPTH;
    float values[LOADS];
    float columns[DEPTH * COLS_EACH];
    [[unroll]] for (uint i = 0u; i < LOADS; i++)
        values[i] = ALONG_ROWS ? load_a(rows[i / DEPTH], RAGGED ? min(k + i % DEPTH, last) : k + i % DEPTH)
                               : load_a(rows[i], RAGGED ? min(lane_k, last) : lane_k);
    [[unroll]] for (uint l = 0u; l < DEPTH; l++)
        [[unroll]] for (uint j = 0u; j < COLS_EACH; j++)
            columns[l * COLS_EACH + j] = load_b(RAGGED ? min(k + l, last) : k + l, cols[j]);
    [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++)
        [[unroll]] for (uint l = 0u; l < DEPTH; l++) {
            float value = ALONG_ROWS
                              ? subgroupBroadcast(values[i / LANES * DEPTH + l], i % LANES)
                              : subgroupBroadcast(values[i / ROWS_A_LOAD], i % ROWS_A_LOAD * DEPTH + l);
            [[unroll]] for (uint j = 0u; j < COLS_EACH; j++) {
                float sum = fma(value, columns[l * COLS_EACH + j], sums[i * COLS_EACH + j]);
                sums[i * COLS_EACH + j] = !RAGGED || k + l <= last ? sum : sums[i * COLS_EACH + j];
            }
        }
}

void main()
{
    uint row0 = first_element().x, col0 = first_element().y;
    if (col0 >= p.cols) // a group past the last tile
        return;
    uint first_col = col0 + gl_SubgroupID * LANES * COLS_EACH + gl_SubgroupInvocationID;
    if (ACCUMULATE || BIASED) {
        for (uint i = 0u; i < ROWS_EACH; i++)
            [[unroll]] for (uint j = 0u; j < COLS_EACH; j++)
                outside[i * COLS_EACH + j] = start(row0 + i, first_col + j * LANES);
        [[unroll]] for (uint i = 0u; i < ROWS_EACH * COLS_EACH; i++)
            sums[i] = outside[i];
    } else
        [[unroll]] for (uint i = 0u; i < ROWS_EACH * COLS_EACH; i++)
            sums[i] = 0.0;

    // Rows and columns outside are read from the last ones inside: their sums are not stored.
    [[unroll]] for (uint i = 0u; i < LOADS; i++)
        rows[i] = min(row0 + (ALONG_ROWS ? i * LANES + gl_SubgroupInvocationID
                                         : i * ROWS_A_LOAD + gl_SubgroupInvocationID / DEPTH),
                      p.rows - 1u);
    [[unroll]] for (uint j = 0u; j < COLS_EACH; j++)
        cols[j] = min(first_col + j * LANES, p.cols - 1u);
    for (uint k = 0u; k < p.depth; k += DEPTH)
        step_through(k, p.depth - 1u);

    [[unroll]] for (uint i = 0u; i < ROWS_EACH * COLS_EACH; i++)
        outside[i] = sums[i];
    for (uint i = 0u; i < ROWS_EACH; i++)
        [[unroll]] for (uint j = 0u; j < COLS_EACH; j++)
            store(row0 + i, first_col + j * LANES, outside[i * COLS_EACH + j]);
}
