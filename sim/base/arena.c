/* A list of chunks; a piece never moves: see arena.h. */
#include "sim/base/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ArenaChunk {
    ArenaChunk *next;
    size_t capacity_bytes, used_bytes;
    _Alignas(64) unsigned char data[];
};

enum { CHUNK_MIN_BYTES = 256 * 1024, ALIGN_BYTES = 64 };

static void die_out_of_memory(size_t size_bytes) {
    fprintf(stderr, "hbmscope: out of memory: %zu more bytes were refused\n", size_bytes);
    exit(1);
}

static ArenaChunk *chunk_new(size_t capacity_bytes) {
    capacity_bytes = (capacity_bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    ArenaChunk *chunk = aligned_alloc(ALIGN_BYTES, sizeof *chunk + capacity_bytes);
    if (!chunk) die_out_of_memory(capacity_bytes);
    *chunk = (ArenaChunk){.capacity_bytes = capacity_bytes};
    return chunk;
}

void *arena_alloc_bytes(Arena *arena, size_t size_bytes) {
    if (size_bytes > SIZE_MAX / 2) die_out_of_memory(size_bytes);
    size_t rounded_bytes = (size_bytes + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
    ArenaChunk *chunk = arena->chunks;
    if (!chunk || chunk->capacity_bytes - chunk->used_bytes < rounded_bytes) {
        size_t capacity_bytes = chunk ? 2 * chunk->capacity_bytes : CHUNK_MIN_BYTES;
        if (capacity_bytes > 64 * (size_t)CHUNK_MIN_BYTES) capacity_bytes = 64 * (size_t)CHUNK_MIN_BYTES;
        if (capacity_bytes < rounded_bytes) capacity_bytes = rounded_bytes;
        chunk = chunk_new(capacity_bytes);
        chunk->next = arena->chunks;
        arena->chunks = chunk;
    }
    void *piece = chunk->data + chunk->used_bytes;
    chunk->used_bytes += rounded_bytes;
    arena->used_bytes += rounded_bytes;
    return memset(piece, 0, rounded_bytes);
}

char *arena_format(Arena *arena, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = arena_alloc_bytes(arena, (size_t)(length < 0 ? 0 : length) + 1);
    if (length > 0) vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_copy_text(Arena *arena, const char *text) {
    size_t size_bytes = strlen(text) + 1;
    return memcpy(arena_alloc_bytes(arena, size_bytes), text, size_bytes);
}

void arena_reset(Arena *arena) {
    ArenaChunk *keep = arena->chunks;
    if (!keep) return;
    for (ArenaChunk *chunk = keep->next, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    keep->next = NULL;
    keep->used_bytes = 0;
    arena->used_bytes = 0;
}

void arena_free(Arena *arena) {
    for (ArenaChunk *chunk = arena->chunks, *next; chunk; chunk = next) {
        next = chunk->next;
        free(chunk);
    }
    *arena = (Arena){0};
}
