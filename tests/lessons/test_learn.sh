#!/bin/sh
# Lessons as a user meets them: the list, a lesson played and resumed, exercises from files, one's own program, handouts.
H=${HBMSCOPE:-build/hbmscope}
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
export XDG_DATA_HOME="$T/data"
unset COLUMNS DISPLAY WAYLAND_DISPLAY SDL_VIDEODRIVER
check() { # NAME WANTED-STATUS GREP ARGS...  (typed lines in $IN)
    label=$1 status=$2 want=$3; shift 3
    printf "$IN" | "$H" "$@" >"$T/out" 2>&1; got=$?
    if [ $got -eq "$status" ] && grep -q -e "$want" "$T/out"; then echo "ok $label"; else echo "not ok $label: want $status and '$want', got $got and: $(tail -n 3 "$T/out" | tr '\n' ' ')"; fi
}
IN=''
lines=$("$H" learn --list | wc -l)
if [ "$lines" -ge 14 ]; then echo "ok list_has_fourteen"; else echo "not ok list_has_fourteen: want at least 14 lines, got $lines"; fi
for lesson in $("$H" learn --list | cut -d' ' -f1); do
    if "$H" learn "$lesson" --print >"$T/out" 2>&1 && ! grep -q '{{' "$T/out" && [ "$(wc -l <"$T/out")" -gt 80 ] && [ "$(wc -L <"$T/out")" -le 130 ]; then echo "ok print_$lesson"
    else echo "not ok print_$lesson: want a whole lesson"; fi
    yes '!

' | head -n 400 | "$H" learn "$lesson" >"$T/out" 2>&1
    if grep -q 'End of the lesson' "$T/out" && grep -q '^Next: ' "$T/out" && "$H" learn --list | grep "^$lesson " | grep -q done; then echo "ok play_$lesson"; else echo "not ok play_$lesson: want its end"; fi
    if "$H" learn --handout "$lesson" -o "$T/h.pdf" 2>"$T/err" && pdftotext "$T/h.pdf" - | grep -q EXERCISE && ! pdftotext "$T/h.pdf" - | grep -q 'A solution'; then echo "ok handout_$lesson"
    else echo "not ok handout_$lesson: $(cat "$T/err")"; fi
done
"$H" learn --handout 6 -o "$T/s.pdf" --solutions && "$H" learn --handout 6 -o "$T/s2.pdf" --solutions
if pdftotext "$T/s.pdf" - | grep -q 'A solution' && cmp -s "$T/s.pdf" "$T/s2.pdf" && [ "$(pdfinfo "$T/s.pdf" | sed -n 's/^Pages: *//p')" -ge 3 ]; then echo "ok handout_solutions"; else echo "not ok handout_solutions: want a solution, and the same file twice"; fi

IN='\nq\n'
check a_finished_lesson_is_begun_again 0 "Enter leads on" learn 3
IN=''
check done_stays 0 "^03-why-64x .* done " learn --list
rm -rf "$XDG_DATA_HOME"
IN='\n3 MB\n'
check a_wrong_guess_is_answered 0 "Too low\|order of magnitude\|factor" learn 3
IN='8 MiB\n\nq\n'
check a_lesson_is_resumed 0 "go on where you left" learn 3
check its_answer_was_right 0 "one head\|learn 03" learn 3
IN='help\nq\n'
check help_says_what_can_be_typed 0 "leave (progress is kept)" learn 3
IN=''
check the_list_shows_progress 0 "^03-why-64x .* of " learn --list
check reset 0 "progress is reset" learn --reset
if "$H" learn --list | grep -q ' of '; then echo "not ok reset_forgets: want no progress, got some"; else echo "ok reset_forgets"; fi
IN='8 MiB\n\n8 MiB\n'
if printf "$IN" | XDG_DATA_HOME=/proc/nowhere "$H" learn 3 >"$T/out" 2>&1 && grep -q "progress is not kept" "$T/out" && grep -q "Right: it is 8 MiB" "$T/out"; then echo "ok no_place_for_progress"
else echo "not ok no_place_for_progress: $(tail -n 2 "$T/out")"; fi
if printf "$IN" | env -u XDG_DATA_HOME -u HOME "$H" learn 3 >"$T/out" 2>&1 && grep -q "progress is not kept" "$T/out"; then echo "ok no_home"; else echo "not ok no_home: $(tail -n 2 "$T/out")"; fi
IN=''
mkdir -p "$XDG_DATA_HOME/hbmscope"; echo nonsense >"$XDG_DATA_HOME/hbmscope/progress"
check broken_progress_is_put_aside 0 "unreadable" learn 3
if [ -e "$XDG_DATA_HOME/hbmscope/progress.unreadable" ]; then echo "ok broken_progress_is_kept"; else echo "not ok broken_progress_is_kept: want progress.unreadable"; fi

