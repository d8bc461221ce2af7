/* The table of verbs: see verb.h. */
#include "viz/cli/verbs.h"

static const VerbOptionHelp count_options[] = {
    {"--explain", "every closed form, and the arithmetic behind each time"},
    {"--json | --csv", "for scripts: format hbmscope.count/1"},
    {NULL, NULL},
};
static const VerbOptionHelp steps_options[] = {
    {"--from A", "first step to print, from 0"},
    {"--to B", "last step to print [20 steps]"},
    {"--at-bytes X", "the step during which issued bytes pass X (sizes as 1G)"},
    {"--at-time T", "the step that runs at T: 1.3ms, 45us, 2s"},
    {"--lens", "each step's warp requests: lanes, sectors, banks (JSON: hbmscope.lens/1)"},
    {"--program FILE", "replay an attention program of your own instead (learn --language)"},
    {"--json", "a line of JSON a step: format hbmscope.steps/1"},
    {NULL, NULL},
};
static const VerbOptionHelp sweep_options[] = {
    {"--seq A..B | A,B,C", "lengths: doublings from A to B, or a list [1K..128K]"},
    {"--dram", "count DRAM traffic and time too (slower)"},
    {"--json | --csv", "for scripts: format hbmscope.sweep/1"},
    {NULL, NULL},
};
static const VerbOptionHelp l2curve_options[] = {
    {"--gpu NAME|FILE", "the GPU [a100-40]"},
    {"--sizes LIST", "buffer sizes, multiples of 32 chunks: 20224K,22016K"},
    {"--l2 SIZE", "the L2's capacity [the GPU's]"},
    {"--chunk SIZE", "what a block reads at a time [8K; 16K from Hopper on]"},
    {"--json | --csv", "for scripts: format hbmscope.l2curve/1; the fraction is the last field"},
    {NULL, NULL},
};

