# Installs the build into a folder of its own and uses it from outside.
add_test(NAME install
         COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/install/test_install.sh ${CMAKE_COMMAND} ${PROJECT_SOURCE_DIR}
                 ${PROJECT_BINARY_DIR} ${CMAKE_C_COMPILER})
set_tests_properties(install PROPERTIES LABELS install TIMEOUT 600)
