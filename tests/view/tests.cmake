# The gallery's synthetic data stand in a file of their own.
target_sources(test_view_gallery PRIVATE ${CMAKE_CURRENT_LIST_DIR}/samples.c)