static const VerbOptionHelp draw_options[] = {
    {"-o FILE", "what to write, by its ending: .png, .svg, .pdf, .txt (the scene as text)"},
    {"--from FILE.png", "draw again what an hbmscope PNG shows; other options win over it"},
    {"--step N", "the step that the views machine and replay show, from 0 [a telling one]"},
    {"--capture FILE | --ncu FILE.csv", "hardware for the view compare"},
    {"--clock time|bytes|steps", "what the panels of the view replay have in common [time]"},
    {"--program FILE", "count an attention program of your own beside the algorithms"},
    {"--lead ALGORITHM", "whose steps --step counts in the view replay [the longest run]"},
    {"--zoom N[@ROW,COL] | warp | lane",
     "how near the view replay looks: doubled N times, around the tile or a place from 0,0 to 1,1; or the lens [0]"},
    {"--request N --lane N", "which request and lane the lens shows [0]"},
    {"--values on|off", "the numbers themselves in the view replay, at --seq up to 16 [off]"},
    {"--summed COUNTER/KERNEL/TENSOR", "marks the steps that a row of the formula sums, in the view replay"},
    {"--kernel on|off", "whether the view compare runs the kernels on the CPU [on]"},
    {"--theme light|dark", "[light]"},
    {"--width W --height H", "pixels [1280 x 720]; type grows with them"},
    {"--scale X", "type and lines X times as large [1]; 1.5 for a lecture hall"},
    {"--model NAME | --config FILE", "the model of context, layers, plan and decode"},
    {"--q Q.npy --k K.npy --v V.npy [--head N]", "the numbers of sparsity and tradeoff [made from --seed]"},
    {NULL, NULL},
};
static const VerbOptionHelp models_options[] = {
    {"--config FILE", "the same figures of a Hugging Face config.json"},
    {"--model NAME", "one built-in model"},
    {"--cache fp32|fp16|bf16|fp8", "the type of the KV cache [the model's own]"},
    {"--json | --csv", "for scripts: format hbmscope.models/1"},
    {NULL, NULL},
};
static const VerbOptionHelp counters_options[] = {
    {"--chip NAME", "does this chip have the hardware counters, and in how many passes: GH100, GA100, AD102, GB100 "
                    "(needs CUPTI, no GPU)"},
    {"--json | --csv", "for scripts: format hbmscope.counters/1, hbmscope.chip_counters/1"},
    {NULL, NULL},
};
static const VerbOptionHelp capture_options[] = {
    {"-o FILE", "where the counters go: format hbmscope.capture/1"},
    {"--l2-state LIST", "cold, warm, drained, or some with commas [cold]"},
    {"--repeat N", "measurements of each counter [5]"},
    {"--version V", "of the kernels, see gpu/kernels/README.md [the one that is simulated]"},
    {"--device I", "CUDA device [0]"},
    {"--kernels FILE, --cupti FILE", "libraries, where they are not in the usual places"},
    {NULL, NULL},
};
static const VerbOptionHelp show_options[] = {
    {"--plot VIEW", "a plot beside the replay: traffic, memory, ... [none]"},
    {"--step N", "where the replay begins [0]"},
    {"--lecture", "full screen, large type, presenter's notes"},
    {"--capture FILE", "hardware counters for the plot compare"},
    {"--program FILE", "an attention program of your own in a panel beside the algorithms"},
    {"--theme light|dark", "[light]"},
    {"--width W --height H", "of the window in pixels [1280 x 800]"},
    {"--scale X", "type and lines X times as large [1]; Ctrl + and - change it"},
    {NULL, NULL},
};
static const VerbOptionHelp compare_options[] = {
    {"--capture FILE", "counters of a GPU, as `hbmscope capture` writes them"},
    {"--ncu FILE.csv", "the same from `ncu --csv` on your own run (either page)"},
    {"--expect P", "exit 1 where a counter is off by more than P (5%, 0.05): a check for CI"},
    {"--no-kernel", "do not run the CUDA kernels on the CPU"},
    {"--json | --csv", "for scripts: format hbmscope.compare/1"},
    {"--points PATH", "every counter of all runs of a capture, or of a folder's, against model and goals; --csv"},
    {"--summary", "of --points or --against, a row a counter only"},
    {"--policies", "of --points, which --l2-store fits better, point by point"},
    {"--against PATH", "of --points, the same launches as ncu counted them"},
    {"--probes PATH", "kernels that move a known number of bytes, and the line through them"},
    {"--speed PATH", "our kernels and PyTorch's backends side by side, as gpu/speed.py timed them"},
    {"--gpu NAME", "with --points and --probes: the model's GPU [the capture's]"},
    {"--l2-store home|near", "likewise: the model's policy [home]"},
    {NULL, NULL},
};
static const VerbOptionHelp record_options[] = {
    {"-o FILE", "what to write, by its ending: .mp4, .gif (with ffmpeg), .pdf (a page a frame)"},
    {"--frames N", "how many, at equal distances on the clock [120]"},
    {"--program FILE", "an attention program of your own in a panel beside the algorithms"},
    {"--fps N", "frames a second of a film [12]"},
    {"--clock time|bytes|steps", "what the panels have in common [time]"},
    {"--theme light|dark", "[light]"},
    {"--width W --height H", "pixels [1280 x 720]"},
    {"--scale X", "type and lines X times as large [1]"},
    {NULL, NULL},
};
static const VerbOptionHelp kernel_options[] = {
    {"-- ARGS", "arguments of the program itself"},
    {"--json", "for scripts: format hbmscope.kernel/1"},
    {NULL, NULL},
};
static const VerbOptionHelp quiz_options[] = {
    {"--count N", "how many questions [10]"},
    {"--seed N", "the same questions again [the clock]"},
    {"--topic NAME", "of one topic only; --topics lists them"},
    {"--timed SECONDS", "a question's time; later answers count half"},
    {"--report FILE", "the report as .txt, .png, .svg or .pdf"},
    {"--print", "questions with their solutions, nothing asked"},
    {"--long [--model NAME]", "2K to 128K: the long question, its rubric, and the planner's answer"},
    {NULL, NULL},
};
static const VerbOptionHelp learn_options[] = {
    {"--list", "the lessons, in order, and how far you are"},
    {"--terminal", "in the terminal even where a window could be opened"},
    {"--print", "the whole lesson with its answers, for reading"},
    {"--capture FILE", "a GPU's counters for the lesson's hardware lines [gpu/captures]"},
    {"--notes", "the lecturer's notes and bookmarks"},
    {"--print-scenario", "the lesson's case, for other verbs to read"},
    {"--exercise NAME --answer FILE", "mark an answer (- reads standard input)"},
    {"--program FILE [scenario]", "run, check and count an attention program of your own, beside --algorithm"},
    {"--language", "how such a program is written, on a page"},
    {"--handout LESSON -o FILE.pdf", "pages to print: text, figures, exercises; --solutions with answers"},
    {"--reset", "forget all progress"},
    {NULL, NULL},
};

