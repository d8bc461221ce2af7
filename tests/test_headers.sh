#!/bin/sh
# Every header of ours compiles alone.
flags="-std=c11 -Wall -Wextra -Werror -I. -D_GNU_SOURCE -fsyntax-only -x c $(pkg-config --cflags cairo libpng freetype2 sdl2 jansson 2>/dev/null)"
count=0
for header in $(find sim viz lessons -name '*.h' | sort); do
    if out=$(${CC:-cc} $flags "$header" 2>&1); then count=$((count + 1)); else echo "not ok $header alone: $(echo "$out" | head -n 1)"; fi
done
echo "ok $count headers compile alone"
