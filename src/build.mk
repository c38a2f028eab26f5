# How one step is built: the one rule, as a makefile of its own.
#
#   At step N, each file of a part is the newest of its name: from the highest step
#   at or below N of the same part that has it, else from src/<part>/.
#
# The Makefile calls it:  make -f src/build.mk STEP=101 kernel
#
#   STEP=101         the step
#   WITHOUT="101 …"  layers to leave out
#   TOP=dir          a layer above all others: the reader's own step, tracing hooks, …
#   OUT=dir          where everything goes (build/101)
#   CC=clang  V=1  WERROR=1   another compiler; show the commands; warnings are errors (as in CI)
#   INSTRUMENT=1     note every call (with TOP=src/kernel/trace; gcc)
#
# goals of part 1: kernel (OUT/kernel.elf), host (OUT/host/load, bio, blk: the portable half of the
# kernel as programs, under sanitizers), fuzz-ext2 and fuzz-elf (OUT/fuzz/…; clang)
# goals of part 4: stage (OUT/stage, libstage.a, libstage.so), stage-asan and stage-tsan (OUT/asan/…,
# OUT/tsan/…: the same under sanitizers, and a program for each file in tests/stdio/main)
# fuzz-frames (OUT/fuzz/frames; from step 410 on), install-stage: PREFIX= DESTDIR=; of all: step (what `make step-N` builds), layers (prints them)

STEP ?= $(error STEP is not set; try `make step-101`)
OUT  ?= build/$(STEP)
CC   := $(if $(filter default,$(origin CC)),gcc,$(CC))
Q    := $(if $(V),,@)

.DEFAULT_GOAL := step
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

# --- the layers, newest first ------------------------------------------------------------

part_1 := kernel
part_2 := fuse
part_3 := pm
part_4 := stdio
goal_kernel := kernel
goal_stdio  := stage
hundred := $(shell printf %.1s '$(STEP)')
PART    := $(or $(part_$(hundred)),$(error step $(STEP): steps begin with 1 to 4))

at_or_below := $(shell ls -rd steps/$(hundred)[0-9][0-9]-* | awk -F'[/-]' '$$2 <= "$(STEP)"')
left_out    := $(foreach n,$(WITHOUT),$(filter steps/$(n)-%,$(at_or_below)))
LAYERS      := $(strip $(TOP) $(filter-out $(left_out),$(at_or_below)) src/$(PART))

