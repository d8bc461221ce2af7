/* Sliders: single figures of a scenario that can be dragged, each over a list of sensible values.
 *
 * Pure. A slider changes a scenario in place; scenario_finish and the count decide afterwards whether the new one
 * makes sense, and the caller keeps the old one where not.
 */
#ifndef VIZ_STATE_SLIDER_H
#define VIZ_STATE_SLIDER_H
#include "sim/scenario.h"
#include "sim/units.h"

typedef enum SliderId {
    SLIDER_SEQ,
    SLIDER_HEAD_DIM,
    SLIDER_HEADS,
    SLIDER_BATCH,
    SLIDER_BLOCK_Q,
    SLIDER_BLOCK_K,
    SLIDER_SRAM,
    SLIDER_L2,
    SLIDER_GPU,
    SLIDER_COUNT
} SliderId;

const char *slider_name(SliderId id);    /* "N", as on the screen */
const char *slider_meaning(SliderId id); /* "sequence length, tokens" */
int slider_stop_count(SliderId id);
/* The stop nearest to the scenario's value. */
int slider_stop(const Scenario *scenario, SliderId id);
/* Whether the scenario's value is that of the stop, exactly. */
bool slider_is_at(const Scenario *scenario, SliderId id, int stop);
/* Sets the scenario's figure to a stop: keys follow queries where both were equal, KV heads follow heads. */
void slider_set(Scenario *scenario, SliderId id, int stop);
/* The scenario's value as text: "128K", "auto", "163 KiB", "A100 40GB". */
UnitText slider_text(const Scenario *scenario, SliderId id);
#endif
