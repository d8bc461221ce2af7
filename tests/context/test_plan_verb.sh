# hbmscope plan on three real config.json files and on bad ones, under a second each; layers and tradeoff.
DIR=$(dirname "$0")/configs
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
says() { # NAME TEXT ARGS...: plan succeeds and says TEXT
    name=$1 text=$2
    shift 2
    runs "$name" "$text" plan "$@"
}
runs() { # NAME TEXT VERB ARGS...
    name=$1 text=$2
    shift 2
    if timeout 1 "$HBMSCOPE" "$@" >"$T/out" 2>"$T/err" && grep -qF -e "$text" "$T/out" && [ ! -s "$T/err" ]; then
        echo "ok $name"
    else echo "not ok $name: want $text, got $(head -n 1 "$T/err" "$T/out" | tr '\n' ' ')"; fi
}
refuses() { # NAME STATUS TEXT ARGS...: one line on stderr, nothing on stdout
    name=$1 want=$2 text=$3
    shift 3
    fails "$name" "$want" "$text" plan "$@"
}
fails() { # NAME STATUS TEXT VERB ARGS...
    name=$1 want=$2 text=$3
    shift 3
    timeout 5 "$HBMSCOPE" "$@" >"$T/out" 2>"$T/err"
    status=$?
    if [ $status = "$want" ] && grep -qF -e "$text" "$T/err" && [ ! -s "$T/out" ] && [ "$(wc -l <"$T/err")" = 1 ]; then
        echo "ok $name"
    else echo "not ok $name: want exit $want, $text; got $status, $(head -n 1 "$T/err")"; fi
}
says "llama-3-8b has 16 GiB of KV cache at 128K" "16 GiB of KV cache" --model llama-3-8b --from 2K --to 128K --gpu h200
says "S of one head from 8 MiB to 32 GiB" "from 8 MiB to 32 GiB" --model llama-3-8b --from 2K --to 128K --gpu h200
says "llama config" "  score matrix  29,776" --config "$DIR/llama-3-8b.json"
says "modernbert config" "22 layers (8 global)" --config "$DIR/modernbert-base.json"
says "modernbert dtype is a stated assumption" "assumed: torch_dtype is float32" --config "$DIR/modernbert-base.json"
says "mistral config" "Every layer is local" --config "$DIR/mistral-7b.json"
says "json" '"format": "hbmscope.plan/1"' --config "$DIR/llama-3-8b.json" --json
says "json is exact" '"kv_bytes": 17179869184' --model llama-3-8b --json
says "csv" "1,flash,1,none,1,1," --model llama-3-8b --csv
head -c 300 "$DIR/llama-3-8b.json" >"$T/cut.json"
printf '{"model_type": "zebra"}' >"$T/unknown.json"
sed 's/"num_key_value_heads": 8/"num_key_value_heads": 5/' "$DIR/llama-3-8b.json" >"$T/contradicts.json"
head -c 2000000 /dev/zero | tr '\0' ' ' >"$T/huge.json"
refuses "truncated" 2 "not valid JSON" --config "$T/cut.json"
refuses "unknown model" 2 "num_hidden_layers is missing" --config "$T/unknown.json"
refuses "contradiction" 2 "num_key_value_heads, which is 5" --config "$T/contradicts.json"
refuses "huge" 2 "longer than 1 MiB" --config "$T/huge.json"
refuses "no such file" 1 "cannot be read" --config "$T/none.json"
refuses "no model" 2 "a model is needed" --from 2K
refuses "two models" 2 "give one of them" --model llama-3-8b --config "$DIR/llama-3-8b.json"
refuses "unknown name" 2 "known are llama-2-7b" --model llama-9
refuses "shrinking" 2 "--to must be larger" --model llama-3-8b --from 8K --to 2K
refuses "bad size" 2 "--to is '12X'" --model llama-3-8b --to 12X
refuses "bad gpu" 2 "h900" --model llama-3-8b --gpu h900
runs "layers of ModernBERT-base" "2.68x" layers --model modernbert-base
runs "at 512 tokens" "1.95x" layers --config "$DIR/modernbert-base.json" --seq 512
runs "which layers are global" "global: layers 0, 3, 6, 9, 12, 15, 18, 21, 24, 27" layers --model modernbert-large
runs "layers as csv" "1,0,128,window,1052608," layers --model modernbert-base --csv
runs "layers as json bear scenarios" '"window": 128' layers --model modernbert-base --json
runs "flash3 in global layers" "flash3" layers --model modernbert-base --algorithm flash3 --gpu h100
runs "standard in global layers" "standard" layers --model bert-base --algorithm standard
fails "an algorithm that is no dense one" 2 "flash2, flash3 or standard" layers --model bert-base --algorithm moba
fails "layers without a model" 2 "a model is needed" layers
runs "tradeoff" "moba" tradeoff --seq 128 --head-dim 16
runs "tradeoff as csv" "quest,16,1,0,0," tradeoff --seq 128 --head-dim 16 --csv
runs "tradeoff as json" '"format": "hbmscope.tradeoff/1"' tradeoff --seq 64 --head-dim 8 --json
fails "tradeoff of one file" 2 "all three are needed" tradeoff --q x.npy
fails "tradeoff of no file" 1 "cannot be read" tradeoff --q x.npy --k x.npy --v x.npy
fails "tradeoff of too many rows" 2 "--seq is '1M'" tradeoff --seq 1M
# A layer's scenario, given back to count, is counted the same.
issued() { python3 -c 'import json,sys; print(json.load(sys.stdin)["kinds"][1]["issued_bytes"])'; }
layer=$("$HBMSCOPE" layers --model modernbert-base --json | issued)
counted=$("$HBMSCOPE" count --algorithm window --batch 1 --heads 12 --seq 8K --head-dim 64 --dtype bf16 --window 128 --json |
    python3 -c 'import json,sys; print(json.load(sys.stdin)["algorithms"][0]["totals"]["issued_bytes"])')
