/* What views about a model, or about chosen keys, draw from: computed once by view_prepare, then only read. */
#ifndef VIZ_VIEWS_MODEL_DATA_H
#define VIZ_VIEWS_MODEL_DATA_H
#include "sim/context/layers.h"
#include "sim/context/plan.h"
#include "sim/context/select.h"

enum { METHOD_CURVES_MAX = 8 };
/* What one global layer's attention asks of HBM at every point of the plan, by algorithm. */
typedef struct MethodCurve {
    const char *algorithm;
    double issued_bytes[PLAN_POINTS_MAX]; /* 0 where it cannot be counted */
} MethodCurve;

/* A model on the scenario's GPU: its layers at one length, and its plan. */
typedef struct ModelData {
    Model model;
    uint64_t tokens_rows; /* of the two sums: as asked, or the longest length the model was made for */
    LayersSum pattern, all_global;
    LayersSum short_pattern, short_all_global; /* at a sixteenth of it */
    Plan plan;
    MethodCurve curves[METHOD_CURVES_MAX];
    int curve_count;
    Scenario step; /* one decoding step of one layer at the plan's longest length, splits resolved; decoders only */
} ModelData;
/* tokens_rows 0: the model's own. */
bool model_data_make(const Model *model, const Machine *machine, PlanOptions options, uint64_t tokens_rows,
                     ModelData *data, Arena *arena, Err *err);

enum { CHOICE_GRID = 64, CHOICE_PANELS_MAX = 6, TRADEOFF_POINTS_MAX = 96 };

/* One method's mask as a grid of tiles. */
typedef struct ChoicePanel {
    SelectOptions options;
    uint8_t density[CHOICE_GRID][CHOICE_GRID]; /* of kept pairs in a tile of queries x keys: 0 none, 255 all */
    double mask_fraction;                      /* kept pairs / pairs that causality allows */
    double tile_fraction;                      /* tiles with a kept pair / tiles that causality allows */
    SelectQuality quality;
} ChoicePanel;

typedef struct ChoiceData {
    SelectInput input;
    bool is_causal;
    uint64_t tile_rows;
    ChoicePanel panels[CHOICE_PANELS_MAX];
    int panel_count;
    SelectPoint points[TRADEOFF_POINTS_MAX]; /* of the trade-off curve; none where only panels are asked for */
    int point_count;
} ChoiceData;
/* Panels of the methods at a common budget. input: rows a multiple of CHOICE_GRID. */
void choice_data_panels(const SelectInput *input, ChoiceData *data, Arena *arena);
void choice_data_tradeoff(const SelectInput *input, ChoiceData *data, Arena *arena);
#endif
