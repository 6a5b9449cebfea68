/* Choosing what resonance is counted: basis, vectors, planes, rows; and making it ready for a frame. */
#ifndef ARCLIGHT_LIVE_RESONANCE_H
#define ARCLIGHT_LIVE_RESONANCE_H

#include "live/model.h"

#ifdef __cplusplus
extern "C" {
#endif

struct live_resonance_parameters {
    uint32_t width;      /* of the rows */
    uint32_t vectors;    /* of the basis */
    const double *basis; /* [vectors, width] of length 1; NULL: the standard one */
    bool from_device;    /* the vectors come from the device, later (srm_live_set_basis_device) */
    bool orthonormal;
    const char *basis_name;         /* "standard basis" */
    const char *subject;            /* "activations" */
    const struct srm_plane *listed; /* [n_listed] sorted; NULL: all pairs of chosen vectors */
    uint32_t n_listed;
    uint32_t most_vectors; /* chosen at random by the seed when the basis has more; 0: by the device */
    uint32_t angles;       /* 0: 360 */
    uint32_t rows;         /* kept */
    uint32_t n_controls;
    uint64_t seed;
    double epsilon; /* NaN: the automatic one, on the grid */
};

/* Vectors that the device can well count all pairs of, for a live picture. */
uint32_t live_resonance_vectors(const struct gpu *gpu);

/* Fills all of `resonance`. BASE_ERROR_DEVICE_MEMORY names what to make smaller. Released in every case. */
enum base_status live_resonance_create(struct gpu *gpu, const struct live_resonance_parameters *parameters,
                                       struct live_resonance *resonance);
void live_resonance_release(struct live_resonance *resonance);

/* The rows of the chosen plane for this frame; made anew when rows, plane or epsilon changed. */
enum base_status live_resonance_prepare(struct live_resonance *resonance);

#ifdef __cplusplus
}
#endif
#endif
