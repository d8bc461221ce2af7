/* A scene as text, as golden files have it; from malloc. */
#ifndef TESTS_VIZ_DUMPED_H
#define TESTS_VIZ_DUMPED_H
#include <stdio.h>

#include "viz/scene.h"

static inline char *dumped(const Scene *scene) {
    char *text = NULL;
    size_t size_bytes = 0;
    FILE *out = open_memstream(&text, &size_bytes);
    scene_dump(scene, out);
    fclose(out);
    return text;
}
#endif
