# gpu.mk: what make builds under gpu/.
#
#   build/libtwin.a           the runtime of the twin: CUDA kernels on the CPU, every access counted
#   build/hbmscope-kernel     `hbmscope kernel FILE.cu`: anybody's program on the twin; carries libtwin.a and the stand-in headers
#   build/hbmscope-twin       `hbmscope compare`: our kernels on the twin (needs g++)
#   build/hbmscope-capture    `hbmscope capture`, `counters --chip`: CUPTI (needs the CUDA toolkit's headers)
#   build/libhbmscope-gpu.so  our kernels for GPUs, opened by hbmscope-capture (needs nvcc): make gpu, make check
#
# These programs link sim/ (without its JSON reader) and nothing else of ours, so that a GPU machine needs neither cairo nor SDL.
# The twin is never built with a sanitizer: it is linked into programs that g++ has instrumented.

GPU_SIM_SRC := $(filter-out sim/context/%,$(SIM_SRC))
TWIN_OBJ := $(BUILD)/obj-twin-$(notdir $(CC))
TWIN_CFLAGS = -std=c11 $(WARN) -O3 -g $(if $(filter dev,$(MODE)),-Werror) -fno-sanitize=all
TWIN_SRC := $(addprefix gpu/twin/,array.c block.c fiber.c hopper.c hopper_matrix.c hopper_product.c merge.c mma.c race.c report.c request.c tally.c tsan.c twin.c) sim/base/err.c
# What tests link too: everything of ours but main functions.
GPU_LIB_SRC := $(addprefix gpu/twin/,translate.c source_set.c profile.c profile_print.c advice.c)
# Our kernels on the twin need g++, and no sanitizer can follow fibers in instrumented code: not in MODE=asan or ubsan.
HAS_TWIN := $(if $(filter dev release,$(MODE)),$(shell command -v g++ 2>/dev/null))
ifeq ($(HAS_TWIN),)
$(if $(filter check test bench,$(MAKECMDGOALS)),$(info gpu: no g++, or MODE=$(MODE): our kernels are not built for the CPU, their tests are skipped))
endif
GPU_TEST_SRC := $(filter-out $(if $(HAS_TWIN),,tests/gpu/test_attention.c tests/gpu/test_hopper.c),$(sort $(wildcard tests/gpu/test_*.c)))
TEST_BIN += $(GPU_TEST_SRC:tests/%.c=$(OBJ)/tests/%)

all: $(BUILD)/hbmscope-kernel

$(OBJ)/libsim.a: $(GPU_SIM_SRC:%.c=$(OBJ)/%.o)
	@rm -f $@; ar rcs $@ $^

