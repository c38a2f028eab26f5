# How a part is built that is a machine of its own. Its rooms are the machine; a program that
# tests play the machine in has tests/PART/host instead.
#
#   GOAL       OUT/PROGRAM, linked as the script in one of its rooms says
#   host       OUT/host/NAME for each tests/PART/main/NAME.c: the portable half, under sanitizers
#   fuzz-NAME  OUT/fuzz/NAME from tests/PART/fuzz/NAME.c, under sanitizers, too

machine   := $(addprefix src/$(PART)/,$(rooms))
mains     := $(sort $(wildcard tests/$(PART)/main/*.c))
wanted    := $(sort $(if $(filter $(goal),$(goals)),bare) $(filter host,$(goals)) $(if $(fuzzer),fuzz))
variant   := $(or $(wanted),host)
layers    := $(if $(filter bare,$(variant)),$(LAYERS) $(machine),tests/$(PART)/host $(LAYERS))
sources   := $(call newest,$(layers)) $(sort $(wildcard src/core/*.c))
script    := $(wildcard $(addsuffix /*.ld,$(machine)))

# No SSE: an interrupt would have to save it. No red zone: an exception would overwrite it.
bare_flags = -ffreestanding -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
	-Isrc/$(PART)/include -mgeneral-regs-only -mno-red-zone -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables -fno-strict-aliasing -fcf-protection=none

ifeq ($(variant),bare)
CFLAGS := $(common) $(bare_flags) $(own_flags)
linked := $(sources)
how    := -static -nostdlib -no-pie -Wl,--build-id=none -Wl,-z,max-page-size=4096 \
	  -Wl,--no-warn-rwx-segments $(addprefix -Wl$(comma)-T$(comma),$(script))
else ifeq ($(variant),host)
CFLAGS := $(common) $(sanitized) -pthread
linked := $(sources) $(mains)
else
CC     := clang
CFLAGS := $(common) -O1 $(sanitized) -fsanitize=fuzzer-no-link
linked := $(sources) $(sort $(wildcard tests/$(PART)/fuzz/*.c))
how    := -fsanitize=fuzzer
endif
has_subject = yes

include src/objects.mk

.PHONY: $(goal) host
$(goal): $(OUT)/$(program)
programs := $(patsubst tests/$(PART)/main/%.c,$(OUT)/host/%,$(mains))
host:    $(programs)

$(OUT)/$(program): $(call of,$(sources)) $(script) $(list)
	@echo '  LD    $@'
	$(Q)$(CC) $(how) -o $@ $(filter %.o,$^)

# These differ in the file that has main(), or the fuzzer's entry.
$(programs): $(OUT)/host/%: $(call of,$(sources)) $(objects)/tests/$(PART)/main/%.c.o $(list)
	@echo '  LD    $@'
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -o $@ $(filter %.o,$^)
$(addprefix $(OUT)/fuzz/,$(fuzzers)): $(OUT)/fuzz/%: $(call of,$(sources)) $(objects)/tests/$(PART)/fuzz/%.c.o \
		$(list)
	@echo '  LD    $@'
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(how) -o $@ $(filter %.o,$^)
