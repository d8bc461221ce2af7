#!/bin/sh
# From start to the first frame, wall time, median of 7: SDL's dummy driver writes each frame into a file, which is born
# when the frame is done (where the file system keeps births). Without an X server, whose start is not ours.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
program=$(realpath "$HBMSCOPE")
cd "$dir" || exit 1
for length in 1K 128K; do
    : >times
    for i in 1 2 3 4 5 6 7; do
        rm -f ./*.bmp
        start_ns=$(date +%s%N)
        SDL_VIDEODRIVER=dummy SDL_VIDEO_DUMMY_SAVE_FRAMES=1 "$program" show --batch 1 --seq $length \
            --algorithm standard,flash2 2>/dev/null &
        window=$!
        sleep 0.6
        kill $window
        wait $window 2>/dev/null
        first=$(ls ./*.bmp 2>/dev/null | head -n 1)
        [ -n "$first" ] && stat -c %.9W "$first" | awk -v start="$start_ns" \
            '{split($1, t, ".")} t[1] > 0 {printf "%.3f\n", ((t[1] - substr(start, 1, 10)) * 1e9 + t[2] - substr(start, 11)) / 1e6}' >>times
    done
    sort -n times | awk -v n="$length" '{ms[NR] = $1} END {if (NR) printf "bench window_first_frame_%s %.1f ms\n", n, ms[int((NR + 1) / 2)]}'
done
