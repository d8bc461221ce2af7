#!/bin/sh
# The drill as a user meets it: seeded sessions, its report as text and pictures, the long question, bad input.
H=${HBMSCOPE:-build/hbmscope}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
check() { # NAME WANTED-STATUS GREP ARGS...  (answers in $IN)
    label=$1 status=$2 want=$3; shift 3
    printf "$IN" | "$H" "$@" >"$T/out" 2>&1; got=$?
    if [ $got -eq "$status" ] && grep -q -e "$want" "$T/out"; then echo "ok $label"; else echo "not ok $label: want $status and '$want', got $got and: $(tail -n 3 "$T/out" | tr '\n' ' ')"; fi
}
IN='1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n'
check quiz_ten 0 "of 10 points" quiz --seed 1 --topic memory --count 10
"$H" quiz --seed 5 --print >"$T/a"; "$H" quiz --seed 5 --print >"$T/b"; "$H" quiz --seed 6 --print >"$T/c"
if cmp -s "$T/a" "$T/b" && ! cmp -s "$T/a" "$T/c" && [ "$(grep -c '^--- ' "$T/a")" = 10 ]; then echo "ok quiz_is_seeded"; else echo "not ok quiz_is_seeded: want the same questions for the same seed"; fi
IN=''
check quiz_end_of_input 0 "no report" quiz --seed 1
IN='q\n'
check quiz_quit 0 "no report" quiz --seed 1
check quiz_topics 0 "13-decoding" quiz --topics
for ending in txt png svg pdf; do
    printf '1\n1\n' | "$H" quiz --topic machine --seed 2 --count 2 --report "$T/r.$ending" >/dev/null 2>&1
    if [ -s "$T/r.$ending" ]; then echo "ok quiz_report_$ending"; else echo "not ok quiz_report_$ending: want a file, got none"; fi
done
IN='flash attention, the n^2 scores, kv cache, gqa, rope\n\n'
check quiz_long 0 "a model answer" quiz --long --seed 1 --model llama-3-8b
check quiz_long_marks 0 "\[missing\]" quiz --long --seed 1
IN=''
check quiz_bad_topic 2 "it must be one of" quiz --topic cooking
check quiz_report_nowhere 1 "cannot be written" quiz --report "$T/none/r.txt"
check quiz_report_of_nothing 2 "asks nothing" quiz --print --report "$T/r.txt"
check quiz_bad_count 2 "count" quiz --count 0
check quiz_bad_seed 2 "seed" quiz --seed x
check quiz_bad_report 2 "report" quiz --report out.doc
check quiz_bad_timed 2 "timed" quiz --timed 0
check quiz_json 2 "report FILE" quiz --json
check quiz_bad_option 2 "nonsense" quiz --nonsense
printf '1\n1\n' | "$H" quiz --topic machine --seed 2 --count 2 --report "$T/none/r.txt" >/dev/null 2>"$T/err"
if [ $? -eq 1 ] && [ ! -e "$T/none" ]; then echo "ok quiz_report_unwritable"; else echo "not ok quiz_report_unwritable: want 1, got $(cat "$T/err")"; fi
