# KV cache and parameters of published models from their config.json, to the byte; and files that must be refused,
# because what they cache is not modelled. published_models.txt has the models.
DIR=$(dirname "$0")
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
column() { # NUMBER FILE: a column of a CSV without its head, summed exactly below 2^53
    awk -F, -v column="$1" 'NR > 1 { sum += $column } END { printf "%.0f", sum }' "$2"
}
model() { # NAME TOKEN_BYTES BYTES_AT_32K PARAMETERS: the file is $T/config.json
    if ! "$HBMSCOPE" models --config "$T/config.json" --csv >"$T/models" 2>"$T/err" ||
        ! "$HBMSCOPE" layers --config "$T/config.json" --seq 32K --csv >"$T/layers" 2>"$T/err"; then
        echo "not ok $1: want it read, got $(cat "$T/err")"
        return
    fi
    parameters=$4
    [ "$parameters" = - ] || parameters=$(column 2 "$T/models")
    got="$(column 8 "$T/models") $(column 10 "$T/layers") $parameters"
    if [ "$got" = "$2 $3 $4" ]; then echo "ok $1"; else echo "not ok $1: want $2 $3 $4, got $got"; fi
}
line= name=
finish() {
    # shellcheck disable=SC2086
    [ -z "$name" ] || model $name
    : >"$T/config.json"
}
while read -r line; do
    case $line in
    '#'*) ;;
    '= '*) finish && name=${line#= } ;;
    *) printf '%s\n' "$line" >>"$T/config.json" ;;
    esac
done <"$DIR/published_models.txt"
finish

# gpt-oss's model card: checkpoints of 60.8 and 12.8 GiB (MXFP4 experts, all else bf16); DeepSeek-V3 in fp8 on 8 H200.
weighs() { # NAME BYTES
    awk -v name="$1" '/^= /{ is_it = $2 == name; next } is_it' "$DIR/published_models.txt" >"$T/config.json"
    if "$HBMSCOPE" models --config "$T/config.json" --json | grep -qF "\"weight_bytes\": $2,"; then echo "ok $1's weights"
    else echo "not ok $1's weights: want $2, got $("$HBMSCOPE" models --config "$T/config.json" --json | grep weight_bytes)"; fi
}
weighs gpt-oss-120b 65248815744
weighs gpt-oss-20b 13761264768
weighs deepseek-v3 673044038740

refuses() { # NAME TEXT KEYS: a Llama file with these keys beside its own is refused in one line that has the text
    printf '{"num_hidden_layers": 4, "hidden_size": 4096, "num_attention_heads": 32, "num_key_value_heads": 8, %s}' "$3" \
        >"$T/config.json"
    "$HBMSCOPE" layers --config "$T/config.json" --seq 32K >"$T/out" 2>"$T/err"
    status=$?
    if [ $status = 2 ] && grep -qF -e "$2" "$T/err" && [ ! -s "$T/out" ] && [ "$(wc -l <"$T/err")" = 1 ]; then
        echo "ok $1 is refused"
    else echo "not ok $1 is refused: want exit 2, $2; got $status, $(cat "$T/err")"; fi
}
refuses mamba "state_size is given: some of its layers keep a state" '"state_size": 16'
refuses "a hybrid that says no places" "mamba_d_state is given" '"mamba_d_state": 16'
refuses recurrentgemma "lru_width is given" '"block_types": ["recurrent", "recurrent", "attention"], "lru_width": 2560'
refuses "caches shared by all layers" "at least one must keep a cache" '"num_kv_shared_layers": 4'
refuses "keys that serve as values" "attention_k_eq_v is given" '"attention_k_eq_v": true'
refuses llama-3.2-vision "cross_attention_layers is given" '"cross_attention_layers": [3, 8]'
refuses nemotron-nas "block_configs is given: its layers differ in their KV heads" '"block_configs": [{"attention": {}}]'
refuses "a list of windows" "sliding_window is a list" '"sliding_window": [128, null, 128, null]'
refuses "an unknown kind of layer" "layer_types[1] is hybrid" \
    '"layer_types": ["full_attention", "hybrid", "full_attention", "full_attention"]'
refuses "a hybrid without attention" "no layer has attention" '"layer_types": ["mamba", "mamba", "mamba", "mamba"]'
refuses "letters for other layers" "must have a letter of M" '"hybrid_override_pattern": "M*M"'
refuses "an index past the layers" "attn_layer_indices[1] is not one of the 4 layers" '"attn_layer_indices": [1, 4]'
refuses "spellings that differ" "num_hidden_layers and n_layer both name one size" '"n_layer": 5'
refuses "multi_query with 8 heads" "multi_query is true but num_key_value_heads is 8" '"multi_query": true'
refuses "a pattern of other letters" "must be a number or made of L and G" '"sliding_window": 128, "sliding_window_pattern": "LLX"'
