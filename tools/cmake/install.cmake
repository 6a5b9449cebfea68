# What `cmake --install` puts where: program, manual page, completions, desktop entry; library, headers, and what a
# project outside needs to add kernels of its own (find_package(arclight), or pkg-config for the library alone).
include(CMakePackageConfigHelpers)

set(include_folder ${CMAKE_INSTALL_INCLUDEDIR}/arclight)
set(package_folder ${CMAKE_INSTALL_LIBDIR}/cmake/arclight)

# ---- library ----
target_include_directories(arclight INTERFACE $<INSTALL_INTERFACE:${include_folder}>)
install(TARGETS arclight EXPORT arclight ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
# Runs only while others build, hence not in the path.
install(TARGETS arclight_embed EXPORT arclight RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/arclight)
install(EXPORT arclight FILE arclight-targets.cmake DESTINATION ${package_folder})
foreach(room base gpu io data linalg srm sae view live)
  install(DIRECTORY src/${room} DESTINATION ${include_folder}
          FILES_MATCHING PATTERN "*.h" PATTERN "internal.h" EXCLUDE PATTERN "testing.h" EXCLUDE
          PATTERN "relay.h" EXCLUDE
          PATTERN "*_bench.h" EXCLUDE)
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/src/${room}/kernels.def)
    install(FILES src/${room}/kernels.def DESTINATION ${include_folder}/${room})
  endif()
endforeach()
install(FILES src/live/bindings.def DESTINATION ${include_folder}/live) # read by live/bindings.h
# What shaders include: shared functions, and the parameter structs, which C reads too.
install(DIRECTORY shaders/ DESTINATION ${include_folder} FILES_MATCHING PATTERN "*.h" PATTERN "*.glsl")

configure_package_config_file(tools/cmake/arclight-config.cmake.in arclight-config.cmake
                              INSTALL_DESTINATION ${package_folder} PATH_VARS include_folder)
write_basic_package_version_file(arclight-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/arclight-config.cmake
              ${CMAKE_CURRENT_BINARY_DIR}/arclight-config-version.cmake tools/cmake/shaders.cmake
        DESTINATION ${package_folder})

# Relative to the file itself, so that an installed tree may be moved.
file(RELATIVE_PATH ARCLIGHT_PREFIX_FROM_PC ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" ARCLIGHT_PREFIX_FROM_PC "${ARCLIGHT_PREFIX_FROM_PC}")
configure_file(tools/cmake/arclight.pc.in arclight.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/arclight.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

# ---- program ----
if(TARGET arclight_program)
  install(TARGETS arclight_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  install(FILES assets/mnist-tanh-epochs.npz assets/smollm2-mlp15.safetensors
          DESTINATION ${CMAKE_INSTALL_DATADIR}/arclight) # what `arclight view --demo` shows
  install(FILES assets/arclight.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
  install(FILES assets/arclight.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
  if(CMAKE_CROSSCOMPILING)
    message(STATUS "Cross compiling: manual page and completions are made by the program, so they are left out")
  else()
    # The program's option table is the one source of these.
    set(pages ${CMAKE_CURRENT_BINARY_DIR}/pages)
    file(MAKE_DIRECTORY ${pages})
    set(page_files)
    foreach(page "arclight.1;man" "arclight.bash;completion;bash" "arclight.zsh;completion;zsh"
                 "arclight.fish;completion;fish")
      list(POP_FRONT page name)
      add_custom_command(OUTPUT ${pages}/${name}
                         COMMAND arclight_program ${page} > ${pages}/${name}
                         DEPENDS arclight_program VERBATIM)
      list(APPEND page_files ${pages}/${name})
    endforeach()
    add_custom_target(arclight_pages ALL DEPENDS ${page_files})
    install(FILES ${pages}/arclight.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
    install(FILES ${pages}/arclight.bash RENAME arclight
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${pages}/arclight.zsh RENAME _arclight DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
    install(FILES ${pages}/arclight.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
  endif()
endif()
install(FILES LICENSE README.md assets/fonts/LICENSE-DejaVu.txt DESTINATION ${CMAKE_INSTALL_DOCDIR})

add_custom_target(uninstall
  COMMAND ${CMAKE_COMMAND} -D MANIFEST=${CMAKE_CURRENT_BINARY_DIR}/install_manifest.txt
          -P ${CMAKE_CURRENT_SOURCE_DIR}/tools/cmake/uninstall.cmake
  COMMENT "Removing what was installed" VERBATIM)
