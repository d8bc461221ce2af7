# gpu.mk: what make builds under gpu/.
#
#   build/libtwin.a         the runtime of the twin: CUDA kernels on the CPU, every access counted
#   build/hbmscope-kernel   `hbmscope kernel FILE.cu` starts it; carries libtwin.a and the stand-in headers inside
#
# The twin is never built with a sanitizer: it is linked into programs that g++ has instrumented.

TWIN_OBJ := $(BUILD)/obj-twin-$(notdir $(CC))
TWIN_CFLAGS = -std=c11 $(WARN) -O3 -g $(if $(filter dev,$(MODE)),-Werror) -fno-sanitize=all
TWIN_SRC := $(addprefix gpu/twin/,array.c block.c fiber.c merge.c race.c report.c request.c tally.c tsan.c twin.c) sim/base/err.c
# What tests link too: everything of ours but main functions.
GPU_LIB_SRC := $(addprefix gpu/twin/,translate.c profile.c profile_print.c advice.c)
GPU_TEST_SRC := $(sort $(wildcard tests/gpu/test_*.c))
TEST_BIN += $(GPU_TEST_SRC:tests/%.c=$(OBJ)/tests/%)

all: $(BUILD)/hbmscope-kernel

$(TWIN_OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(TWIN_CFLAGS) -c $< -o $@
$(BUILD)/libtwin.a: $(TWIN_SRC:%.c=$(TWIN_OBJ)/%.o)
	@rm -f $@; ar rcs $@ $^
$(OBJ)/gpu/twin/embedded.o: gpu/twin/embedded.c $(BUILD)/libtwin.a gpu/twin/twin.h $(wildcard gpu/twin/include/*.h)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -DTWIN_ARCHIVE='"$(BUILD)/libtwin.a"' -c $< -o $@
$(OBJ)/libgpu.a: $(GPU_LIB_SRC:%.c=$(OBJ)/%.o)
	@rm -f $@; ar rcs $@ $^
$(BUILD)/hbmscope-kernel: $(OBJ)/gpu/twin/kernel_main.o $(OBJ)/gpu/twin/embedded.o $(OBJ)/libgpu.a $(OBJ)/libhbmscope.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@.new $^ $(LDLIBS_ALL) && mv $@.new $@
$(OBJ)/tests/gpu/%: $(OBJ)/tests/gpu/%.o $(OBJ)/libgpu.a $(BUILD)/libtwin.a $(OBJ)/libhbmscope.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS_ALL)
-include $(shell find $(TWIN_OBJ) -name '*.d' 2>/dev/null)
