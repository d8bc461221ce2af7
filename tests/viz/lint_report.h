/* Lint over many pictures: the sizes, the fonts, and a report that names each offence once though it be in every size.
 *
 * The least size is the theme's small type, 13 px in a picture 720 px high: its capitals are 1.3 % of the picture's
 * height. Someone six picture heights away, in the last row of a lecture hall, sees them under 7.5 minutes of arc;
 * normal sight reads 5 (ISO 8596). Lecture mode's 1.5 times give 11.
 */
#ifndef TESTS_VIZ_LINT_REPORT_H
#define TESTS_VIZ_LINT_REPORT_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs the headers above. */
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/viz/scene_lint.h"

static const double lint_small_px = 13;
typedef struct LintSize {
    int width_px, height_px;
} LintSize;
static const LintSize lint_sizes[] = {{1280, 720}, {1280, 800}, {1920, 1080}, {2560, 1600}};
enum { LINT_SIZES = sizeof lint_sizes / sizeof lint_sizes[0] };

static Fonts lint_fonts; /* open while the group of tests runs */

/* Offences, each shown once though it be in every size. */

enum { SHOWN_MAX = 40 };
static struct LintReport {
    char shown[SHOWN_MAX][LINT_LINE_BYTES + 200];
    int shown_count, count;
} lint_report;

static bool is_same_offence(const char *a, const char *b) {
    a += strcspn(a, ":"), b += strcspn(b, ":"); /* whatever the picture */
    size_t length = strcspn(a, "'");
    length += a[length] ? 1 + strcspn(a + length + 1, "'") : 0;
    return strncmp(a, b, length) == 0;
}

static void lint_report_add(const char *picture, const char *where, const LintList *list) {
    lint_report.count += list->count;
    for (int i = 0; i < list->count && i < LINT_OFFENCES_MAX; i++) {
        char line[LINT_LINE_BYTES + 200];
        snprintf(line, sizeof line, "%s: %s (%s)", picture, list->lines[i], where);
        for (char *at = line; *at; at++) *at = *at == '\n' ? ' ' : *at;
        bool is_known = false;
        for (int k = 0; k < lint_report.shown_count && !is_known; k++)
            is_known = is_same_offence(line, lint_report.shown[k]);
        if (!is_known && lint_report.shown_count < SHOWN_MAX)
            strcpy(lint_report.shown[lint_report.shown_count++], line);
    }
}

static void lint_end(void) {
    int count = lint_report.count;
    for (int i = 0; i < lint_report.shown_count; i++) fprintf(stderr, "# %s\n", lint_report.shown[i]);
    memset(&lint_report, 0, sizeof lint_report);
    if (count) fail_msg("%d offences", count);
}

static void lint_picture(const Scene *scene, double least_px, bool is_scrolling_allowed, const char *picture,
                         const char *where) {
    static LintList list; /* large; one test runs at a time */
    list.count = 0;
    scene_lint(scene, &lint_fonts, (LintRules){least_px, is_scrolling_allowed}, &list);
    lint_report_add(picture, where, &list);
}

static int lint_open_fonts(void **unused) {
    (void)unused;
    return fonts_open(&lint_fonts, NULL) ? 0 : -1;
}
static int lint_close_fonts(void **unused) {
    (void)unused;
    fonts_close(&lint_fonts);
    return 0;
}
#endif
