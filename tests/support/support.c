/* Keeps the support library from being empty while no test kernel exists. */
typedef int arclight_test_support_is_here;
