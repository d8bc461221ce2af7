#!/bin/sh
# Resident memory of a real window on a virtual display, after a second and after three hundred keys.
command -v Xvfb >/dev/null && command -v xdotool >/dev/null || exit 0
DISPLAY=:$((100 + $$ % 30000))
export DISPLAY
Xvfb $DISPLAY -screen 0 1280x800x24 -nolisten tcp -noreset 2>/dev/null &
server=$!
trap 'kill $server 2>/dev/null' EXIT
for _ in 1 2 3 4 5 6 7 8 9 10; do xdotool getmouselocation >/dev/null 2>&1 && break; sleep 0.3; done
rss() { awk -v n="$1" '/VmRSS/ {printf "bench window_rss_%s %.1f MB\n", n, $2 / 1024}' /proc/$window/status; }
for length in 1K 128K; do
    "$HBMSCOPE" show --batch 1 --seq $length --algorithm standard,flash2 2>/dev/null &
    window=$!
    sleep 2
    rss $length
    xdotool key --repeat 300 --delay 2 Right
    sleep 1
    rss ${length}_after_300_keys
    kill $window
    wait $window 2>/dev/null
done
