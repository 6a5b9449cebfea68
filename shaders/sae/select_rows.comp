#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// levels: floor vec4
// The threshold of the k greatest entries of each row, and how many of those that equal it are taken. A workgroup takes
// a row; groups count rows.
//
// The row is dealt into SLOTS groups a thread, and the k-th of the groups' greatest keys bounds the k-th key of the row
// from below, mostly closely. The greatest key of each stretch of a thread's rounds is kept too, so that a second look
// goes to those stretches alone that have entries above the bound, and lists them; the k-th of the list is the threshold, and the columns of those selected are written out. Where the list is too short (large k, many equal keys),
// the range is first cut down by counting at seven keys a pass; keys above it are in no list then, and no columns are
// written. No result depends on the order of the list.
#include "common/group.glsl"
#include "sae/params.h"

layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint THREADS = 128u; // the workgroup's size
layout(constant_id = 2) const uint WEIGHTED = 0u;
layout(push_constant) uniform Params
{
    sae_select_rows_params p;
};
#include "sae/keys.glsl"
#include "sae/maxima.glsl"
#include "sae/reduce.glsl"
layout(set = 0, binding = 2) writeonly buffer Selection
{
    uint selection[];
};
layout(set = 0, binding = 3) writeonly buffer Counts
{
    uint counts[];
};

layout(set = 0, binding = 4) writeonly buffer Chosen
{
    uint chosen[]; // columns, in any order
};

const uint CAPACITY = 1024u, MOST_ROUNDS = 32768u;
shared uint list[CAPACITY];
shared uint columns[CAPACITY]; // of the list's keys
shared uint listed;
const uint STRETCHES = 512u;
shared uint maxima[STRETCHES]; // of thread t's j-th stretch at j * THREADS + t
shared uint wanted[STRETCHES]; // stretches that a look goes to
shared uint n_wanted;
uint room = 0u; // for columns of this row; 0: they are not written

// Keys from low to high, of which there are `inside`, among them the wanted one; `above` keys are greater.
struct range {
    uint low, high, above, inside;
};

// Columns of a thread's stretch: whole rounds.
uint stretch_cols()
{
    uint rounds = (p.cols + ROUND - 1u) / ROUND, most = STRETCHES / THREADS;
    return (rounds + most - 1u) / most * ROUND;
}

// The first look at a row.
void find_maxima(uint row_at, out uint greatest[SLOTS])
{
    [[unroll]] for (uint s = 0u; s < SLOTS; s++)
        greatest[s] = 0u;
    uint cols = stretch_cols(), place = gl_LocalInvocationIndex;
    for (uint first = 0u; first < p.cols; first += cols) {
        uint most = 0u;
        for (uint from = first; from < min(first + cols, p.cols); from += ROUND)
            most = max(most, take_round(row_at, from, greatest));
        maxima[place] = most;
        place += THREADS;
    }
}

// The range from a lower bound of the k-th key to the greatest key.
range bound(uint row_at)
{
    uint greatest[SLOTS];
    find_maxima(row_at, greatest);
    uint most = 0u, least = 0xffffffffu;
    [[unroll]] for (uint s = 0u; s < SLOTS; s++) {
        most = max(most, greatest[s]);
        least = min(least, greatest[s]);
    }
    range found = range(SAE_SMALLEST_KEY, reduce_max(most), 0u, 0u);
    least = max(~reduce_max(~least), SAE_SMALLEST_KEY);
    if (p.k > ROUND)
        return found;
    // Of the groups, `reached` have a key of at least low; fewer than p.k have one of at least `beyond`.
    uint low = least, beyond = found.high + 1u, reached = ROUND;
    if (least == SAE_SMALLEST_KEY) {
        uint mine = 0u;
        [[unroll]] for (uint s = 0u; s < SLOTS; s++)
            mine += greatest[s] >= low ? 1u : 0u;
        reached = reduce_sum(mine);
        if (reached < p.k)
            return found;
    }
    while (beyond - low > 1u && reached > p.k + p.k / 8u) {
        uint middle = low + (beyond - low) / 2u;
        uint mine = 0u;
        [[unroll]] for (uint s = 0u; s < SLOTS; s++)
            mine += greatest[s] >= middle ? 1u : 0u;
        uint reach = reduce_sum(mine);
        if (reach >= p.k) {
            low = middle;
            reached = reach;
        } else {
            beyond = middle;
        }
    }
    found.low = low;
    return found;
}

