# Text files of assets/ that the program carries inside.
add_executable(arclight_text tools/text.c)

set(ARCLIGHT_LATENTS_C ${CMAKE_CURRENT_BINARY_DIR}/generated/cli_latents_template.c)
add_custom_command(
  OUTPUT ${ARCLIGHT_LATENTS_C}
  COMMAND arclight_text ${ARCLIGHT_LATENTS_C} cli_latents_template ${CMAKE_CURRENT_SOURCE_DIR}/assets/latents.html
  DEPENDS arclight_text ${CMAKE_CURRENT_SOURCE_DIR}/assets/latents.html
  COMMENT "The page of latents"
  VERBATIM)
