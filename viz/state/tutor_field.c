/* Keys -> the text and the caret: see tutor_field.h. */
#include "viz/state/tutor_field.h"

#include <stdio.h>
#include <string.h>

void tutor_field_set(Tutor *t, const char *text) {
    snprintf(t->text, sizeof t->text, "%s", text);
    t->caret_index = (int)strlen(t->text);
}

static void insert(Tutor *t, uint32_t character) {
    size_t length = strlen(t->text);
    if (length + 1 >= sizeof t->text || character >= 127) return;
    memmove(t->text + t->caret_index + 1, t->text + t->caret_index, length - (size_t)t->caret_index + 1);
    t->text[t->caret_index++] = (char)character;
}

void tutor_field_line(Tutor *t) {
    int start = t->caret_index;
    while (start > 0 && t->text[start - 1] != '\n') start--;
    int indent = 0;
    while (t->text[start + indent] == ' ' && start + indent < t->caret_index) indent++;
    insert(t, '\n');
    while (indent-- > 0) insert(t, ' ');
}

static void erase(Tutor *t) {
    if (t->caret_index == 0) return;
    memmove(t->text + t->caret_index - 1, t->text + t->caret_index, strlen(t->text + t->caret_index) + 1);
    t->caret_index--;
}

static int line_start(const Tutor *t, int at) {
    while (at > 0 && t->text[at - 1] != '\n') at--;
    return at;
}
static int line_end(const Tutor *t, int at) {
    while (t->text[at] && t->text[at] != '\n') at++;
    return at;
}

/* The caret a line up or down, in the same column where there is one. */
static void move_line(Tutor *t, int direction) {
    int start = line_start(t, t->caret_index), column = t->caret_index - start;
    if (direction < 0 && start == 0) return;
    if (direction > 0 && !t->text[line_end(t, t->caret_index)]) return;
    int other = direction < 0 ? line_start(t, start - 1) : line_end(t, t->caret_index) + 1;
    int end = line_end(t, other);
    t->caret_index = other + column < end ? other + column : end;
}

bool tutor_field_key(Tutor *t, const Event *event) {
    switch (event->key) {
    case KEY_BACKSPACE: erase(t); break;
    case KEY_DELETE:
        if (t->text[t->caret_index]) t->caret_index++, erase(t);
        break;
    case KEY_LEFT: t->caret_index -= t->caret_index > 0; break;
    case KEY_RIGHT: t->caret_index += t->text[t->caret_index] != '\0'; break;
    case KEY_UP: move_line(t, -1); break;
    case KEY_DOWN: move_line(t, 1); break;
    case KEY_HOME: t->caret_index = line_start(t, t->caret_index); break;
    case KEY_END: t->caret_index = line_end(t, t->caret_index); break;
    default: {
        bool is_upper = event->key >= 'a' && event->key <= 'z' && event->modifiers & MODIFIER_SHIFT;
        bool is_character = event->key >= ' ' && event->key < 127 && !(event->modifiers & MODIFIER_CONTROL);
        if (is_character) insert(t, is_upper ? event->key - 'a' + 'A' : event->key);
        return is_character;
    }
    }
    return true;
}
