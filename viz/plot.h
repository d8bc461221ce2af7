/* Axes, curves and labels of a plot, as scene commands.
 *
 *     Plot plot = plot_make(scene, theme, box, x_axis, y_axis);
 *     plot_frame(&plot);            grid, ticks, titles
 *     plot_curve(&plot, ...);       curves and marks claim the ground they cover
 *     plot_end_labels(&plot, ...);  names at the curves' ends instead of a legend
 *     plot_callout(&plot, ...);     a sentence with a line to its point, put where nothing is covered
 *
 * Pure. Values outside the axes are clipped. Label places are found greedily among a few candidates, in
 * the order of the calls, so what matters most should be called first.
 */
#ifndef VIZ_PLOT_H
#define VIZ_PLOT_H
#include "sim/units.h"
#include "viz/scene.h"
#include "viz/theme.h"

typedef UnitText (*PlotFormat)(double value);

typedef struct PlotAxis {
    double min, max;
    bool is_log;
    double log_factor; /* log: ticks at powers of it (8: 1, 8, 64, ...); 0: 10 */
    double log_base;   /* log: ticks are base x factor^i; 0: 1 */
    PlotFormat format; /* tick labels */
    const char *title; /* "N, tokens"; y titles stand above the axis, horizontally */
} PlotAxis;

enum { PLOT_TICKS_MAX = 24, PLOT_TAKEN_MAX = 400, PLOT_TEXTS_MAX = 24 };

typedef struct Plot {
    Scene *scene;
    const Theme *theme;
    Box box;  /* all there is room for */
    Box area; /* inside the axes */
    PlotAxis x, y;
    Box taken[PLOT_TAKEN_MAX]; /* ground that labels must not cover */
    int taken_count;
    Box texts[PLOT_TEXTS_MAX]; /* labels so far: to cover one is worse than to cover a curve */
    int text_count;
} Plot;

/* Tick values from axis.min to axis.max, at most count_max of them (and PLOT_TICKS_MAX): round steps
 * 1, 2, 5 x 10^n on a linear axis, powers of the factor on a log one (of ten, and 2 and 5 times them, where none is
 * given and there is room). Returns how many. */
int plot_ticks(const PlotAxis *axis, int count_max, double *out);
/* A tick's label: as the axis formats it, without zeros at the end of a fraction: "1 ms" of "1.00 ms". */
UnitText plot_tick_text(const PlotAxis *axis, double value);
/* A linear axis from 0 to a round number that is at least max. */
PlotAxis plot_axis_from_zero(double max, PlotFormat format, const char *title);

/* right_px: room kept at the right for end labels. */
Plot plot_make(Scene *scene, const Theme *theme, Box box, PlotAxis x, PlotAxis y, double right_px);
/* Axes with ticks, gridlines and titles. */
void plot_frame(Plot *plot);
/* Where a value, or a pair of them, lies on the page. */
double plot_y(const Plot *plot, double value);
Point plot_point(const Plot *plot, double x, double y);

/* Points joined in order. */
void plot_curve(Plot *plot, const double *x, const double *y, int count, Color color, double width_px, Dash dash);
/* A hollow mark is simulated or computed, a filled one measured. */
void plot_mark(Plot *plot, double x, double y, Color color, bool is_filled);

typedef struct PlotLabel {
    double y; /* value at the curve's right end */
    double x;
    Color color;
    const char *name;  /* bold */
    const char *value; /* second line, "" for none */
} PlotLabel;
/* Pushed apart vertically so that none overlaps, each joined to its curve's end by a thin line where it moved. */
void plot_end_labels(Plot *plot, const PlotLabel *labels, int count);
/* A sentence about the point (x, y), wrapped to width_px or less, where it covers nothing; with a thin line to the
 * point. Left out where every place covers something. */
void plot_callout(Plot *plot, double x, double y, double width_px, const char *text);
/* Text (lines split at newlines) at a place that is near (x, y) and free; `dx`, `dy` in {-1, 0, 1} is the side tried
 * first. Left out where there is none. */
void plot_note(Plot *plot, double x, double y, int dx, int dy, TextStyle style, const char *text);
/* Marks ground as taken. */
void plot_take(Plot *plot, Box box);
#endif
