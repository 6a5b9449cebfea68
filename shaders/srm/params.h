/* Parameter structs of srm/ kernels. Counts are in elements (f32 or uint) unless a comment says otherwise. */
#ifndef ARCLIGHT_SRM_PARAMS_H
#define ARCLIGHT_SRM_PARAMS_H
#include "common/types.h"

#define SRM_STATS                                                                                            \
    5u /* of a curve, one word each: rows, sums of cos φ, cos 2φ, cos 4φ, sin φ; see count.glsl */

/* rows [row_first, rows) of [rows, stride], the first `width` of each used; see prepare.comp. */
struct srm_prepare_params {
    uint row_first;
    uint rows;
    uint width;
    uint stride;
};

/* coordinates [rows, stride] -> quantised [rows, words] words of four bytes; see quantise.comp. */
struct srm_quantise_params {
    uint rows;
    uint vectors; /* m */
    uint stride;
    uint words;  /* ceil(m / 4) */
    float scale; /* 127 / (smallest epsilon² · (1 - largest |c|)), 0: every row may hit */
};

/* All planes (i, j), i < j, of a pass: scanning every row; see count_tiles.comp. */
struct srm_count_tiles_params {
    uint row_first; /* rows [row_first, rows) in `slices` slices of `slice_rows` */
    uint rows;
    uint vectors;    /* m */
    uint stride;     /* of coordinates */
    uint words;      /* of quantised */
    uint quad_first; /* first group of four vectors i of this pass */
    uint quads;
    uint blocks; /* blocks of 4 · workgroup vectors j */
    uint slices;
    uint slice_rows;
    uint plane_first; /* index of the pass's first plane, modulo 2^32 */
    uint planes;      /* of the pass */
    uint angles;      /* A */
    uint epsilons;
    float fixed_scale; /* sums of cos mφ are kept as integers of 1 / fixed_scale */
};

/* The same planes from each row's dominant coordinates; see count_dominant.comp. */
struct srm_count_dominant_params {
    uint rows;
    uint vectors;
    uint stride;
    uint words;
    uint vector_first; /* the pass covers planes (i, j) with vector_first <= i < vector_end, i < j */
    uint vector_end;
    uint plane_first;
    uint planes;
    uint angles;
    uint epsilons;
    float fixed_scale;
};

/* Listed planes, one workgroup a (epsilon, plane); see count_list.comp. */
struct srm_count_list_params {
    uint row_first; /* rows [row_first, rows) */
    uint rows;
    uint sign; /* 1: they come; 2^32 - 1: they leave, and what they once added is taken away */
    uint stride;
    uint planes;
    uint angles;
    uint epsilons;
    float fixed_scale;
};

/* The same, an invocation a (plane, epsilon), or a (sum over planes, epsilon); see count_many.comp. */
struct srm_count_many_params {
    uint row_first; /* rows [row_first, rows) in `slices` slices of `slice_rows` */
    uint rows;
    uint slices;
    uint slice_rows;
    uint sign; /* as of count_list */
    uint stride;
    uint planes;   /* curves */
    uint together; /* listed planes a curve */
    uint angles;
    uint epsilons;
    uint groups_a_plane; /* workgroups that share its epsilons */
    float fixed_scale;
};

/* differences [curves, angles] become counts in place; see scan.comp. */
struct srm_scan_params {
    uint curves; /* epsilons · planes */
    uint angles;
    uint difference; /* 1: the peak is that of f(k) - f(k + A/2) */
    uint mirrored;   /* 1: the peaks of f(A/4 - k) follow those of f(k) */
};

/* counts [epsilons, planes, angles] -> sums over the planes of one epsilon; see accumulate.comp. */
struct srm_accumulate_params {
    uint planes;
    uint plane_first; /* [plane_first, plane_end) of them */
    uint plane_end;
    uint epsilon;
    uint angles;
    uint difference; /* 1: sums of f(k) - f(k + A/2) */
    uint mirrored;   /* 1: and those of f(A/4 - k) too */
    uint planes_a_group;
    uint skip_degenerate; /* 1: planes whose geometry says so are left out */
};

