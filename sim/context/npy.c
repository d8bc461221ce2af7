/* The .npy reader: see npy.h. Header first, then the elements, each step checked against the file's size. */
#include "sim/context/npy.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/checked.h"

typedef struct Header {
    uint64_t elem_bytes;
    NpyArray array;
} Header;

/* What follows 'key': in the header's dictionary, blanks skipped; NULL where the key is absent. */
static const char *dictionary_value(const char *header, const char *key) {
    char quoted[32];
    snprintf(quoted, sizeof quoted, "'%s'", key);
    const char *at = strstr(header, quoted);
    if (!at) return NULL;
    at += strlen(quoted);
    while (*at == ' ') at++;
    if (*at != ':') return NULL;
    at++;
    while (*at == ' ') at++;
    return at;
}

static bool read_type(const char *name, const char *header, Header *out, Err *err) {
    const char *type = dictionary_value(header, "descr");
    if (!type) return err_set(err, ERR_OTHER, "%.100s: the .npy header has no 'descr'", name);
    if (strncmp(type, "'<f2'", 5) == 0)
        out->elem_bytes = 2;
    else if (strncmp(type, "'<f4'", 5) == 0)
        out->elem_bytes = 4;
    else if (strncmp(type, "'<f8'", 5) == 0)
        out->elem_bytes = 8;
    else
        return err_set(err, ERR_OTHER, "%.100s: descr is %.*s; known are '<f2', '<f4' and '<f8'", name,
                       (int)min_u64(strcspn(type, ",}"), 40), type);
    const char *order = dictionary_value(header, "fortran_order");
    if (!order || strncmp(order, "False", 5) != 0)
        return err_set(err, ERR_OTHER, "%.100s: fortran_order must be False (save with order='C')", name);
    return true;
}

static bool read_shape(const char *name, const char *header, NpyArray *array, Err *err) {
    const char *at = dictionary_value(header, "shape");
    if (!at || *at != '(') return err_set(err, ERR_OTHER, "%.100s: the .npy header has no 'shape'", name);
    at++;
    array->elem_count = 1;
    while (*at && *at != ')') {
        while (*at == ' ' || *at == ',') at++;
        if (*at == ')') break;
        if (!isdigit((unsigned char)*at)) return err_set(err, ERR_OTHER, "%.100s: shape is not a list of sizes", name);
        char *end;
        uint64_t size = strtoull(at, &end, 10);
        at = end;
        if (array->dim_count == NPY_DIMS_MAX)
            return err_set(err, ERR_OTHER, "%.100s: more than %d dimensions", name, NPY_DIMS_MAX);
        if (size == 0 || size > NPY_MAX_ELEMS || array->elem_count * size > NPY_MAX_ELEMS)
            return err_set(err, ERR_OTHER, "%.100s: a shape of 0 or of more than %d elements", name, NPY_MAX_ELEMS);
        array->shape[array->dim_count++] = size;
        array->elem_count *= size;
    }
    if (*at != ')' || array->dim_count == 0)
        return err_set(err, ERR_OTHER, "%.100s: shape is empty or not closed", name);
    return true;
}

static double half_value(uint16_t bits) {
    int exponent = bits >> 10 & 31, fraction = bits & 1023;
    double value = exponent == 31  ? (fraction ? NAN : INFINITY)
                   : exponent == 0 ? ldexp(fraction, -24)
                                   : ldexp(fraction + 1024, exponent - 25);
    return bits >> 15 ? -value : value;
}

static double element_value(const uint8_t *at, uint64_t elem_bytes) {
    uint16_t half;
    float single;
    double full;
    switch (elem_bytes) {
    case 2: memcpy(&half, at, 2); return half_value(half);
    case 4: memcpy(&single, at, 4); return single;
    default: memcpy(&full, at, 8); return full;
    }
}

