/* World: one scenario, counted, with everything the window draws from it.
 *
 * Counting DRAM bytes and time can take a while; a quick world leaves them out and is there in well under a frame, the
 * full one follows (window.c lets a thread make it). A world is made once and only read afterwards. Owns its arena.
 */
#ifndef VIZ_WINDOW_WORLD_H
#define VIZ_WINDOW_WORLD_H
#include "viz/state/view_state.h"
#include "viz/views/views.h"

/* What no scenario says; texts outlive the world. */
typedef struct WorldGiven {
    const char *capture_path;   /* hardware counters for the plot `compare`, or NULL */
    const StudentText *program; /* of the student's own, replayed beside the algorithms, or NULL */
} WorldGiven;

typedef struct World {
    Arena arena;
    Scenario scenario;
    ViewInput input; /* counts, sweep and race in the arena */
    WorldGiven given;
} World;

/* given may be NULL; a capture is read for a full world only. Fails where the scenario does not fit the model (a tile
 * too large, an overflow, a program that is not right for it); *world is then untouched. */
bool world_make(const Scenario *scenario, const WorldGiven *given, bool is_quick, World *world, Err *err);
void world_free(World *world);
#endif