/* coordinates [rows, stride] at one angle a plane -> closeness [planes, rows]; see members.comp. */
struct srm_members_params {
    uint rows;
    uint stride;
    uint planes;
    uint angles;
};

/* Kept points of listed planes -> histogram of radius, or grid of the plane; see project.comp. */
struct srm_project_params {
    uint rows;
    uint stride;
    uint planes;
    uint cells;  /* a side of the grid; 0: histogram of log2 radius */
    float reach; /* the grid covers [-reach, reach]² in the units of the data */
};

/* coordinates [rows, stride] -> moments [rows] of vec4; see axis.comp. */
struct srm_axis_params {
    uint rows;
    uint vectors;
    uint stride;
};

/* One direction of a Gaussian blur of a square grid; see smooth.comp. */
struct srm_smooth_params {
    uint cells;   /* a side */
    uint along_y; /* 1: between rows, 0: within them */
    uint whole;   /* 1: the source's words are counts, 0: f32 */
    float sigma;  /* cells */
};

/* Mean of a grid over circles round its middle; see ring.comp. */
struct srm_ring_params {
    uint cells; /* a side */
    uint rings; /* radii 0, 1, … cells */
};

/* log2 of a grid over its rings' means; see ring_ratio.comp. */
struct srm_ring_ratio_params {
    uint cells; /* a side */
    uint rings;
    float prior; /* added to both, in counts a cell */
};

/* source [rows, source_stride] -> rows [row_first + rows, stride]; see take.comp. */
struct srm_take_params {
    uint rows;
    uint width;
    uint source_base; /* element of the first row */
    uint source_stride;
    uint row_first; /* of the destination */
    uint stride;
};

/* directions [vectors, stride] -> unit vectors of the same shape, squares [vectors] of vec2; see unit.comp.
 */
struct srm_unit_params {
    uint vectors;
    uint width;
    uint stride;
};

/* The same with listed planes -> geometry [planes] of vec2; see geometry.comp. */
struct srm_geometry_params {
    uint planes;
    uint width;
    uint stride;
};

/* differences of one epsilon -> counts [planes, angles], strength [planes]; see cumulate.comp. */
struct srm_cumulate_params {
    uint planes;
    uint angles;
    uint first_curve; /* of the epsilon: epsilon · planes · together */
    uint together;    /* curves whose sum is wanted */
    uint strengths;   /* 1: strength is wanted */
    uint oblique;     /* 1: planes whose geometry says that they are degenerate have none */
    float fixed_scale;
};

/* What a show of live resonance says to the host, words of `extents`. */
#define SRM_EXTENT_PLANES 0u    /* not degenerate */
#define SRM_EXTENT_MEAN 1u      /* f32 from here on: greatest of the mean curve */
#define SRM_EXTENT_BAND 2u      /* of mean and deviation */
#define SRM_EXTENT_GREATEST 3u  /* of any plane */
#define SRM_EXTENT_CONTROL 4u   /* of the controls' mean */
#define SRM_EXTENT_STRENGTH 5u  /* least of the finite strengths; 0 without any */
#define SRM_EXTENT_STRENGTHS 6u /* greatest */
#define SRM_EXTENT_PEAK 7u      /* where the greatest stands in the counts: lowest angle, then lowest plane */
#define SRM_EXTENTS 8u

/* sums [6, angles] of accumulate.comp -> curves [8, angles]; see summarise.comp. */
struct srm_summarise_params {
    uint planes;
    uint angles;
    uint rows;
    uint oblique;
    uint controls;
    uint control_planes; /* of each */
    uint extents_first;  /* word */
};

/* Rows in one plane -> points [rows], and their number in each cell; see cloud.comp. */
struct srm_cloud_params {
    uint rows;
    uint stride;
    uint plane; /* position in the list */
    uint oblique;
    uint cells; /* a side */
    float reach;
};
#endif
