/* hbmscope-kernel FILE.cu [--json] [-- ARGS]: compiles a CUDA program as C++, runs it on the CPU and says what its
 * kernels did to memory. `hbmscope kernel` starts it.
 *
 * The stand-in headers and the twin's runtime travel inside this program; a temporary folder holds them, the
 * translated sources and the built program while it runs. Needs g++ (its -fsanitize=thread instrumentation; clang's
 * takes 16-byte vectors apart) and, for line numbers, addr2line.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gpu/twin/embedded.h"
#include "gpu/twin/profile.h"
#include "gpu/twin/report.h"
#include "gpu/twin/source_set.h"

typedef struct Job {
    const char *file; /* FILE.cu as given */
    bool is_json;
    char **program_args; /* after --, NULL-terminated */
    char *folder;        /* temporary; NULL before it exists */
    Arena arena;
    SourceSet sources;
} Job;

/* The temporary folder. */

static int remove_entry(const char *path, const struct stat *info, int flag, struct FTW *ftw) {
    (void)info, (void)flag, (void)ftw;
    return remove(path);
}
static void remove_folder(const Job *job) {
    if (job->folder) nftw(job->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static bool make_folder(Job *job, Err *err) {
    const char *parent = getenv("TMPDIR");
    char *folder = arena_format(&job->arena, "%s/hbmscope.XXXXXX", parent && *parent ? parent : "/tmp");
    if (!mkdtemp(folder))
        return err_set(err, ERR_OTHER, "cannot make a temporary folder in %s: %s", folder, strerror(errno));
    job->folder = folder;
    for (int i = 0; i < embedded_file_count; i++) {
        const char *path = arena_format(&job->arena, "%s/%s", folder, embedded_files[i].name);
        if (!source_write(path, embedded_files[i].begin, (size_t)(embedded_files[i].end - embedded_files[i].begin),
                          err))
            return false;
    }
    const char *groups = arena_format(&job->arena, "%s/cooperative_groups", folder);
    if (mkdir(groups, 0700) != 0)
        return err_set(err, ERR_OTHER, "cannot make a folder %s: %s", groups, strerror(errno));
    for (const char *const *name = embedded_aliases; *name; name++) {
        static const char forward[] = "#include \"cuda_runtime.h\"\n";
        const char *path = arena_format(&job->arena, "%s/%s", folder, *name);
        if (!source_write(path, forward, sizeof forward - 1, err)) return false;
    }
    return true;
}

/* Children. */

extern char **environ;

/* Runs argv[0] and waits; output_path: where its stdout and stderr go, NULL for ours. Returns the wait status, -1 if it
 * could not be started. stdout_to_stderr keeps our stdout clean for JSON. */
static int run(const char *const *argv, const char *output_path, bool stdout_to_stderr) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    if (output_path) {
        posix_spawn_file_actions_addopen(&actions, 1, output_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        posix_spawn_file_actions_adddup2(&actions, 1, 2);
    } else if (stdout_to_stderr) {
        posix_spawn_file_actions_adddup2(&actions, 2, 1);
    }
    posix_spawnattr_t attributes;
    sigset_t ours;
    posix_spawnattr_init(&attributes);
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &ours);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    pid_t child;
    int failed = posix_spawnp(&child, argv[0], &actions, &attributes, (char *const *)argv, environ), status = -1;
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    if (failed) return -1;
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return -1;
    return status;
}

/* The first line of the compiler's output that says "error". */
static const char *first_error(const char *path, Arena *arena) {
    const char *text;
    if (!source_read(path, &text, arena, NULL)) return "";
    const char *error = strstr(text, "error:");
    if (!error) error = strstr(text, "undefined reference");
    if (!error) return "";
    const char *line = error;
    while (line > text && line[-1] != '\n') line--;
    return arena_format(arena, "%.*s", (int)strcspn(line, "\n"), line);
}

/* The compiled program with the runtime. log: where g++'s words go. */
static bool link_program(Job *job, const char *program, const char *log, Err *err) {
    Arena *a = &job->arena;
    const char *const link[] = {"g++",
                                "-no-pie",
                                "-Wl,--no-as-needed", /* keeps libstdc++, which demangles names of shared arrays */
                                "-o",
                                program,
                                arena_format(a, "%s/program.o", job->folder),
                                arena_format(a, "%s/libtwin.a", job->folder),
                                "-lm",
                                NULL};
    if (run(link, log, false) != 0)
        return err_set(err, ERR_OTHER, "%s does not link for the CPU: %s", job->file, first_error(log, a));
    return true;
}

static bool compile(Job *job, const char *source, const char *program, Err *err) {
    Arena *a = &job->arena;
    const char *slash = strrchr(job->file, '/');
    char *log = arena_format(a, "%s/g++.txt", job->folder);
    const char *const argv[] = {"g++",
                                "-x",
                                "c++",
                                "-std=c++17",
                                "-O2",
                                "-g",
                                "-w",
                                "-fpermissive",
                                "-fsanitize=thread",
                                "--param",
                                "tsan-instrument-func-entry-exit=0",
                                "-fno-tree-vectorize",
                                "-fno-store-merging",
                                "-fno-thread-jumps",
                                "-fno-reorder-blocks",
                                "-fno-reorder-blocks-and-partition",
                                "-fno-ipa-icf",
                                "-fno-crossjumping",
                                "-fno-tree-tail-merge",
                                "-fno-threadsafe-statics",
                                "-fno-pie",
                                "-I",
                                job->folder,
                                "-include",
                                "cuda_runtime.h",
                                "-iquote",
                                slash ? arena_format(a, "%.*s", (int)(slash - job->file), job->file) : ".",
                                "-c",
                                source,
                                "-o",
                                arena_format(a, "%s/program.o", job->folder),
                                NULL};
    int status = run(argv, log, false);
    if (status == -1 || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
        return err_set(
            err, ERR_OTHER,
            "g++ is not on this machine; hbmscope kernel compiles the program with it (Debian: apt-get install g++)");
    if (status != 0)
        return err_set(err, ERR_OTHER, "%s does not compile for the CPU: %s", job->file, first_error(log, a));
    return link_program(job, program, log, err);
}

static bool run_program(Job *job, const char *program, const char *report, int *exit_status, Err *err) {
    int count = 0;
    while (job->program_args[count]) count++;
    const char **argv = ARENA_ARRAY(&job->arena, const char *, count + 2);
    argv[0] = program;
    for (int i = 0; i < count; i++) argv[i + 1] = job->program_args[i];
    setenv(REPORT_VARIABLE, report, 1);
    fflush(stdout);
    int status = run(argv, NULL, job->is_json);
    if (status == -1) return err_set(err, ERR_OTHER, "the compiled program cannot be started: %s", strerror(errno));
    if (WIFSIGNALED(status))
        return err_set(err, ERR_OTHER, "%s was ended by signal %d (%s)", job->file, WTERMSIG(status),
                       strsignal(WTERMSIG(status)));
    *exit_status = WEXITSTATUS(status);
    return true;
}

static bool work(Job *job, Err *err) {
    Arena *a = &job->arena;
    const char *text, *translated;
    if (!source_read(job->file, &text, a, err) || !make_folder(job, err)) return false;
    job->sources = (SourceSet){.folder = job->folder, .arena = a};
    if (!source_translate(&job->sources, job->file, &translated, err)) return false;
    if (job->sources.problem_count) return err_set(err, ERR_OTHER, "the CPU cannot run %s", job->sources.problems.text);
    char *program = arena_format(a, "%s/program", job->folder), *report = arena_format(a, "%s/report.txt", job->folder);
    int exit_status = 0;
    if (!compile(job, translated, program, err) || !run_program(job, program, report, &exit_status, err)) return false;
    Profile profile;
    if (access(report, R_OK) != 0)
        return err_set(err, ERR_OTHER, "%s ended with status %d without launching a kernel", job->file, exit_status);
    if (!profile_read(report, &profile, a, err)) return false;
    if (profile.kernel_count == 0)
        return err_set(err, ERR_OTHER, "%s ended with status %d without launching a kernel", job->file, exit_status);
    profile_resolve_lines(&profile, program, job->folder, a);
    if (job->is_json)
        profile_print_json(&profile, job->file, exit_status, stdout, a);
    else
        profile_print_text(&profile, stdout, a);
    if (fflush(stdout) != 0) return err_cannot_write(err, "the output", errno);
    if (profile.finding_count)
        return err_set(err, ERR_OTHER, "%s: %d error%s in its kernels; the first in %s: %s", job->file,
                       profile.finding_count, profile.finding_count == 1 ? "" : "s", profile.findings[0].kernel,
                       profile.findings[0].text);
    return exit_status == 0 || err_set(err, ERR_OTHER, "%s ended with status %d", job->file, exit_status);
}

static bool parse(int argc, char **argv, Job *job, Err *err) {
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            job->is_json = true;
        else if (argv[i][0] == '-' && argv[i][1])
            return err_set(
                err, ERR_USAGE,
                "kernel has no option %s; it takes FILE.cu, --json and, after --, the program's own arguments",
                argv[i]);
        else if (job->file)
            return err_set(err, ERR_USAGE,
                           "%s is a second file; kernel takes one FILE.cu (the program's own arguments come after --)",
                           argv[i]);
        else
            job->file = argv[i];
    }
    job->program_args = argv + (i < argc ? i + 1 : argc);
    return job->file ||
           err_set(err, ERR_USAGE, "kernel needs a CUDA source: hbmscope kernel FILE.cu [--json] [-- ARGS]");
}

int main(int argc, char **argv) {
    signal(SIGINT, SIG_IGN);  /* ends the child; we then tidy up */
    signal(SIGPIPE, SIG_IGN); /* a reader that leaves early is an error like any other */
    Job job = {0};
    Err err = {0};
    bool is_ok = parse(argc, argv, &job, &err) && work(&job, &err);
    remove_folder(&job);
    arena_free(&job.arena);
    if (is_ok) return 0;
    fprintf(stderr, "hbmscope: %s\n", err.text);
    return (int)err.code;
}
