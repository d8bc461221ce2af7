/* A quiz report's picture: see quiz_report.h. Pure. */
#include "viz/views/quiz_report.h"

#include <math.h>

static const double HEAD_UNITS = 14, ROW_UNITS = 3.5, TOPIC_ROWS = 2.1, FOOT_UNITS = 8, MARGIN_UNITS = 5,
                    HEIGHT_MIN_UNITS = 50;

static double row_px(const Theme *theme) { return ROW_UNITS * theme->unit_px; }

double quiz_report_height_px(const QuizReport *report, const Theme *theme) {
    QuizTopicSum sums[QUIZ_TOPICS_MAX], all;
    int topic_count = quiz_report_topics(report, sums, &all);
    double rows = fmax(report->row_count, TOPIC_ROWS * topic_count) + 1.2;
    return ceil(fmax(HEIGHT_MIN_UNITS, HEAD_UNITS + FOOT_UNITS + ROW_UNITS * rows) * theme->unit_px);
}

static void draw_topic(const QuizTopicSum *sum, const Theme *theme, Box box, Scene *scene) {
    double part = sum->points_max > 0 ? sum->points / sum->points_max : 0;
    Box bar = {box.x, box.y + 2.8 * theme->unit_px, box.w - 11 * theme->unit_px, 1.5 * theme->unit_px};
    scene_text(scene, box.x, box.y + 1.9 * theme->unit_px, theme_text(theme, TYPE_BODY), sum->topic);
    scene_rect(
        scene, bar,
        (Paint){.pattern = PATTERN_SOLID, .fill = theme->panel, .edge = theme->rule, .edge_px = theme->hairline_px});
    scene_rect(
        scene, (Box){bar.x, bar.y, bar.w * part, bar.h},
        (Paint){.pattern = PATTERN_SOLID, .fill = theme->ink_soft, .edge = theme->ink, .edge_px = theme->hairline_px});
    scene_textf(scene, box.x + box.w, bar.y + 1.3 * theme->unit_px, text_right(theme_text(theme, TYPE_BODY)),
                "%.2f of %.0f", sum->points, sum->points_max);
}

static void draw_topics(const QuizReport *report, const Theme *theme, Box box, Scene *scene) {
    QuizTopicSum sums[QUIZ_TOPICS_MAX], all;
    int count = quiz_report_topics(report, sums, &all);
    scene_text(scene, box.x, box.y + 2 * theme->unit_px, theme_text_bold(theme, TYPE_BODY), "By topic, weakest first");
    for (int i = 0; i < count; i++) {
        Box row = {box.x, box.y + row_px(theme) * (1.1 + TOPIC_ROWS * i), box.w, TOPIC_ROWS * row_px(theme)};
        draw_topic(&sums[i], theme, row, scene);
        if (sums[i].points < 0.75 * sums[i].points_max)
            scene_textf(scene, row.x, row.y + 6.1 * theme->unit_px, theme_text_soft(theme, TYPE_SMALL),
                        "read: hbmscope learn %s", quiz_lesson_for(sums[i].topic));
    }
}

/* Full, half and empty marks differ in shape as well as in fill, and are grey: colours are tensors. */
static void draw_mark(const QuizRow *row, const Theme *theme, double x, double y, Scene *scene) {
    double side = 1.6 * theme->unit_px, part = row->points_max > 0 ? row->points / row->points_max : 0;
    scene_rect(scene, (Box){x, y - side, side, side},
               (Paint){.pattern = PATTERN_NONE, .edge = theme->ink, .edge_px = theme->hairline_px});
    if (part > 0)
        scene_rect(scene, (Box){x, y - side * part, side, side * part},
                   (Paint){.pattern = PATTERN_SOLID, .fill = theme->ink_soft});
    if (part == 0) {
        scene_line(scene, (Point){x, y - side}, (Point){x + side, y}, theme->ink, theme->hairline_px);
        scene_line(scene, (Point){x, y}, (Point){x + side, y - side}, theme->ink, theme->hairline_px);
    }
}

static void draw_rows(const QuizReport *report, const Theme *theme, Box box, Scene *scene) {
    TextStyle body = theme_text(theme, TYPE_BODY), soft = theme_text_soft(theme, TYPE_SMALL);
    double right = box.x + box.w;
    scene_text(scene, box.x, box.y + 2 * theme->unit_px, theme_text_bold(theme, TYPE_BODY), "Question by question");
    scene_text(scene, right - 34 * theme->unit_px, box.y + 2 * theme->unit_px, soft, "topic");
    scene_text(scene, right - 12 * theme->unit_px, box.y + 2 * theme->unit_px, text_right(soft), "points");
    scene_text(scene, right, box.y + 2 * theme->unit_px, text_right(soft), "seconds");
    for (int i = 0; i < report->row_count; i++) {
        const QuizRow *row = &report->rows[i];
        double y = box.y + row_px(theme) * (1.2 + i) + 2 * theme->unit_px;
        draw_mark(row, theme, box.x, y, scene);
        scene_text_cut(scene, box.x + 3 * theme->unit_px, y, box.w - 38 * theme->unit_px, body, row->name);
        scene_text(scene, right - 34 * theme->unit_px, y, soft, row->topic);
        scene_textf(scene, right - 12 * theme->unit_px, y, text_right(body), "%.2f", row->points);
        scene_textf(scene, right, y, text_right(body), row->is_late ? "%.0f late" : "%.0f", row->spent_s);
    }
}

void quiz_report_draw(const QuizReport *report, const Theme *theme, Scene *scene) {
    QuizTopicSum sums[QUIZ_TOPICS_MAX], all;
    quiz_report_topics(report, sums, &all);
    double unit = theme->unit_px, margin = MARGIN_UNITS * unit;
    Box page = {margin, margin, scene->width_px - 2 * margin, scene->height_px - 2 * margin};
    scene_textf(scene, page.x, page.y + 3 * unit, theme_text_bold(theme, TYPE_TITLE),
                "Interview drill: %.2f of %.0f points", all.points, all.points_max);
    scene_textf(scene, page.x, page.y + 6.5 * unit, theme_text_soft(theme, TYPE_BODY), "%d questions in %.0f seconds%s",
                all.count, all.spent_s, report->limit_s > 0 ? ", against the clock" : "");
    Box left = {page.x, page.y + HEAD_UNITS * unit - margin, 0.4 * page.w, page.h}, right = left;
    right.x = page.x + 0.48 * page.w;
    right.w = 0.52 * page.w;
    draw_topics(report, theme, left, scene);
    draw_rows(report, theme, right, scene);
    scene_textf(scene, page.x, page.y + page.h, theme_text_soft(theme, TYPE_SMALL),
                "hbmscope quiz --seed %llu --count %d asks the same questions again", (unsigned long long)report->seed,
                report->row_count);
}
