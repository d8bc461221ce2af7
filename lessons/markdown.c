/* Markdown through md4c into flat blocks: see markdown.h.
 * Not kept: links' targets, images (their text stays), hard line breaks (they become spaces), HTML tags' meaning. */
#include "lessons/markdown.h"

#include <md4c.h>
#include <string.h>

typedef struct Reader {
    Arena *arena;
    MarkdownBlock *blocks;
    int block_count, block_capacity;
    MarkdownSpan *spans;
    int span_count, span_capacity;
    int list_depth, quote_depth;
    int item_number[8]; /* by depth; 0: bullets */
    bool is_item_fresh; /* the next paragraph is its item's first */
    bool is_open;
    MarkdownStyle style;
    int strong_depth, emphasis_depth, code_depth;
    int cell_index;
    char *text; /* of the span being gathered */
    size_t text_bytes, text_capacity;
} Reader;

static void *grow(Arena *arena, void *old, int count, int *capacity, size_t elem_bytes) {
    if (count < *capacity) return old;
    int wider = *capacity ? 2 * *capacity : 16;
    void *fresh = arena_alloc_bytes(arena, elem_bytes * (size_t)wider);
    if (count) memcpy(fresh, old, elem_bytes * (size_t)count);
    *capacity = wider;
    return fresh;
}

static void span_flush(Reader *r) {
    if (r->text_bytes == 0) return;
    r->spans = grow(r->arena, r->spans, r->span_count, &r->span_capacity, sizeof *r->spans);
    char *text = arena_alloc_bytes(r->arena, r->text_bytes + 1);
    memcpy(text, r->text, r->text_bytes);
    r->spans[r->span_count++] = (MarkdownSpan){r->style, text, r->cell_index};
    r->text_bytes = 0;
}

static void text_add(Reader *r, const char *text, size_t length_bytes) {
    if (r->text_bytes + length_bytes > r->text_capacity) {
        size_t wider = 2 * (r->text_bytes + length_bytes) + 256;
        char *fresh = arena_alloc_bytes(r->arena, wider);
        if (r->text_bytes) memcpy(fresh, r->text, r->text_bytes);
        r->text = fresh;
        r->text_capacity = wider;
    }
    memcpy(r->text + r->text_bytes, text, length_bytes);
    r->text_bytes += length_bytes;
}

static void block_open(Reader *r, MarkdownBlock block) {
    r->blocks = grow(r->arena, r->blocks, r->block_count, &r->block_capacity, sizeof *r->blocks);
    r->blocks[r->block_count] = block;
    r->spans = NULL;
    r->span_count = r->span_capacity = 0;
    r->is_open = true;
    r->cell_index = 0;
}

static void block_close(Reader *r) {
    if (!r->is_open) return;
    span_flush(r);
    MarkdownBlock *block = &r->blocks[r->block_count];
    block->spans = r->spans;
    block->span_count = r->span_count;
    if (block->span_count > 0 || block->kind == MARKDOWN_CODE) r->block_count++;
    r->is_open = false;
}

static void open_text(Reader *r) {
    int depth = r->list_depth < 8 ? r->list_depth : 8;
    if (depth > 0) {
        block_open(r, (MarkdownBlock){.kind = MARKDOWN_ITEM,
                                      .level = depth - 1,
                                      .item_number = r->item_number[depth - 1],
                                      .is_continued = !r->is_item_fresh});
        r->is_item_fresh = false;
    } else {
        block_open(r, (MarkdownBlock){.kind = r->quote_depth ? MARKDOWN_QUOTE : MARKDOWN_PARAGRAPH});
    }
}

static const char *attribute_text(const MD_ATTRIBUTE *attribute, Arena *arena) {
    char *text = arena_alloc_bytes(arena, attribute->size + 1);
    if (attribute->size) memcpy(text, attribute->text, attribute->size);
    return text;
}

static void list_open(Reader *r, int first_number) {
    if (r->list_depth < 8) r->item_number[r->list_depth] = first_number;
    r->list_depth++;
}

static int enter_block(MD_BLOCKTYPE type, void *detail, void *user) {
    Reader *r = user;
    switch (type) {
    case MD_BLOCK_H:
        block_open(r, (MarkdownBlock){.kind = MARKDOWN_HEADING, .level = (int)((MD_BLOCK_H_DETAIL *)detail)->level});
        break;
    case MD_BLOCK_P: open_text(r); break;
    case MD_BLOCK_QUOTE:
        block_close(r);
        r->quote_depth++;
        break;
    case MD_BLOCK_UL:
        block_close(r);
        list_open(r, 0);
        break;
    case MD_BLOCK_OL:
        block_close(r);
        list_open(r, (int)((MD_BLOCK_OL_DETAIL *)detail)->start);
        break;
    case MD_BLOCK_LI: r->is_item_fresh = true; break;
    case MD_BLOCK_CODE:
        block_open(r, (MarkdownBlock){.kind = MARKDOWN_CODE,
                                      .info = attribute_text(&((MD_BLOCK_CODE_DETAIL *)detail)->info, r->arena)});
        r->style = MARKDOWN_STYLE_CODE;
        break;
    case MD_BLOCK_TR:
        block_open(r, (MarkdownBlock){.kind = MARKDOWN_ROW, .level = 1});
        r->cell_index = -1;
        break;
    case MD_BLOCK_TH:
        if (r->is_open) r->blocks[r->block_count].level = 0; /* fall through */
    case MD_BLOCK_TD:
        span_flush(r);
        r->cell_index++;
        break;
    default: break;
    }
    return 0;
}

