#!/bin/sh
# demo.sh PROGRAM FOLDER: the main job. GPT-2 medium's attention on an A100, against the published figures, as a table
# and as pictures; then the window, where there is a display.
set -eu
program=$1 folder=$2
case="--algorithm standard --algorithm flash1 --batch 64 --heads 16 --seq 1024 --head-dim 64 --dtype fp16 --gpu a100-40"
training="$case --pass both --mask additive --dropout 0.1 --block-k 256 --accounting paper"
mkdir -p "$folder"
"$program" count $training
echo
echo "Published (Dao et al. 2022, Fig. 2 left): standard 40.3 GB, FlashAttention 4.4 GB."
for view in traffic memory machine levels; do
    "$program" draw $view $training --width 1280 --height 720 -o "$folder/$view.png"
    echo "drew $folder/$view.png"
done
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; then
    echo "Opening the window; close it or press q to go on."
    "$program" show $case
fi
