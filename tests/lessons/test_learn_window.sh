#!/bin/sh
# Every lesson in the window, from start to end, by keys, on a display that nobody sees; progress is kept as it goes.
H=${HBMSCOPE:-build/hbmscope}
. "$(dirname "$0")/../window/display.sh"
display_start learn_window 1280x800 81 82 83 84 85 86
T=$(mktemp -d)
window=
trap 'kill $window $server 2>/dev/null; rm -rf "$T"' EXIT
export XDG_DATA_HOME="$T/data"
round="1 2 3 Return exclam Return Escape Return"
is_over() { sed -n "s/^$1 part \([0-9]*\) of \([0-9]*\)\( done\)\{0,1\}$/\1 \2/p" "$XDG_DATA_HOME/hbmscope/progress" 2>/dev/null | { read -r part parts && [ "$part" = "$parts" ]; }; }
for lesson in $("$H" learn --list | cut -d' ' -f1); do
    "$H" learn "$lesson" >"$T/out" 2>&1 </dev/null &
    window=$!
    tries=0
    until xdotool search --name '^hbmscope$' >/dev/null 2>&1 || [ $tries -ge 40 ]; do sleep 0.1; tries=$((tries + 1)); done
    tries=0
    until is_over "$lesson" || [ $tries -ge 40 ]; do xdotool key --delay 4 $round; tries=$((tries + 1)); done
    if is_over "$lesson"; then echo "ok window_$lesson"; else echo "not ok window_$lesson: want its end, got $(grep "^$lesson part" "$XDG_DATA_HOME/hbmscope/progress" 2>&1) $(cat "$T/out")"; fi
    if [ "$lesson" = 01-threads-and-memory ]; then # its end leads on to the next, in the same window
        xdotool key Escape Return Return
        sleep 1
        if grep -q '^02-coalescing part' "$XDG_DATA_HOME/hbmscope/progress"; then echo "ok window_leads_on"; else echo "not ok window_leads_on: want lesson 2 begun, got $(cat "$XDG_DATA_HOME/hbmscope/progress")"; fi
    fi
    xdotool key Escape Escape q
    tries=0
    while kill -0 $window 2>/dev/null && [ $tries -lt 30 ]; do sleep 0.1; tries=$((tries + 1)); done
    if kill -0 $window 2>/dev/null; then echo "not ok close_$lesson: want the window gone after q"; kill $window; fi
done
