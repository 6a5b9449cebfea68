# Compiles GLSL to SPIR-V, validates it and embeds it as C.
#
#   arclight_shaders(OUT_VARIABLE ROOM FOLDER)
#
# Every FOLDER/<kernel>.comp, and every pair <draw>.vert + <draw>.frag, becomes one C file that defines
# `const struct gpu_shader <ROOM>_<kernel>_shader`; the list of C files is put into OUT_VARIABLE. The levels of a
# kernel are those of its line `// levels: floor vec4`; each is compiled with LEVEL_FLOOR, LEVEL_VEC4, … defined.
function(arclight_spirv out_spv source level)
  set(extra ${ARGN})
  get_filename_component(folder ${out_spv} DIRECTORY)
  file(MAKE_DIRECTORY ${folder})
  string(TOUPPER ${level} level_upper)
  add_custom_command(
    OUTPUT ${out_spv}
    COMMAND ${ARCLIGHT_GLSLANG} --quiet --target-env vulkan1.2 -I${ARCLIGHT_SHADER_ROOT} -DLEVEL_${level_upper}
            --depfile ${out_spv}.d -o ${out_spv} ${source}
    COMMAND ${ARCLIGHT_SPIRV_VAL} --target-env vulkan1.2 ${out_spv}
    DEPENDS ${source}
    DEPFILE ${out_spv}.d
    COMMENT "Shader ${source} (${level})"
    VERBATIM)
endfunction()

function(arclight_shaders out_variable room folder)
  set(c_files)
  file(GLOB compute CONFIGURE_DEPENDS ${folder}/*.comp)
  file(GLOB draws CONFIGURE_DEPENDS ${folder}/*.vert)
  set(build ${CMAKE_CURRENT_BINARY_DIR}/shaders/${room})
  foreach(source ${compute} ${draws})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    get_filename_component(name ${source} NAME_WE)
    get_filename_component(kind ${source} EXT)
    set(arguments)
    set(modules)
    if(kind STREQUAL ".comp")
      file(STRINGS ${source} levels REGEX "^// levels: ")
      string(REGEX REPLACE "^// levels: " "" levels "${levels}")
      separate_arguments(levels)
      if(NOT levels)
        message(FATAL_ERROR "${source} has no line '// levels: floor ...'")
      endif()
      foreach(level ${levels})
        arclight_spirv(${build}/${name}.${level}.spv ${source} ${level})
        list(APPEND arguments ${level} ${build}/${name}.${level}.spv)
        list(APPEND modules ${build}/${name}.${level}.spv)
      endforeach()
    else()
      foreach(stage vert frag)
        arclight_spirv(${build}/${name}.${stage}.spv ${folder}/${name}.${stage} floor)
        list(APPEND arguments floor ${build}/${name}.${stage}.spv)
        list(APPEND modules ${build}/${name}.${stage}.spv)
      endforeach()
    endif()
    add_custom_command(
      OUTPUT ${build}/${name}.c
      COMMAND arclight_embed ${build}/${name}.c ${room}_${name} ${arguments}
      DEPENDS arclight_embed ${modules}
      VERBATIM)
    list(APPEND c_files ${build}/${name}.c)
  endforeach()
  set(${out_variable} ${c_files} PARENT_SCOPE)
endfunction()
