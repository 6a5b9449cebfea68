# Against SAELens itself, where Python is there and ARCLIGHT_TEST_PEERS=1 (see peers.py); one at a time, because the
# first makes the environment.
find_program(ARCLIGHT_PYTHON python3)
function(arclight_peers_test name script)
  if(NOT ARCLIGHT_PYTHON)
    message(STATUS "python3 is not there: no ${name}")
    return()
  endif()
  add_test(NAME ${name}
           COMMAND ${ARCLIGHT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/sae/peers.py ${CMAKE_CURRENT_BINARY_DIR}/peers
                   ${CMAKE_CURRENT_SOURCE_DIR}/sae/${script} ${ARGN})
  set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 3600 LABELS "sae;peers" RESOURCE_LOCK peers)
endfunction()

# The double reference's losses and gradients against autograd.
add_executable(sae_reference_step ${CMAKE_CURRENT_SOURCE_DIR}/sae/reference_step.c)
target_link_libraries(sae_reference_step PRIVATE arclight)
arclight_peers_test(sae_peers_training compare_training.py $<TARGET_FILE:sae_reference_step>)

# Folders that SAELens wrote, and others' files: read, converted, and loaded by SAELens.
if(TARGET arclight_program)
  add_executable(sae_run_model ${CMAKE_CURRENT_SOURCE_DIR}/sae/run_model.c)
  target_link_libraries(sae_run_model PRIVATE arclight)
  arclight_peers_test(sae_peers_formats compare_formats.py $<TARGET_FILE:arclight_program>
                      $<TARGET_FILE:sae_run_model>)
  # What train writes.
  arclight_peers_test(sae_peers_trained compare_trained.py $<TARGET_FILE:arclight_program>
                      $<TARGET_FILE:sae_run_model>)
endif()

# What training computes and what SAELens computes with the folder that it saves.
arclight_peers_test(sae_peers_saved compare_saved.py $<TARGET_FILE:test_sae_saved_forward>)

# Steps on the device against SAELens's trainer.
add_executable(sae_train_steps ${CMAKE_CURRENT_SOURCE_DIR}/sae/train_steps.c)
target_link_libraries(sae_train_steps PRIVATE arclight_test_support)
arclight_peers_test(sae_peers_steps compare_steps.py $<TARGET_FILE:sae_train_steps>)