# The kernel has two lower halves: the machine, or a test program that plays the machine.
bare_layers := $(LAYERS) src/kernel/machine
host_layers := tests/kernel/host $(LAYERS)
# The frame readers are built where somebody reads frames.
frames      := $(if $(shell grep -ls '"stdio/frames/' $(addsuffix /*.c,$(LAYERS))),src/stdio/frames)
goals       := $(patsubst step,$(goal_$(PART)),$(or $(MAKECMDGOALS),step))
bare_goal   := $(filter kernel,$(goals))
fuzz_goal   := $(filter fuzz-%,$(MAKECMDGOALS))
layers      := $(if $(filter kernel,$(PART)),$(if $(bare_goal),$(bare_layers),$(host_layers)),$(LAYERS) $(frames))

# The newest of each name.
names   := $(sort $(notdir $(foreach d,$(layers),$(wildcard $d/*.c $d/*.S))))
newest   = $(firstword $(wildcard $(addsuffix /$(1),$(layers))))
sources := $(foreach n,$(names),$(call newest,$n))

vpath %.c $(layers)
vpath %.S $(layers)

# --- flags -------------------------------------------------------------------------------

common := -std=gnu17 -g -O2 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	  -Wvla -Wpointer-arith -Wno-unused-parameter -Werror=unused-result $(if $(or $(WERROR),$(CI)),-Werror) \
	  -Isrc -include core/banned.h -MMD -MP

# Every call is noted, except in headers, core and the machine (the queue is the one part
# of it that shows what the device was asked), and except where we wait. gcc only.
comma      := ,
untraced   := .h src/core/ src/kernel/trace/ src/kernel/progress.c \
	      $(filter-out src/kernel/machine/virtq%,$(wildcard src/kernel/machine/*.c))
in_virtq   := virtq_poll virtq_idle free_chain describe add_table add_direct set_wish wants_kick
instrument := -finstrument-functions \
	      -finstrument-functions-exclude-function-list=$(subst $() ,$(comma),$(in_virtq)) \
	      -finstrument-functions-exclude-file-list=$(subst $() ,$(comma),$(strip $(untraced)))

# No SSE in the kernel: an interrupt would have to save it. No red zone: an exception
# would overwrite it. -mcmodel=kernel: linked into the top 2 GiB.
bare := -ffreestanding -nostdinc -isystem $(shell $(CC) -print-file-name=include) -Isrc/kernel/include \
	-mgeneral-regs-only -mno-red-zone -mcmodel=kernel -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fcf-protection=none \
	$(if $(INSTRUMENT),$(instrument))

sanitized := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

# A library's names are hidden, but for those of its public header.
hosted := -D_GNU_SOURCE -fPIC -fvisibility=hidden -pthread

# What is measured begins at places that do not depend on what stands before it: else a step that
# makes one file longer makes the loops of another slower, by a sixth where they are short.
placed := -falign-functions=64 -falign-loops=32 -falign-jumps=16

ifneq ($(filter fuse pm stdio,$(PART)),)
$(if $(filter-out 0 1,$(words $(filter %-asan %-tsan,$(goals)))),$(error $(goals): one kind at a time))
kind   := $(or $(filter asan tsan,$(patsubst $(goal_$(PART))-%,%,$(goals))),$(if $(fuzz_goal),fuzz,plain))
CC     := $(if $(fuzz_goal),clang,$(CC))
CFLAGS := $(common) $(hosted) $(if $(filter plain,$(kind)),$(placed)) \
	  $(if $(filter asan fuzz,$(kind)),$(sanitized)) \
	  $(if $(filter tsan,$(kind)),-fsanitize=thread) $(if $(fuzz_goal),-fsanitize=fuzzer-no-link)
else ifneq ($(bare_goal),)
kind   := bare
CFLAGS := $(common) $(bare)
else ifneq ($(fuzz_goal),)
kind   := fuzz
CC     := clang
CFLAGS := $(common) -O1 $(sanitized) -fsanitize=fuzzer-no-link
else
kind   := host
CFLAGS := $(common) $(sanitized) -pthread
endif

# --- objects -----------------------------------------------------------------------------

obj     := $(OUT)/$(kind)
core    := $(patsubst src/core/%,$(obj)/core/%.o,$(wildcard src/core/*.c))
objects := $(patsubst %,$(obj)/%.o,$(names)) $(core)

# A file that begins to hide another is no prerequisite of the object yet: the stamp
# lists what was chosen, and with which flags, and every object depends on it.
stamp := $(obj)/stamp
chosen := $(CC) $(CFLAGS) : $(sources) $(wildcard src/core/*.c)
$(stamp): FORCE
	@mkdir -p $(obj)/core $(if $(filter stdio,$(PART)),$(obj)/stdio/cmd)
	@printf '%s\n' '$(chosen)' | cmp -s - $@ || printf '%s\n' '$(chosen)' >$@

compile = @$(if $(V),set -x;,echo '  CC    $<';) $(CC) $(CFLAGS) $(1) -c -o $@ $<

$(obj)/core/%.c.o: src/core/%.c $(stamp)
	$(call compile)
$(obj)/%.c.o: %.c $(stamp)
	$(call compile)
$(obj)/%.S.o: %.S $(stamp)
	$(call compile)

# What the last build noted of its headers holds for the same files only; with others
# everything is built again anyway, and a file that is gone must not be asked for.
ifeq ($(strip $(file <$(stamp))),$(strip $(chosen)))
-include $(wildcard $(obj)/*.d $(obj)/core/*.d $(obj)/stdio/cmd/*.d)
endif

# --- programs ----------------------------------------------------------------------------

.PHONY: step kernel host fuzz-ext2 fuzz-elf fuzz-frames stage stage-asan stage-tsan install-stage layers FORCE
step:      $(or $(goal_$(PART)),$(error nothing of the part $(PART) can be built yet))
kernel:    $(OUT)/kernel.elf
host:      $(addprefix $(OUT)/host/,load bio blk)
fuzz-ext2: $(OUT)/fuzz/ext2
fuzz-elf:  $(OUT)/fuzz/elf
fuzz-frames: $(OUT)/fuzz/frames

$(OUT)/kernel.elf: $(objects) src/kernel/machine/kernel.ld
	@echo '  LD    $@'
	$(Q)$(CC) -static -nostdlib -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
		-Wl,--no-warn-rwx-segments -Wl,-T,src/kernel/machine/kernel.ld -o $@ $(objects)

# The hosted programs differ in the file that has main() (or the fuzzer's entry).
$(addprefix $(OUT)/host/,load bio blk): $(OUT)/host/%: $(objects) $(obj)/main_%.o
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) -o $@ $^
$(OUT)/fuzz/%: $(objects) $(obj)/main_fuzz_%.o
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $^ $(codecs)
ifeq ($(PART),kernel)
$(obj)/main_%.o: tests/kernel/main/%.c $(stamp)
	$(call compile)
endif

# --- the library and its command -----------------------------------------------------------
# (goals that belong to one part say nothing in another: there are no sources for them)

built  := $(OUT)$(if $(filter asan tsan,$(kind)),/$(kind))
stage_programs := $(patsubst tests/stdio/main/%.c,%,$(wildcard tests/stdio/main/*.c))
# What the frame readers need, and what is packed.
codecs         := $(if $(filter lz4.c,$(names)),-llz4) $(if $(filter zstd.c,$(names)),-lzstd)
complete       := $(if $(filter plain,$(kind)),-Wl$(comma)-z$(comma)defs)  # sanitizers are in the program
stage_files    := $(addprefix $(built)/,stage libstage.a libstage.so)

stage:                 $(stage_files)
stage-asan stage-tsan: $(stage_files) $(addprefix $(built)/,$(stage_programs))

# One object, in which what is hidden from a program is local: a static library's helpers must
# not meet a function of the same name in the program.
$(obj)/libstage.o: $(objects)
	$(Q)$(LD) -r -o $@ $(objects)
	$(Q)objcopy --localize-hidden $@
$(built)/libstage.a: $(obj)/libstage.o
	@echo '  AR    $@'
	$(Q)rm -f $@ && $(AR) rcsD $@ $<
	@echo '-pthread $(codecs)' >$(@D)/libstage.libs  # what a program that links it needs, too
$(built)/libstage.so: $(objects) src/stdio/libstage.map
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-soname,libstage.so.0 -Wl,--version-script=src/stdio/libstage.map \
		$(complete) -o $@ $(objects) $(codecs)

# The command needs no library at run time: finding them would take longer than a small file does.
# Sanitizers cannot be had that way.
command := $(patsubst src/%,$(obj)/%.o,$(wildcard src/stdio/cmd/*.c))
alone   := $(if $(filter plain,$(kind)),-static)
$(built)/stage: $(objects) $(command)
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) $(alone) -o $@ $^ $(codecs)
$(obj)/stdio/cmd/%.c.o: src/stdio/cmd/%.c $(stamp)
	$(call compile)

# Test programs are users of the library. Where a file says WRAP=name they may stand between
# it and the C library's function of that name.
wraps = $(shell sed -n 's/.*WRAP=\([a-z0-9_ ]*\).*/\1/p' tests/stdio/main/$*.c)
$(addprefix $(built)/,$(stage_programs)): $(built)/%: $(obj)/main_%.o $(built)/libstage.a
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) $(addprefix -Wl$(comma)--wrap=,$(wraps)) -o $@ $^ $(codecs)
ifeq ($(PART),stdio)
$(obj)/main_%.o: tests/stdio/main/%.c $(stamp)
	$(call compile)
$(obj)/main_fuzz_%.o: tests/stdio/fuzz/%.c $(stamp)
	$(call compile)
endif

# Into DESTDIR$(PREFIX), which is made. The header's place in the source is no part of its name.
PREFIX  ?= /usr/local
VERSION := 0.1
to      := $(DESTDIR)$(PREFIX)
install-stage: stage
	$(Q)install -Dm755 $(OUT)/stage $(to)/bin/stage
	$(Q)install -Dm644 src/stdio/stage.h $(to)/include/stage.h
	$(Q)install -Dm644 $(OUT)/libstage.a $(to)/lib/libstage.a
	$(Q)install -Dm755 $(OUT)/libstage.so $(to)/lib/libstage.so.0
	$(Q)ln -sfn libstage.so.0 $(to)/lib/libstage.so
	$(Q)install -d $(to)/lib/pkgconfig
	$(Q)sed 's|@PREFIX@|$(PREFIX)|; s|@VERSION@|$(VERSION)|; s|@LIBS@|-pthread $(codecs)|' src/stdio/libstage.pc.in \
		>$(to)/lib/pkgconfig/libstage.pc
	$(Q)install -Dm644 src/stdio/stage.1 $(to)/share/man/man1/stage.1
	$(Q)install -Dm644 src/stdio/libstage.3 $(to)/share/man/man3/libstage.3

layers:
	@printf '%s\n' $(LAYERS)
