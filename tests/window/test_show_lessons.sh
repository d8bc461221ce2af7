#!/bin/sh
# In the window that `show` opens: a lesson is begun from the list, another after it, and what was done is kept.
H=${HBMSCOPE:-build/hbmscope}
for tool in Xvfb xdotool; do command -v $tool >/dev/null || { echo "skip show_lessons: $tool is not installed"; exit 0; }; done
T=$(mktemp -d)
display=
for n in 93 94 95 96 97 98; do
    [ -e /tmp/.X$n-lock ] && continue
    Xvfb :$n -screen 0 1280x800x24 -nolisten tcp -noreset >/dev/null 2>&1 &
    server=$! display=:$n
    sleep 1
    kill -0 $server 2>/dev/null && break
    display=
done
[ -n "$display" ] || { echo "skip show_lessons: no display could be started"; rm -rf "$T"; exit 0; }
window=
trap 'kill $window $server 2>/dev/null; rm -rf "$T"' EXIT
export DISPLAY=$display XDG_DATA_HOME="$T"
unset WAYLAND_DISPLAY SDL_VIDEODRIVER
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
