#include "srm/angles.h"

#include <math.h>

/* theta_k = (pi / 4) (octant + remainder / n_angles). Odd octants run backwards, so that both neighbours of
 * an axis or of a diagonal call cos and sin with the same argument. */
static void angle_at(uint32_t n_angles, uint32_t k, double *cosine, double *sine)
{
    const double quarter_pi = 0.785398163397448309616;
    uint64_t eighths = 8 * (uint64_t)k;
    uint32_t octant = (uint32_t)(eighths / n_angles);
    uint32_t remainder = (uint32_t)(eighths % n_angles);
    if (octant % 2)
        remainder = n_angles - remainder;
    double angle = quarter_pi * ((double)remainder / n_angles);
    double along = remainder == n_angles ? sqrt(0.5) : cos(angle);
    double across = remainder == n_angles ? sqrt(0.5) : sin(angle);
    int swap = octant == 1 || octant == 2 || octant == 5 || octant == 6;
    *cosine = swap ? across : along;
    *sine = swap ? along : across;
    if (octant >= 2 && octant <= 5)
        *cosine = -*cosine;
    if (octant >= 4)
        *sine = -*sine;
}

void srm_angles_fill(uint32_t n_angles, float *cosine, float *sine)
{
    for (uint32_t k = 0; k < n_angles; k++) {
        double c, s;
        angle_at(n_angles, k, &c, &s);
        cosine[k] = (float)(c + 0.0); /* + 0.0: no negative zero on the axes */
        sine[k] = (float)(s + 0.0);
    }
}
