/* From CUDA C++ to C++ for the twin, as text edits that keep every line where it was:
 *
 *     k<<<grid, block, bytes>>>(a, b)    ->  hbm_launch(HBM_TEXT(k), [=](auto... hbm_a) { k(hbm_a...); }, grid, block,
 * bytes)(a, b) extern __shared__ float tile[];    ->  float *const tile = (float *)hbm_dynamic_shared();
 *     __device__ float table[256];       ->  the same in a section of its own (functions stay as they are)
 *     #include "mine.cuh"                ->  the translated copy of that file
 *
 * Comments, strings and character literals are left alone. What cannot run on the CPU (inline PTX, tensor
 * cores, textures, libraries) is listed by line.
 * A launch in a macro's body keeps the name that the macro is given. Not modelled: launches whose <<< a macro makes.
 */
#ifndef GPU_TWIN_TRANSLATE_H
#define GPU_TWIN_TRANSLATE_H
#include "sim/base/arena.h"

enum { TRANSLATE_EDITS_MAX = 8192, TRANSLATE_PROBLEMS_MAX = 64, TRANSLATE_INCLUDES_MAX = 256 };

typedef struct TranslateProblem {
    int line;         /* 1-based */
    const char *what; /* "inline PTX (asm)" */
} TranslateProblem;

/* `#include "path"`: where the path stands in the text. */
typedef struct TranslateInclude {
    const char *path; /* as written */
    size_t offset_bytes, length_bytes;
} TranslateInclude;

typedef struct Translation {
    const char *text; /* the input */
    char *code;       /* the input with comments and literals blanked, same length */
    struct {
        size_t offset_bytes, length_bytes;
        const char *replacement;
    } edits[TRANSLATE_EDITS_MAX];
    int edit_count;
    TranslateProblem problems[TRANSLATE_PROBLEMS_MAX];
    int problem_count;
    TranslateInclude includes[TRANSLATE_INCLUDES_MAX];
    int include_count;
    int launch_count;
} Translation;

/* Finds what must change. Everything lives in the arena. */
Translation *translate_scan(const char *text, Arena *arena);
/* One more edit, e.g. an include's new path. */
void translate_edit(Translation *translation, size_t offset_bytes, size_t length_bytes, const char *replacement);
/* The text with all edits. */
char *translate_apply(Translation *translation, Arena *arena);
#endif