/* Length of the dictionary and where it starts, by format version. */
static bool find_header(const char *name, const uint8_t *bytes, uint64_t size_bytes, uint64_t *first_byte,
                        uint64_t *length_bytes, Err *err) {
    if (size_bytes < 12 || memcmp(bytes, "\x93NUMPY", 6) != 0)
        return err_set(err, ERR_OTHER, "%.100s: not a .npy file (its first bytes are not \\x93NUMPY)", name);
    if (bytes[6] < 1 || bytes[6] > 3)
        return err_set(err, ERR_OTHER, "%.100s: .npy version %d; known are 1 to 3", name, bytes[6]);
    *first_byte = bytes[6] == 1 ? 10 : 12;
    *length_bytes = (uint64_t)bytes[8] | (uint64_t)bytes[9] << 8;
    if (bytes[6] > 1) *length_bytes |= (uint64_t)bytes[10] << 16 | (uint64_t)bytes[11] << 24;
    if (*length_bytes > NPY_HEADER_MAX_BYTES || *first_byte + *length_bytes > size_bytes)
        return err_set(err, ERR_OTHER, "%.100s: a header of %llu bytes; the file has %llu and 65536 is the most", name,
                       (unsigned long long)*length_bytes, (unsigned long long)size_bytes);
    return true;
}

bool npy_read_bytes(const char *name, const uint8_t *bytes, uint64_t size_bytes, NpyArray *array, Arena *arena,
                    Err *err) {
    uint64_t first_byte = 0, length_bytes = 0;
    if (!find_header(name, bytes, size_bytes, &first_byte, &length_bytes, err)) return false;
    char *text = arena_alloc_bytes(arena, length_bytes + 1);
    memcpy(text, bytes + first_byte, length_bytes);
    Header header = {0};
    if (!read_type(name, text, &header, err) || !read_shape(name, text, &header.array, err)) return false;
    const uint8_t *data = bytes + first_byte + length_bytes;
    uint64_t want_bytes = header.array.elem_count * header.elem_bytes,
             have_bytes = size_bytes - first_byte - length_bytes;
    if (want_bytes != have_bytes)
        return err_set(err, ERR_OTHER, "%.100s: its shape needs %llu bytes of data, the file has %llu", name,
                       (unsigned long long)want_bytes, (unsigned long long)have_bytes);
    double *values = ARENA_ARRAY(arena, double, header.array.elem_count);
    for (uint64_t i = 0; i < header.array.elem_count; i++) {
        values[i] = element_value(data + i * header.elem_bytes, header.elem_bytes);
        if (!isfinite(values[i]))
            return err_set(err, ERR_OTHER, "%.100s: element %llu is not a finite number", name, (unsigned long long)i);
    }
    header.array.values = values;
    *array = header.array;
    return true;
}

/* The whole of an open file, from malloc; NULL with an error. */
static uint8_t *read_all(const char *path, FILE *file, uint64_t *size_bytes, Err *err) {
    const long bytes_max = NPY_MAX_ELEMS * 8L + NPY_HEADER_MAX_BYTES + 12;
    uint8_t *bytes = NULL;
    if (fgetc(file) == EOF) {
        err_set(err, ERR_OTHER, "%.200s: %s", path, ferror(file) ? strerror(errno) : "the file is empty");
        return NULL;
    }
    long length = fseek(file, 0, SEEK_END) == 0 ? ftell(file) : -1;
    rewind(file);
    if (length > bytes_max) {
        err_set(err, ERR_OTHER, "%.200s: longer than %ld bytes, the most that is read", path, bytes_max);
        return NULL;
    }
    if (length > 0) bytes = malloc((size_t)length);
    if (bytes && fread(bytes, 1, (size_t)length, file) == (size_t)length) {
        *size_bytes = (uint64_t)length;
        return bytes;
    }
    free(bytes);
    err_cannot_read(err, path, errno);
    return NULL;
}

bool npy_read_file(const char *path, NpyArray *array, Arena *arena, Err *err) {
    uint64_t size_bytes = 0;
    FILE *file = fopen(path, "rb");
    if (!file) return err_cannot_read(err, path, errno);
    uint8_t *bytes = read_all(path, file, &size_bytes, err);
    fclose(file);
    bool is_read = bytes && npy_read_bytes(path, bytes, size_bytes, array, arena, err);
    free(bytes);
    return is_read;
}
