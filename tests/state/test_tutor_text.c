/* A lesson's text beside the replay: pages, headings, the wheel, and what is said of a guess. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/state/played.h"

static void the_wheel_stays_within_the_text(void **state) {
    (void)state;
    Played *p = played_open("06-tile-by-tile");
    while (tutor_part(&p->tutor)) {
        if (tutor_is_open(&p->tutor)) played_click(p, TUTOR_SHOW, 0);
        played_click(p, TUTOR_CHECK, 0);
    }
    for (int i = 0; i < 400; i++)
        played_apply(p, (Event){.kind = EVENT_WHEEL, .wheel_steps = 5, .x_px = 100, .y_px = 300});
    double top = p->tutor.scroll_px;
    assert_true(top > 500 && top < 20000);
    played_apply(p, (Event){.kind = EVENT_WHEEL, .wheel_steps = -1, .x_px = 100, .y_px = 300});
    assert_true(p->tutor.scroll_px < top);
    for (int i = 0; i < 400; i++)
        played_apply(p, (Event){.kind = EVENT_WHEEL, .wheel_steps = -5, .x_px = 100, .y_px = 300});
    assert_true(p->tutor.scroll_px <= 0 && p->tutor.scroll_px > -2000);
    assert_false(played_apply(p, (Event){.kind = EVENT_WHEEL, .wheel_steps = -5, .x_px = 1000, .y_px = 300}).is_taken);
    played_close(p);
}

static void a_long_page_is_read_to_its_end(void **state) {
    (void)state;
    Played *p = played_open("01-threads-and-memory");
    assert_true(played_says(p, "dizzying")); /* the question that the lesson answers opens it */
    assert_true(played_says(p, "More"));
    assert_null(played_find(p, TUTOR_BACK, 0)); /* there is no page before the first */
    for (int page = 0; page < 3 && played_says(p, "More"); page++) {
        played_key(p, KEY_ENTER, 0);
        assert_int_equal(p->tutor.lesson.part, 0);
    }
    assert_true(played_says(p, "Next") && !played_says(p, "More"));
    played_key(p, KEY_ENTER, 0);
    assert_true(p->tutor.is_typing);
    double before = p->tutor.scroll_px;
    assert_true(played_key(p, KEY_PAGE_UP, 0).is_taken);
    assert_true(p->tutor.scroll_px > before);
    played_key(p, KEY_PAGE_DOWN, 0);
    assert_true(p->tutor.scroll_px == before);
    played_key(p, KEY_ESCAPE, 0);
    assert_false(played_key(p, KEY_PAGE_UP, 0).is_taken); /* the replay's: a kernel back */
    assert_true(played_key(p, KEY_PAGE_UP, MODIFIER_SHIFT).is_taken);
    played_close(p);
}

static void a_heading_is_no_page(void **state) {
    (void)state;
    Played *p = played_open("03-why-64x");
    int page_count, page = tutor_page(&p->tutor, &page_count), last = 0;
    assert_int_equal(page, 1);
    while (tutor_part(&p->tutor)) {
        assert_false(tutor_is_heading(&p->tutor, p->tutor.lesson.part));
        assert_int_equal(page = tutor_page(&p->tutor, &page_count), last + 1);
        last = page;
        if (tutor_is_open(&p->tutor)) played_click(p, TUTOR_SHOW, 0);
        played_go_on(p, true);
    }
    assert_int_equal(last, page_count);
    while (p->tutor.lesson.part > 0) {
        assert_true(played_click(p, TUTOR_BACK, 0));
        assert_false(tutor_is_heading(&p->tutor, p->tutor.lesson.part));
    }
    played_close(p);
}

static void a_guess_is_repeated_with_what_it_was_worth(void **state) {
    (void)state;
    Played *p = played_open("03-why-64x");
    played_go_on(p, false);
    played_type(p, "3 GB");
    assert_false(played_says(p, "You: 3 GB"));
    played_key(p, KEY_ENTER, 0);
    assert_true(played_says(p, "You: 3 GB"));
    assert_true(played_says(p, "a number alone is in MiB"));
    played_type(p, "?");
    played_key(p, KEY_ENTER, 0);
    assert_false(played_says(p, "You:"));
    played_close(p);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_wheel_stays_within_the_text),
        cmocka_unit_test(a_long_page_is_read_to_its_end),
        cmocka_unit_test(a_heading_is_no_page),
        cmocka_unit_test(a_guess_is_repeated_with_what_it_was_worth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
