/* Views: each turns counts into a scene. One file a view, one row each in view_table.
 *
 * A view is pure: (ViewInput, theme, box) -> scene commands. The costly part, counting, is done before
 * by view_prepare, so that a window can draw every frame in well under a millisecond and a slider's drag
 * prepares anew. The whole picture (title, what to notice, source) is view_picture; a window that has
 * its own frame calls View.draw on a part of its area.
 */
#ifndef VIZ_VIEWS_VIEWS_H
#define VIZ_VIEWS_VIEWS_H
#include <stdbool.h>
#include <stdint.h>

#include "lessons/student.h"
#include "sim/base/arena.h"
#include "sim/base/err.h"
#include "sim/compare.h"
#include "sim/count.h"
#include "viz/scene.h"
#include "viz/state/race.h"
#include "viz/theme.h"
#include "viz/views/model_data.h"

enum { VIEW_SWEEP_MAX = 16, VIEW_STEP_DEFAULT = -1 };

/* Totals of each algorithm at rising lengths. */
typedef struct ViewSweep {
    uint64_t tokens[VIEW_SWEEP_MAX];
    int point_count;
    uint64_t peak_hbm_bytes[SCENARIO_ALGORITHMS_MAX][VIEW_SWEEP_MAX];
    uint64_t issued_bytes[SCENARIO_ALGORITHMS_MAX][VIEW_SWEEP_MAX];
    bool has_point[SCENARIO_ALGORITHMS_MAX][VIEW_SWEEP_MAX]; /* false where a count overflowed or a tile did not fit */
} ViewSweep;

/* How the L2 answers: a buffer swept over and over, and one head's attention at lengths around the L2's size. */
typedef struct ViewL2 {
    uint64_t buffer_bytes[VIEW_SWEEP_MAX];
    double dram_fraction[VIEW_SWEEP_MAX];
    int buffer_count;
    uint64_t tokens[VIEW_SWEEP_MAX], score_bytes[VIEW_SWEEP_MAX];    /* |S| = tokens^2 x element */
    uint64_t dram_bytes[2][SCENARIO_ALGORITHMS_MAX][VIEW_SWEEP_MAX]; /* by store policy: home, near */
    bool has_point[SCENARIO_ALGORITHMS_MAX][VIEW_SWEEP_MAX];
    int length_count;
} ViewL2;

typedef struct ViewInput {
    const Scenario *scenario;
    const Count *counts; /* scenario->algorithm_count of them, and the program's last */
    int count_count;
    const StudentText *program;    /* of the student's own, counted beside the algorithms; or NULL */
    const ViewSweep *sweep;        /* where the view needs one */
    const ViewL2 *l2;              /* likewise */
    const Compare *compare;        /* likewise */
    const char *compare_source;    /* device and date of the capture, or NULL */
    const char *compare_engine;    /* that counted its DRAM bytes, "" where none did; or NULL */
    const char *compare_unrun;     /* why the CUDA kernels were not run on the CPU, or NULL */
    const char *capture_path;      /* that the comparison was read from, or NULL */
    const Race *race;              /* where the view needs one */
    RaceClock clock;               /* of the view replay; TIME falls back to BYTES */
    const struct ViewState *state; /* the replay as a window shows it; NULL: a telling moment of it */
    const ModelData *model;        /* where the view needs one */
    const ChoiceData *choice;
    int64_t step_index; /* of the machine view; VIEW_STEP_DEFAULT: a telling one */
} ViewInput;

/* What must be there before a view can be drawn. */
typedef enum ViewNeeds {
    VIEW_NEEDS_COUNTS = 1,
    VIEW_NEEDS_SWEEP = 2,
    VIEW_NEEDS_DRAM = 4,
    VIEW_NEEDS_STEP = 8,
    VIEW_NEEDS_RACE = 16,
    VIEW_NEEDS_L2 = 32, /* seconds */
    VIEW_NEEDS_MODEL = 64,
    VIEW_NEEDS_CHOICE = 128, /* masks of the methods at one budget */
    VIEW_NEEDS_TRADEOFF = 256,
    VIEW_NEEDS_COMPARE = 512 /* filled by the caller (viz/cli/comparison.h): files and a child process */
} ViewNeeds;

typedef struct ViewHeadline {
    const char *title, *notice; /* what it shows, and the sentence that says what to notice */
} ViewHeadline;

typedef struct View {
    const char *name;          /* as `draw` takes it */
    const char *title;         /* default heading */
    const char *help;          /* one sentence: what it shows */
    unsigned needs;            /* ViewNeeds */
    const char *model_default; /* of VIEW_NEEDS_MODEL: a built-in model's name */
    /* What draw needs, in theme units; on less room the view is drawn with a smaller theme. */
    double least_width_units, least_height_units;
    /* The picture's headline and the sentence under it, with this input's numbers. */
    ViewHeadline (*headline)(const ViewInput *input, Arena *arena);
    void (*draw)(const ViewInput *input, const Theme *theme, Box box, Scene *scene);
    /* Where the numbers come from, one line. */
    const char *(*source)(const ViewInput *input, Arena *arena);
} View;

/* Fills what VIEW_NEEDS_L2 asks for (l2_data.c). */
bool view_l2_fill(const Scenario *scenario, ViewL2 *l2, Err *err);

extern const View *const view_table[];
extern const int view_table_count;
const View *view_find(const char *name); /* NULL where there is none */

/* Counts what the view needs, in the arena. */
bool view_prepare(const View *view, const Scenario *scenario, int64_t step_index, Arena *arena, ViewInput *input,
                  Err *err);
/* The same with what no scenario says; NULL: the view's own model, numbers made from the scenario's seed. */
typedef struct ViewGiven {
    const Model *model;
    const SelectInput *heads;
    const StudentText *program;
} ViewGiven;
bool view_prepare_given(const View *view, const Scenario *scenario, int64_t step_index, ViewGiven given, Arena *arena,
                        ViewInput *input, Err *err);
/* The whole picture: title, what to notice, the view, source line. */
void view_picture(const View *view, const ViewInput *input, const Theme *theme, Scene *scene);
/* Batch, heads, N, d, dtype, pass and GPU as one line. */
const char *view_scenario_line(const Scenario *scenario, Arena *arena);
/* The same of a sweep, whose N are given in words: "2K to 128K". */
const char *view_scenario_line_over(const Scenario *scenario, const char *lengths, Arena *arena);
/* What sentences call an algorithm: "FlashAttention" of "FlashAttention (2022)", "standard attention". */
const char *view_name(const Algorithm *algorithm, Arena *arena);
const char *view_name_of(const char *algorithm, Arena *arena); /* one that has no such name keeps its own */
/* The same where a sentence or a heading begins: "Standard attention". */
const char *view_title(const Algorithm *algorithm, Arena *arena);
/* A name out of the model as print shows it: "S = QK^T" becomes "S = QKᵀ", "->" an arrow. */
const char *view_pretty(const char *name, Arena *arena);
#endif
