#!/bin/sh
# Our own tests must see a broken kernel: a kernel is broken in one place at a time, and each time the run must fail.
if ! command -v g++ >/dev/null; then echo "skip mutants: g++ is not on this machine"; exit 0; fi
. tests/gpu/mutants.sh

source=flash2_1.cuh program=one_flash2
mutant 'the kernel as it is passes' 0 ''
mutant 'no barrier after the tiles are loaded' 1 '/^        __syncthreads();$/d'
mutant 'no barrier before the next tiles' 1 '/K, V and the scores have been used/d'
mutant 'no warp barrier after the scores' 1 '/^        __syncwarp();$/d'
mutant 'one key too few' 1 's/for (int col = 0; col < cols; col++) {$/for (int col = 0; col < cols - 1; col++) {/'
mutant 'one key too many' 1 's/is_seen = col < cols/is_seen = col <= cols/; s/for (int col = 0; col < cols; col++)/for (int col = 0; col <= cols; col++)/'
mutant 'a tile forgotten' 1 's/j < end_tile;/j < end_tile - 1;/'
mutant 'the old sum not rescaled' 1 's/l = l \* keep + sum/l = l + sum/'
mutant 'one row too many is stored' 1 's/(int)threadIdx.x < rows) lse_rows/(int)threadIdx.x <= rows) lse_rows/'

source=flash2_backward_1.cuh program=one_flash2_backward
mutant 'the kernels as they are pass' 0 ''
mutant 'no barrier after the tiles are loaded' 1 '/the tiles are there/d'
mutant 'no barrier after P' 1 '/P is whole/d'
mutant 'no barrier after dS' 1 '/dS is whole/d'
mutant 'no barrier before the next tiles' 1 '/Q, dO, P and dS have been used/d'
mutant 'dQ added to what was there' 1 's/piece < rows \* (D \/ 4); piece += FLASH2_ROW_THREADS/piece < (rows - 1) * (D \/ 4); piece += FLASH2_ROW_THREADS/'
mutant 'dQ stored where it should be added' 1 's/atomicAdd(dQ + \(.*\), sum\[r\]);/dQ[\1] = sum[r];/'
mutant 'the first query tile forgotten' 1 's/tile = first_query_tile(s, first_key, BR);/tile = first_query_tile(s, first_key, BR) + 1;/'
mutant 'one key too few for dQ' 1 's/key < cols; key++/key < cols - 1; key++/'
mutant 'a row too many is added' 1 's/if (first + r < rows) atomicAdd/if (first + r <= rows) atomicAdd/'

source=flash1_backward_1.cuh program=one_flash1_backward
mutant 'the kernel as it is passes' 0 ''
mutant 'no barrier after the tiles are loaded' 1 '/the tiles are there/d'
mutant 'no barrier after lse and D' 1 '/lse and D have been taken/d'
mutant 'no barrier after P' 1 '/P is whole/d'
mutant 'no barrier before dS' 1 '/P has been used/d'
mutant 'no barrier after dS' 1 '/dS is whole/d'
mutant 'no barrier before the next tiles' 1 '/K, V, Q, dO and dS have been used/d'
mutant 'dQ so far forgotten' 1 's/is_first ? nullptr : dQ_old/nullptr/'
mutant 'dQ finished too late' 1 's/i < next_first ? dQ : dQ_partial/i + 1 < next_first ? dQ : dQ_partial/'
mutant 'D not kept' 1 's/D_rows\[thread\] = delta_place\[thread\];/;/'
mutant 'dK and dV not cleared' 1 '/backward_clear<T>(d[kv]);/d'
mutant 'a step forgotten' 1 's/int i = flash1_first_step(s, j, BC);/int i = flash1_first_step(s, j, BC) + (j > 0);/'

