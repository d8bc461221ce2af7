#!/bin/sh
# The flash3 kernel broken in one place at a time: each time the run on the twin must fail (test_mutants.sh does so for the others).
if ! command -v g++ >/dev/null; then echo "skip flash3 mutants: g++ is not on this machine"; exit 0; fi
. tests/gpu/mutants.sh
source=flash3_1.cuh program=one_flash3
mutant 'the kernel as it is passes' 0 ''
# copies and their barriers
mutant 'Q not waited for' 1 '/barrier_wait(at.q_full(), 0);/d'
mutant 'K not waited for' 1 '/barrier_wait(c.at.k_full(slot), flash3_parity(n));/d'
mutant 'V not waited for' 1 '/barrier_wait(c.at.v_full/d'
mutant 'a slot of K filled while it is read' 1 '/barrier_wait(at.k_empty(slot)/d'
mutant 'a slot of V filled while it is read' 1 '/barrier_wait(at.v_empty(slot)/d'
mutant 'a slot of V left before its product is done' 1 '/c.softmax(score, rows, keep, n);/{N;s/product_wait<0>();/c.leave(c.at.v_empty(before)); &/}; s/^        c.leave(c.at.v_empty(before));$/        ;/'
mutant 'a slot of V free when one warp has not left it' 1 's/barrier_init(at.v_empty(slot), 4 \* T::CONSUMERS)/barrier_init(at.v_empty(slot), 4 * T::CONSUMERS - 1)/'
mutant 'phases that turn with every visit' 1 's/return visit \/ FLASH3_STAGES & 1;/return visit \& 1;/'
mutant 'the producer waits for the phase after' 1 's/flash3_parity(n) ^ 1/flash3_parity(n)/'
mutant 'half of the bytes announced' 1 's/barrier_arrive_expect(full, tile_rows \* D \* 2)/barrier_arrive_expect(full, tile_rows * D)/'
mutant 'no fence after the barriers are made' 1 '/barrier_init_fence();/d'
mutant 'no barrier of the block after the barriers are made' 1 '/^    __syncthreads();$/d'
mutant 'a panel lands eight rows further' 1 's/tensor_load(to + panel \* tile_rows \* PANEL_ROW_BYTES/tensor_load(to + panel * (tile_rows + 8) * PANEL_ROW_BYTES/'
mutant 'every query head its own K and V' 1 's/int kv_matrix = .*/int kv_matrix = slice;/'
# tiles and masks
mutant 'the last tile not copied' 1 's/n < visits.count(); n++/n + 1 < visits.count(); n++/'
mutant 'the last tile not read' 1 's/n < count; n++/n + 1 < count; n++/'
mutant 'no mask' 1 '/if (!is_all_seen) flash3_mask/d'
mutant 'a key too many is seen' 1 's/>= width) score/> width) score/'
mutant 'a tile that hides a key taken for one that does not' 1 's/key + BC - 1 <= own + s.keys_after/key + BC - 2 <= own + s.keys_after/'
mutant 'one row too many is stored' 1 's/row_count - first, (int)WARP_ROWS/row_count + 1 - first, (int)WARP_ROWS/'
# products
mutant 'eight rows further on are four' 1 's/EIGHT_ROWS_BYTES = 8 \* PANEL_ROW_BYTES/EIGHT_ROWS_BYTES = 4 * PANEL_ROW_BYTES/'
mutant 'the next panel of V is not where it says' 1 's/BC \* PANEL_ROW_BYTES, EIGHT_ROWS_BYTES);/BC * PANEL_ROW_BYTES \/ 2, EIGHT_ROWS_BYTES);/'
mutant 'every consumer computes the rows of the first' 1 's/fresh(group) \* WARPGROUP_ROWS \* PANEL_ROW_BYTES/fresh(0) * WARPGROUP_ROWS * PANEL_ROW_BYTES/'
mutant 'no fence before products' 1 '/product_fence();/d'
mutant 'scores not waited for' 1 '/product_wait<1>();/d'
mutant 'O not waited for' 1 '/product_wait<0>();/{N;/(o)/d}'
mutant 'P put while the product before reads it' 1 '/product_wait<1>();/{N;N;N;s/$/p.put(score);/}'
mutant 'P stored and not fenced' 1 '/stores_fence();/d'
mutant 'P stored with one chunk for another' 1 's/(step % 4 \* 2 + lane \/ 16)/(step % 4 * 2 + 1 - lane \/ 16)/'
mutant 'O not rescaled' 1 '/flash3_rescale<D>(o, keep);/d'
# warps among themselves
mutant 'a turn not passed on' 1 's/c.pass_turn(false);/;/'
mutant 'lse read before all warps have written it' 1 '/the warpgroup.s lse is there/d'
mutant 'more registers than a block has' 1 's/CONSUMERS == 2 ? 24 : 32/CONSUMERS == 2 ? 40 : 48/'
mutants_report
