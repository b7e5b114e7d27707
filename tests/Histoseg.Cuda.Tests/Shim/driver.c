/* A driver that answers what it was asked, so that the tests see how arguments cross into C. */
#include <stdio.h>
#include <string.h>

int cuDeviceGetName(char *name, int length, int device)
{
    snprintf(name, length, "GPU %d of %d bytes", device, length);
    return 0;
}

int cuMemAlloc_v2(unsigned long long *address, size_t bytes)
{
    *address = 0x7000000000000000ull + bytes;
    return bytes == 0 ? 1 : 0;
}

int cuMemsetD8Async(unsigned long long destination, unsigned char value, size_t bytes, void *stream)
{
    return destination == 0x123456789abcdef0ull && value == 0xa5 && bytes == 5000000000ull && stream == (void *)0x77 ? 0 : 999;
}

int cuModuleLoadDataEx(void **module, const void *image, unsigned count, int *options, void **values)
{
    *module = 0;
    if (count != 2 || options[0] != 5 || options[1] != 6)
        return 1;
    snprintf(values[0], (size_t)values[1], "ptxas: line %d of '%s', log of %zu bytes\n", 1, (const char *)image, (size_t)values[1]);
    return 218;
}

int cuModuleGetFunction(void **function, void *module, const char *name)
{
    *function = (void *)strlen(name);
    return module == (void *)0x11 ? 0 : 400;
}

int cuLaunchKernel(void *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void *stream,
                   void **parameters, void **extra)
{
    char seen[200];
    snprintf(seen, sizeof seen, "%p %u %u %u %u %u %u %u %p", function, gx, gy, gz, bx, by, bz, shared, stream);
    if (extra != 0)
        return 1;
    strcpy(parameters[0], seen);
    return 0;
}

int cuEventElapsedTime(float *milliseconds, void *start, void *end)
{
    *milliseconds = (float)((char *)end - (char *)start) / 4;
    return 0;
}

int cuGraphInstantiateWithFlags(void **executable, void *graph, unsigned long long flags)
{
    *executable = graph;
    return flags == 0xffffffff00000001ull ? 0 : 1;
}
