/* An arena: memory that is given out piece by piece and freed all at once.
 *
 * The caller owns it and decides its lifetime (a program's, a frame's). Pieces are zeroed and
 * aligned to 64 bytes, as Counters ask for. Out of memory ends the process with one sentence: nothing in this tool can
 * go on without it, and no output file is ever half-written (files are renamed into place).
 * `Arena arena = {0};` is a valid empty arena.
 */
#ifndef SIM_BASE_ARENA_H
#define SIM_BASE_ARENA_H
#include <stddef.h>

typedef struct ArenaChunk ArenaChunk;
typedef struct Arena {
    ArenaChunk *chunks; /* newest first */
    size_t used_bytes;  /* of all pieces given out */
} Arena;

/* Zeroed and aligned for any type; ends the program where the system has no memory left. */
void *arena_alloc_bytes(Arena *arena, size_t size_bytes);
/* As printf would print it; a copy of a text. */
char *arena_format(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_copy_text(Arena *arena, const char *text);
/* Forgets every piece but keeps the newest chunk, for the next frame. */
void arena_reset(Arena *arena);
void arena_free(Arena *arena);

/* One T, or `count` of them. */
#define ARENA_NEW(arena, T) ((T *)arena_alloc_bytes((arena), sizeof(T)))
#define ARENA_ARRAY(arena, T, count) ((T *)arena_alloc_bytes((arena), sizeof(T) * (size_t)(count)))
#endif