static const VerbOptionHelp layers_options[] = {
    {"--model NAME | --config FILE", "a built-in model, or a Hugging Face config.json"},
    {"--seq N --batch N", "tokens [the longest the model was made for, at most 1M] and sequences [1]"},
    {"--cache fp32|fp16|bf16|fp8", "the type of the KV cache [the model's own]"},
    {"--algorithm NAME", "what global layers run: flash2, flash3, standard [flash2]; local ones run window"},
    {"--gpu NAME|FILE", "the GPU [a100-40]"},
    {"--json | --csv", "for scripts: format hbmscope.layers/1"},
    {NULL, NULL},
};
static const VerbOptionHelp tradeoff_options[] = {
    {"--q Q.npy --k K.npy --v V.npy [--head N]", "one head's numbers: [n, d], [heads, n, d] or [batch, heads, n, d]"},
    {"--seed N --seq N --head-dim N", "made numbers instead [seed 1, 512 x 128]"},
    {"--full", "every query sees every key [causal]"},
    {"--json | --csv", "for scripts: format hbmscope.tradeoff/1"},
    {NULL, NULL},
};
static const VerbOptionHelp plan_options[] = {
    {"--model NAME", "a built-in model: llama-3-8b, mistral-7b, modernbert-base, ..."},
    {"--config FILE", "a Hugging Face config.json instead"},
    {"--from N --to N", "context lengths [2K and 128K]"},
    {"--gpu NAME|FILE", "the GPU [h200]"},
    {"--batch N", "sequences at once [1]"},
    {"--cache fp32|fp16|bf16|fp8", "the type of the KV cache [the model's own]"},
    {"--first-token S", "seconds that the first token may take [10]"},
    {"-o FILE", "the answer as a picture of one page: .png, .pdf or .svg"},
    {"--json | --csv", "for scripts: format hbmscope.plan/1"},
    {NULL, NULL},
};

const Verb verb_table[] = {
    {"count", "count [SCENARIO] [options]",
     "bytes per kernel and tensor, memory, arithmetic, time; the closed form beside each", verb_count, count_options},
    {"steps", "steps [SCENARIO] [--from A --to B | --at-bytes X | --at-time T] [--lens] [options]",
     "the replay, a line a step, from anywhere in it", verb_steps, steps_options},
    {"sweep", "sweep [SCENARIO] [--seq A..B] [options]", "totals over a range of sequence lengths", verb_sweep,
     sweep_options},
    {"show", "show [SCENARIO] [options]", "the window: replay, race and explore, step by step", verb_show,
     show_options},
    {"record", "record [SCENARIO] -o FILE.mp4|gif|pdf [options]", "the replay as a film or as pages for slides",
     verb_record, record_options},
    {"draw", "draw VIEW [SCENARIO] -o FILE.png|svg|pdf [options]", "a view as a picture, without a display", verb_draw,
     draw_options},
    {"views", "views [--json|--csv]", "the views that draw knows", verb_views, NULL},
    {"plan", "plan --model NAME | --config config.json [options]",
     "from a short context to a long one: what breaks first, each remedy and its price", verb_plan, plan_options},
    {"layers", "layers --model NAME | --config config.json [options]",
     "which layer of a model sees what, what each costs, and the sum over all", verb_layers, layers_options},
    {"tradeoff", "tradeoff [--q Q.npy --k K.npy --v V.npy] [options]",
     "keys left out: bytes read against attention kept and output error", verb_tradeoff, tradeoff_options},
    {"models", "models [--config config.json] [options]",
     "the models that --model knows, each with its figures and their source", verb_models, models_options},
    {"gpus", "gpus [--json|--csv]", "the GPUs that --gpu knows, each with its figures and their source", verb_gpus,
     NULL},
    {"algorithms", "algorithms [--json]", "the algorithms, each with its source and what it leaves out",
     verb_algorithms, NULL},
    {"counters", "counters [--chip NAME] [--json|--csv]", "what is counted: unit, hardware counter, meaning",
     verb_counters, counters_options},
    {"l2curve", "l2curve --gpu NAME [--l2 SIZE] --sizes LIST [--json|--csv]",
     "which part of a buffer's reads reaches HBM when all SMs sweep it over and over", verb_l2curve, l2curve_options},
    {"kernel", "kernel FILE.cu [--json] [-- ARGS]", "run anybody's CUDA program on the CPU and count its accesses",
     verb_kernel, kernel_options},
    {"compare", "compare [SCENARIO] [--capture FILE] [--ncu FILE.csv] [--expect P] [options]",
     "closed form, replay, the CUDA kernel on the CPU and hardware, a row a counter", verb_compare, compare_options},
    {"capture", "capture [SCENARIO] -o FILE [options]", "run the CUDA kernels on a GPU and keep what its counters say",
     verb_capture, capture_options},
    {"learn", "learn [LESSON] [options]", "lessons: predict, reveal, see why; exercises that are run", verb_learn,
     learn_options},
    {"quiz", "quiz [options]", "an interview drill with fresh numbers each time, marked and explained", verb_quiz,
     quiz_options},
};
const int verb_table_count = (int)(sizeof verb_table / sizeof verb_table[0]);
