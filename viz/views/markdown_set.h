/* Markdown set in type: blocks one under another into a column of a scene. For handouts and the window's lesson.
 *
 * Pure. The owner of the column says through `need` what happens where it ends: a new page, or nothing (a column that
 * scrolls). Not done: hyphenation, widows.
 */
#ifndef VIZ_VIEWS_MARKDOWN_SET_H
#define VIZ_VIEWS_MARKDOWN_SET_H
#include "lessons/markdown.h"
#include "viz/scene.h"
#include "viz/theme.h"

typedef struct MarkdownSetter {
    Scene *scene;
    const Theme *theme;
    double left_px, width_px;
    double y;               /* top of the next line; moves on as things are set */
    double line_px, gap_px; /* from line to line, and between blocks */
    /* Called before something of height_px is set; may change scene and y. NULL: the column has no end. */
    void (*need)(struct MarkdownSetter *setter, double height_px);
    void *owner;
} MarkdownSetter;

/* line_px and gap_px as the theme's body type asks. */
MarkdownSetter markdown_setter(Scene *scene, const Theme *theme, double left_px, double width_px, double y);
void markdown_set(MarkdownSetter *setter, const Markdown *markdown);
/* The same from text; what is no Markdown is set as it is. */
void markdown_set_text(MarkdownSetter *setter, const char *text);
static inline void markdown_need(MarkdownSetter *setter, double height_px) {
    if (setter->need) setter->need(setter, height_px);
}
#endif
