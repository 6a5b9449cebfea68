# The readers and writers against numpy and the safetensors package, where Python has them.
add_executable(dump_tensor ${CMAKE_CURRENT_SOURCE_DIR}/io/dump_tensor.c)
target_link_libraries(dump_tensor PRIVATE arclight)
find_program(ARCLIGHT_PYTHON python3)
if(ARCLIGHT_PYTHON)
  add_test(NAME io_differential COMMAND ${ARCLIGHT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/io/differential.py
           $<TARGET_FILE:dump_tensor> ${CMAKE_CURRENT_SOURCE_DIR}/corpus)
  set_tests_properties(io_differential PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600 LABELS "io;host")
else()
  message(STATUS "python3 is not there: the readers are not compared with numpy and safetensors")
endif()

# Allocations of the library's code are counted, and made to fail, by the test.
foreach(function malloc calloc realloc)
  target_link_options(test_io_exhaustion PRIVATE -Wl,--wrap=${function})
endforeach()
