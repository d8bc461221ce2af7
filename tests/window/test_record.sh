#!/bin/sh
# record: pages always, films where ffmpeg is, nothing half-written.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
small="--batch 1 --heads 1 --seq 128"
# shellcheck disable=SC2086
"$HBMSCOPE" record $small --frames 5 -o "$dir/r.pdf" 2>"$dir/err"
pages=$(pdfinfo "$dir/r.pdf" 2>/dev/null | sed -n 's/^Pages: *//p')
if [ "$pages" = 5 ]; then echo "ok a page a frame"; else echo "not ok a page a frame: want 5, got ${pages:-$(cat "$dir/err")}"; fi
if pdftotext -f 5 -l 5 "$dir/r.pdf" - 2>/dev/null | grep -q finished; then echo "ok the last frame is the end"; else
    echo "not ok the last frame is the end: no 'finished' on page 5"; fi
if command -v ffmpeg >/dev/null; then
    for ending in mp4 gif; do
        "$HBMSCOPE" record $small --frames 5 --width 640 --height 360 -o "$dir/r.$ending" 2>"$dir/err"
        frames=$(ffprobe -v error -count_frames -select_streams v -show_entries stream=nb_read_frames -of csv=p=0 "$dir/r.$ending" 2>&1)
        if [ "$frames" -ge 4 ] 2>/dev/null; then echo "ok $ending"; else echo "not ok $ending: want 5 frames, got $frames $(cat "$dir/err")"; fi
    done
else
    echo "skip films: ffmpeg is not installed"
fi
mkdir "$dir/bin"
PATH=$dir/bin "$HBMSCOPE" record $small -o "$dir/none.mp4" 2>"$dir/err"
status=$?
left=$(ls "$dir" | grep none)
if [ $status = 1 ] && [ -z "$left" ] && grep -q ffmpeg "$dir/err"; then echo "ok without ffmpeg: a sentence, exit 1, no file"; else
    echo "not ok without ffmpeg: want exit 1 and no file, got $status, '$left', $(cat "$dir/err")"; fi
for bad in "-o x.avi" "-o x.mp4 --width 641" "-o x.mp4 --frames 1" "-o x.mp4 --clock noon" "" "-o x.mp4 --json"; do
    (cd "$dir" && case $HBMSCOPE in /*) ;; *) HBMSCOPE=$OLDPWD/$HBMSCOPE ;; esac && "$HBMSCOPE" record $bad) >/dev/null 2>"$dir/err"
    status=$?
    if [ $status = 2 ] && [ "$(wc -l <"$dir/err")" = 1 ]; then echo "ok refused: $bad"; else echo "not ok refused: $bad: want exit 2, got $status: $(cat "$dir/err")"; fi
done
# A signal in the middle: the program ends by it and leaves no file, whole or half.
for ending in pdf mp4; do
    if [ $ending = mp4 ] && ! command -v ffmpeg >/dev/null; then echo "skip stopped mp4: ffmpeg is not installed"; continue; fi
    "$HBMSCOPE" record --frames 1000 -o "$dir/stopped.$ending" 2>"$dir/err" &
    pid=$!
    while kill -0 $pid 2>/dev/null && ! ls "$dir/stopped.$ending".* >/dev/null 2>&1; do sleep 0.05; done
    kill -TERM $pid
    wait $pid
    status=$?
    left=$(ls "$dir" | grep stopped)
    if [ $status = 143 ] && [ -z "$left" ]; then echo "ok a signal leaves no $ending"; else
        echo "not ok a signal leaves no $ending: want exit 143 and no file, got $status, '$left' $(cat "$dir/err")"; fi
done
