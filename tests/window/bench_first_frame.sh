#!/bin/sh
# From start to the first frame and resident memory, on a virtual display (the screenshot's own time is in it).
command -v Xvfb >/dev/null && command -v xdotool >/dev/null || exit 0
dir=$(mktemp -d)
Xvfb -displayfd 3 -screen 0 1280x800x24 3>"$dir/display" 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null; rm -rf "$dir"' EXIT
for i in 1 2 3 4 5 6 7 8 9 10; do [ -s "$dir/display" ] && break; sleep 0.2; done
DISPLAY=:$(cat "$dir/display")
export DISPLAY
for length in 1K 128K; do
    HBMSCOPE_FIRST_FRAME="$dir/first" "$HBMSCOPE" show --batch 1 --seq $length --algorithm standard,flash2 2>/dev/null &
    window=$!
    sleep 3
    awk -v n="$length" '/VmRSS/ {printf "bench window_rss_%s %.1f MB\n", n, $2 / 1024}' /proc/$window/status
    awk -v n="$length" '{printf "bench window_first_frame_%s %.1f ms\n", n, $1}' "$dir/first"
    kill $window
    wait $window 2>/dev/null
    rm -f "$dir/first"
done
