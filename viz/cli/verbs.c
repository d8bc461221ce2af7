/* The table of verbs: see verb.h. */
#include "viz/cli/verbs.h"

static const char *const count_options[] = {"--explain", "every closed form: symbols, values put in, meaning",
                                            "--json | --csv", "for scripts: format hbmscope.count/1", NULL};
static const char *const steps_options[] = {"--from A",
                                            "first step to print, from 0",
                                            "--to B",
                                            "last step to print [20 steps]",
                                            "--at-bytes X",
                                            "the step during which issued bytes pass X (sizes as 1G)",
                                            "--at-time T",
                                            "the step that runs at T: 1.3ms, 45us, 2s",
                                            "--json",
                                            "a line of JSON a step: format hbmscope.steps/1",
                                            NULL};
static const char *const sweep_options[] = {"--seq A..B | A,B,C",
                                            "lengths: doublings from A to B, or a list [1K..128K]",
                                            "--dram",
                                            "count DRAM traffic and time too (slower)",
                                            "--json | --csv",
                                            "for scripts: format hbmscope.sweep/1",
                                            NULL};
static const char *const l2curve_options[] = {"--gpu NAME|FILE",
                                              "the GPU [a100-40]",
                                              "--sizes LIST",
                                              "buffer sizes, multiples of 32 chunks: 20224K,22016K",
                                              "--l2 SIZE",
                                              "the L2's capacity [the GPU's]",
                                              "--chunk SIZE",
                                              "what a block reads at a time [8K; 16K from Hopper on]",
                                              "--json | --csv",
                                              "for scripts: format hbmscope.l2curve/1; the fraction is the last field",
                                              NULL};

static const char *const draw_options[] = {"-o FILE",
                                           "what to write, by its ending: .png, .svg, .pdf, .txt (the scene as text)",
                                           "--from FILE.png",
                                           "draw again what an hbmscope PNG shows; other options win over it",
                                           "--step N",
                                           "the step that the view machine shows, from 0 [a telling one]",
                                           "--theme light|dark",
                                           "[light]",
                                           "--width W --height H",
                                           "pixels [1280 x 720]; type grows with them",
                                           "--scale X",
                                           "type and lines X times as large [1]; 1.5 for a lecture hall",
                                           NULL};
static const char *const kernel_options[] = {"-- ARGS", "arguments of the program itself", "--json", "for scripts: format hbmscope.kernel/1", NULL};

const Verb verb_table[] = {
    {"count", "count [SCENARIO] [options]",
     "bytes per kernel and tensor, memory, arithmetic, time; the closed form beside each", verb_count, count_options},
    {"steps", "steps [SCENARIO] [--from A --to B | --at-bytes X | --at-time T] [options]",
     "the replay, a line a step, from anywhere in it", verb_steps, steps_options},
    {"sweep", "sweep [SCENARIO] [--seq A..B] [options]", "totals over a range of sequence lengths", verb_sweep,
     sweep_options},
    {"draw", "draw VIEW [SCENARIO] -o FILE.png|svg|pdf [options]", "a view as a picture, without a display", verb_draw,
     draw_options},
    {"views", "views [--json|--csv]", "the views that draw knows", verb_views, NULL},
    {"gpus", "gpus [--json|--csv]", "the GPUs that --gpu knows, each with its figures and their source", verb_gpus,
     NULL},
    {"algorithms", "algorithms [--json]", "the algorithms, each with its source and what it leaves out",
     verb_algorithms, NULL},
    {"counters", "counters [--json|--csv]", "what is counted: unit, hardware counter, meaning", verb_counters, NULL},
    {"l2curve", "l2curve --gpu NAME [--l2 SIZE] --sizes LIST [--json|--csv]",
     "which part of a buffer's reads reaches HBM when all SMs sweep it over and over", verb_l2curve, l2curve_options},
    {"kernel", "kernel FILE.cu [--json] [-- ARGS]", "run anybody's CUDA program on the CPU and count its accesses", verb_kernel, kernel_options},
};
const int verb_table_count = (int)(sizeof verb_table / sizeof verb_table[0]);
