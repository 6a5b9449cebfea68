// A sum over the workgroup, the same for each thread and in a fixed order. Two barriers.
shared float total_lanes[gl_WorkGroupSize.x];

float total(float value)
{
    total_lanes[gl_LocalInvocationIndex] = value;
    barrier();
    float sum = 0.0;
    for (uint i = 0u; i < gl_WorkGroupSize.x; i++)
        sum += total_lanes[i];
    barrier();
    return sum;
}
