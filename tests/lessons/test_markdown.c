/* Markdown into flat blocks: every kind once, and no text, however broken, that brings the reader down. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lessons/markdown.h"
#include "sim/base/random.h"

/* One line a block: kind letter, level, number, spans with their style letter. */
static char *dump(const char *text, Arena *arena) {
    Markdown markdown;
    Err err;
    if (!markdown_read(text, &markdown, arena, &err)) fail_msg("%s", err.text);
    char *out = arena_copy_text(arena, "");
    for (int i = 0; i < markdown.block_count; i++) {
        const MarkdownBlock *b = &markdown.blocks[i];
        out = arena_format(arena, "%s%c%d%s%s", out, "HPIQCR"[b->kind], b -> level,
                           b -> item_number ? arena_format(arena, "#%d", b->item_number) : "",
                           b->is_continued ? "+" : "");
        for (int s = 0; s < b->span_count; s++)
            out = arena_format(arena, "%s%s[%c%s]", out,
                               b->kind == MARKDOWN_ROW ? arena_format(arena, "%d", b->spans[s].cell_index) : "",
                               "pesc"[b->spans[s].style], b -> spans[s].text);
        out = arena_format(arena, "%s\n", out);
    }
    return out;
}

static void every_kind_of_block(void **state) {
    (void)state;
    Arena arena = {0};
    assert_string_equal(dump("# A *b*\n\nOne\ntwo `c` **d**.\n\n- x\n- y\n  - z\n\n1. m\n2. n\n\n> q\n\n```predict "
                             "p\nask = a\n```\n\n| a | b |\n|---|---|\n| 1 | `2` |\n",
                             &arena),
                        "H1[pA ][eb]\nP0[pOne two ][cc][p "
                        "][sd][p.]\nI0[px]\nI0[py]\nI1[pz]\nI0#1[pm]\nI0#2[pn]\nQ0[pq]\nC0[cask = a\n]\n"
                        "R00[pa]1[pb]\nR10[p1]1[c2]\n");
    assert_string_equal(dump("a < b &amp; c &lt; d", &arena), "P0[pa < b & c < d]\n");
    arena_free(&arena);
}

static void too_long_or_not_utf8_is_an_error(void **state) {
    (void)state;
    Arena arena = {0};
    Markdown markdown;
    Err err;
    assert_false(markdown_read("ab\xff", &markdown, &arena, &err));
    char *longest = arena_alloc_bytes(&arena, MARKDOWN_MAX_BYTES + 2);
    memset(longest, 'a', MARKDOWN_MAX_BYTES + 1);
    assert_false(markdown_read(longest, &markdown, &arena, &err));
    assert_non_null(strstr(err.text, "too long"));
    arena_free(&arena);
}

/* Random texts of Markdown's own signs. */
static void signs_in_any_order(void **state) {
    (void)state;
    static const char *const pieces[] = {"# ",    "- ",    "1. ",  "> ", "```",  "`",  "*",     "**",       "_",  "|",
                                         "|---|", "\n",    "\n\n", "  ", "    ", "a",  "word ", "[",        "](", ")",
                                         "<b>",   "&amp;", "&",    "\\", "---",  "\t", "===\n", "x\xc3\xa9"};
    uint64_t seed = 7;
    for (int i = 0; i < 20000; i++) {
        Arena arena = {0};
        char text[400] = "";
        for (int k = 0; k < 30; k++) {
            strcat(text, pieces[random_below(&seed, sizeof pieces / sizeof pieces[0])]);
        }
        Markdown markdown;
        assert_true(markdown_read(text, &markdown, &arena, NULL));
        for (int b = 0; b < markdown.block_count; b++)
            assert_true(strlen(markdown_plain(&markdown.blocks[b], -1, &arena)) <=
                        4 * strlen(text)); /* tabs in code become spaces */
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_block),
        cmocka_unit_test(too_long_or_not_utf8_is_an_error),
        cmocka_unit_test(signs_in_any_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
