/* The arrays of a CUDA program: see array.h. */
#include "gpu/twin/array.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Set by the linker; the sections exist only in programs that declare such variables. */
extern char __start_hbm_device[] __attribute__((weak)), __stop_hbm_device[] __attribute__((weak));
extern char __start_hbm_constant[] __attribute__((weak)), __stop_hbm_constant[] __attribute__((weak));
/* libstdc++'s; absent in a program that is linked as C. */
extern char *__cxa_demangle(const char *mangled, char *buffer, size_t *length, int *status) __attribute__((weak));

static TwinArray *add(ArrayTable *table) {
    if (table->array_count == table->array_max) {
        table->array_max = table->array_max ? 2 * table->array_max : 64;
        table->arrays = realloc(table->arrays, sizeof(TwinArray) * (size_t)table->array_max);
        if (!table->arrays) {
            fprintf(stderr, "hbmscope: out of memory for the table of arrays\n");
            exit(1);
        }
    }
    TwinArray *array = &table->arrays[table->array_count++];
    memset(array, 0, sizeof *array);
    return array;
}

/* "&d_Q", "(void **)&d_Q", "&arrays.d_Q" and "reinterpret_cast<void**>(&d_Q)" are all d_Q. */
static void name_from_expression(const char *expression, char *out) {
    const char *start = strrchr(expression, '&');
    start = start ? start + 1 : expression;
    if (!strchr(expression, '&') && strrchr(expression, ')') && strrchr(expression, ')')[1])
        start = strrchr(expression, ')') + 1;
    for (const char *c = start; *c; c++) /* device.q and device->q are q */
        if (*c == '.' || (*c == '-' && c[1] == '>')) start = c + (*c == '.' ? 1 : 2);
    while (isspace((unsigned char)*start)) start++;
    size_t length = strlen(start);
    while (length && (isspace((unsigned char)start[length - 1]) || start[length - 1] == ')')) length--;
    snprintf(out, ARRAY_NAME_BYTES, "%.*s", (int)(length < ARRAY_NAME_BYTES - 8 ? length : ARRAY_NAME_BYTES - 8),
             start);
}

/* A second array of the same name becomes "name#2". */
static void make_name_unique(const ArrayTable *table, char *name) {
    char base[ARRAY_NAME_BYTES];
    snprintf(base, sizeof base, "%s", name);
    for (int copy = 2, i = 0; i < table->array_count - 1; i++) {
        if (table->arrays[i].space != ARRAY_GLOBAL || strcmp(table->arrays[i].name, name) != 0) continue;
        snprintf(name, ARRAY_NAME_BYTES, "%.*s#%d", ARRAY_NAME_BYTES - 12, base, copy++);
        i = -1;
    }
}

/* "_ZZ2qkPfE4tile" is kernel qk's static variable: its last part, tile. */
static void name_from_symbol(const char *symbol, char *out) {
    int status = -1;
    char *demangled = __cxa_demangle ? __cxa_demangle(symbol, NULL, NULL, &status) : NULL;
    const char *text = status == 0 ? demangled : symbol;
    for (const char *colon; (colon = strstr(text, "::"));) text = colon + 2;
    snprintf(out, ARRAY_NAME_BYTES, "%s", text);
    free(demangled);
}

static bool is_within(uint64_t address, const char *first, const char *end) {
    return first && address >= (uint64_t)(uintptr_t)first && address < (uint64_t)(uintptr_t)end;
}

static void add_symbol(ArrayTable *table, const Elf64_Sym *symbol, const char *name) {
    TwinArray *array = add(table);
    array->first_address = symbol->st_value;
    array->size_bytes = symbol->st_size;
    bool is_device = is_within(symbol->st_value, __start_hbm_device, __stop_hbm_device);
    bool is_constant = is_within(symbol->st_value, __start_hbm_constant, __stop_hbm_constant);
    bool is_guard = strncmp(name, "_ZGV", 4) == 0; /* "is this static variable constructed?" */
    array->space = is_device ? ARRAY_GLOBAL : is_constant || is_guard ? ARRAY_IGNORED : ARRAY_SHARED;
    name_from_symbol(name, array->name);
}