source=flash_backward.cuh
mutant 'dS not scaled' 1 's/(score\[i\]\[j\] - delta\[i\]) \* scale/(score[i][j] - delta[i])/'
mutant 'D not subtracted' 1 's/(score\[i\]\[j\] - delta\[i\])/(score[i][j])/'
mutant 'P not divided by its sum' 1 's/ \* s.scale - lse\[i\])/ * s.scale)/'
mutant 'a query sees the key after its own' 1 's/is_visible(s, first_row + row, first_key + key)/is_visible(s, first_row + row + 1, first_key + key)/'
mutant 'one key too many is stored' 1 's/if (y + i \* T::KEY_STEP < cols) store4/if (y + i * T::KEY_STEP <= cols) store4/'
program=one_flash2_backward
mutant 'the ragged rows of four not cleared' 1 's/piece < (rows + 3) \/ 4 \* D;/piece < rows * (D \/ 4);/'
mutant 'tiles not swizzled alike' 1 's/T::score_at(row, y + i \* T::KEY_STEP)/(y + i * T::KEY_STEP) * 64 + row/'

source=standard_fp16.cuh program=one_standard_fp16
mutant 'the kernels as they are pass' 0 ''
mutant 'no barrier after Q and K' 1 '/Q and K are there/d'
mutant 'no barrier after P and V' 1 '/P and V are there/d'
mutant 'no barrier before the next tiles' 1 '/the tiles before have been used/d'
mutant 'scores not scaled' 1 's/scores, factor, rows,/scores, 1, rows,/'
mutant 'columns not cleared' 1 's/ || i % COLS >= cols)/)/'
mutant 'a tile forgotten' 1 's/first < s.key_rows; first += BC/first + BC < s.key_rows; first += BC/'
mutant 'one half of two is left out' 1 's/int pieces = cols \/ piece_elems<Piece>;/int pieces = (cols - 1) \/ piece_elems<Piece>;/'

source=half_product.cuh
mutant 'no barrier before the result' 1 '/the operands, or the part before, have been used/d'
mutant 'no barrier after the result' 1 '/the part is whole/d'
mutant 'one row too many is stored' 1 's/(size_t)first \* COLS, place, part_rows/(size_t)first * COLS, place, part_rows + 1/'
mutant 'two warps make the same columns' 1 's/threadIdx.x \/ 32 % 2 \* (COLS \/ 2)/threadIdx.x \/ 64 % 2 * (COLS \/ 2)/'

source=half_tile.cuh
mutant 'rows not cleared' 1 's/piece < tile_rows \* CHUNKS; piece += THREADS/piece < 0; piece += THREADS/'
mutant 'pieces of K laid as of V' 1 '/right_piece_turned/,/}/s/col + lane \/ 16 \* 8 + lane % 8, row \/ 8 + lane \/ 8 % 2/col + lane % 16, row \/ 8 + lane \/ 16/'

source=standard_rows.cuh
mutant 'the old sum not rescaled' 1 's/l = l \* expf(m - m_new) + /l = l + /'
mutant 'the second half not summed' 1 's/e < ELEMS; e++) sum +=/e < 1; e++) sum +=/'
mutant 'a query sees the key after its own' 1 's/is_visible(s, i, j \* ELEMS + e)/is_visible(s, i, j * ELEMS + e - 1)/'
mutant 'no barrier before a chunk' 1 '/the chunk before has been used/d'
mutant 'P not divided by its sum' 1 's/expf(p\[e\] - m) \* inverse/expf(p[e] - m)/'

