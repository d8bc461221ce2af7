/* Numbers as text: see units.h. */
#include "sim/units.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

UnitText units_exact(uint64_t count) {
    UnitText out;
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%llu", (unsigned long long)count), written = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) out.text[written++] = ',';
        out.text[written++] = digits[i];
    }
    out.text[written] = 0;
    return out;
}

static UnitText joined(UnitText number, const char *tail) {
    size_t length = strlen(number.text);
    snprintf(number.text + length, sizeof number.text - length, "%s", tail);
    return number;
}

/* Three significant digits: decimals as the size of the rounded value asks. From 1000 on grouped. */
UnitText units_number(double value) {
    UnitText out;
    double size = fabs(value);
    if (!isfinite(value) || size >= 1e18 || (size > 0 && size < 1e-9)) {
        snprintf(out.text, sizeof out.text, "%.3g", value);
    } else if (size >= 999.5) {
        double step = pow(10, floor(log10(size)) - 2);
        uint64_t whole = (uint64_t)llround(round(size / step) * step);
        out.text[0] = '-';
        out.text[1] = 0;
        return value < 0 ? joined(out, units_exact(whole).text) : units_exact(whole);
    } else {
        int decimals = size == 0 || size >= 99.95 ? 0
                       : size >= 9.995            ? 1
                       : size >= 0.9995           ? 2
                                                  : 2 - (int)floor(log10(size * 1.0005));
        snprintf(out.text, sizeof out.text, "%.*f", decimals, value);
    }
    return out;
}

static UnitText with_unit(UnitText number, const char *unit) { return joined(joined(number, " "), unit); }

/* value in the largest unit in which it is at least 1 after rounding to three digits. 1000 to 1023 KiB stay whole. */
static UnitText scaled(double value, double base, const char *const *names, int name_count) {
    int unit = 0;
    while (unit + 1 < name_count && fabs(value) >= base * (1 - 0.0005)) {
        value /= base;
        unit++;
    }
    bool is_whole = fabs(value) >= 999.5 && fabs(value) < 1024;
    return with_unit(is_whole ? units_exact((uint64_t)llround(fabs(value))) : units_number(value), names[unit]);
}
#define SCALED(value, base, ...)                                                                                       \
    scaled(value, base, (const char *const[]){__VA_ARGS__},                                                            \
           (int)(sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)))

UnitText units_kib(uint64_t size_bytes) {
    if (size_bytes < 1024) return with_unit(units_exact(size_bytes), "B");
    return SCALED((double)size_bytes, 1024, "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");
}

UnitText units_gb(uint64_t size_bytes) {
    if (size_bytes < 1000) return with_unit(units_exact(size_bytes), "B");
    return SCALED((double)size_bytes, 1000, "B", "kB", "MB", "GB", "TB", "PB", "EB");
}

UnitText units_gb_short(double size_bytes) {
    static const char *const names[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
    int unit = 0;
    for (; size_bytes >= 999.5 && unit < 6; unit++) size_bytes /= 1000;
    UnitText out;
    snprintf(out.text, sizeof out.text, "%.3g %s", size_bytes, names[unit]);
    return out;
}

UnitText units_kib_short(uint64_t size_bytes) {
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    int unit = 0;
    uint64_t value = size_bytes;
    for (; value >= 1024 && value % 1024 == 0 && unit < 5; unit++) value /= 1024;
    if (value >= 1024 * 10) return units_kib(size_bytes);
    return with_unit(units_exact(value), names[unit]);
}

/* Bandwidths are known by their GB/s ("1,555 GB/s"), so they keep that unit up to 10 TB/s. */
UnitText units_rate(double bytes_per_s) {
    if (bytes_per_s >= 999.5e9 && bytes_per_s < 9999.5e9)
        return with_unit(units_exact((uint64_t)llround(bytes_per_s / 1e9)), "GB/s");
    return SCALED(bytes_per_s, 1000, "B/s", "kB/s", "MB/s", "GB/s", "TB/s", "PB/s");
}

UnitText units_flops_rate(double flops_per_s) {
    return SCALED(flops_per_s, 1000, "FLOP/s", "kFLOP/s", "MFLOP/s", "GFLOP/s", "TFLOP/s", "PFLOP/s");
}
UnitText units_flops(uint64_t flops) {
    return SCALED((double)flops, 1000, "FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP");
}

UnitText units_time(double time_ns) {
    if (fabs(time_ns) >= 1e9 * (1 - 0.0005)) return with_unit(units_number(time_ns / 1e9), "s");
    return SCALED(time_ns, 1000, "ns", "us", "ms");
}

UnitText units_count(uint64_t count) {
    if (count < 10000) return units_exact(count);
    return SCALED((double)count, 1000, "", "K", "M", "G", "T", "P", "E");
}

UnitText units_tokens(uint64_t tokens) {
    enum { K = 1024, M = 1024 * 1024 };
    if (tokens == 0 || tokens % K != 0) return units_exact(tokens);
    return tokens % M == 0 ? joined(units_exact(tokens / M), "M") : joined(units_exact(tokens / K), "K");
}

UnitText units_ratio(double ratio) { return joined(units_number(ratio), "x"); }
UnitText units_percent(double part) { return joined(units_number(part * 100), "%"); }
