/* Runs of sectors -> lines of the two partitions -> traffic: see l2.h. */
#include "sim/memory/l2.h"

#include <assert.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/memory/l2_touch.h"

/* Where a line lives: the same set in both partitions, told apart by its home in the tag. */
typedef struct Place {
    int home;
    uint64_t set;
    uint32_t tag;
} Place;

int l2_partition_count(const Machine *machine) {
    return machine->compute_capability == 80 || machine->compute_capability == 90 || machine->compute_capability == 100
               ? 2
               : 1;
}

static uint64_t align_up(uint64_t value, uint64_t align) { return (value + align - 1) / align * align; }

bool l2_init(L2 *l2, L2Config config, Arena *arena, Err *err) {
    assert(config.partition_count == 1 || config.partition_count == L2_PARTITIONS_MAX);
    uint64_t partition_bytes = config.size_bytes / (uint64_t)config.partition_count;
    uint64_t set_count = partition_bytes / (L2_WAYS * L2_LINE_BYTES);
    if (set_count == 0 || set_count > UINT32_MAX)
        return err_set(
            err, ERR_USAGE,
            "an L2 of %llu bytes cannot be modelled; it must hold at least %d bytes, one set of %d lines a partition",
            (unsigned long long)config.size_bytes, config.partition_count * L2_WAYS * L2_LINE_BYTES, L2_WAYS);
    *l2 = (L2){.config = config, .set_count = set_count};
    for (int p = 0; p < config.partition_count; p++) {
        uint64_t tag_bytes = set_count * L2_WAYS * sizeof(uint32_t), flag_bytes = set_count * L2_WAYS;
        char *piece = arena_alloc_bytes(arena, tag_bytes + flag_bytes + 64);
        l2->partitions[p].tags = (uint32_t *)align_up((uintptr_t)piece, 64);
        l2->partitions[p].flags = (uint8_t *)(l2->partitions[p].tags + set_count * L2_WAYS);
    }
    l2->touch = l2_touch_choose(config.vector_max, &l2->touch_name);
    l2_flush(l2);
    return true;
}

int l2_add_region(L2 *l2, uint64_t first_sector, uint64_t sector_count) {
    assert(l2->region_count < L2_REGIONS_MAX);
    assert(l2->region_count == 0 || l2->region_end_sector[l2->region_count - 1] <= first_sector);
    l2->region_first_sector[l2->region_count] = first_sector;
    l2->region_end_sector[l2->region_count] = first_sector + sector_count;
    return l2->region_count++;
}

/* How far a span of all sets is rotated; the multiplier is 2^64 divided by the golden ratio (Knuth 6.4). */
static uint64_t span_rotation(const L2 *l2, uint64_t span) {
    return (uint64_t)(((unsigned __int128)(span * 0x9E3779B97F4A7C15u) * l2->set_count) >> 64);
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
    uint64_t span = ordinal / l2->set_count, set = ordinal % l2->set_count + span_rotation(l2, span);
    if (set >= l2->set_count) set -= l2->set_count;
    uint64_t tag = span * 2 + (uint64_t)home;
    assert(tag < L2_TAG_NONE);
    return (Place){.home = home, .set = set, .tag = (uint32_t)tag};
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

/* Lines that leave one after another mostly share span and region: the last answer is tried first. */
void l2_write_back(L2 *l2, int partition, uint64_t set, uint32_t tag, unsigned dirty_mask) {
    (void)partition;
    int region = 0;
    if (l2->region_count > 1) {
        uint64_t sector = place_line(l2, set, tag) * L2_LINE_SECTORS;
        region = l2->last_region;
        if (sector < l2->region_first_sector[region] || sector >= l2->region_end_sector[region])
            region = l2->last_region = line_region(l2, sector / L2_LINE_SECTORS);
    }
    l2->traffic[region].dram_write_sectors += (uint64_t)__builtin_popcount(dirty_mask);
}

/* Lines of one access that are neighbours in sets and share a home: at most one group. */
typedef struct Piece {
    Place place;
    int line_count;
    uint8_t want[L2_HOME_LINES];
} Piece;

/* Cuts the next piece off [*sector, end). */
static Piece next_piece(const L2 *l2, uint64_t *sector, uint64_t end) {
    uint64_t line = *sector / L2_LINE_SECTORS, end_line = (end + L2_LINE_SECTORS - 1) / L2_LINE_SECTORS;
    Piece piece = {.place = line_place(l2, line)};
    uint64_t span = piece.place.tag / 2, rotation = span_rotation(l2, span);
    uint64_t sets_left =
        (piece.place.set >= rotation ? l2->set_count : rotation) - piece.place.set; /* to the span's end or the wrap */
    uint64_t lines = min_u64(min_u64(L2_HOME_LINES - line % L2_HOME_LINES, end_line - line), sets_left);
    piece.line_count = (int)lines;
    memset(piece.want, 0xF, lines);
    piece.want[0] &= (uint8_t)(0xF << (*sector % L2_LINE_SECTORS));
    uint64_t piece_end = (line + lines) * L2_LINE_SECTORS;
    if (piece_end > end) piece.want[lines - 1] &= (uint8_t)(0xF >> (piece_end - end));
    *sector = min_u64(piece_end, end);
    return piece;
}

static void touch_piece(L2 *l2, const Piece *piece, int partition, L2TouchKind kind, const uint8_t *want,
                        uint8_t *missing) {
    L2Touch touch = {.kind = kind,
                     .partition = partition,
                     .set_first = piece->place.set,
                     .tag = piece->place.tag,
                     .line_count = piece->line_count,
                     .want = want,
                     .missing = missing};
    l2->touch(l2, &touch);
}

/* Masks are half bytes, so all 32 of a piece fit four words. */
static uint64_t count_sectors(const uint8_t masks[L2_HOME_LINES]) {
    uint64_t words[L2_HOME_LINES / sizeof(uint64_t)], sectors = 0;
    memcpy(words, masks, sizeof words);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) sectors += (uint64_t)__builtin_popcountll(words[i]);
    return sectors;
}