source=flash1_fp16.cuh program=one_flash1_fp16
mutant 'the kernel as it is passes' 0 ''
mutant 'no barrier after Q, K and V' 1 '/Q is there, and the first time K and V/d'
mutant 'no barrier after S' 1 '/Q has been used; its place is free/d'
mutant 'no barrier after the warps have told' 1 '/all warps have told/d'
mutant 'no barrier before P' 1 '/what was in the place has been used/d'
mutant 'no barrier after P' 1 '/P of this round is whole/d'
mutant 'no barrier before O so far' 1 '/P has been used/d'
mutant 'no barrier after O so far' 1 '/eight rows are there/d'
mutant 'no barrier before the next eight rows' 1 '/and have been used/d'
mutant 'no barrier before eight rows are stored' 1 '/eight rows of O are whole/d'
mutant 'no barrier before the second eight are put down' 1 '/the first eight rows are stored/d'
mutant 'no barrier before O is stored' 1 '/O is whole/d'
mutant 'no barrier before the next step' 1 '/the step before is stored/d'
mutant 'O so far not rescaled' 1 's/row\[h\].keep \* old/old/'
mutant 'O finished too late' 1 's/i < next_first/i + 1 < next_first/'
mutant 'a step forgotten' 1 's/int i = flash1_first_step(s, j, BC);/int i = flash1_first_step(s, j, BC) + (j > 0);/'
mutant 'a warp not heard' 1 's/warp < 4; warp++) sum/warp < 3; warp++) sum/'
mutant 'the sum so far forgotten' 1 's/log2f(sum + exp2f(lse_old - top))/log2f(sum)/'
mutant 'P of a warp against its own largest' 1 's/exp2f(largest\[h\] - row\[h\].largest)/1/'
mutant 'keys past the last are seen' 1 's/is_seen = col < cols \&\& /is_seen = /'
mutant 'a query sees the key after its own' 1 's/is_visible(s, row, first_key + col)/is_visible(s, row + 1, first_key + col)/'
mutant 'lse stored times log2(e)' 1 's/threadIdx.x).lse \* 0.693147181f/threadIdx.x).lse/'

source=half_tile.cuh
mutant 'rows not cleared' 1 's/piece < tile_rows \* CHUNKS; piece += THREADS/piece < 0; piece += THREADS/'
mutant 'columns of K laid as of V' 1 's/col + lane % 8, row \/ 8 + lane \/ 8)/col + lane \/ 8, row \/ 8 + lane % 4)/'

source=standard_fp16.cuh program=one_standard_backward_fp16
mutant 'the kernels as they are pass' 0 ''
mutant 'no barrier after P and dO' 1 '/P and dO are there/d'
mutant 'rows of P not cleared' 1 's/i \/ COLS >= rows || //'
mutant 'a tile of queries forgotten' 1 's/first < s.query_rows; first += BR/first + BR <= s.query_rows; first += BR/'
mutant 'dQ and dK not scaled' 1 's/2>(out, p_tile, \(o\|d_v\), factor/2>(out, p_tile, \1, 1/'

source=half_product.cuh
mutant 'a key too many is stored' 1 's/(size_t)first \* COLS, place, part_rows/(size_t)first * COLS, place, part_rows + 1/'

source=half_tile.cuh
mutant 'P not turned' 1 '/left_piece_turned/,/}/s/col + lane \/ 16 \* 8 + lane % 8, row \/ 8 + lane \/ 8 % 2/col + lane % 16, row \/ 8 + lane \/ 16/'

source=standard_rows.cuh
mutant 'D not subtracted' 1 's/(d\[e\] - dot) \* scale/d[e] * scale/'
mutant 'half of D left out' 1 's/e < ELEMS; e++) dot =/e < 1; e++) dot =/'

