#!/bin/sh
# run.sh TEST_BINARY... -- TEST_SCRIPT...: runs each, shows what failed, ends with "N passed, N failed[, N skipped]".
# A binary is a cmocka program (read as TAP). A script prints "ok NAME", "not ok NAME: want.. got.." or "skip NAME: why".
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
count() { # NAME STATUS: adds up what $log says
    p=$(grep -c '^ok ' "$log"); f=$(grep -c '^not ok ' "$log"); s=$(grep -c '^skip ' "$log")
    t=$(grep -cE '^ok .*# SKIP' "$log"); p=$((p - t)); s=$((s + t))
    [ "$2" -ne 0 ] && [ "$f" -eq 0 ] && { f=1; echo "not ok $1: ended with status $2"; }
    [ $((p + f + s)) -eq 0 ] && { f=1; echo "not ok $1: it ran no test"; }
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    if [ "$f" -ne 0 ]; then echo "--- $1"; grep -v '^ok ' "$log" | head -n 40; fi
    grep -E '^skip |^ok .*# SKIP' "$log"
    echo "$1: $p passed, $f failed, $s skipped" | sed 's/, 0 skipped$//'
}
kind=binary
for t in "$@"; do
    [ "$t" = -- ] && { kind=script; continue; }
    if [ $kind = binary ]; then CMOCKA_MESSAGE_OUTPUT=TAP "$t" >"$log" 2>&1 </dev/null; else sh "$t" >"$log" 2>&1 </dev/null; fi
    status=$?
    count "$(echo "$t" | sed 's/.*tests\///')" $status
done
tail=; [ "$skipped" -ne 0 ] && tail=", $skipped skipped"
echo "$passed passed, $failed failed$tail"
[ "$failed" -eq 0 ]
