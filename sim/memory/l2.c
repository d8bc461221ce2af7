/* Runs of sectors -> lines of the two partitions -> traffic: see l2.h. */
#include "sim/memory/l2.h"

#include <assert.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/memory/l2_sets.h"

/* Where a line lives: the same set in both partitions, told apart by its home in the tag. */
typedef struct Place {
    int home;
    uint64_t set;
    uint64_t sets_left; /* from it up to the span's end or the wrap: they hold the next lines of this home */
    uint32_t tag;
} Place;

int l2_partition_count(const Machine *machine) {
    return machine->compute_capability == 80 || machine->compute_capability == 90 || machine->compute_capability == 100
               ? 2
               : 1;
}

/* The largest divisor of both that is a power of two. */
static uint64_t common_power(uint64_t set_count, uint64_t lines) {
    while (lines > 1 && set_count % lines) lines /= 2;
    return lines ? lines : 1;
}

bool l2_shape(L2 *l2, L2Config config, Err *err) {
    assert(config.partition_count == 1 || config.partition_count == L2_PARTITIONS_MAX);
    uint64_t partition_bytes = config.size_bytes / (uint64_t)config.partition_count;
    uint64_t set_count = partition_bytes / (L2_WAYS * L2_LINE_BYTES);
    if (set_count == 0 || set_count > UINT32_MAX)
        return err_set(
            err, ERR_USAGE,
            "an L2 of %llu bytes cannot be modelled; it must hold at least %d bytes, one set of %d lines a partition",
            (unsigned long long)config.size_bytes, config.partition_count * L2_WAYS * L2_LINE_BYTES, L2_WAYS);
    assert(config.granule_lines <= L2_HOME_LINES && (config.granule_lines & (config.granule_lines - 1)) == 0);
    uint64_t granule_lines = common_power(set_count, config.granule_lines);
    *l2 = (L2){.config = config,
               .set_count = set_count,
               .set_reciprocal = UINT64_MAX / set_count,
               .rotation_lines = granule_lines,
               .rotation_counts = set_count / granule_lines,
               .granule_lines = config.is_each_set_kept ? 1 : granule_lines};
    l2->granule_shift = __builtin_ctzll(l2->granule_lines);
    return true;
}

bool l2_init(L2 *l2, L2Config config, Arena *arena, Err *err) {
    if (!l2_shape(l2, config, err)) return false;
    l2->touch = l2_touch_choose(config.vector_max, &l2->touch_name);
    l2_sets_init(l2, arena);
    return true;
}

int l2_add_region(L2 *l2, uint64_t first_sector, uint64_t sector_count) {
    assert(l2->region_count < L2_REGIONS_MAX);
    assert(l2->region_count == 0 || l2->region_end_sector[l2->region_count - 1] <= first_sector);
    l2->region_first_sector[l2->region_count] = first_sector;
    l2->region_end_sector[l2->region_count] = first_sector + sector_count;
    return l2->region_count++;
}

static uint64_t high_product(uint64_t a, uint64_t b) { return (uint64_t)((unsigned __int128)a * b >> 64); }

/* How far a span of all sets is rotated; the multiplier is 2^64 divided by the golden ratio (Knuth 6.4). */
static uint64_t span_rotation(const L2 *l2, uint64_t span) {
    return high_product(span * 0x9E3779B97F4A7C15u, l2->rotation_counts) * l2->rotation_lines;
}

/* Groups of 32 lines come in pairs, one of either home; a pair shares its sets. */
static Place line_place(const L2 *l2, uint64_t line) {
    uint64_t ordinal = line;
    int home = 0;
    if (l2->config.partition_count == 2) {
        uint64_t group = line / L2_HOME_LINES;
        home = __builtin_parityll(group);
        ordinal = group / 2 * L2_HOME_LINES + line % L2_HOME_LINES;
    }
    uint64_t span = high_product(ordinal, l2->set_reciprocal); /* the quotient, or one less */
    span += ordinal - span * l2->set_count >= l2->set_count;
    uint64_t rotation = span_rotation(l2, span), tag = span * 2 + (uint64_t)home;
    assert(tag < L2_TAG_NONE);
    Place place = {.home = home, .set = ordinal - span * l2->set_count + rotation, .tag = (uint32_t)tag};
    if (place.set >= l2->set_count) place.set -= l2->set_count;
    place.sets_left = (place.set >= rotation ? l2->set_count : rotation) - place.set;
    return place;
}

bool l2_can_address(const L2 *l2, uint64_t end_sector) {
    uint64_t line_sectors = L2_LINE_SECTORS;
    return end_sector / line_sectors / l2->set_count < L2_TAG_NONE / 2 - 1;
}

