#!/bin/sh
# show without a display: one sentence that names the picture's command, exit 3; wrong options: exit 2.
err=$(mktemp)
trap 'rm -f "$err"' EXIT
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
check "an unknown theme" 2 "light or dark" "$HBMSCOPE" show --theme pink
check "a window too small" 2 "width" "$HBMSCOPE" show --width 10
check "no JSON" 2 "no --json" "$HBMSCOPE" show --json
check "a scenario that does not fit" 2 "shared" "$HBMSCOPE" show --head-dim 256 --block-q 256 --block-k 256
check "an unknown plot" 2 "one of traffic" "$HBMSCOPE" show --plot nonsense
check "a step past the end" 2 "longest run" "$HBMSCOPE" show --step 1G
check "a capture that is not there" 1 "cannot read" "$HBMSCOPE" show --capture "$err.none"
summary=$("$HBMSCOPE" 2>"$err")
if [ $? = 0 ] && echo "$summary" | grep -q issued; then echo "ok alone, without a display: the summary"; else
    echo "not ok alone, without a display: want the summary, got $summary $(cat "$err")"; fi
if ldd "$HBMSCOPE" | grep -q SDL; then echo "not ok SDL2 is not linked: want it loaded by name, got it linked"; else echo "ok SDL2 is not linked"; fi
