/* Sectors of tiles that do not start on a sector.
 *
 * A leaf of a program counts the sectors of a tile that starts on a 32-byte sector. Where rows, slices or tiles are not
 * multiples of 32 bytes, its iterations start at different bytes of a sector and touch more sectors:
 *
 *     sector      |...............|...............|...............|
 *     tile 0      |===============================|                  2 sectors
 *     tile 1              |===============================|          3
 *
 * What is summed here is exact and still takes no walk: only the start modulo 32 matters, and a loop adds a known
 * amount to it at each trip, so 32 numbers a node say how often each start occurs.
 * Pure; the answer is in the caller's arena. Source of the addresses: Tensor in sim/program.h.
 * Not modelled: programs of more than STARTS_NODES_MAX nodes keep the counts of their leaves.
 */
#ifndef SIM_MEMORY_STARTS_H
#define SIM_MEMORY_STARTS_H
#include "sim/base/arena.h"
#include "sim/program.h"

enum { STARTS_NODES_MAX = 1 << 16 };

/* Sectors of all runs of every leaf, by node, over all layers; 0: its own count holds, as all its tiles start on a
 * sector, or it moves nothing. NULL: too many nodes. */
uint64_t *starts_sectors(const Program *program, Arena *arena);
#endif
