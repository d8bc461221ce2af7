#!/bin/sh
# In the window that `show` opens: a lesson is begun from the list, another after it, and what was done is kept.
H=${HBMSCOPE:-build/hbmscope}
. "$(dirname "$0")/display.sh"
display_start show_lessons 1280x800 93 94 95 96 97 98
T=$(mktemp -d)
window=
trap 'kill $window $server 2>/dev/null; rm -rf "$T"' EXIT
export XDG_DATA_HOME="$T"
"$H" show --seq 512 2>"$T/err" </dev/null &
window=$!
tries=0
until xdotool search --name '^hbmscope$' >/dev/null 2>&1 || [ $tries -ge 60 ]; do sleep 0.1; tries=$((tries + 1)); done
sleep 0.5
press() { for key in "$@"; do xdotool key "$key"; sleep 0.3; done; }
press t Down Return Return        # the second lesson, and a part on
press Escape t Down Return Return # the one after it; Escape leaves a question that is being typed
press Escape q
tries=0
while kill -0 $window 2>/dev/null && [ $tries -lt 50 ]; do sleep 0.1; tries=$((tries + 1)); done
kill $window 2>/dev/null
wait $window
status=$? window=
kept=$(cut -d' ' -f1-2 "$T/hbmscope/progress" 2>/dev/null | sort -u | tr '\n' ' ')
case $status:$kept in
"0:02-coalescing part 03-why-64x part "*"format = ") echo "ok show_lessons" ;;
*) echo "not ok show_lessons: want exit 0 and the places of 02-coalescing and 03-why-64x, got $status: $kept $(cat "$T/err")" ;;
esac
