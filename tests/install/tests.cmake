# Installs the build into a folder of its own and uses it from outside.
add_test(NAME install
         COMMAND bash ${CMAKE_CURRENT_SOURCE_DIR}/install/test_install.sh ${CMAKE_COMMAND} ${PROJECT_SOURCE_DIR}
                 ${PROJECT_BINARY_DIR} ${CMAKE_C_COMPILER})
# Configuring says which package is missing.
add_test(NAME install_missing_package
         COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/install/missing_package.sh ${CMAKE_COMMAND} ${PROJECT_SOURCE_DIR}
                 ${CMAKE_CURRENT_BINARY_DIR}/missing-package ${CMAKE_C_COMPILER} ${CMAKE_GENERATOR}
                 ${CMAKE_MAKE_PROGRAM})
set_tests_properties(install install_missing_package PROPERTIES LABELS install TIMEOUT 600)