if [ -n "$layer" ] && [ "$layer" = "$counted" ]; then echo "ok a layer is what count counts"; else echo "not ok a layer is what count counts: want $layer, got $counted"; fi
printf '{"model_type": "bloom", "n_layer": 4, "hidden_size": 4096, "n_head": 32, "torch_dtype": "float16"}' >"$T/bloom.json"
says "ALiBi has no table to extend" "ALiBi's distances" --config "$T/bloom.json"
printf '{"model_type": "jamba", "num_hidden_layers": 32, "hidden_size": 4096, "num_attention_heads": 32, %s, %s}' \
    '"num_key_value_heads": 8, "attn_layer_period": 8, "attn_layer_offset": 4, "mamba_d_state": 16' \
    '"max_position_embeddings": 262144, "torch_dtype": "bfloat16"' >"$T/jamba.json"
printf '{"model_type": "llama4_text", "num_hidden_layers": 48, "hidden_size": 5120, "num_attention_heads": 40, %s}' \
    '"num_key_value_heads": 8, "max_position_embeddings": 10485760, "torch_dtype": "bfloat16"' >"$T/scout.json"
runs "layers of a model made for 10M tokens" "N = 1,048,576" layers --config "$T/scout.json"
if "$HBMSCOPE" plan --config "$T/scout.json" -o "$T/scout.svg" 2>"$T/err" && grep -q '</svg>' "$T/scout.svg"; then
    echo "ok its page"
else echo "not ok its page: want a picture, got $(cat "$T/err")"; fi
runs "Jamba: 4 GiB of cache at 256K" "4,294,967,296" layers --config "$T/jamba.json"
runs "layers without attention" "28  state   no key" layers --config "$T/jamba.json"
runs "a hybrid beside attention everywhere" "8.00x" layers --config "$T/jamba.json"
runs "a hybrid's kinds as JSON" '"has_attention": false' layers --config "$T/jamba.json" --json
says "plan of a hybrid" "4 of 32 layers keep every token: 2 GiB at 128K" --config "$T/jamba.json"
runs "count of a hybrid" "forward, 4 layers, causal" count "$T/jamba.json" --seq 1K
runs "models of one's own config" "32 x 128         8        128 KiB        8K" models --config "$DIR/llama-3-8b.json"
runs "models says what it assumed" "assumed: torch_dtype is float32" models --config "$DIR/modernbert-base.json"
runs "models of one name" '"kv_bytes_per_token": 131072' models --model llama-3-8b --json
runs "models with an fp8 cache" '"kv_bytes_per_token": 65536' models --model llama-3-8b --cache fp8 --json
runs "layers with an fp8 cache" "21,474,836,480" layers --model llama-3-70b --cache fp8 --seq 128K
says "plan with an fp8 cache" "8 GiB of KV cache" --model llama-3-8b --cache fp8
fails "a cache of no known type" 2 "--cache is 'int4'; it must be one of" models --model llama-3-8b --cache int4
fails "models of two names" 2 "give one of them" models --model llama-3-8b --config "$DIR/llama-3-8b.json"
printf '{"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4}' >"$T/open.json"
printf '{"model_type": "deepseek_v2", "num_hidden_layers": 2, "hidden_size": 64, "num_attention_heads": 4, %s}' \
    '"kv_lora_rank": 512, "qk_rope_head_dim": 64, "qk_nope_head_dim": 128, "v_head_dim": 128' >"$T/latent.json"
runs "count of a config.json" "B=1 h=32 (8 for K and V) N=8,192 d=128 bf16" count "$DIR/llama-3-8b.json"
runs "count says what a config left open" "assumed: torch_dtype is missing" count "$T/open.json"
runs "count of latent attention" "512 + 64 elements a token and layer" count "$T/latent.json" --seq 1K
runs "count of a config, another length" "N=2,048" count "$DIR/llama-3-8b.json" --seq 2K --algorithm flash2
runs "count of a windowed config" "sliding window, skipped tiles" count "$DIR/mistral-7b.json" --seq 8K
fails "a config of two kinds of layers" 2 "8 global and 14 local layers" count "$DIR/modernbert-base.json"
fails "count of a cut config" 2 "not valid JSON" count "$T/cut.json"
runs "models" "deepseek-v3" models
runs "models as csv" "llama-3-8b,8030261248,32,32,32,8,128,131072,8192" models --csv
runs "models as json" '"format": "hbmscope.models/1"' models --json
