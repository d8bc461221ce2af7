/* Hybrids: models in which some layers have attention and the others a state of fixed size. */
#ifndef SIM_CONTEXT_HF_HYBRID_H
#define SIM_CONTEXT_HF_HYBRID_H
#include "sim/context/hf_keys.h"

/* Whether the file says, in a way that is understood, which of its layers have attention. */
bool hf_hybrid_has_places(const HfKeys *keys);
/* Fills is_global and is_stateful of all layers out of a hybrid's own keys. False where the file has none of them. */
bool hf_hybrid_read(HfKeys *keys, Model *model);
/* Says what the states are not counted for; an error where no layer has attention. */
void hf_hybrid_note(HfKeys *keys, Model *model);
#endif
