/* Files that travel inside hbmscope-kernel: the stand-in headers and the twin's runtime library. */
#ifndef GPU_TWIN_EMBEDDED_H
#define GPU_TWIN_EMBEDDED_H

typedef struct EmbeddedFile {
    const char *name;
    const char *begin, *end;
} EmbeddedFile;
extern const EmbeddedFile embedded_files[];
extern const int embedded_file_count;
/* Headers of the toolkit that stand for cuda_runtime.h here; ends with NULL. */
extern const char *const embedded_aliases[];
#endif
