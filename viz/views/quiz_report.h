/* What a session of the interview drill came to, as a picture: bars by topic, marks and times by question. */
#ifndef VIZ_VIEWS_QUIZ_REPORT_H
#define VIZ_VIEWS_QUIZ_REPORT_H
#include "lessons/quiz.h"
#include "viz/scene.h"
#include "viz/theme.h"

/* The height at which all rows fit; the width is the scene's. */
double quiz_report_height_px(const QuizReport *report, const Theme *theme);
void quiz_report_draw(const QuizReport *report, const Theme *theme, Scene *scene);
#endif