for wrong in lessons/[0-9]*/*.wrong; do
    lesson=$(basename "$(dirname "$wrong")") name=$(basename "$wrong" .wrong) want=$(sed -n '1s/^# expect: //p' "$wrong")
    check "wrong_${lesson}_$name" 1 "$want" learn "$lesson" --exercise "$name" --answer "$wrong"
    check "solution_${lesson}_$name" 0 "passed" learn "$lesson" --exercise "$name" --answer "${wrong%.wrong}.solution"
done
check own_program 0 "The result is right" learn --program lessons/06-tile-by-tile/five-strips.solution
check own_program_json 0 "hbmscope.program/1" learn --program lessons/06-tile-by-tile/five-strips.solution --json
sed 's/by 32/by 32 up to q/; s/^\( *\)S = Q K^T/&\n\1mask S/' lessons/06-tile-by-tile/five-strips.solution >"$T/causal"
check causal_program 0 "mine/flash2" learn --program "$T/causal" --causal --algorithm flash2
check causal_program_asked_for 2 "it is not causal" learn --program "$T/causal"
check program_is_forward 2 "is a forward pass" learn --program "$T/causal" --causal --pass both
check language 0 "up to q" learn --language
check program_steps 0 "^ *13 .*q_block 0 k_block 1  *map .*mask S" steps --program "$T/causal" --causal --from 0 --to 30
check program_steps_json 0 '"algorithm": *"mine"' steps --program "$T/causal" --causal --json
check program_steps_wrong 2 "no line hides" steps --program lessons/06-tile-by-tile/five-strips.solution --causal
"$H" draw replay --program "$T/causal" --causal --algorithm flash2 -o "$T/mine.txt"
if grep -q 'text.*“mine”' "$T/mine.txt" && grep -q 'FlashAttention-2' "$T/mine.txt"; then echo "ok program_has_a_panel"; else echo "not ok program_has_a_panel: want “mine” beside FlashAttention-2"; fi
"$H" draw traffic --program "$T/causal" --causal --algorithm flash2 -o "$T/mine.png" && "$H" draw --from "$T/mine.png" -o "$T/again.png"
if cmp -s "$T/mine.png" "$T/again.png"; then echo "ok program_is_drawn_again"; else echo "not ok program_is_drawn_again: want the same picture from its recipe"; fi
check program_with_three 2 "at most 2" draw replay --program "$T/causal" --causal --algorithm flash1,flash2,standard -o "$T/x.txt"
check own_program_csv 2 "not CSV" learn --program lessons/06-tile-by-tile/five-strips.solution --csv
check list_json 2 "goes with --program" learn --list --json
check lesson_with_scenario 2 "seq" learn 6 --print --seq 2K
check own_program_too_large 2 "tiles do not fit" learn --program lessons/06-tile-by-tile/five-strips.solution --head-dim 256
check own_program_missing 1 "No such file" learn --program "$T/none"
check capture_missing 1 "No such file" learn 8 --print --capture "$T/none"
check no_capture_is_said 0 "No capture of this case is on file" learn 8 --print
check a_request_is_shown 0 "^ *##############################\\.\\.$" learn 2 --print
check numbers_are_shown 0 "query   P of keys 2 to 3 " learn 5 --print
check notes 0 "Bookmark" learn 6 --notes
check print_scenario 0 "^seq = " learn 6 --print-scenario
check unknown_lesson 2 "is no lesson" learn cooking
check unknown_exercise 2 "no exercise" learn 6 --exercise x --answer y
check exercise_of_no_lesson 2 "needs a lesson" learn --exercise five-strips --answer y
check exercise_without_answer 2 "needs --answer" learn 6 --exercise five-strips
check exercise_wrong_line 1 "not yet: line 9: softmax needs whole rows" learn 5 --exercise mend-it --answer lessons/05-softmax-in-pieces/mend-it.start
check handout_without_file 2 "needs -o" learn --handout 6
check handout_png 2 "must end in .pdf" learn --handout 6 -o "$T/h.png"
check handout_unwritable 1 "$T/none/h.pdf" learn --handout 6 -o "$T/none/h.pdf"
check handout_without_lesson 2 "needs a lesson" learn --handout
mkdir "$T/07-mine"; printf '# Mine\n```lesson\nminutes = 5\nquestion = Why?\n```\nText {{2 * 3}}.\n' >"$T/07-mine/lesson.md"
mkdir "$T/08-mine"; printf '# Mine\n```lesson\nminutes = 5\nquestion = Why?\n```\n```exercise own\nkind = program\nask = Any attention.\nbudget = any: mine.issued_bytes >= 1 -> no\nhint = none\n```\n' >"$T/08-mine/lesson.md"
cp lessons/05-softmax-in-pieces/mend-it.solution "$T/08-mine/own.solution"; echo '# expect: empty' >"$T/08-mine/own.wrong"
printf 'steps\nsave %s\nsave %s\nfile %s\nsteps 8\nsteps x\nhelp\nq\n' "$T/saved" "$T/saved" "$T/08-mine/own.solution" | "$H" learn "$T/08-mine" >"$T/out" 2>&1
if grep -q 'hand in a program first' "$T/out" && grep -q '^ *8 *10  O += P V' "$T/out" && grep -q "steps is 'x'" "$T/out" && grep -q 'up to q' "$T/out" && grep -q "saved; .file $T/saved" "$T/out" && grep -q 'File exists' "$T/out"; then echo "ok steps_of_an_answer"
else echo "not ok steps_of_an_answer: want step 8 of what was handed in: $(tail -n 5 "$T/out")"; fi
check own_lesson 0 "Text 6" learn "$T/07-mine" --print
printf '```predict x\nask = y\n```\n' >>"$T/07-mine/lesson.md"
check own_lesson_broken 1 "07-mine/lesson.md:7: a predict block needs" learn "$T/07-mine" --print
check own_lesson_missing 1 "No such file" learn "$T/none/"
if "$H" learn 6 --print >/dev/full 2>"$T/err"; then echo "not ok full_disk: want an error"; else grep -q 'cannot be written' "$T/err" && echo "ok full_disk"; fi
