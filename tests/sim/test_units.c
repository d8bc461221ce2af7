/* The formatting of numbers, as a table worked by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/units.h"

#define CHECK(call, want)                                                                                              \
    do {                                                                                                               \
        UnitText got = call;                                                                                           \
        assert_string_equal(got.text, want);                                                                           \
    } while (0)

static void exact_integers_are_grouped(void **state) {
    (void)state;
    CHECK(units_exact(0), "0");
    CHECK(units_exact(999), "999");
    CHECK(units_exact(1000), "1,000");
    CHECK(units_exact(1744830464), "1,744,830,464");
    CHECK(units_exact(UINT64_MAX), "18,446,744,073,709,551,615");
}

static void three_significant_digits(void **state) {
    (void)state;
    CHECK(units_number(0), "0");
    CHECK(units_number(0.01234), "0.0123");
    CHECK(units_number(0.9994), "0.999");
    CHECK(units_number(0.9996), "1.00");
    CHECK(units_number(9.994), "9.99");
    CHECK(units_number(9.996), "10.0");
    CHECK(units_number(99.96), "100");
    CHECK(units_number(999.4), "999");
    CHECK(units_number(999.6), "1,000");
    CHECK(units_number(1234567), "1,230,000");
    CHECK(units_number(-12.345), "-12.3");
    CHECK(units_number(0.09996), "0.100");
}

static void sizes_in_both_bases(void **state) {
    (void)state;
    CHECK(units_kib(0), "0 B");
    CHECK(units_kib(1023), "1,023 B");
    CHECK(units_kib(1024), "1.00 KiB");
    CHECK(units_kib(163 * 1024), "163 KiB");
    CHECK(units_kib(1023 * 1024), "1,023 KiB");
    CHECK(units_kib(1048570), "1.00 MiB");
    CHECK(units_kib(17024ull * 1048576), "16.6 GiB");
    CHECK(units_gb(999), "999 B");
    CHECK(units_gb(1000), "1.00 kB");
    CHECK(units_gb(40265318400), "40.3 GB");
    CHECK(units_gb(999600000), "1.00 GB");
    CHECK(units_gb(INT64_MAX), "9.22 EB");
    CHECK(units_gb_short(0), "0 B");
    CHECK(units_gb_short(2.5e9), "2.5 GB");
    CHECK(units_gb_short(1e12), "1 TB");
    CHECK(units_kib_short(64 * 1024), "64 KiB");
    CHECK(units_kib_short(2048), "2 KiB");
    CHECK(units_kib_short(1536), "1,536 B");
    CHECK(units_kib_short(123456789), "118 MiB");
}

static void rates_times_counts(void **state) {
    (void)state;
    CHECK(units_rate(1555e9), "1,555 GB/s");
    CHECK(units_rate(33e12), "33.0 TB/s");
    CHECK(units_rate(936e9), "936 GB/s");
    CHECK(units_flops_rate(312e12), "312 TFLOP/s");
    CHECK(units_flops(137438953472), "137 GFLOP");
    CHECK(units_time(45), "45.0 ns");
    CHECK(units_time(2300), "2.30 us");
    CHECK(units_time(1.3e6), "1.30 ms");
    CHECK(units_time(4e9), "4.00 s");
    CHECK(units_time(7.2e12), "7,200 s");
    CHECK(units_count(9999), "9,999");
    CHECK(units_count(12345), "12.3 K");
    CHECK(units_count(13157531648), "13.2 G");
    CHECK(units_tokens(131072), "128K");
    CHECK(units_tokens(1048576), "1M");
    CHECK(units_tokens(1000), "1,000");
    CHECK(units_tokens(0), "0");
    CHECK(units_ratio(23.08), "23.1x");
    CHECK(units_percent(0.125), "12.5%");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_integers_are_grouped),
        cmocka_unit_test(three_significant_digits),
        cmocka_unit_test(sizes_in_both_bases),
        cmocka_unit_test(rates_times_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
