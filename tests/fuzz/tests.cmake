# Fuzz targets. In the normal suite each one replays its seeds and the hostile files of its format. With
# -DARCLIGHT_FUZZ=ON and clang, fuzz_<target> is a libFuzzer program:
#   CC=clang cmake -B build-fuzz -G Ninja -DARCLIGHT_FUZZ=ON && ninja -C build-fuzz fuzz
#   build-fuzz/tests/fuzz_npz -dict=tests/fuzz/npz.dict CORPUS tests/fuzz/seeds/npz
set(ARCLIGHT_FUZZ_FOLDER ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)
if(ARCLIGHT_FUZZ AND NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
  message(FATAL_ERROR "ARCLIGHT_FUZZ needs clang (packages clang and libclang-rt-dev): configure with CC=clang")
endif()
if(ARCLIGHT_FUZZ)
  # The rooms that read files, instrumented, and what of sae/ does; the rest of the library is not needed.
  file(GLOB fuzz_sources CONFIGURE_DEPENDS
       ${PROJECT_SOURCE_DIR}/src/base/*.c ${PROJECT_SOURCE_DIR}/src/io/*.c ${PROJECT_SOURCE_DIR}/src/data/*.c
       ${PROJECT_SOURCE_DIR}/src/sae/config*.c)
  foreach(file kinds model options saelens sparsify dictionary_learning weight_file checkpoint_file checkpoint_folder
          checkpoint_config)
    list(APPEND fuzz_sources ${PROJECT_SOURCE_DIR}/src/sae/${file}.c)
  endforeach()
  list(APPEND fuzz_sources ${PROJECT_SOURCE_DIR}/src/view/script.c ${PROJECT_SOURCE_DIR}/src/sae/density.c
       ${PROJECT_SOURCE_DIR}/src/live/training_metrics.c ${PROJECT_SOURCE_DIR}/src/live/training_history.c)
  # The readers of files that commands have.
  foreach(file latent_source numbers)
    list(APPEND fuzz_sources ${PROJECT_SOURCE_DIR}/src/cli/${file}.c)
  endforeach()
  set(fuzz_flags -g -O1 -fno-sanitize-recover=undefined)
  add_library(arclight_fuzz STATIC ${fuzz_sources} ${ARCLIGHT_FUZZ_FOLDER}/fuzz.c support/memory_file.c)
  target_include_directories(arclight_fuzz PUBLIC ${PROJECT_SOURCE_DIR}/src ${CMAKE_CURRENT_SOURCE_DIR})
  target_include_directories(arclight_fuzz SYSTEM PUBLIC ${ARCLIGHT_SYSTEM_INCLUDES})
  target_compile_options(arclight_fuzz PUBLIC ${fuzz_flags} -fsanitize=fuzzer-no-link,address,undefined)
  target_link_options(arclight_fuzz PUBLIC -fsanitize=address,undefined)
  target_link_libraries(arclight_fuzz PUBLIC ${ARCLIGHT_LIBRARIES} Threads::Threads m)
  add_custom_target(fuzz)
endif()
set(fuzz_targets npy npz safetensors tensor_name sae_config checkpoint script metrics)
if(TARGET arclight_cli)
  list(APPEND fuzz_targets vocabulary latents)
endif()
foreach(target ${fuzz_targets})
  add_executable(fuzz_replay_${target} ${ARCLIGHT_FUZZ_FOLDER}/fuzz_${target}.c ${ARCLIGHT_FUZZ_FOLDER}/fuzz.c
                 ${ARCLIGHT_FUZZ_FOLDER}/replay.c)
  target_link_libraries(fuzz_replay_${target} PRIVATE arclight_test_support)
  if(TARGET arclight_cli)
    target_link_libraries(fuzz_replay_${target} PRIVATE arclight_cli)
  endif()
  set(inputs ${ARCLIGHT_FUZZ_FOLDER}/seeds/${target})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${target})
    list(APPEND inputs ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${target})
  endif()
  add_test(NAME fuzz_${target} COMMAND fuzz_replay_${target} ${inputs})
  set_tests_properties(fuzz_${target} PROPERTIES TIMEOUT 600 LABELS fuzz)
  if(ARCLIGHT_FUZZ)
    add_executable(fuzz_${target} ${ARCLIGHT_FUZZ_FOLDER}/fuzz_${target}.c)
    target_link_options(fuzz_${target} PRIVATE -fsanitize=fuzzer)
    target_link_libraries(fuzz_${target} PRIVATE arclight_fuzz)
    add_dependencies(fuzz fuzz_${target})
  endif()
endforeach()
