/* Between the files of ask: a parsed name, and what it stands for. */
#ifndef LESSONS_ASK_PARTS_H
#define LESSONS_ASK_PARTS_H
#include "lessons/ask.h"

enum { ASK_PARTS_MAX = 5, ASK_PART_MAX = 48, ASK_SETTINGS_MAX = 200 };

/* a."b c".d */
typedef struct AskName {
    char parts[ASK_PARTS_MAX][ASK_PART_MAX];
    int part_count;
    char text[ASK_TEXT_BYTES]; /* as written, for messages */
} AskName;

/* scenario: unfinished, with the settings of enclosing brackets. */
bool ask_name_value(const Ask *ask, const Scenario *scenario, const AskName *name, const char *settings, double *value,
                    Err *err);
#endif
