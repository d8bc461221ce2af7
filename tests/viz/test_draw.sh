# hbmscope draw: every view in every format, redrawn from its own PNG, and what it refuses.
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
SMALL="--batch 1 --heads 2 --seq 512"
check() { if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: want $2, got $3"; fi; }

for view in $("$HBMSCOPE" views --csv | tail -n +2 | cut -d, -f1); do
    "$HBMSCOPE" draw "$view" $SMALL --width 1280 --height 720 -o "$T/$view.png" 2>"$T/err"
    check "$view as PNG of 1280 x 720" "1280x720" "$(identify -format '%wx%h' "$T/$view.png" 2>&1)"
    [ "$view" = l2 ] && continue # seconds a picture
    "$HBMSCOPE" draw --from "$T/$view.png" -o "$T/again.png" 2>"$T/err"
    check "$view drawn again from its PNG has no differing pixel" 0 "$(compare -metric AE "$T/$view.png" "$T/again.png" null: 2>&1)"
    "$HBMSCOPE" draw "$view" $SMALL --theme dark -o "$T/$view.svg" 2>"$T/err"
    check "$view as SVG is well-formed and has text" yes "$(python3 - "$T/$view.svg" <<'PY'
import sys, xml.dom.minidom
print('yes' if len(xml.dom.minidom.parse(sys.argv[1]).getElementsByTagName('text')) > 5 else 'no text')
PY
)"
    "$HBMSCOPE" draw "$view" $SMALL -o "$T/$view.pdf" 2>"$T/err"
    pdftoppm -r 40 -png "$T/$view.pdf" "$T/page" 2>"$T/err"
    check "$view as PDF opens" "400x225" "$(identify -format '%wx%h' "$T"/page*.png 2>&1)"
    rm -f "$T"/page*.png
done
"$HBMSCOPE" draw machine $SMALL --step 5 --theme dark --scale 1.25 --width 1600 -o "$T/a.png"
"$HBMSCOPE" draw --from "$T/a.png" --step 5 -o "$T/b.png"
check "options of a picture are kept" 0 "$(compare -metric AE "$T/a.png" "$T/b.png" null: 2>&1)"
"$HBMSCOPE" draw --from "$T/a.png" --theme light --seq 1K -o "$T/c.txt"
check "options win over a picture's" "#ffffffff" "$(head -n 1 "$T/c.txt" | cut -d' ' -f4)"
"$HBMSCOPE" draw traffic $SMALL -o "$T/d1.pdf" && "$HBMSCOPE" draw traffic $SMALL -o "$T/d2.pdf"
check "equal pictures are equal PDF files" "" "$(cmp "$T/d1.pdf" "$T/d2.pdf" 2>&1)"

# The picture in README.md is what this command draws; after a wanted change of the view, draw it anew.
PUBLISHED="--pass both --mask additive --dropout 0.1 --accounting paper --block-k 256"
"$HBMSCOPE" draw traffic $PUBLISHED -o "$T/readme.svg"
check "the picture in README.md is what the tool draws" "" "$(cmp "$T/readme.svg" viz/readme.svg 2>&1)"

refuses() { # NAME STATUS TEXT ARGS...: one line on stderr holding TEXT, no file left behind
    name=$1 want=$2 text=$3
    shift 3
    mkdir "$T/empty"
    (cd "$T/empty" && timeout 20 "$program" draw "$@" >"$T/out" 2>"$T/err" </dev/null)
    status=$?
    left=$(ls -A "$T/empty"; cat "$T/out")
    rm -rf "$T/empty"
    if [ "$status" != "$want" ]; then echo "not ok $name: want exit $want, got $status"; return; fi
    if ! grep -qF -- "$text" "$T/err" || [ "$(wc -l <"$T/err")" != 1 ]; then echo "not ok $name: want '$text', got $(head -n 2 "$T/err")"; return; fi
    if [ -n "$left" ]; then echo "not ok $name: want nothing left, got $left"; return; fi
    echo "ok $name"
}
program=$(realpath "$HBMSCOPE")
head -c 3000 "$T/a.png" >"$T/cut.png"
head -c 60 "$T/a.png" >"$T/short.png"
convert -size 4x4 xc:red "$T/plain.png"
ln -s /dev/full "$T/full.png"
refuses "an unknown view" 2 "'trafic' is no view; there are traffic, memory, machine" trafic -o x.png
"$HBMSCOPE" draw layers --model modernbert-base --seq 512 -o "$T/layers.txt"
check "a model's view is drawn at --seq" 1 "$(grep -c '"At 512 tokens' "$T/layers.txt")"
for view in layers plan decode context; do
    "$HBMSCOPE" draw $view --seq 1K --width 1280 --height 720 -o "$T/given.png"
    "$HBMSCOPE" draw $view --width 1280 --height 720 -o "$T/bare.png"
    "$HBMSCOPE" draw --from "$T/given.png" -o "$T/given2.png"
    "$HBMSCOPE" draw --from "$T/bare.png" -o "$T/bare2.png"
    check "$view at a given 1K is drawn again" 0 "$(compare -metric AE "$T/given.png" "$T/given2.png" null: 2>&1)"
    check "$view at no given length is drawn again" 0 "$(compare -metric AE "$T/bare.png" "$T/bare2.png" null: 2>&1)"
    check "$view at 1K is not the default" differ "$(cmp -s "$T/given.png" "$T/bare.png" || echo differ)"
