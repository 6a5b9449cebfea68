# The target arclight_version makes generated/arclight_build.h: version, commit, compiler, glslang, Vulkan headers.
execute_process(COMMAND ${ARCLIGHT_GLSLANG} --version OUTPUT_VARIABLE glslang_words ERROR_QUIET)
string(REGEX MATCH "Glslang Version: [^\n]*" glslang_line "${glslang_words}")
string(REGEX REPLACE "^Glslang Version: *([0-9]+:)?" "" glslang_line "${glslang_line}")
set(vulkan_core ${ARCLIGHT_VULKAN_INCLUDE}/vulkan/vulkan_core.h)
file(STRINGS ${vulkan_core} vulkan_patch REGEX "^#define VK_HEADER_VERSION ")
file(STRINGS ${vulkan_core} vulkan_complete REGEX "^#define VK_HEADER_VERSION_COMPLETE ")
string(REGEX REPLACE "[^0-9]*([0-9]+).*" "\\1" vulkan_patch "${vulkan_patch}")
string(REGEX REPLACE ".*\\(0, *([0-9]+), *([0-9]+),.*" "\\1.\\2" vulkan_release "${vulkan_complete}")

set(ARCLIGHT_GENERATED ${CMAKE_CURRENT_BINARY_DIR}/generated)
add_custom_target(arclight_version
  COMMAND ${CMAKE_COMMAND} -D OUTPUT=${ARCLIGHT_GENERATED}/arclight_build.h -D SOURCE=${PROJECT_SOURCE_DIR}
          -D VERSION=${PROJECT_VERSION} "-DCOMPILER=${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}"
          "-DGLSLANG=${glslang_line}" "-DVULKAN=${vulkan_release}.${vulkan_patch}"
          -P ${PROJECT_SOURCE_DIR}/tools/cmake/write_version.cmake
  BYPRODUCTS ${ARCLIGHT_GENERATED}/arclight_build.h
  VERBATIM)
