/* The table of commands: see command.h. */
#include "viz/state/command.h"

#include <stdbool.h>

const CommandInfo command_info[COMMAND_COUNT] = {
#define X(ID, key, modifiers, key_text, label, help, group) {key, modifiers, key_text, label, help, group},
    COMMAND_LIST(X)
#undef X
};

/* Characters that some keyboards type with Shift. */
static bool is_shift_free(uint32_t key) {
    return key == '+' || key == '-' || key == '?' || key == '.' || key == ',' || key == '0';
}

Command command_find(uint32_t key, unsigned modifiers) {
    if (key == '=') key = '+'; /* the same key without Shift on most keyboards */
    if (is_shift_free(key)) modifiers &= ~(unsigned)MODIFIER_SHIFT;
    for (int i = 0; i < COMMAND_COUNT; i++)
        if (command_info[i].key == key && command_info[i].modifiers == modifiers) return (Command)i;
    return COMMAND_NONE;
}

const char *command_group_title(CommandGroup group) {
    static const char *const titles[GROUP_COUNT] = {"Move", "Play", "Look closer", "Show", "Files and help"};
    return titles[group];
}
