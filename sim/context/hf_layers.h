/* Which layer is global and which sees a window: the part of config.json that families spell differently. */
#ifndef SIM_CONTEXT_HF_LAYERS_H
#define SIM_CONTEXT_HF_LAYERS_H
#include "sim/context/hf_keys.h"

/* Fills model->layers. The model's family, sizes and layer_count are set already. Errors go to keys. */
void hf_layers_read(HfKeys *keys, Model *model);
#endif