source=flash2_backward_fp16.cuh program=one_flash2_backward_fp16
mutant 'the kernels as they are pass' 0 ''
mutant 'no barrier before lse and D' 1 '/dQ of the tile before has been added/d'
mutant 'no barrier after the tiles are loaded' 1 '/the tiles are there/d'
mutant 'no barrier after P' 1 '/P is whole/d'
mutant 'no barrier after dS' 1 '/dS is whole/d'
mutant 'no barrier before dQ' 1 '/Q, dO, P and dS, or the part before, have been used/d'
mutant 'no barrier after dQ' 1 '/the part is whole/d'
mutant 'P not divided by its sum' 1 's/ \* s.scale - lse.of\[i\]\[h\])/ * s.scale)/'
mutant 'D not subtracted' 1 's/(d_p.sum\[i\]\[j\]\[2 \* h\] - delta.of\[i\]\[h\])/d_p.sum[i][j][2 * h]/'
mutant 'D of rows that are not there' 1 's/(int)threadIdx.x < rows ? __ldcg(D_rows + at + threadIdx.x) : 0/(int)threadIdx.x < rows ? __ldcg(D_rows + at + threadIdx.x) : NAN/'
mutant 'dK not scaled' 1 's/, k_tile, d_k, s.scale/, k_tile, d_k, 1/'
mutant 'dQ not scaled' 1 's/d_q, s.scale,$/d_q, 1,/; s/d_q, s.scale, rows/d_q, 1, rows/'
mutant 'a part of dQ not added' 1 's/int count = min(PART_ROWS, rows - first) \* D/int count = min(PART_ROWS, rows - first - 1) * D/'
mutant 'dQ of a row that is not there' 1 's/int count = min(PART_ROWS, rows - first) \* D/int count = PART_ROWS * D/'
mutant 'halves handed to the wrong lane' 1 's/(2 \* lane + w \/ 2) % 32/(2 * lane + w % 2) % 32/'
mutant 'the second half of a warp takes the first pieces' 1 's/lane < 16 ? lower : upper/lower/'
mutant 'a query sees the key after its own' 1 's/is_visible(s, first_row + row, first_key/is_visible(s, first_row + row + 1, first_key/'

source=flash1_backward_fp16.cuh program=one_flash1_backward_fp16
mutant 'the kernel as it is passes' 0 ''
mutant 'no barrier after the tiles are loaded' 1 '/the tiles are there, and lse/d'
mutant 'no barrier after D' 1 '/D is there/d'
mutant 'no barrier after lse and D' 1 '/lse and D have been taken/d'
mutant 'no barrier after P' 1 '/P is whole/d'
mutant 'no barrier before dS' 1 '/P has been used/d'
mutant 'no barrier after dS' 1 '/dS is whole/d'
mutant 'no barrier before dQ' 1 '/K, V, Q, dO and dS have been used/d'
mutant 'no barrier after dQ' 1 '/dQ is whole/d'
mutant 'no barrier before dQ is rounded' 1 '/dQ so far has been added/d'
mutant 'no barrier before the next step' 1 '/dQ of the step before is stored/d'
mutant 'no barrier before the next block' 1 '/dK and dV of the block before are stored/d'
mutant 'dQ so far forgotten' 1 's/if (!is_first \&\& T::piece_row(i) < rows)/if (false)/'
mutant 'dQ finished too late' 1 's/i < next_first);/i + 1 < next_first);/'
mutant 'D not kept' 1 's/at.D\[thread\] = delta_place\[thread\];/;/'
mutant 'D not subtracted' 1 's/(d_s\[t\]\[e\] - delta\[e \/ 2\])/d_s[t][e]/'
mutant 'P not divided by its sum' 1 's/ \* s.scale - lse\[e \/ 2\])/ * s.scale)/'
mutant 'a step forgotten' 1 's/int i = flash1_first_step(s, j, BC);/int i = flash1_first_step(s, j, BC) + (j > 0);/'
mutant 'dQ not scaled' 1 's/(dq_place, s.scale, d_q)/(dq_place, 1, d_q)/'
mutant 'dK not scaled' 1 's/, k_tile, d_k, s.scale,/, k_tile, d_k, 1,/'
mutant 'halves of a piece exchanged' 1 's/flip ? second : first/first/'
mutant 'two warps take the same keys' 1 's/threadIdx.x \/ 32 \* (BC \/ 8)/threadIdx.x \/ 64 * (BC \/ 8)/'
mutant 'one row too many is stored' 1 's/if (row >= rows) continue;//'
mutant 'a query sees the key after its own' 1 's/is_visible(s, first_row + row, first_key/is_visible(s, first_row + row + 1, first_key/'
mutants_report