// Lists the entries of a stretch with keys from low to high.
void list_stretch(uint row_at, range r, uint stretch)
{
    uint cols = stretch_cols(), width = r.high - r.low;
    uint first = stretch / THREADS * cols;
    for (uint from = first; from < min(first + cols, p.cols); from += ROUND)
        [[unroll]] for (uint l = 0u; l < LOADS; l++) {
            uint col = column_of(from, l, stretch % THREADS);
            WORDS keys = keys_at(row_at, col);
            [[unroll]] for (uint i = 0u; i < WIDTH; i++)
                if (WORD(keys, i) - r.low <= width) {
                    uint place = atomicAdd(listed, 1u);
                    if (place < CAPACITY) {
                        list[place] = WORD(keys, i);
                        columns[place] = col + i;
                    }
                }
        }
}

// Lists the keys from low to high, and gives how many there are, of which CAPACITY are listed.
uint list_keys(uint row_at, range r)
{
    if (gl_LocalInvocationIndex == 0u) {
        listed = 0u;
        n_wanted = 0u;
    }
    barrier();
    uint cols = stretch_cols();
    for (uint first = 0u, place = gl_LocalInvocationIndex; first < p.cols; first += cols, place += THREADS)
        if (maxima[place] >= r.low)
            wanted[atomicAdd(n_wanted, 1u)] = place;
    barrier();
    for (uint w = gl_LocalInvocationIndex; w < n_wanted; w += THREADS)
        list_stretch(row_at, r, wanted[w]);
    barrier();
    return listed;
}

// An eighth of the range, that which holds the wanted key. `wanted`: its rank in the row, from 1.
range narrow(uint row_at, range r, uint wanted)
{
    uint step = (r.high - r.low) / 8u + 1u;
    uint mine[8];
    [[unroll]] for (uint j = 0u; j < 8u; j++)
        mine[j] = 0u;
    for (uint from = 0u; from < p.cols; from += ROUND)
        [[unroll]] for (uint l = 0u; l < LOADS; l++) {
            WORDS keys = keys_at(row_at, column(from, l));
            [[unroll]] for (uint i = 0u; i < WIDTH; i++) {
                uint key = WORD(keys, i) <= r.high ? WORD(keys, i) : 0u;
                [[unroll]] for (uint j = 1u; j < 8u; j++)
                    mine[j] += key >= r.low + j * step ? 1u : 0u;
            }
        }
    range part = range(r.low, min(r.low + step - 1u, r.high), r.above, r.inside);
    uint reached = r.inside; // keys of this part and of those above it
    for (uint j = 1u; j < 8u; j++) {
        uint own = 0u;
        [[unroll]] for (uint i = 1u; i < 8u; i++)
            own = i == j ? mine[i] : own;
        uint next = reduce_sum(own);
        uint low = r.low + j * step;
        if (r.above + next >= wanted && low <= r.high) {
            part.low = low;
            part.high = min(low + step - 1u, r.high);
            reached = next;
        } else if (part.low + step == low) {
            part.above = r.above + next;
        }
    }
    part.inside = reached - (part.above - r.above);
    return part;
}

void store(uint row, uint threshold, uint quota, uint count)
{
    selection[p.selection_base + 2u * row] = threshold;
    selection[p.selection_base + 2u * row + 1u] = quota;
    counts[p.counts_base + row] = count;
}

// Takes the list's entries as not chosen yet.
void choose_none()
{
    barrier();
    if (gl_LocalInvocationIndex == 0u)
        listed = 0u;
    barrier();
}

