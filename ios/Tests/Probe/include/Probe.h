#pragma once

#include <stdbool.h>

/// Begins to count what the thread that calls this asks of files and sockets, or ends that. What other threads ask is counted apart.
void farthing_probe_watch(bool watched);

/// The name of the function with this number; null after the last one.
const char *farthing_probe_name(int function);

/// How often it was called since the watching began: by the watched thread, or by all others.
unsigned farthing_probe_count(int function, bool by_watched);