$(TWIN_OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(TWIN_CFLAGS) -c $< -o $@
$(BUILD)/libtwin.a: $(TWIN_SRC:%.c=$(TWIN_OBJ)/%.o)
	@rm -f $@; ar rcs $@ $^
$(OBJ)/gpu/twin/embedded.o: gpu/twin/embedded.c $(BUILD)/libtwin.a gpu/twin/twin.h gpu/twin/hopper.h $(wildcard gpu/twin/include/*.h)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -DTWIN_ARCHIVE='"$(BUILD)/libtwin.a"' -c $< -o $@
$(OBJ)/libgpu.a: $(GPU_LIB_SRC:%.c=$(OBJ)/%.o)
	@rm -f $@; ar rcs $@ $^
$(BUILD)/hbmscope-kernel: $(OBJ)/gpu/twin/kernel_main.o $(OBJ)/gpu/twin/embedded.o $(OBJ)/libgpu.a $(OBJ)/libsim.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@.new $(filter %.o %.a,$^) -lm && mv $@.new $@
# Our kernels on the twin: translated, compiled by g++ with its instrumentation as hbmscope-kernel does (kernel_main.c).
TWIN_CXXFLAGS := -std=c++17 -O2 -g -w -Wno-psabi -fpermissive -fsanitize=thread --param tsan-instrument-func-entry-exit=0 -fno-tree-vectorize -fno-store-merging \
  -fno-thread-jumps -fno-reorder-blocks -fno-reorder-blocks-and-partition -fno-ipa-icf -fno-crossjumping -fno-tree-tail-merge -fno-threadsafe-statics -fno-pie
TWIN_CU := driver verify standard standard_fp16 flash flash_backward flash_backward_fp16 flash1_fp16 flash2_fp16 flash3
# Headers that hold inline PTX, and what stands in for them.
TWIN_STAND_INS := gpu/kernels/mma.cuh gpu/twin/mma_twin.cuh gpu/kernels/hopper.cuh gpu/twin/hopper_twin.cuh
TWIN_KERNEL_OBJ := $(TWIN_CU:%=$(TWIN_OBJ)/kernels/%.o) $(TWIN_OBJ)/gpu/kernels/reference.o $(TWIN_OBJ)/gpu/kernels/gpu_only.o
$(TWIN_OBJ)/translate: $(OBJ)/gpu/twin/translate_main.o $(OBJ)/libgpu.a $(OBJ)/libsim.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ -lm
TWIN_HEADERS := $(wildcard gpu/kernels/*.cuh gpu/kernels/*.h gpu/twin/include/*.h gpu/twin/*.cuh) gpu/twin/twin.h gpu/twin/hopper.h
define TWIN_COMPILE
@mkdir -p $(@:.o=)
$(TWIN_OBJ)/translate $< $(@:.o=) $(TWIN_STAND_INS)
g++ $(TWIN_CXXFLAGS) -I. -Igpu/twin -Igpu/twin/include -include cuda_runtime.h -c $(@:.o=)/source0.cpp -o $@
endef
$(TWIN_OBJ)/kernels/%.o: gpu/kernels/%.cu $(TWIN_OBJ)/translate $(TWIN_HEADERS)
	$(TWIN_COMPILE)
$(TWIN_OBJ)/tests/%.o: tests/gpu/%.cu tests/gpu/%.h $(TWIN_OBJ)/translate $(TWIN_HEADERS)
	$(TWIN_COMPILE)

$(OBJ)/tests/gpu/test_hopper: $(OBJ)/tests/gpu/test_hopper.o $(TWIN_OBJ)/tests/hopper_cases.o $(BUILD)/libtwin.a $(OBJ)/libsim.a
	g++ -no-pie -o $@ $^ -lcmocka -lm
$(OBJ)/tests/gpu/test_attention: $(OBJ)/tests/gpu/test_attention.o $(TWIN_KERNEL_OBJ) $(BUILD)/libtwin.a $(OBJ)/libsim.a
	g++ -no-pie -o $@ $^ -lcmocka -lm
$(OBJ)/tests/gpu/%: $(OBJ)/tests/gpu/%.o $(OBJ)/libgpu.a $(BUILD)/libtwin.a $(OBJ)/libhbmscope.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS_ALL)
-include $(shell find $(TWIN_OBJ) -name '*.d' 2>/dev/null)

# Those kernels behind a main, for `hbmscope compare`.
ifneq ($(HAS_TWIN),)
all: $(BUILD)/hbmscope-twin
endif
$(BUILD)/hbmscope-twin: $(OBJ)/gpu/twin/twin_main.o $(OBJ)/gpu/kernels/cases.o $(TWIN_KERNEL_OBJ) $(BUILD)/libtwin.a $(OBJ)/libsim.a
	g++ -no-pie -o $@.new $(filter %.o %.a,$^) -lm && mv $@.new $@

# CUDA, where nvcc is found. hbmscope-capture opens the kernels, the driver and CUPTI at run time; the tests compile the kernels and
# drive the capture with mocks. `make gpu-tools` is all that a visit to a GPU machine needs (gpu/visit.sh).
NVCC ?= $(firstword $(wildcard /usr/local/cuda/bin/nvcc) $(shell command -v nvcc 2>/dev/null))
CUDA := $(patsubst %/bin/nvcc,%,$(NVCC))
CUPTI_INCLUDE := $(dir $(firstword $(wildcard $(CUDA)/include/cupti_range_profiler.h $(CUDA)/extras/CUPTI/include/cupti_range_profiler.h)))
NVCC_MAJOR := $(if $(NVCC),$(shell $(NVCC) --version 2>/dev/null | sed -n 's/.*release \([0-9]*\)\..*/\1/p'))
CUDA_LACKS := $(if $(NVCC),$(if $(filter-out 10 11 12,$(NVCC_MAJOR)),$(if $(CUPTI_INCLUDE),,CUPTI's headers are not in $(CUDA)),nvcc is of CUDA $(NVCC_MAJOR), 13 is needed),nvcc was not found)
ifneq ($(CUDA_LACKS),)
$(if $(filter check test bench,$(MAKECMDGOALS)),$(info gpu: $(CUDA_LACKS): the CUDA kernels and hbmscope-capture are not built, their tests are skipped))
gpu gpu-tools:
	@echo "gpu: $(CUDA_LACKS) (NVCC=/path/to/nvcc names one)" >&2; exit 1
else
CUPTI_CFLAGS = -std=c11 $(WARN) $(OPT_$(MODE)) -Igpu/capture/compat -isystem $(CUPTI_INCLUDE) -isystem $(CUDA)/include
CAPTURE_SRC := gpu/kernels/cases.c $(addprefix gpu/capture/,batch.c capture_main.c case_list.c cupti_error.c job.c library.c measure.c metrics.c out_file.c plan.c request.c resolve.c)
CAPTURE_OBJ := $(CAPTURE_SRC:%.c=$(OBJ)/%.o)
MOCKS := $(addprefix $(OBJ)/tests/gpu/mock/,libcuda.so.1 libcupti_mock.so libkernels_mock.so)
NVCC_ARCH ?= -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=[sm_90,compute_90] -gencode arch=compute_120,code=sm_120
NVCC_FLAGS := -std=c++17 -O3 -lineinfo -I. -Xcompiler -fPIC,-fno-exceptions,-fno-rtti,-fno-threadsafe-statics
GPU_CU := driver verify standard standard_fp16 flash flash_backward flash_backward_fp16 cublas flash1_fp16 flash2_fp16 flash3 tensor_map probe
GPU_OBJ := $(GPU_CU:%=$(BUILD)/obj-nvcc/%.o)

all: $(BUILD)/hbmscope-capture
gpu: all $(BUILD)/libhbmscope-gpu.so
gpu-tools: $(BUILD)/hbmscope-capture $(BUILD)/libhbmscope-gpu.so
GPU_TEST_TARGETS += $(MOCKS) $(BUILD)/libhbmscope-gpu.so

$(OBJ)/gpu/capture/%.o: gpu/capture/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CUPTI_CFLAGS) -c $< -o $@
$(BUILD)/hbmscope-capture: $(CAPTURE_OBJ) $(OBJ)/libsim.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@.new $(filter %.o %.a,$^) -lm -ldl && mv $@.new $@
$(BUILD)/obj-nvcc/%.o: gpu/kernels/%.cu $(wildcard gpu/kernels/*.cuh gpu/kernels/*.h)
	@mkdir -p $(@D)
	$(NVCC) $(NVCC_ARCH) $(NVCC_FLAGS) -c $< -o $@
# wgmma and setmaxnreg are of one architecture alone.
$(BUILD)/obj-nvcc/flash3.o: override NVCC_ARCH := -gencode arch=compute_90a,code=sm_90a
$(BUILD)/obj-nvcc/reference.o: gpu/kernels/reference.c
	@mkdir -p $(@D)
	$(CC) -O2 -fPIC $(CPPFLAGS) -c $< -o $@
$(BUILD)/libhbmscope-gpu.so: $(GPU_OBJ) $(BUILD)/obj-nvcc/reference.o
	$(CC) -shared -o $@.new $(filter %.o %.a,$^) -L$(CUDA)/lib64 -lcudart_static -ldl -lrt -lpthread -lm -Wl,--no-undefined && mv $@.new $@
$(OBJ)/tests/gpu/mock/libcuda.so.1: tests/gpu/mock/mock_cuda.c
	@mkdir -p $(@D)
	$(CC) -O1 -shared -fPIC -isystem $(CUDA)/include -o $@ $<
$(OBJ)/tests/gpu/mock/libcupti_mock.so: tests/gpu/mock/mock_cupti.c gpu/capture/library.h
	@mkdir -p $(@D)
	$(CC) -O1 -shared -fPIC -I. -Igpu/capture/compat -isystem $(CUPTI_INCLUDE) -isystem $(CUDA)/include -o $@ $< -ldl
$(OBJ)/tests/gpu/mock/libkernels_mock.so: tests/gpu/mock/mock_kernels.c gpu/kernels/attention.h gpu/kernels/probe.h
	@mkdir -p $(@D)
	$(CC) -O1 -shared -fPIC -I. -o $@ $<
endif
.PHONY: gpu gpu-tools
