/* From 32 lanes' access logs to warp-wide requests.
 *
 * On a GPU the lanes of a warp run side by side; here they run one after another, so their logs must be
 * laid side by side again. While all lanes log the same sites in the same order this is a matter of
 * taking row after row. Where they differ (a branch that only some take, loops of different length) the
 * lane whose next access lies lowest in the code goes first, together with all lanes at that same place:
 * code is laid out so that loops jump backwards and branches rejoin further on, so waiting for the lowest
 * address is how lanes come together again.
 * Not modelled: a compiler that places one side of a branch behind the point where both sides meet.
 */
#ifndef GPU_TWIN_MERGE_H
#define GPU_TWIN_MERGE_H
#include "gpu/twin/tally.h"

/* What merge feeds: the words of one request and the lanes they come from. False stops the merge. */
typedef bool MergeSink(void *context, const uint64_t *words, const uint8_t *lanes, int lane_count);

/* Consumes the logs. Lanes in paused_mask have more to come, so merging ends where one of them runs out;
 * what is left is moved to the front of each log. False where the sink stopped it. */
bool merge_warp(WarpLog *log, uint32_t paused_mask, MergeSink *sink, void *context);
#endif
