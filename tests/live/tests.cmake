# Pictures and samples are those of the tests of view/.
foreach(test plot probe gallery widgets export)
  target_sources(test_live_${test} PRIVATE ${PROJECT_SOURCE_DIR}/tests/view/picture.c)
  target_include_directories(test_live_${test} PRIVATE ${PROJECT_SOURCE_DIR}/tests/view)
endforeach()
target_sources(test_live_gallery PRIVATE ${PROJECT_SOURCE_DIR}/tests/view/samples.c)
