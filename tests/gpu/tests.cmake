# The same program under a label of its own, for runs on a driver that compiles and executes nothing.
add_test(NAME radv_pipelines COMMAND test_gpu_pipelines)
set_tests_properties(radv_pipelines PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 600 LABELS radv)
