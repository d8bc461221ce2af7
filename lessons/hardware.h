/* What a real GPU counted in a lesson's case, where a capture of it is at hand; else a plain statement that none is.
 *
 * Pure. A capture fits where algorithm, sizes, type and tiles agree (sim/capture.h); the L2 was cold, which
 * for a capture means flushed before every kernel, so the replay beside it is flushed too.
 */
#ifndef LESSONS_HARDWARE_H
#define LESSONS_HARDWARE_H
#include "lessons/lesson_case.h"

/* One Markdown paragraph for a hardware block. */
const char *hardware_text(const LessonCase *c, const LessonPart *part, Arena *arena);
#endif
