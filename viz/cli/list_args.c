/* The command line of a verb without a scenario: verb_parse_list and verb_find_gpu of verb.h. */
#include <string.h>

#include "sim/base/parse.h"
#include "viz/cli/args.h"

bool verb_parse_list(int argc, char **argv, const VerbOption *own, int own_count, OutputFormat *format, Err *err) {
    ArgReader reader = {.argc = argc, .argv = argv};
    for (Arg arg; arg_next(&reader, &arg);) {
        bool is_taken = false;
        if (!arg.name[0])
            return err_set(err, ERR_USAGE, "'%s' is one word too many; `hbmscope help %s` says what may follow",
                           parse_quote(arg.text).text, argv[0]);
        if (!arg_take_own(&reader, &arg, own, own_count, format, &is_taken, err)) return false;
        if (!is_taken) return arg_unknown(&arg, own, own_count, false, err);
    }
    return true;
}

bool verb_find_gpu(const char *name_or_path, Machine *machine, Err *err) {
    static const char about_option[] = "gpu is ";
    if (machine_find(name_or_path, machine, err)) return true;
    bool is_option = strncmp(err->text, about_option, strlen(about_option)) == 0; /* else it names a file */
    return is_option ? err_prefix(err, "--") : false;
}
