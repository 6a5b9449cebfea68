/* What there is to be drawn, and what a person has chosen of it. Scenes (a file, a run's folder, a training)
 * fill it and follow what is wished; panels and controls read it and write the wishes. */
#ifndef ARCLIGHT_LIVE_MODEL_H
#define ARCLIGHT_LIVE_MODEL_H

#include "srm/live.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Resonance of the rows that a scene shows. */
struct live_resonance {
    struct srm_live *counts;  /* NULL: there is none */
    uint32_t width, vectors;  /* of the rows; of the basis */
    struct srm_plane *planes; /* [n_planes] */
    uint32_t n_planes, angles;
    uint32_t *chosen; /* [n_chosen] vectors all of whose pairs the planes are; NULL: planes were listed */
    uint32_t n_chosen;
    uint32_t n_controls;
    bool orthonormal;
    char basis[64];      /* "standard basis" */
    char subject[64];    /* "activations" */
    uint64_t total_rows; /* that are to be counted; the ring holds fewer while counting goes on */

    /* wishes */
    double epsilon;
    uint32_t plane;   /* position in `planes` */
    uint32_t angle;   /* of the spotlight on the cloud */
    bool placed;      /* plane and angle have been chosen for a beginning */
    float cloud_side; /* pixels along the cloud's grid as it was drawn last; 0: it was not */

    /* of the present frame */
    struct srm_live_extents extents;
    bool known; /* the extents are those of a show that is finished */
    struct srm_live_cloud cloud;
    uint64_t cloud_version; /* of the counts it was made from */
    double null_share;      /* of isotropic rows, that a spotlight lights at this epsilon */
};

enum { LIVE_STEP_BYTES = 160 }; /* of a step's name */

/* A sequence of steps: a film, or the checkpoints of a run. */
struct live_timeline {
    uint64_t steps;             /* 0 or 1: nothing to step through */
    uint64_t step;              /* shown now */
    char name[LIVE_STEP_BYTES]; /* of it: "epoch_010" */
    /* wishes */
    uint64_t wanted;
    bool playing;
    double speed; /* steps a second */
};

struct live_run; /* live/run.h */

struct live_model {
    struct gpu *gpu;
    char title[128];
    char subtitle[160];
    struct live_resonance resonance;
    struct live_timeline timeline;
    struct live_run *run; /* a training or its records; NULL: none in sight */
    bool finished;        /* a film that is shown once is at its end */
    bool replaced; /* buffers are others than before: values under the cursor are forgotten; the app sets it
                    * back
                    */
    bool working;  /* there is more to do: the loop does not sleep */
    bool busy;     /* counts are half made: frames go on with what was shown before */
};

/* "3 – 17": the vectors of a plane. */
enum { LIVE_PLANE_BYTES = 40 };
void live_plane_text(const struct live_resonance *resonance, uint32_t position, char text[LIVE_PLANE_BYTES]);
/* Position of the plane of two vectors by their places among the chosen ones; false when they are the same or
 * there is no such plane. */
bool live_plane_of(const struct live_resonance *resonance, uint32_t a, uint32_t b, uint32_t *position);

#ifdef __cplusplus
}
#endif
#endif
