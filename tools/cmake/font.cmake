# The typeface of pictures: outlines taken from the DejaVu Sans files of the package at build time.
add_executable(arclight_font tools/font.c)
target_include_directories(arclight_font SYSTEM PRIVATE ${ARCLIGHT_STB_INCLUDE})
target_link_libraries(arclight_font PRIVATE m)

set(ARCLIGHT_FONT_C ${CMAKE_CURRENT_BINARY_DIR}/generated/view_font.c)
file(MAKE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/generated)
add_custom_command(
  OUTPUT ${ARCLIGHT_FONT_C}
  COMMAND arclight_font ${ARCLIGHT_FONT_C} ${ARCLIGHT_FONT_REGULAR} ${ARCLIGHT_FONT_BOLD}
  DEPENDS arclight_font ${ARCLIGHT_FONT_REGULAR} ${ARCLIGHT_FONT_BOLD}
  COMMENT "Outlines of DejaVu Sans"
  VERBATIM)
