/* What each verb's file exports to the table in verbs.c. */
#ifndef VIZ_CLI_VERBS_H
#define VIZ_CLI_VERBS_H
#include "viz/cli/verb.h"

bool verb_count(int argc, char **argv, Err *err);
bool verb_steps(int argc, char **argv, Err *err);
bool verb_sweep(int argc, char **argv, Err *err);
bool verb_record(int argc, char **argv, Err *err);
bool verb_show(int argc, char **argv, Err *err);
bool verb_draw(int argc, char **argv, Err *err);
bool verb_views(int argc, char **argv, Err *err);
bool verb_plan(int argc, char **argv, Err *err);
bool verb_models(int argc, char **argv, Err *err);
bool verb_layers(int argc, char **argv, Err *err);
bool verb_tradeoff(int argc, char **argv, Err *err);
bool verb_gpus(int argc, char **argv, Err *err);
bool verb_algorithms(int argc, char **argv, Err *err);
bool verb_counters(int argc, char **argv, Err *err);
bool verb_l2curve(int argc, char **argv, Err *err);
bool verb_kernel(int argc, char **argv, Err *err);
bool verb_capture(int argc, char **argv, Err *err);
bool verb_quiz(int argc, char **argv, Err *err);
bool verb_compare(int argc, char **argv, Err *err);
bool verb_learn(int argc, char **argv, Err *err);
/* `hbmscope` alone, without a display. */
bool verb_summary(Err *err);
#endif
