/* What the parts of the machine view share: machine.c lays out levels, machine_hbm.c draws the floor. */
#ifndef VIZ_VIEWS_MACHINE_PANEL_H
#define VIZ_VIEWS_MACHINE_PANEL_H
#include "sim/replay.h"
#include "viz/views/machine.h"

typedef struct MachinePanel {
    const Count *count;
    const Program *program;
    const Kernel *kernel;
    const Theme *theme;
    Scene *scene;
    int panel_index;
    ReplayState state;
    Residency residency;                   /* once the step is done */
    Box head, words, gauges;               /* name above, sentence below; gauges.w is 0 where a panel is narrow */
    double names_x;                        /* levels' names begin here */
    Box threads, registers, smem, l2, hbm; /* areas of the levels, right of their names */
    double px_per_elem;                    /* of matrices in HBM */
} MachinePanel;

/* The largest px_per_elem at which the program's matrices fit panel->hbm. */
double machine_hbm_scale(const MachinePanel *panel);
/* Draws the tensors in HBM; returns the middle of the moving tile's top edge, where its arrow begins or ends. */
Point machine_hbm_draw(const MachinePanel *panel);
#endif
