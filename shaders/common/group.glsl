// The index of this workgroup in a dispatch of any size. gpu_dispatch folds long dispatches into rows of x and may
// cut one row anywhere and several between rows; the base of a cut is part of gl_WorkGroupID.
#ifndef ARCLIGHT_COMMON_GROUP
#define ARCLIGHT_COMMON_GROUP
uint group_index()
{
    return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x;
}
#endif
