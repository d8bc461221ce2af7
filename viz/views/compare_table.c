/* The view `compare` where nothing has been measured: see compare_parts.h.
 *
 *                         simulated     closed form   CUDA kernel   measured
 *     issued read bytes   [      ] 7.52 GB      equal         equal   :         :
 *     L1 read sectors     [      ]  235 M           –         equal   : nothing :
 *     DRAM read bytes     [  ]    4.35 GB           –             –   :   yet   :
 *
 * Bars are hollow, as everything that is computed; lengths are bytes on one scale for all panels, sectors of 32 bytes
 * among them. A column that no row fills is one dashed frame that says what would fill it.
 */
#include <math.h>
#include <string.h>

#include "viz/views/compare_parts.h"

enum { SECTOR_BYTES = 32, COLUMN_COUNT = 4 };

/* Right edges of the numbers' columns, and where the bars go. */
typedef struct Table {
    const Theme *theme;
    Scene *scene;
    TypeSize type;
    Box bars;             /* their width is 0 where there is no room */
    double name_x;        /* left edge of names */
    double right[4];      /* simulated, closed form, kernel, measured */
    double column_px[4];  /* their widths */
    double bytes_per_bar; /* at full length */
    double row_px;
    int filled_count; /* columns that have something in them */
} Table;

static const CompareRoad road_of_column[COLUMN_COUNT] = {COMPARE_REPLAY, COMPARE_FORMULA, COMPARE_KERNEL,
                                                         COMPARE_HARDWARE};
static const char *const head_of_column[COLUMN_COUNT][2] = {
    {"simulated", "replay"}, {"closed", "form"}, {"CUDA kernel", "on the CPU"}, {"measured", "on a GPU"}};
/* What would fill a column that is empty, from the longest. */
enum { FILLER_COUNT = 3, FILLER_LINES_MAX = 9 };
static const char *const fillers[COLUMN_COUNT][FILLER_COUNT] = {
    [COMPARE_KERNEL] = {"not run", "not run", ""},
};
static const char *const hardware_fillers[FILLER_COUNT] = {
    "Nothing yet. On a machine with a GPU: hbmscope capture -o FILE. Then here: --capture FILE, or --ncu FILE.csv",
    "Nothing yet: give --capture FILE", "nothing yet"};

/* In bytes; 0 for what is no amount of them. */
static double bar_bytes(const CompareRow *row) {
    double value = (double)row->exact[COMPARE_REPLAY];
    if (strcmp(row->unit, "bytes") == 0) return value;
    return strcmp(row->unit, "sectors") == 0 ? SECTOR_BYTES * value : 0;
}

static double longest_bytes(const ComparePanel *panels, int count) {
    double most = 1;
    for (int p = 0; p < count; p++)
        for (int i = 0; i < panels[p].row_count; i++) most = fmax(most, bar_bytes(panels[p].rows[i]));
    return most;
}

static double baseline_px(const Table *table, double y) {
    return y + table->row_px / 2 + 0.36 * table->theme->type_px[table->type];
}

/* "equal", or how far the road lies from the replay. */
static void draw_agreement(const Table *table, const CompareRow *row, int column, double baseline) {
    CompareRoad road = road_of_column[column];
    if (!row->has[road]) {
        scene_text(table->scene, table->right[column], baseline, text_right(theme_text_soft(table->theme, table->type)),
                   "–");
        return;
    }
    double share = compare_deviation(row, road);
    const char *text = share == 0        ? "equal"
                       : isfinite(share) ? arena_format(table->scene->arena, "%+.2f%%", 100 * share)
                                         : "not 0";
    TextStyle style = share == 0 ? theme_text(table->theme, table->type) : theme_text_bold(table->theme, table->type);
    scene_text(table->scene, table->right[column], baseline, text_right(style), text);
}

static void draw_row(const Table *table, const CompareRow *row, double y) {
    const Theme *theme = table->theme;
    Scene *scene = table->scene;
    double baseline = baseline_px(table, y), bar_px = fmin(2.2 * theme->unit_px, 0.6 * table->row_px);
    scene_text(scene, table->name_x, baseline, theme_text(theme, table->type), compare_row_name(row, scene->arena));
    scene_text(scene, table->right[0], baseline, text_right(theme_text(theme, table->type)),
               compare_value_text(row, row->exact[COMPARE_REPLAY]).text);
    Box bar = {table->bars.x, y + (table->row_px - bar_px) / 2, table->bars.w * bar_bytes(row) / table->bytes_per_bar,
               bar_px};
    if (bar.w > 0) scene_rect(scene, bar, (Paint){.edge = theme_series(theme, 1), .edge_px = 1.75 * theme->scale});
    for (int column = 1; column < table->filled_count; column++) draw_agreement(table, row, column, baseline);
    double right = table->right[table->filled_count - 1];
    scene_line(scene, (Point){table->name_x, y + table->row_px}, (Point){right, y + table->row_px}, theme->grid,
               theme->hairline_px);
    compare_hit(row, (Box){table->name_x, y, right - table->name_x, table->row_px}, scene);
}