done
refuses "no view" 2 "draw needs a view as its first word" -o x.png
refuses "no output" 2 "draw needs -o FILE" traffic
refuses "an unknown ending" 2 "must end in .png, .svg, .pdf or .txt" traffic -o x.bmp
refuses "a folder that is not there" 1 "/nonexistent/x.png cannot be written: No such file" traffic -o /nonexistent/x.png
refuses "a full disk, PNG" 1 "No space left on device" traffic -o "$T/full.png"
for ending in svg pdf txt; do
    ln -s /dev/full "$T/full.$ending"
    refuses "a full disk, $ending" 1 "cannot be written" traffic -o "$T/full.$ending"
done
refuses "a side of zero" 2 "--width is '0'" traffic --width 0 -o x.png
refuses "a huge side" 2 "--height is '1M'" traffic --height 1M -o x.png
refuses "a scale of zero" 2 "--scale is '0'" traffic --scale 0 -o x.png
refuses "an unknown theme" 2 "--theme is 'blue'; it must be light or dark" traffic --theme blue -o x.png
refuses "a step beyond the end" 2 "--step is 999999999999" machine --step 999999999999 -o x.png
"$HBMSCOPE" draw replay $SMALL --lead flash1 --step 40 --zoom 1@0.3,0.8 -o "$T/zoomed.png"
"$HBMSCOPE" draw --from "$T/zoomed.png" -o "$T/again.png"
check "a zoomed replay is drawn again" 0 "$(compare -metric AE "$T/zoomed.png" "$T/again.png" null: 2>&1)"
refuses "a zoom past a tile" 2 "where a tile fills the square" replay $SMALL --zoom 15 -o x.png
refuses "a look at a view without one" 2 "--zoom is for the view replay; traffic has none" traffic --zoom 1 -o x.png
refuses "a model at a view without one" 2 "--model is for the views context, layers, plan, decode; traffic has none" traffic --model bert -o x.png
refuses "a step of the whole" 2 "--step is for the views machine, lens, l2, replay; levels has none" levels --step 3 -o x.png
refuses "a capture without a comparison" 2 "--capture is for the view compare; memory has none" memory --capture x.json -o x.png
"$HBMSCOPE" draw levels --from "$T/zoomed.png" -o "$T/levels_from.png"
"$HBMSCOPE" draw levels $SMALL -o "$T/levels_plain.png"
check "another view from a picture leaves out what only that view takes" 0 \
    "$(compare -metric AE "$T/levels_from.png" "$T/levels_plain.png" null: 2>&1)"
refuses "a negative step" 2 "--step is '-1'" machine --step -1 -o x.png
refuses "--from a file that is no PNG" 1 "/etc/hostname is not a PNG file" --from /etc/hostname -o x.png
refuses "--from a PNG of others" 1 "holds no hbmscope chunk" --from "$T/plain.png" -o x.png
refuses "--from a PNG cut short" 1 "is cut short" --from "$T/short.png" -o x.png
head -c 20000 "$T/a.png" >"$T/half.png"
refuses "--from a PNG cut in its pixels" 1 "is cut short" --from "$T/half.png" -o x.png
refuses "--from nothing" 1 "cannot be read: No such file" --from "$T/none.png" -o x.png
refuses "--json" 2 "it has no --json or --csv" traffic --json -o x.png
HBMSCOPE_FONT_DIR=/nonexistent "$HBMSCOPE" draw traffic $SMALL -o "$T/f.png"
check "a font folder that is not there falls back to the system's" 0 "$?"

# However large the type, what stands around a view leaves it half of the picture.
for view in roofline memory plan; do
    timeout 20 "$HBMSCOPE" draw $view --scale 8 --seq 256 -o "$T/large.svg" 2>"$T/err"
    status=$?
    if [ $status = 0 ]; then echo "ok $view at --scale 8"; else echo "not ok $view at --scale 8: want exit 0, got $status $(cat "$T/err")"; fi
done
