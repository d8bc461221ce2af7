#!/bin/sh
# table.sh [README [FOLDER]]: writes the model's errors against a folder of captures into a README, between its two marks.
# table.sh --check [README [FOLDER]]: says whether that is what stands there (exit 1 where not), and changes nothing.
# README is gpu/README.md and FOLDER gpu/captures where none is named; run it in the root of the repository after `make`.
set -eu
is_check=0
[ "${1:-}" = --check ] && { is_check=1; shift; }
readme=${1:-gpu/README.md} folder=${2:-gpu/captures}
begin='<!-- points: begin (gpu/captures/table.sh) -->' end='<!-- points: end -->'
new=$(mktemp)
trap 'rm -f "$new" "$new.table"' EXIT
[ "$(grep -cxF -e "$begin" -e "$end" "$readme")" = 2 ] || { echo "table.sh: $readme has not the two lines '$begin' and '$end'" >&2; exit 1; }
"${HBMSCOPE:-build/hbmscope}" compare --points "$folder" --summary >"$new.table"
awk -v begin="$begin" -v end="$end" -v table="$new.table" '
    $0 == end { is_inside = 0 }
    !is_inside { print }
    $0 == begin { is_inside = 1; while ((getline line < table) > 0) print line }' "$readme" >"$new"
if [ $is_check = 1 ]; then diff -u "$readme" "$new"; else cat "$new" >"$readme"; fi
