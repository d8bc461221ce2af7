#!/bin/sh
# The arrows between folders (sim/README.md): who may include what, and that the main program never needs a driver.
check() { # NAME FOLDER... -- PATTERN: no source of the folders includes a header of the pattern
    name=$1; shift; folders=
    while [ "$1" != -- ]; do folders="$folders $1"; shift; done
    found=$(grep -rnE --include='*.c' --include='*.h' --include='*.cu' --include='*.cuh' --include='*.cpp' "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)" $folders 2>/dev/null | head -3)
    if [ -z "$found" ]; then echo "ok $name"; else echo "not ok $name: want no such include, got: $found"; fi
}
check "sim includes nothing of ours but sim" sim -- 'viz/|lessons/|gpu/|tests/'
check "sim knows no drawing, window or CUDA library" sim -- 'SDL|png|cairo|ft2build|freetype|cuda|cupti|md4c'
check "lessons include sim and lessons only" lessons -- 'viz/|gpu/|tests/|SDL|png|cairo|cuda|cupti'
check "gpu includes sim and gpu only" gpu -- 'viz/|lessons/|tests/|SDL|png\.h|cairo'
check "viz never includes gpu" viz -- 'gpu/|cuda|cupti'
found=$(grep -rlE --include='*.c' --include='*.h' '#include *[<"]jansson' sim | grep -v '^sim/context/' | head -3)
if [ -z "$found" ]; then echo "ok sim parses JSON in the reader of config.json only"; else echo "not ok JSON in sim: $found"; fi
found=$(grep -rlE --include='*.c' --include='*.h' '#include *[<"]SDL' viz | grep -v '^viz/window/' | head -3)
if [ -z "$found" ]; then echo "ok SDL is named in viz/window only"; else echo "not ok SDL outside viz/window: $found"; fi
found=$(grep -rlE --include='*.c' --include='*.h' '#include *[<"](cairo|png)' viz | grep -vE '^viz/(window|backends|font)' | head -3)
if [ -z "$found" ]; then echo "ok cairo and libpng are named in backends and window only"; else echo "not ok cairo or libpng: $found"; fi
outside=$(git ls-files 2>/dev/null | grep -vE '^(Makefile|README\.md|LICENSE|sim/|gpu/|viz/|lessons/|tests/|\.)' | head -3)
if [ -z "$outside" ]; then echo "ok the top level is as fixed"; else echo "not ok top level: $outside"; fi
libs=$(ldd "$HBMSCOPE" | grep -E 'libcuda|libcupti|libcudart' | head -3)
if [ -z "$libs" ]; then echo "ok the program links no CUDA library"; else echo "not ok CUDA linked: $libs"; fi
