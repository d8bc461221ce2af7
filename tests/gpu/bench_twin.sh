#!/bin/sh
# Counted accesses of single threads per second, with requests, sectors, wavefronts and the race check, on one core.
command -v g++ >/dev/null || exit 0
"$HBMSCOPE" kernel tests/gpu/programs/speed.cu | grep '^bench'
