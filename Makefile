# hbmscope: where do attention's bytes go?
#
#   make            build/hbmscope
#   make demo       install what is missing, build, print the main case, draw its pictures, open the window
#   make test       install what is missing, build, run every test; last line: N passed, N failed[, N skipped]
#   make bench      one line a figure: bench NAME VALUE UNIT
#   make deps       install the Debian packages that building needs (says which; sudo only when not root)
#   make help       this text
#   make format     clang-format over our sources;  make tidy: clang-tidy
#   make clean      remove build/
#
# MODE=dev (default: -O2, warnings are errors) | release (-O3) | asan | ubsan.  CC=gcc or clang.
# Sources are found by folder: a new .c file under sim/, viz/, lessons/ or tests/ needs no line here.
# gpu/gpu.mk adds the CUDA part where nvcc is found and says so in one line where it is not.

MODE ?= dev
BUILD := build
OBJ := $(BUILD)/obj-$(MODE)-$(notdir $(CC))
.DEFAULT_GOAL := all

PACKAGES := libcairo2-dev libpng-dev libfreetype-dev libsdl2-dev libjansson-dev libmd4c-dev fonts-lato fonts-dejavu-core
TEST_PACKAGES := libcmocka-dev xvfb xdotool imagemagick poppler-utils g++ python3 ffmpeg

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wvla
OPT_dev := -O2 -g -Werror
OPT_release := -O3 -g
OPT_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
OPT_ubsan := -O1 -g -fsanitize=undefined -fno-sanitize-recover=all
PKGS := cairo libpng freetype2 sdl2 jansson
PKG_CFLAGS = $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
PKG_LIBS = $(shell pkg-config --libs cairo libpng freetype2 jansson zlib 2>/dev/null)
CPPFLAGS += -I. -D_GNU_SOURCE -MMD -MP
CFLAGS_ALL = -std=c11 $(WARN) $(OPT_$(MODE)) $(PKG_CFLAGS) $(CFLAGS)
LDLIBS_ALL = $(PKG_LIBS) -lmd4c -lm -ldl $(LDLIBS)

SIM_SRC := $(sort $(shell find sim -name '*.c'))
APP_SRC := $(sort $(shell find viz lessons -name '*.c'))
LIB_OBJ := $(patsubst %.c,$(OBJ)/%.o,$(filter-out viz/main.c,$(SIM_SRC) $(APP_SRC)))
TEST_SRC := $(sort $(shell find tests -name 'test_*.c' ! -path 'tests/gpu/*'))
TEST_BIN := $(patsubst tests/%.c,$(OBJ)/tests/%,$(TEST_SRC))
BENCH_SRC := $(sort $(shell find tests -name 'bench_*.c' ! -path 'tests/gpu/*'))
BENCH_BIN := $(patsubst tests/%.c,$(OBJ)/tests/%,$(BENCH_SRC))

all: $(BUILD)/hbmscope
-include gpu/gpu.mk

# Programs are linked again when the mode or compiler changes: this file holds the last ones.
$(BUILD)/mode: always
	@mkdir -p $(@D); echo '$(MODE) $(CC)' | cmp -s - $@ || echo '$(MODE) $(CC)' >$@
always:
$(BUILD)/hbmscope $(BUILD)/hbmscope-kernel $(BUILD)/hbmscope-twin $(BUILD)/hbmscope-capture: $(BUILD)/mode

$(BUILD)/hbmscope: $(OBJ)/viz/main.o $(OBJ)/libhbmscope.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@.new $(filter %.o %.a,$^) $(LDLIBS_ALL) && mv $@.new $@
$(OBJ)/libhbmscope.a: $(LIB_OBJ) $(OBJ)/lesson_texts.o
	@rm -f $@; ar rcs $@ $^
$(OBJ)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c $< -o $@
# The lessons' texts are part of the program.
LESSON_TEXTS := $(sort $(wildcard lessons/[0-9][0-9]-*/* lessons/quiz/*))
$(OBJ)/lesson_texts.c: lessons/embed.sh $(LESSON_TEXTS)
	@mkdir -p $(@D)
	sh lessons/embed.sh > $@.new && mv $@.new $@
$(OBJ)/lesson_texts.o: $(OBJ)/lesson_texts.c
	$(CC) $(CPPFLAGS) $(CFLAGS_ALL) -c $< -o $@
$(OBJ)/tests/%: $(OBJ)/tests/%.o $(OBJ)/libhbmscope.a
	$(CC) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ -lcmocka $(LDLIBS_ALL)

tests-build: $(TEST_BIN) $(BENCH_BIN)
check: all tests-build $(GPU_TEST_TARGETS)
	@HBMSCOPE=$(BUILD)/hbmscope OBJ=$(OBJ) sh tests/run.sh $(TEST_BIN) -- $(sort $(shell find tests -name 'test_*.sh'))
# test and demo build on every processor, unless make was told on how many.
JOBS = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(shell nproc))
test:
	@$(MAKE) --no-print-directory deps TEST=1
	@$(MAKE) --no-print-directory $(JOBS) check
bench: all $(BENCH_BIN)
	@for b in $(BENCH_BIN); do $$b || exit 1; done
	@for b in $(sort $(shell find tests -name 'bench_*.sh')); do HBMSCOPE=$(BUILD)/hbmscope OBJ=$(OBJ) sh $$b || exit 1; done
demo:
	@$(MAKE) --no-print-directory deps
	@$(MAKE) --no-print-directory $(JOBS) all
	@sh tests/demo.sh $(BUILD)/hbmscope $(BUILD)/demo
deps:
	@sh .ci/deps $(PACKAGES) gcc make pkg-config $(if $(TEST),$(TEST_PACKAGES))
help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile
format:
	clang-format -i $$(git ls-files '*.c' '*.h')
tidy:
	clang-tidy $(SIM_SRC) $(APP_SRC) -- -std=c11 -I. -D_GNU_SOURCE $(PKG_CFLAGS)
clean:
	rm -rf $(BUILD)
.PHONY: all always check test tests-build bench demo deps help format tidy clean
.SECONDARY:
-include $(shell find $(OBJ) -name '*.d' 2>/dev/null)