static void draw_heads(const Table *table, double bottom) {
    TextStyle soft = text_right(theme_text_soft(table->theme, TYPE_SMALL));
    double line_px = 1.3 * table->theme->type_px[TYPE_SMALL];
    for (int column = 0; column < COLUMN_COUNT; column++)
        for (int line = 0; line < 2; line++)
            scene_text(table->scene, table->right[column], bottom - (1 - line) * line_px, soft,
                       head_of_column[column][line]);
}

/* The first wording that the frame holds, in its middle. */
static void draw_filler(const Table *table, Box frame, const char *const *wordings) {
    TextStyle soft = text_center(theme_text_soft(table->theme, TYPE_SMALL));
    double line_px = 1.4 * soft.size_px, room_px = frame.w - table->theme->unit_px;
    for (int i = 0; i < FILLER_COUNT; i++) {
        int lines = scene_wrap_lines(table->scene, room_px, soft, wordings[i]);
        if (lines > FILLER_LINES_MAX || lines * line_px > frame.h - table->theme->unit_px) continue;
        scene_text_wrap(table->scene, frame.x + frame.w / 2, frame.y + (frame.h - lines * line_px) / 2 + soft.size_px,
                        room_px, line_px, soft, wordings[i]);
        return;
    }
}

/* Around the rows of a column that has nothing in it. */
static void draw_empty_column(const Table *table, int column, double top, double bottom) {
    const Theme *theme = table->theme;
    double w = table->column_px[column] - theme->unit_px;
    Box frame = {table->right[column] - w, top + theme->unit_px / 2, w, bottom - top - theme->unit_px / 2};
    scene_rect(table->scene, frame, (Paint){.edge = theme->rule, .edge_px = theme->hairline_px, .dash = DASH_DASHED});
    bool is_hardware = road_of_column[column] == COMPARE_HARDWARE;
    draw_filler(table, frame, is_hardware ? hardware_fillers : fillers[COMPARE_KERNEL]);
}

/* In units of the grid: names, then the four columns; what is left is the bars'. */
static Table lay_out(const Theme *theme, Box box, double row_px, Scene *scene) {
    static const double wide[] = {18, 9, 8, 11, 15}, narrow[] = {14, 7.5, 6, 10, 9.5};
    bool is_wide = box.w >= 70 * theme->unit_px && row_px >= 3.2 * theme->unit_px;
    const double *units = is_wide ? wide : narrow;
    Table table = {
        .theme = theme, .scene = scene, .type = is_wide ? TYPE_BODY : TYPE_SMALL, .name_x = box.x, .row_px = row_px};
    double right = box.x + box.w;
    for (int column = COLUMN_COUNT - 1; column >= 0; column--) {
        table.right[column] = right;
        table.column_px[column] = units[column + 1] * theme->unit_px;
        right -= table.column_px[column];
    }
    double left = box.x + units[0] * theme->unit_px;
    table.bars = (Box){left, box.y, right - left > 5 * theme->unit_px ? right - left : 0, box.h};
    return table;
}

void compare_draw_table(const ComparePanel *panel, const ComparePanel *panels, int count, const Theme *theme, Box box,
                        Scene *scene) {
    Box head = box_cut_top(&box, 4.75 * theme->unit_px);
    double least_px = 1.5 * theme->type_px[TYPE_SMALL];
    int shown = (int)fmin(panel->row_count, fmax(1, floor(box.h / least_px)));
    Table table = lay_out(theme, box, fmin(7 * theme->unit_px, box.h / fmax(1, shown)), scene);
    table.bytes_per_bar = longest_bytes(panels, count);
    table.filled_count = compare_has_road(panel, 1, COMPARE_KERNEL) ? 3 : 2;
    draw_heads(&table, head.y + head.h - 0.75 * theme->unit_px);
    for (int i = 0; i < shown; i++) draw_row(&table, panel->rows[i], box.y + i * table.row_px);
    double bottom = box.y + shown * table.row_px;
    for (int column = table.filled_count; column < COLUMN_COUNT; column++)
        draw_empty_column(&table, column, box.y, bottom);
}
