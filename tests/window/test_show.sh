#!/bin/sh
# show without a display, a driver, the library or a font: one sentence that names the picture's command, exit 3; wrong
# options: exit 2.
err=$(mktemp)
T=$(mktemp -d)
trap 'rm -rf "$err" "$T"' EXIT
unset DISPLAY WAYLAND_DISPLAY SDL_VIDEODRIVER
check() { # NAME STATUS TEXT COMMAND...
    name=$1 want=$2 text=$3
    shift 3
    timeout 20 "$@" >/dev/null 2>"$err"
    status=$?
    if [ $status = "$want" ] && [ "$(wc -l <"$err")" = 1 ] && grep -q -- "$text" "$err"; then echo "ok $name"; else
        echo "not ok $name: want exit $want and '$text', got $status: $(cat "$err")"; fi
}
check "no display" 3 "hbmscope draw replay" "$HBMSCOPE" show
check "a display that does not answer" 3 "hbmscope draw replay" env DISPLAY=:65000 "$HBMSCOPE" show
check "a driver that does not exist" 3 "no display" env SDL_VIDEODRIVER=nonsense "$HBMSCOPE" show
check "the command says what is shown" 3 \
    "draw replay --algorithm flash2 --seq 8192 --causal --gpu h100 --step 40 --theme dark -o replay.png" \
    "$HBMSCOPE" show --algorithm flash2 --seq 8K --causal --gpu h100 --step 40 --theme dark
command=$("$HBMSCOPE" show --algorithm flash2 --seq 512 --kv-heads 4 --step 40 --width 640 2>&1 | sed 's/.*: hbmscope //')
program=$(realpath "$HBMSCOPE")
(cd "$T" && "$program" $command) 2>"$err"
if [ -s "$T/replay.png" ]; then echo "ok the command that is named draws the picture"; else
    echo "not ok the command that is named draws the picture: want replay.png, got $(cat "$err")"; fi
# dlopen takes the first file of that name: one that is no library at all, and one that has no function.
: >"$T/libSDL2-2.0.so.0"
check "no SDL2 library" 3 "SDL2, which opens windows, is not installed (package libsdl2-2.0-0).*hbmscope draw replay" \
    env DISPLAY=:65000 LD_LIBRARY_PATH="$T" "$HBMSCOPE" show
summary=$(DISPLAY=:65000 LD_LIBRARY_PATH="$T" "$HBMSCOPE" 2>"$err")
if echo "$summary" | grep -q issued; then echo "ok alone, without SDL2: the summary"; else
    echo "not ok alone, without SDL2: want the summary, got $summary $(cat "$err")"; fi
compiler=$(command -v cc || command -v gcc || command -v clang)
if [ -n "$compiler" ]; then
    rm "$T/libSDL2-2.0.so.0"
    "$compiler" -shared -fPIC -o "$T/libSDL2-2.0.so.0" -x c /dev/null
    check "an SDL2 without its functions" 3 "has no function SDL_.*hbmscope draw replay" \
        env DISPLAY=:65000 LD_LIBRARY_PATH="$T" "$HBMSCOPE" show
    "$compiler" -shared -fPIC -o "$T/no_file.so" tests/window/no_file.c -ldl
    hide="env LD_PRELOAD=$T/no_file.so ASAN_OPTIONS=verify_asan_link_order=0"
    for font in Lato-Regular.ttf Lato-Bold.ttf Lato-Italic.ttf DejaVuSansMono.ttf; do
        check "show without $font" 3 \
            "$font is missing: install the packages fonts-lato and fonts-dejavu-core.*HBMSCOPE_FONT_DIR; then the same" \
            $hide NO_FILE=$font DISPLAY=:65000 "$HBMSCOPE" show
    done
    for ending in png svg pdf; do
        check "draw $ending without a font" 3 "Lato-Bold.ttf is missing: install the packages" \
            $hide NO_FILE=Lato-Bold.ttf "$HBMSCOPE" draw traffic -o "$T/none.$ending"
    done
    if ls "$T" | grep -q none; then echo "not ok a picture without its font: want no file, got $(ls "$T")"; else
        echo "ok a picture without its font leaves no file"; fi
else
    echo "skip fonts and libraries that are missing: no C compiler to hide them with"
fi
check "an unknown theme" 2 "light or dark" "$HBMSCOPE" show --theme pink
check "a window too small" 2 "width" "$HBMSCOPE" show --width 10
check "no JSON" 2 "no --json" "$HBMSCOPE" show --json
check "a scenario that does not fit" 2 "shared" "$HBMSCOPE" show --head-dim 256 --block-q 256 --block-k 256
check "an unknown plot" 2 "one of traffic" "$HBMSCOPE" show --plot nonsense
check "a step past the end" 2 "longest run" "$HBMSCOPE" show --step 1G
check "a capture that is not there" 1 "cannot be read" "$HBMSCOPE" show --capture "$err.none"
summary=$("$HBMSCOPE" 2>"$err")
if [ $? = 0 ] && echo "$summary" | grep -q issued; then echo "ok alone, without a display: the summary"; else
    echo "not ok alone, without a display: want the summary, got $summary $(cat "$err")"; fi
if ldd "$HBMSCOPE" | grep -q SDL; then echo "not ok SDL2 is not linked: want it loaded by name, got it linked"; else echo "ok SDL2 is not linked"; fi
