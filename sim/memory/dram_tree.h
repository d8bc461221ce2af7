/* Walking down a kernel's tree: lists of nodes. For the files of the closed form. */
#ifndef SIM_MEMORY_DRAM_TREE_H
#define SIM_MEMORY_DRAM_TREE_H
#include "sim/program.h"

/* Children of a node, or those of the list that a grid level is. */
typedef struct NodeList {
    uint32_t first, count; /* in Program.children */
} NodeList;

static inline const ProgramNode *tree_node(const Program *program, NodeList list, uint32_t i) {
    return &program->nodes[program->children[list.first + i].node];
}
static inline NodeList tree_children(const ProgramNode *node) {
    return (NodeList){node->child_first, node->child_count};
}
#endif
