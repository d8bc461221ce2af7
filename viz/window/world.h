/* World: one scenario, counted, with everything the window draws from it.
 *
 * Counting DRAM bytes and time can take a while; a quick world leaves them out and is there in well under a frame, the
 * full one follows (window.c lets a thread make it). A world is made once and only read afterwards. Owns its arena.
 */
#ifndef VIZ_WINDOW_WORLD_H
#define VIZ_WINDOW_WORLD_H
#include "viz/state/view_state.h"
#include "viz/views/views.h"

typedef struct World {
    Arena arena;
    Scenario scenario;
    ViewInput input;          /* counts, sweep and race in the arena */
    const char *capture_path; /* hardware counters to set beside the simulation, or NULL */
    bool is_quick;
} World;

/* capture_path: a capture file for the plot `compare`, or NULL; read for a full world only. Fails where the scenario
 * does not fit the model (a tile too large, an overflow); *world is then untouched. */
bool world_make(const Scenario *scenario, const char *capture_path, bool is_quick, World *world, Err *err);
void world_free(World *world);
#endif
