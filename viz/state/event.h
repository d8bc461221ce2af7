/* What happens to the window, in no library's terms: keys, pointer, wheel, size, time. A plain value. */
#ifndef VIZ_STATE_EVENT_H
#define VIZ_STATE_EVENT_H
#include <stdint.h>

typedef enum EventKind {
    EVENT_KEY,
    EVENT_POINTER_MOVE,
    EVENT_POINTER_DOWN,
    EVENT_POINTER_UP,
    EVENT_WHEEL,
    EVENT_RESIZE,
    EVENT_TICK, /* time has passed while playing */
    EVENT_QUIT,
    EVENT_KIND_COUNT
} EventKind;

typedef struct Event {
    EventKind kind;
    uint32_t key; /* Key */
    unsigned modifiers;
    double x_px, y_px;       /* POINTER_*, WHEEL */
    int wheel_steps;         /* WHEEL: positive is away from the user */
    int width_px, height_px; /* RESIZE */
    uint64_t elapsed_ns;     /* TICK */
} Event;
#endif