void choose(uint row, uint col)
{
    uint place = atomicAdd(listed, 1u);
    if (place < room)
        chosen[p.chosen_base + row * p.room + place] = col;
}

// Entries of the list from key `key` on that come before column `col` among their equals: {greater, equal before}.
uvec2 before_entry(uint key, uint col, uint inside)
{
    uint greater = 0u, equal = 0u;
    for (uint j = 0u; j < inside; j++) {
        greater += list[j] > key ? 1u : 0u;
        equal += list[j] == key && columns[j] < col ? 1u : 0u;
    }
    return uvec2(greater, equal);
}

// Selects `rank` entries of the list: each entry's rank by comparing it with all.
void store_by_ranks(uint row, uint inside, uint rank, uint count)
{
    for (uint e = gl_LocalInvocationIndex; e < inside; e += THREADS) {
        uvec2 before = before_entry(list[e], columns[e], inside);
        if (before.x + before.y < rank)
            choose(row, columns[e]);
        if (before.x + before.y + 1u == rank)
            store(row, list[e], rank - before.x, count);
    }
}

uint listed_from(uint low, uint inside)
{
    uint mine = 0u;
    for (uint e = gl_LocalInvocationIndex; e < inside; e += THREADS)
        mine += list[e] >= low ? 1u : 0u;
    return reduce_sum(mine);
}

// The same by bisection. Equals of the threshold are ranked among each other where not all are selected, and not at all
// where that takes more rounds than lavapipe of Mesa 22 grants a shader's loops (65,535).
void store_by_bisection(uint row, range r, uint rank, uint count)
{
    uint low = r.low, high = r.high;
    while (low < high) {
        uint middle = high - (high - low) / 2u;
        if (listed_from(middle, r.inside) >= rank)
            low = middle;
        else
            high = middle - 1u;
    }
    uint greater = listed_from(low + 1u, r.inside);
    uint quota = rank - greater;
    bool all = listed_from(low, r.inside) == rank;
    bool ranked = (r.inside + THREADS - 1u) / THREADS * r.inside <= MOST_ROUNDS;
    if (gl_LocalInvocationIndex == 0u) {
        store(row, low, quota, count);
        if (!all && !ranked && room > 0u)
            chosen[p.chosen_base + row * p.room] = SAE_SELECT_UNLISTED;
    }
    if (!all && !ranked)
        return;
    for (uint e = gl_LocalInvocationIndex; e < r.inside; e += THREADS)
        if (list[e] > low || (list[e] == low && (all || before_entry(low, columns[e], r.inside).y < quota)))
            choose(row, columns[e]);
}

void main()
{
    uint row = group_index();
    if (row >= p.rows)
        return;
    uint row_at = p.pi_base + row * p.pi_stride;
    reduce_begin();
    range r = bound(row_at);
    if (p.k == 0u || r.high == 0u) {
        if (gl_LocalInvocationIndex == 0u)
            store(row, SAE_LARGEST_KEY, 0u, 0u);
        return;
    }
    r.inside = list_keys(row_at, r);
    // The bound has at least k keys above it, or is the smallest key.
    uint count = min(p.k, r.inside);
    while (r.inside > CAPACITY && r.low < r.high) {
        r = narrow(row_at, r, count);
        if (r.inside <= CAPACITY)
            r.inside = list_keys(row_at, r);
    }
    bool all_listed = r.above == 0u && r.inside <= CAPACITY;
    room = all_listed ? p.room : 0u;
    if (!all_listed && p.room > 0u && gl_LocalInvocationIndex == 0u)
        chosen[p.chosen_base + row * p.room] = SAE_SELECT_UNLISTED;
    if (r.inside > CAPACITY) {
        if (gl_LocalInvocationIndex == 0u)
            store(row, r.low, count - r.above, count);
        return;
    }
    choose_none();
    if (r.inside <= max(64u, THREADS))
        store_by_ranks(row, r.inside, count - r.above, count);
    else
        store_by_bisection(row, r, count - r.above, count);
}
