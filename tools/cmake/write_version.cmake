# Writes OUTPUT, a header that says what is built; run at every build, changes the file only when it differs.
set(commit "")
find_program(git git)
if(git AND EXISTS ${SOURCE}/.git)
  execute_process(COMMAND ${git} -C ${SOURCE} describe --always --dirty --exclude=* --abbrev=12
                  OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT [[/* Made by the build; do not edit. */
#define ARCLIGHT_BUILD_VERSION "@VERSION@"
#define ARCLIGHT_BUILD_COMMIT "@commit@"
#define ARCLIGHT_BUILD_COMPILER "@COMPILER@"
#define ARCLIGHT_BUILD_GLSLANG "@GLSLANG@"
#define ARCLIGHT_BUILD_VULKAN_HEADERS "@VULKAN@"
]] @ONLY)
