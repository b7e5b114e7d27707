/* A cuDNN that, like the real one, opens its parts by bare name, and gives a version only if it gets them. */
#include <dlfcn.h>
#include <stddef.h>

size_t cudnnGetVersion(void)
{
    const char *parts[] = {"libcudnn_graph.so.9", "libcudnn_engines_precompiled.so.9"};
    for (int i = 0; i < 2; i++)
        if (!dlopen(parts[i], RTLD_LAZY))
            return 0;
    return 91002;
}
