/* The Vulkan loader: volk's source, which its package ships. Its symbols stay inside the program or library
 * that this is linked into, so that an application with its own Vulkan functions is not disturbed. */
#include <dlfcn.h>

#ifdef __GNUC__
#    pragma GCC visibility push(hidden)
#endif
#define VOLK_IMPLEMENTATION
#include <volk.h>
#ifdef __GNUC__
#    pragma GCC visibility pop
#endif
