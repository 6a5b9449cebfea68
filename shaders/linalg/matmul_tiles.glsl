// The levels floor and vec4 of the product: the operands' tiles lie in shared memory with the sum's index k outermost;
// a thread's sums are runs of four rows and four columns, the runs of neighbouring threads side by side.

// The padding keeps runs of four aligned and spreads the transposing writes over the banks.
const uint A_STEP = TILE_ROWS + 4u;
const uint B_STEP = TILE_COLS + 4u;
shared float a_tile[DEPTH * A_STEP];
shared float b_tile[DEPTH * B_STEP];

// What lies outside a matrix is 0 in its tile: it then adds nothing that is stored.
void load_a(uint row0, uint k0)
{
    if (A_IS_COLUMNS) {
        const uint RUNS = TILE_ROWS / WIDTH;
        for (uint e = gl_LocalInvocationIndex; e < DEPTH * RUNS; e += gl_WorkGroupSize.x) {
            uint k = e / RUNS;
            uint row = e % RUNS * WIDTH;
            ELEMENT value = ELEMENT(0.0);
            if (row0 + row < p.rows && k0 + k < p.depth)
                value = a[(p.a_base + (k0 + k) * p.a_stride + row0 + row) / WIDTH];
            PUT(a_tile, k * A_STEP + row, 1u, value);
        }
    } else {
        const uint RUNS = DEPTH / WIDTH;
        for (uint e = gl_LocalInvocationIndex; e < TILE_ROWS * RUNS; e += gl_WorkGroupSize.x) {
            uint row = e / RUNS;
            uint k = e % RUNS * WIDTH;
            ELEMENT value = ELEMENT(0.0);
            if (row0 + row < p.rows && k0 + k < p.depth)
                value = a[(p.a_base + (row0 + row) * p.a_stride + k0 + k) / WIDTH];
            PUT(a_tile, k * A_STEP + row, A_STEP, value);
        }
    }
}

void load_b(uint col0, uint k0)
{
    if (B_IS_ROWS) {
        const uint RUNS = DEPTH / WIDTH;
        for (uint e = gl_LocalInvocationIndex; e < TILE_COLS * RUNS; e += gl_WorkGroupSize.x) {
            uint col = e / RUNS;
            uint k = e % RUNS * WIDTH;
            ELEMENT value = ELEMENT(0.0);
            if (col0 + col < p.cols && k0 + k < p.depth)
                value = b[(p.b_base + (col0 + col) * p.b_stride + k0 + k) / WIDTH];
            PUT(b_tile, k * B_STEP + col, B_STEP, value);
        }
    } else {
        const uint RUNS = TILE_COLS / WIDTH;
        for (uint e = gl_LocalInvocationIndex; e < DEPTH * RUNS; e += gl_WorkGroupSize.x) {
            uint k = e / RUNS;
            uint col = e % RUNS * WIDTH;
            ELEMENT value = ELEMENT(0.0);
            if (col0 + col < p.cols && k0 + k < p.depth)
                value = b[(p.b_base + (k0 + k) * p.b_stride + col0 + col) / WIDTH];
            PUT(b_tile, k * B_STEP + col, 1u, value);
        }
    }
}

vec4 sums[ROWS_EACH * (COLS_EACH / 4u)];

void multiply_tiles(uint row0, uint col0, uint thread_row, uint thread_col, uint depth)
{
    for (uint k0 = 0u; k0 < depth; k0 += DEPTH) {
        load_a(row0, k0);
        load_b(col0, k0);
        barrier();
        for (uint k = 0u; k < DEPTH; k++) {
            vec4 columns[COLS_EACH / 4u];
            [[unroll]] for (uint j = 0u; j < COLS_EACH / 4u; j++) {
                uint at = k * B_STEP + (j * COL_THREADS + thread_col) * 4u;
                columns[j] = vec4(b_tile[at], b_tile[at + 1u], b_tile[at + 2u], b_tile[at + 3u]);
            }
            [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++) {
                float value = a_tile[k * A_STEP + (i / 4u * ROW_THREADS + thread_row) * 4u + i % 4u];
                [[unroll]] for (uint j = 0u; j < COLS_EACH / 4u; j++)
                    sums[i * (COLS_EACH / 4u) + j] =
                        fma(vec4(value), columns[j], sums[i * (COLS_EACH / 4u) + j]);
            }
        }
        barrier();
    }
}

#ifdef LEVEL_VEC4
// Rows and columns outside are read from the last ones inside: their sums are not stored.
void multiply_direct(uint row0, uint first_col, uint depth)
{
    uint b_at = (p.b_base + min(first_col, p.cols - 4u)) / 4u;
    for (uint k = 0u; k < depth; k += 4u) {
        vec4 rows[ROWS_EACH];
        [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++)
            rows[i] = a[(p.a_base + min(row0 + i, p.rows - 1u) * p.a_stride + k) / 4u];
        [[unroll]] for (uint l = 0u; l < 4u; l++) {
            vec4 columns = b[b_at + (k + l) * (p.b_stride / 4u)];
            [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++)
                sums[i] = fma(vec4(rows[i][l]), columns, sums[i]);
        }
    }
}
#else
void multiply_direct(uint row0, uint first_col, uint depth)
{
}
#endif

void main()
{
    // Written so that a device that sees one thread a column of tiles sees one row of A for the whole group.
    uint thread_row = ROW_THREADS == 1u ? 0u : gl_LocalInvocationIndex / COL_THREADS;
    uint thread_col = ROW_THREADS == 1u ? gl_LocalInvocationIndex : gl_LocalInvocationIndex % COL_THREADS;
    uint row0 = first_element().x, col0 = first_element().y;
    // A group past the last tile takes no step and stores nothing, but meets every barrier.
    uint depth = col0 < p.cols ? p.depth : 0u;

    uint first_row = row0 + thread_row * 4u;
    uint first_col = col0 + thread_col * 4u;
    [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++)
        [[unroll]] for (uint j = 0u; j < COLS_EACH / 4u; j++) {
            uint row = first_row + i / 4u * (ROW_THREADS * 4u) + i % 4u;
            uint col = first_col + j * (COL_THREADS * 4u);
            [[unroll]] for (uint l = 0u; l < 4u; l++)
                sums[i * (COLS_EACH / 4u) + j][l] = start(row, col + l);
        }

    if (DIRECT != 0u)
        multiply_direct(row0, first_col, depth);
    else
        multiply_tiles(row0, col0, thread_row, thread_col, depth);

    [[unroll]] for (uint i = 0u; i < ROWS_EACH; i++)
        [[unroll]] for (uint j = 0u; j < COLS_EACH / 4u; j++) {
            uint row = first_row + i / 4u * (ROW_THREADS * 4u) + i % 4u;
            uint col = first_col + j * (COL_THREADS * 4u);
            [[unroll]] for (uint l = 0u; l < 4u; l++)
                store(row, col + l, sums[i * (COLS_EACH / 4u) + j][l]);
        }
}
