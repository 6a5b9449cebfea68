# Sources that several of these tests share.
target_sources(test_view_gallery PRIVATE ${CMAKE_CURRENT_LIST_DIR}/samples.c)
foreach(test canvas plots grids)
  target_sources(test_view_${test} PRIVATE ${CMAKE_CURRENT_LIST_DIR}/picture.c)
endforeach()
