// How a workgroup comes by the pairs that its threads have in common. Staged: through shared memory, where each thread
// fetches one, so that loads are many at once. Not staged: each thread reads them all where they lie. A CPU device reads
// what is the same for a whole vector once, while a barrier costs it all that the threads hold in registers.
layout(constant_id = 2) const uint STAGES = 1u;
const bool STAGED = STAGES != 0u;
