/* Numbers as people read them: the one place that turns a quantity into text.
 *
 * Three significant digits and a unit for a picture or a table ("18.8 GB", "41.0 KiB", "1.30 ms");
 * exact integers, grouped, where the digits matter ("1,744,830,464"). Sizes of memories are in powers of
 * 1024 (KiB), traffic in papers' powers of 1000 (GB); names say which. Pure; every function writes into
 * *text and returns it, so that several fit into one printf.
 */
#ifndef SIM_UNITS_H
#define SIM_UNITS_H
#include <stdint.h>

typedef struct UnitText {
    char text[48];
} UnitText;

/* 1,744,830,464 */
UnitText units_exact(uint64_t count);
/* 512 B, 41.0 KiB, 2.00 MiB, 17.4 GiB: powers of 1024; below 1 KiB exact. */
UnitText units_kib(uint64_t size_bytes);
/* 512 B, 4.10 kB, 18.8 GB, 2.31 TB: powers of 1000; below 1 kB exact. */
UnitText units_gb(uint64_t size_bytes);
/* For ticks of an axis: up to three digits but no zeros that say nothing: 10 GB, 2.5 GB, 0 B. */
UnitText units_gb_short(double size_bytes);
/* A size that is a round number of KiB, MiB, ... without decimals ("64 KiB"), else as units_kib. */
UnitText units_kib_short(uint64_t size_bytes);
/* 936 GB/s, 1,555 GB/s: in GB/s up to 10 TB/s */
UnitText units_rate(double bytes_per_s);
/* 312 TFLOP/s */
UnitText units_flops_rate(double flops_per_s);
/* 137 GFLOP */
UnitText units_flops(uint64_t flops);
/* 45.0 ns, 2.30 us, 1.30 ms, 4.00 s */
UnitText units_time(double time_ns);
/* 999, 12.3 K, 13.2 G: a count with powers of 1000, exact below 10,000 */
UnitText units_count(uint64_t count);
/* Sequence lengths as the field writes them: 2K, 128K, 1M where they are whole multiples of 1024; else 1,000. */
UnitText units_tokens(uint64_t tokens);
/* 9.09x, 23.1x, 1,024x */
UnitText units_ratio(double ratio);
/* 12.5%, 0.03% */
UnitText units_percent(double part);
/* Three significant digits, no unit: 0.0123, 1.23, 12.3, 123, 1,230 */
UnitText units_number(double value);
#endif
