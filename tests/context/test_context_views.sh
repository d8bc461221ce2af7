# The views about models and choices: with a model of one's own, with numbers of one's own, and what is refused.
DIR=$(dirname "$0")/configs
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
shows() { # NAME TEXT ARGS...: the scene says TEXT
    name=$1 text=$2
    shift 2
    if "$HBMSCOPE" draw "$@" -o "$T/scene.txt" 2>"$T/err" && grep -qF -e "$text" "$T/scene.txt"; then echo "ok $name"
    else echo "not ok $name: want $text, got $(head -n 1 "$T/err")"; fi
}
refuses() { # NAME STATUS TEXT VIEW ARGS...
    name=$1 want=$2 text=$3
    shift 3
    "$HBMSCOPE" draw "$@" -o "$T/no.png" 2>"$T/err"
    status=$?
    if [ $status = "$want" ] && grep -qF -e "$text" "$T/err" && [ ! -e "$T/no.png" ]; then echo "ok $name"
    else echo "not ok $name: want exit $want, $text; got $status, $(head -n 1 "$T/err")"; fi
}
npy() { # FILE ROWS COLS SEED: float32 numbers
    python3 - "$@" <<'PY'
import struct, sys, random
path, rows, cols, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
random.seed(seed)
head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (rows, cols)
head += ' ' * ((64 - (len(head) + 11) % 64) % 64) + '\n'
with open(path, 'wb') as f:
    f.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(head)) + head.encode())
    f.write(struct.pack('<%df' % (rows * cols), *(random.gauss(0, 1) for _ in range(rows * cols))))
PY
}
shows "layers of ModernBERT score 2.68x fewer pairs" "2.68x" layers
shows "layers of a config of one's own" "mistral-7b.json" layers --config "$DIR/mistral-7b.json"
shows "context names where standard attention breaks" "29,776 tokens" context --gpu h200
shows "plan on one page" "16 GiB of KV cache" plan --gpu h200
shows "decode of MLA" "MLA, as it is" decode --model deepseek-v3
shows "an encoder decodes nothing" "it decodes nothing" decode --model bert-base
for part in q k v; do npy "$T/$part.npy" 256 32 7; done
shows "sparsity of one's own numbers" "256 × 32" sparsity --q "$T/q.npy" --k "$T/k.npy" --v "$T/v.npy"
shows "tradeoff of one's own numbers" "256 × 32" tradeoff --q "$T/q.npy" --k "$T/k.npy" --v "$T/v.npy"
shows "another seed, other numbers" "seed 5" sparsity --seed 5
npy "$T/short.npy" 200 32 7
npy "$T/long.npy" 8192 4 7
refuses "two of three files" 2 "all three are needed" sparsity --q "$T/q.npy"
refuses "shapes that differ" 2 "they must agree" sparsity --q "$T/q.npy" --k "$T/short.npy" --v "$T/v.npy"
refuses "rows that make no grid" 2 "a multiple of 64" sparsity --q "$T/short.npy" --k "$T/short.npy" --v "$T/short.npy"
refuses "too many rows" 2 "at most" tradeoff --q "$T/long.npy" --k "$T/long.npy" --v "$T/long.npy"
refuses "a file that is no .npy" 1 "not a .npy file" sparsity --q "$DIR/mistral-7b.json" --k "$T/k.npy" --v "$T/v.npy"
refuses "a model that is not built in" 2 "known are" layers --model llama-9
"$HBMSCOPE" draw layers --model modernbert-large -o "$T/a.png" && "$HBMSCOPE" draw --from "$T/a.png" -o "$T/b.txt" && grep -q "10 global and 18 local" "$T/b.txt" &&
    echo "ok a picture remembers its model" || echo "not ok a picture remembers its model: want 10 global and 18 local"
"$HBMSCOPE" plan --model llama-3-8b -o "$T/plan.pdf" && pdftotext "$T/plan.pdf" - | grep -q "128K tokens" &&
    echo "ok plan as PDF" || echo "not ok plan as PDF: want a page that says 128K tokens"