static uint64_t place_line(const L2 *l2, uint64_t set, uint32_t tag) {
    uint64_t span = tag / 2, rotation = span_rotation(l2, span);
    uint64_t ordinal = span * l2->set_count + (set >= rotation ? set - rotation : set + l2->set_count - rotation);
    if (l2->config.partition_count == 1) return ordinal;
    uint64_t pair = ordinal / L2_HOME_LINES, home = tag % 2;
    uint64_t group = pair * 2 + ((uint64_t)__builtin_parityll(pair) ^ home);
    return group * L2_HOME_LINES + ordinal % L2_HOME_LINES;
}

static int line_region(const L2 *l2, uint64_t line) {
    uint64_t sector = line * L2_LINE_SECTORS;
    int low = 0, high = l2->region_count; /* the last region that begins at or before the line's end */
    while (high - low > 1) {
        int middle = (low + high) / 2;
        if (l2->region_first_sector[middle] < sector + L2_LINE_SECTORS)
            low = middle;
        else
            high = middle;
    }
    return low;
}

static uint64_t mask_sectors(unsigned mask) {
    static const uint8_t sectors[16] = {0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4};
    return sectors[mask];
}

/* Lines that leave one after another mostly share span and region: the last answer is tried first. */
void l2_write_back(L2 *l2, uint64_t set, uint64_t set_count, uint32_t tag, unsigned dirty_mask) {
    int region = 0;
    if (l2->region_count > 1) {
        uint64_t sector = place_line(l2, set, tag) * L2_LINE_SECTORS;
        region = l2->last_region;
        if (sector < l2->region_first_sector[region] || sector >= l2->region_end_sector[region])
            region = l2->last_region = line_region(l2, sector / L2_LINE_SECTORS);
    }
    l2->traffic[region].dram_write_sectors += set_count * mask_sectors(dirty_mask);
}

/* Lines of one access that are neighbours in sets and share a home and a granule: at most one group. */
typedef struct Piece {
    Place place;
    int line_count;
    bool is_one_row; /* a whole granule that is kept once in both partitions: masks have one byte, not one a line */
    uint8_t want[L2_HOME_LINES];
} Piece;

/* Lines that one piece may have at most, from this one on. */
static uint64_t lines_left(const L2 *l2, uint64_t line, const Place *place) {
    uint64_t lines = min_u64(L2_HOME_LINES - line % L2_HOME_LINES, place->sets_left), granule = l2->granule_lines;
    return granule > 1 ? min_u64(lines, granule - (place->set & (granule - 1))) : lines;
}

/* Cuts the next piece off [*sector, end). */
static Piece next_piece(const L2 *l2, uint64_t *sector, uint64_t end) {
    uint64_t line = *sector / L2_LINE_SECTORS, end_line = (end + L2_LINE_SECTORS - 1) / L2_LINE_SECTORS;
    Piece piece;
    piece.place = line_place(l2, line);
    uint64_t lines = min_u64(end_line - line, lines_left(l2, line, &piece.place));
    uint64_t first = *sector, piece_end = (line + lines) * L2_LINE_SECTORS;
    *sector = min_u64(piece_end, end);
    piece.line_count = (int)lines;
    piece.is_one_row = *sector - first == l2->granule_lines * L2_LINE_SECTORS && l2_sets_are_alike(l2, piece.place.set);
    piece.want[0] = 0xF;
    if (piece.is_one_row) return piece;
    memset(piece.want, 0xF, sizeof piece.want);
    piece.want[0] &= (uint8_t)(0xF << (first % L2_LINE_SECTORS));
    if (piece_end > end) piece.want[lines - 1] &= (uint8_t)(0xF >> (piece_end - end));
    return piece;
}

static void touch_piece(L2 *l2, const Piece *piece, int partition, L2TouchKind kind, const uint8_t *want,
                        uint8_t *missing) {
    L2Reach reach = {.set_first = piece->place.set, .tag = piece->place.tag, .line_count = piece->line_count};
    (piece->is_one_row ? l2_sets_touch_alike : l2_sets_touch)(l2, partition, kind, reach, want, missing);
}

/* Masks are half bytes: their bits are added in pairs, in bytes, over the four words, over a word's bytes. */
static uint64_t count_sectors(const L2 *l2, const Piece *piece, const uint8_t masks[L2_HOME_LINES]) {
    if (piece->is_one_row) return l2->granule_lines * mask_sectors(masks[0]);
    uint64_t words[L2_HOME_LINES / sizeof(uint64_t)], sectors = 0;
    memcpy(words, masks, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        uint64_t pairs = words[i] - (words[i] >> 1 & 0x0505050505050505u);
        sectors += (pairs & 0x0303030303030303u) + (pairs >> 2 & 0x0303030303030303u);
    }
    return sectors * 0x0101010101010101u >> 56; /* at most 128 */
}

