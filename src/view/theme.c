#include "view/theme.h"

#define HEX(value)                                                                                           \
    {                                                                                                        \
        (value) >> 16 & 255, (value) >> 8 & 255, (value)&255, 255                                            \
    }
#define SIZES .size_title = 20, .size_heading = 13, .size_label = 11, .size_tick = 9.5f

const struct view_theme view_theme_dark = {
    .dark = true,
    .page = HEX(0x0f1115),
    .panel = HEX(0x15181e),
    .text = HEX(0xe8eaee),
    .text_muted = HEX(0x9aa1ad),
    .axis = HEX(0x5a6270),
    .grid = HEX(0x343a45),
    .landmark = HEX(0x6e7787),
    .missing = HEX(0x7b8494),
    .under = HEX(0x0f1115),
    .over = HEX(0xff6ec7),
    .series = {HEX(0x56b4e9), HEX(0xe69f00), HEX(0x2fbf94), HEX(0xcc79a7), HEX(0xf0e442), HEX(0xe8703a),
               HEX(0x8f9bff)},
    .sequential = VIEW_MAP_VIRIDIS,
    .diverging = VIEW_MAP_DIVERGING_DARK,
    .cyclic = VIEW_MAP_CYCLIC,
    SIZES,
};

const struct view_theme view_theme_light = {
    .dark = false,
    .page = HEX(0xffffff),
    .panel = HEX(0xffffff),
    .text = HEX(0x16191e),
    .text_muted = HEX(0x5c6470),
    .axis = HEX(0x8a919c),
    .grid = HEX(0xd0d4da),
    .landmark = HEX(0x9097a3),
    .missing = HEX(0x8e96a3),
    .under = HEX(0xffffff),
    .over = HEX(0xd6009a),
    .series = {HEX(0x0072b2), HEX(0xd55e00), HEX(0x009e73), HEX(0xcc79a7), HEX(0xa68a00), HEX(0x56b4e9),
               HEX(0x000000)},
    .sequential = VIEW_MAP_VIRIDIS_REVERSED,
    .diverging = VIEW_MAP_DIVERGING_LIGHT,
    .cyclic = VIEW_MAP_CYCLIC,
    SIZES,
};
