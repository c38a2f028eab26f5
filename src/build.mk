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
#   OUT=dir          where its programs go (build/101)
#   CC=clang  V=1  WERROR=1   another compiler; show the commands; warnings are errors (as in CI)
#   INSTRUMENT=1     note every call (with TOP=src/PART/trace; gcc)
#
# goals: step (what `make step-N` builds), fuzz-NAME (OUT/fuzz/NAME; clang), and those of the
# part's kind in src/bare.mk or src/hosted.mk. And what prints:
#   layers     the folders of the step, newest first
#   fuzzers    those of the part's fuzzers whose subject the step has
#   identity GOAL=goal   a sum of all that the goal's programs are made of: where two steps have
#              the same, their programs do
#
# Every name of a part's description (src/parts.mk) is set here; what else is peculiar to a part
# is in its src/PART/build.mk, if it has one.

STEP ?= $(error STEP is not set; try `make step-101`)
OUT  ?= build/$(STEP)
CC   := $(if $(filter default,$(origin CC)),gcc,$(CC))
Q    := $(if $(V),,@)

.DEFAULT_GOAL := step
.DELETE_ON_ERROR:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

include src/parts.mk
PART := $(or $(call part_of,$(STEP)),$(error step $(STEP) is of no part: steps begin with \
	$(foreach p,$(parts),$($p.hundred))))
$(call describe,$(PART))

questions := layers fuzzers identity
goals     := $(patsubst step,$(goal),$(or $(GOAL),$(filter-out $(questions),$(MAKECMDGOALS)),step))
fuzzer    := $(patsubst fuzz-%,%,$(filter fuzz-%,$(goals)))

# --- the layers, newest first ------------------------------------------------------------

at_or_below := $(shell ls -rd steps/$(hundred)[0-9][0-9]-* 2>&- | awk -F'[/-]' '$$2 <= "$(STEP)"')
left_out    := $(foreach n,$(WITHOUT),$(filter steps/$(n)-%,$(at_or_below)))
LAYERS      := $(strip $(TOP) $(filter-out $(left_out),$(at_or_below)) src/$(PART))

# $(call newest,LAYERS): the newest file of each name, by name.
newest = $(foreach n,$(sort $(notdir $(wildcard $(foreach s,c S,$(addsuffix /*.$s,$1))))),$(firstword \
	 $(wildcard $(addsuffix /$n,$1))))

# --- flags -------------------------------------------------------------------------------

common := -std=gnu17 -g -O2 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	  -Wvla -Wpointer-arith -Wno-unused-parameter -Werror=unused-result $(if $(or $(WERROR),$(CI)),-Werror) \
	  -Isrc -include core/banned.h -MMD -MP
sanitized := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
comma := ,

-include src/$(PART)/build.mk
include src/$(kind).mk

$(foreach f,$(fuzzer),$(if $(call has_subject,$f),,$(error fuzz-$f: step $(STEP) has nothing for it to read)))

# --- what is asked -----------------------------------------------------------------------

fuzz_goals := $(addprefix fuzz-,$(fuzzers))
.PHONY: step layers fuzzers identity $(fuzz_goals) FORCE
step: $(goal)
$(fuzz_goals): fuzz-%: $(OUT)/fuzz/%

layers:
	@printf '%s\n' $(LAYERS)
fuzzers:
	@printf '%s\n' $(foreach f,$(fuzzers),$(if $(call has_subject,$f),$f))
# A sum of each file that is linked or included, and of these sums and the flags.
identity:
	@{ printf '%s\n' $(call quoted,$(chosen)); \
	   awk -f src/includes.awk src/core/banned.h $(linked) | sort | xargs sha256sum $(script); } | \
	sha256sum | cut -c1-16
