/* A lesson on paper: its text, its predictions with room to write, its bookmarks as figures with room for notes, and a
 * sheet of exercises with or without solutions. Pages are scenes of A4 at 96 px an inch; a backend makes a PDF of them.
 */
#ifndef VIZ_VIEWS_HANDOUT_H
#define VIZ_VIEWS_HANDOUT_H
#include "lessons/lesson_case.h"
#include "viz/scene.h"
#include "viz/theme.h"

enum { HANDOUT_PAGES_MAX = 40, HANDOUT_WIDTH_PX = 794, HANDOUT_HEIGHT_PX = 1123, HANDOUT_WIDTH_PT = 595 };

typedef struct Handout {
    Scene pages[HANDOUT_PAGES_MAX];
    int page_count;
} Handout;

/* Everything is allocated in arena. Fails where a text's number cannot be asked or the lesson needs too many pages. */
bool handout_make(const LessonCase *c, bool has_solutions, const FontMetrics *metrics, Handout *handout, Arena *arena,
                  Err *err);
#endif
