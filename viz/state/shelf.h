/* The lessons that can be begun from the window, as its list shows them. Filled and kept by the host. */
#ifndef VIZ_STATE_SHELF_H
#define VIZ_STATE_SHELF_H

enum { SHELF_LESSONS_MAX = 32, SHELF_PLACE_BYTES = 24 };

typedef struct ShelfLesson {
    const char *title;
    int minutes;
    char place[SHELF_PLACE_BYTES]; /* "done", "4 of 12"; "" where it was never begun */
} ShelfLesson;

typedef struct Shelf {
    ShelfLesson lessons[SHELF_LESSONS_MAX];
    int lesson_count;
    int open_index; /* of the lesson beside the replay; -1: none of these */
} Shelf;
#endif