static int leave_block(MD_BLOCKTYPE type, void *detail, void *user) {
    (void)detail;
    Reader *r = user;
    switch (type) {
    case MD_BLOCK_H:
    case MD_BLOCK_P: block_close(r); break;
    case MD_BLOCK_CODE:
        block_close(r);
        r->style = MARKDOWN_STYLE_PLAIN;
        break;
    case MD_BLOCK_TR:
        if (r->is_open) r->blocks[r->block_count].cell_count = r->cell_index + 1;
        block_close(r);
        break;
    case MD_BLOCK_QUOTE:
        block_close(r);
        r->quote_depth--;
        break;
    case MD_BLOCK_UL:
    case MD_BLOCK_OL:
        block_close(r);
        r->list_depth--;
        break;
    case MD_BLOCK_LI: {
        block_close(r);
        int depth = r->list_depth < 8 ? r->list_depth : 8;
        if (depth > 0 && r->item_number[depth - 1] > 0) r->item_number[depth - 1]++;
        break;
    }
    default: break;
    }
    return 0;
}

static void restyle(Reader *r) {
    span_flush(r);
    r->style = r->code_depth       ? MARKDOWN_STYLE_CODE
               : r->strong_depth   ? MARKDOWN_STYLE_STRONG
               : r->emphasis_depth ? MARKDOWN_STYLE_EMPHASIS
                                   : MARKDOWN_STYLE_PLAIN;
}

static int change_span(Reader *r, MD_SPANTYPE type, int change) {
    if (type == MD_SPAN_EM) r->emphasis_depth += change;
    if (type == MD_SPAN_STRONG) r->strong_depth += change;
    if (type == MD_SPAN_CODE) r->code_depth += change;
    restyle(r);
    return 0;
}
static int enter_span(MD_SPANTYPE type, void *detail, void *user) {
    (void)detail;
    return change_span(user, type, 1);
}
static int leave_span(MD_SPANTYPE type, void *detail, void *user) {
    (void)detail;
    return change_span(user, type, -1);
}

static const char *entity_text(const char *entity, size_t length_bytes) {
    static const struct {
        const char *entity, *text;
    } known[] = {{"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}, {"&quot;", "\""}, {"&nbsp;", " "}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].entity) == length_bytes && memcmp(known[i].entity, entity, length_bytes) == 0)
            return known[i].text;
    return NULL;
}

static int add_text(MD_TEXTTYPE type, const MD_CHAR *text, MD_SIZE size, void *user) {
    Reader *r = user;
    if (!r->is_open) open_text(r);
    const char *entity = type == MD_TEXT_ENTITY ? entity_text(text, size) : NULL;
    if (type == MD_TEXT_BR || type == MD_TEXT_SOFTBR)
        text_add(r, " ", 1);
    else if (type == MD_TEXT_NULLCHAR)
        text_add(r, "?", 1);
    else if (entity)
        text_add(r, entity, strlen(entity));
    else
        text_add(r, text, size);
    return 0;
}

/* Well-formed UTF-8 of at most four bytes a character. */
static bool is_utf8(const char *text) {
    for (const unsigned char *p = (const unsigned char *)text; *p;) {
        int more = *p < 0x80                 ? 0
                   : *p >= 0xC2 && *p < 0xE0 ? 1
                   : *p >= 0xE0 && *p < 0xF0 ? 2
                   : *p >= 0xF0 && *p < 0xF5 ? 3
                                             : -1;
        if (more < 0) return false;
        for (p++; more > 0; more--, p++)
            if ((*p & 0xC0) != 0x80) return false;
    }
    return true;
}

bool markdown_read(const char *text, Markdown *markdown, Arena *arena, Err *err) {
    size_t length_bytes = strlen(text);
    if (length_bytes > MARKDOWN_MAX_BYTES)
        return err_set(err, ERR_OTHER, "a text of %zu bytes is too long to read as Markdown; at most %d", length_bytes,
                       MARKDOWN_MAX_BYTES);
    if (!is_utf8(text)) return err_set(err, ERR_OTHER, "the text is not UTF-8");
    Reader reader = {.arena = arena};
    MD_PARSER parser = {.flags = MD_FLAG_TABLES | MD_FLAG_NOHTML,
                        .enter_block = enter_block,
                        .leave_block = leave_block,
                        .enter_span = enter_span,
                        .leave_span = leave_span,
                        .text = add_text};
    if (md_parse(text, (MD_SIZE)length_bytes, &parser, &reader) != 0)
        return err_set(err, ERR_OTHER, "the text could not be read as Markdown");
    block_close(&reader);
    *markdown = (Markdown){reader.blocks, reader.block_count};
    return true;
}

const char *markdown_plain(const MarkdownBlock *block, int cell_index, Arena *arena) {
    size_t length_bytes = 0;
    for (int i = 0; i < block->span_count; i++) length_bytes += strlen(block->spans[i].text);
    char *plain = arena_alloc_bytes(arena, length_bytes + 1), *end = plain;
    for (int i = 0; i < block->span_count; i++) {
        if (cell_index >= 0 && block->spans[i].cell_index != cell_index) continue;
        size_t bytes = strlen(block->spans[i].text);
        memcpy(end, block->spans[i].text, bytes);
        end += bytes;
    }
    return plain;
}