static void read_symbols(ArrayTable *table, const char *image, uint64_t image_bytes) {
    const Elf64_Ehdr *header = (const void *)image;
    if (image_bytes < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_ident[EI_CLASS] != ELFCLASS64)
        return;
    if (header->e_shoff > image_bytes || (image_bytes - header->e_shoff) / sizeof(Elf64_Shdr) < header->e_shnum) return;
    const Elf64_Shdr *sections = (const void *)(image + header->e_shoff);
    for (int i = 0; i < header->e_shnum; i++) {
        if (sections[i].sh_type != SHT_SYMTAB || sections[i].sh_link >= header->e_shnum) continue;
        const char *names = image + sections[sections[i].sh_link].sh_offset;
        const Elf64_Sym *symbols = (const void *)(image + sections[i].sh_offset);
        for (uint64_t s = 0; s < sections[i].sh_size / sizeof *symbols; s++) {
            uint16_t in_section = symbols[s].st_shndx;
            if (ELF64_ST_TYPE(symbols[s].st_info) != STT_OBJECT || !symbols[s].st_size || in_section >= header->e_shnum)
                continue;
            if (!(sections[in_section].sh_flags & SHF_WRITE)) continue;
            add_symbol(table, &symbols[s], names + symbols[s].st_name);
        }
    }
}

static int compare_addresses(const void *a, const void *b) {
    const TwinArray *x = a, *y = b;
    return x->first_address < y->first_address ? -1 : x->first_address > y->first_address;
}

static bool map_symbols(ArrayTable *table, Err *err) {
    int file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    struct stat info;
    if (file < 0 || fstat(file, &info) != 0) {
        if (file >= 0) close(file);
        return err_set(err, ERR_OTHER, "cannot read the program's own symbols from /proc/self/exe: %s",
                       strerror(errno));
    }
    void *image = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, file, 0);
    close(file);
    if (image == MAP_FAILED) return err_set(err, ERR_OTHER, "cannot map /proc/self/exe: %s", strerror(errno));
    read_symbols(table, image, (uint64_t)info.st_size);
    munmap(image, (size_t)info.st_size);
    qsort(table->arrays, (size_t)table->array_count, sizeof(TwinArray), compare_addresses);
    return true;
}

bool array_table_init(ArrayTable *table, Err *err) {
    *table = (ArrayTable){0};
    if (!map_symbols(table, err)) return false;
    /* As much as the machine lets us reserve, up to what 36 bits of offset can name. */
    for (uint64_t range_bytes = 32ull << 30; range_bytes >= 1ull << 30; range_bytes /= 2) {
        void *range = mmap((void *)ARRAY_RANGE_BASE, range_bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
        if (range != (void *)ARRAY_RANGE_BASE) continue;
        table->range_bytes = range_bytes;
        TwinArray *dynamic = add(table);
        *dynamic = (TwinArray){.name = "dynamic shared",
                               .space = ARRAY_SHARED,
                               .first_address = ARRAY_RANGE_BASE,
                               .size_bytes = ARRAY_DYNAMIC_SHARED_BYTES};
        table->range_used_bytes = 2ull << 20;
        return true;
    }
    return err_set(err, ERR_OTHER, "cannot reserve 1 GiB of addresses for device memory at %#llx: %s", ARRAY_RANGE_BASE,
                   strerror(errno));
}

void *array_allocate(ArrayTable *table, uint64_t size_bytes, const char *name) {
    uint64_t room_bytes = (size_bytes + 255) / 256 * 256 + 256;
    if (size_bytes > table->range_bytes || table->range_bytes - table->range_used_bytes < room_bytes) return NULL;
    TwinArray *array = add(table);
    array->space = ARRAY_GLOBAL;
    array->first_address = ARRAY_RANGE_BASE + table->range_used_bytes;
    array->size_bytes = size_bytes;
    name_from_expression(name, array->name);
    make_name_unique(table, array->name);
    table->range_used_bytes += room_bytes;
    return (void *)(uintptr_t)array->first_address;
}

bool array_free(ArrayTable *table, void *address) {
    int found = array_find(table, (uint64_t)(uintptr_t)address);
    if (found < 0) return false;
    TwinArray *array = &table->arrays[found];
    if (array->is_freed || array->space != ARRAY_GLOBAL || array->first_address != (uint64_t)(uintptr_t)address)
        return false;
    array->is_freed = true;
    uint64_t first_page = (array->first_address + 4095) & ~4095ull;
    uint64_t end_page = (array->first_address + array->size_bytes) & ~4095ull;
    if (end_page > first_page) madvise((void *)(uintptr_t)first_page, end_page - first_page, MADV_DONTNEED);
    return true;
}

int array_find_below(const ArrayTable *table, uint64_t address) {
    int low = 0, high = table->array_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (table->arrays[middle].first_address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low - 1;
}

int array_find(const ArrayTable *table, uint64_t address) {
    int below = array_find_below(table, address);
    if (below < 0) return -1;
    const TwinArray *array = &table->arrays[below];
    return address - array->first_address < array->size_bytes ? below : -1;
}
