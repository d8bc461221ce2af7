#!/bin/sh
# Resident memory of a real window on a virtual display, after a second and after three hundred keys.
command -v Xvfb >/dev/null && command -v xdotool >/dev/null || exit 0
. "$(dirname "$0")/display.sh"
display_start window_rss 1280x800 $((100 + $$ % 30000))
trap 'kill $server 2>/dev/null' EXIT
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