void l2_read(L2 *l2, int side, int region, uint64_t first_sector, uint64_t sector_count) {
    L2Traffic *traffic = &l2->traffic[region];
    traffic->read_sectors += sector_count;
    for (uint64_t sector = first_sector, end = first_sector + sector_count; sector < end;) {
        Piece piece = next_piece(l2, &sector, end);
        uint8_t missing[L2_HOME_LINES] = {0};
        touch_piece(l2, &piece, side, L2_TOUCH_READ, piece.want, missing);
        uint64_t missing_sectors = count_sectors(missing);
        if (missing_sectors && piece.place.home != side) {
            traffic->fabric_sectors += missing_sectors;
            uint8_t far_missing[L2_HOME_LINES] = {0};
            touch_piece(l2, &piece, piece.place.home, L2_TOUCH_READ, missing, far_missing);
            missing_sectors = count_sectors(far_missing);
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
        l2->traffic[region].dram_read_sectors += count_sectors(missing);
        if (l2->config.partition_count == 2)
            touch_piece(l2, &piece, 1 - piece.place.home, L2_TOUCH_DROP, piece.want, ignored);
    }
}

/* Sums half `shift` (0 valid, 4 dirty) of all flags by region. */
static void count_flags(const L2 *l2, int shift, uint64_t *sectors) {
    for (int p = 0; p < l2->config.partition_count; p++)
        for (uint64_t i = 0; i < l2->set_count * L2_WAYS; i++) {
            unsigned mask = (unsigned)(l2->partitions[p].flags[i] >> shift) & 0xF;
            if (mask)
                sectors[line_region(l2, place_line(l2, i / L2_WAYS, l2->partitions[p].tags[i]))] +=
                    (uint64_t)__builtin_popcount(mask);
        }
}

void l2_count_dirty(const L2 *l2, uint64_t *dirty_sectors) { count_flags(l2, 4, dirty_sectors); }
void l2_count_valid(const L2 *l2, uint64_t *valid_sectors) { count_flags(l2, 0, valid_sectors); }

bool l2_is_full(const L2 *l2) {
    for (int p = 0; p < l2->config.partition_count; p++)
        for (uint64_t set = 0; set < l2->set_count; set++)
            if (l2->partitions[p].tags[set * L2_WAYS + L2_WAYS - 1] == L2_TAG_NONE) return false;
    return true;
}

void l2_flush(L2 *l2) {
    for (int p = 0; p < l2->config.partition_count; p++) {
        memset(l2->partitions[p].tags, 0xFF, l2->set_count * L2_WAYS * sizeof(uint32_t)); /* L2_TAG_NONE */
        memset(l2->partitions[p].flags, 0, l2->set_count * L2_WAYS);
    }
}

void l2_clear_traffic(L2 *l2) { memset(l2->traffic, 0, sizeof l2->traffic); }