void l2_read(L2 *l2, int side, int region, uint64_t first_sector, uint64_t sector_count) {
    L2Traffic *traffic = &l2->traffic[region];
    traffic->read_sectors += sector_count;
    for (uint64_t sector = first_sector, end = first_sector + sector_count; sector < end;) {
        Piece piece = next_piece(l2, &sector, end);
        uint8_t missing[L2_HOME_LINES] = {0};
        touch_piece(l2, &piece, side, L2_TOUCH_READ, piece.want, missing);
        uint64_t missing_sectors = count_sectors(l2, &piece, missing);
        if (missing_sectors && piece.place.home != side) {
            traffic->fabric_sectors += missing_sectors;
            uint8_t far_missing[L2_HOME_LINES] = {0};
            touch_piece(l2, &piece, piece.place.home, L2_TOUCH_READ, missing, far_missing);
            missing_sectors = count_sectors(l2, &piece, far_missing);
        }
        traffic->dram_read_sectors += missing_sectors;
    }
}

void l2_write(L2 *l2, int side, int region, uint64_t first_sector, uint64_t sector_count) {
    l2->traffic[region].write_sectors += sector_count;
    for (uint64_t sector = first_sector, end = first_sector + sector_count; sector < end;) {
        Piece piece = next_piece(l2, &sector, end);
        uint8_t missing[L2_HOME_LINES];
        touch_piece(l2, &piece, piece.place.home, L2_TOUCH_WRITE, piece.want, missing);
        if (l2->config.partition_count == 1) continue;
        bool leaves_copy = l2->config.store == L2_STORE_NEAR && piece.place.home != side;
        touch_piece(l2, &piece, 1 - piece.place.home, leaves_copy ? L2_TOUCH_READ : L2_TOUCH_DROP, piece.want, missing);
    }
}

void l2_atomic(L2 *l2, int side, int region, uint64_t first_sector, uint64_t sector_count) {
    (void)side;
    l2->traffic[region].read_sectors += sector_count;
    l2->traffic[region].write_sectors += sector_count;
    for (uint64_t sector = first_sector, end = first_sector + sector_count; sector < end;) {
        Piece piece = next_piece(l2, &sector, end);
        uint8_t missing[L2_HOME_LINES] = {0}, ignored[L2_HOME_LINES];
        touch_piece(l2, &piece, piece.place.home, L2_TOUCH_WRITE, piece.want, missing);
        l2->traffic[region].dram_read_sectors += count_sectors(l2, &piece, missing);
        if (l2->config.partition_count == 2)
            touch_piece(l2, &piece, 1 - piece.place.home, L2_TOUCH_DROP, piece.want, ignored);
    }
}

/* Which half of the flags is summed, and where to. */
typedef struct FlagSum {
    int shift;         /* 0 valid, 4 dirty */
    uint64_t *sectors; /* by region */
} FlagSum;

static void add_flags(const L2 *l2, uint64_t set, uint64_t set_count, uint32_t tag, uint8_t flags, void *context) {
    const FlagSum *sum = context;
    unsigned mask = (unsigned)(flags >> sum->shift) & 0xF;
    if (mask) sum->sectors[line_region(l2, place_line(l2, set, tag))] += set_count * mask_sectors(mask);
}

void l2_count_dirty(const L2 *l2, uint64_t *dirty_sectors) {
    l2_sets_visit(l2, add_flags, &(FlagSum){.shift = 4, .sectors = dirty_sectors});
}
void l2_count_valid(const L2 *l2, uint64_t *valid_sectors) {
    l2_sets_visit(l2, add_flags, &(FlagSum){.shift = 0, .sectors = valid_sectors});
}

void l2_add_lines(const L2 *l2, uint64_t first_sector, uint64_t sector_count, int64_t *change) {
    int64_t homes = l2->config.partition_count; /* lines that share an ordinal, and so a set */
    uint64_t group_sectors = L2_HOME_LINES * L2_LINE_SECTORS * (uint64_t)homes;
    uint64_t ordinal = first_sector / group_sectors * L2_HOME_LINES;
    uint64_t end = ceil_div(first_sector + sector_count, group_sectors) * L2_HOME_LINES;
    for (uint64_t count; ordinal < end; ordinal += count) {
        uint64_t span = ordinal / l2->set_count, set = ordinal % l2->set_count;
        count = min_u64(l2->set_count - set, end - ordinal);
        if (count == l2->set_count) { /* a line in every set, whatever the rotation: all whole spans at once */
            uint64_t whole = (end - ordinal) / l2->set_count;
            change[0] += homes * (int64_t)whole;
            change[l2->set_count] -= homes * (int64_t)whole;
            count = whole * l2->set_count;
            continue;
        }
        set = (set + span_rotation(l2, span)) % l2->set_count;
        uint64_t before_wrap = min_u64(count, l2->set_count - set);
        change[set] += homes;
        change[set + before_wrap] -= homes;
        change[0] += count > before_wrap ? homes : 0;
        change[count - before_wrap] -= count > before_wrap ? homes : 0;
    }
}

bool l2_is_full(const L2 *l2) { return l2_sets_are_full(l2); }
void l2_flush(L2 *l2) { l2_sets_empty(l2); }
void l2_clear_traffic(L2 *l2) { memset(l2->traffic, 0, sizeof l2->traffic); }
