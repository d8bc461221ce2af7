# A virtual display for scripts that drive a real window; sourced: `. "$(dirname "$0")/../window/display.sh"`.

# display_start NAME WIDTHxHEIGHT NUMBER...: Xvfb on the first of these numbers that is free, DISPLAY set to it, its
# process in $server for the script's trap. Where there is none it says `skip NAME: why` and ends the script. A number
# counts only once its lock names our own server: another test may have taken it in the meantime.
display_start() {
    for tool in Xvfb xdotool; do command -v $tool >/dev/null || { echo "skip $1: $tool is not installed"; exit 0; }; done
    name=$1 size=$2 DISPLAY=
    shift 2
    unset WAYLAND_DISPLAY SDL_VIDEODRIVER
    for n in "$@"; do
        [ -e /tmp/.X"$n"-lock ] && continue
        Xvfb ":$n" -screen 0 "${size}x24" -nolisten tcp -noreset >/dev/null 2>&1 &
        server=$! tries=0
        while kill -0 $server 2>/dev/null && [ $tries -lt 50 ]; do
            owner=$(cat "/tmp/.X$n-lock" 2>/dev/null)
            if [ "${owner##* }" = $server ] && DISPLAY=:$n xdotool getmouselocation >/dev/null 2>&1; then
                export DISPLAY=":$n"
                return
            fi
            sleep 0.1
            tries=$((tries + 1))
        done
        kill $server 2>/dev/null
    done
    echo "skip $name: no display could be started"
    exit 0
}
