/* The stages of an analysis that follow the counting: the rotation controls, the ranking, the best planes'
 * curves and members, and the curves of labelled rows. Each fills its part of the result. */
#ifndef ARCLIGHT_SRM_STAGE_H
#define ARCLIGHT_SRM_STAGE_H

#include "srm/subject.h"
#include "srm/survey.h"

#ifdef __cplusplus
extern "C" {
#endif

/* All borrowed. */
struct srm_stage {
    struct gpu *gpu;
    const struct srm_parameters *parameters;
    const struct srm_subject *subject;
    const struct srm_counter *counter;
    struct srm_stream *stream;
    struct srm_room room;
};

/* The same rows against Haar rotations of the basis (srm.md 4.6): curves and |z|. */
enum base_status srm_stage_controls(const struct srm_stage *stage, struct srm_result *result);
/* Ranks the planes at the first epsilon, with q from the controls, and picks the best. */
enum base_status srm_stage_ranking(const struct srm_stage *stage, struct srm_result *result);
/* Counts the best planes again, to keep their whole curves. */
enum base_status srm_stage_best_curves(const struct srm_stage *stage, struct srm_result *result);
/* The rows inside the cone of each of the first best planes, at its peak. */
enum base_status srm_stage_members(const struct srm_stage *stage, struct srm_result *result);
/* A mean curve for the rows of each label. */
enum base_status srm_stage_labels(const struct srm_stage *stage, struct srm_result *result);

#ifdef __cplusplus
}
#endif
#endif
