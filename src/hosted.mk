# How a part is built that is a program of this machine, and maybe a library.
#
#   GOAL       OUT/PROGRAM; LIBRARY.a, LIBRARY.so and LIBRARY.libs (what a program that links the
#              archive needs, too) beside it
#   GOAL-asan  OUT/asan/…: the same under ASan and UBSan, and a program for each
#              tests/PART/main/NAME.c, which links the library as any user does
#   GOAL-tsan  OUT/tsan/…: the same under TSan
#   fuzz-NAME  OUT/fuzz/NAME from tests/PART/fuzz/NAME.c, under ASan and UBSan
#   install    what the part installs, below DESTDIR and PREFIX

sanitizer := $(patsubst $(goal)-%,%,$(filter $(goal)-asan $(goal)-tsan,$(goals)))
wanted    := $(sort $(if $(filter $(goal) install,$(goals)),plain) $(sanitizer) $(if $(fuzzer),fuzz))
variant   := $(or $(wanted),plain)

# A room is built where a file of another folder includes one of its headers.
in_layers := $(call newest,$(LAYERS))
included  := $(patsubst "$(PART)/%/,%,$(shell grep -oh '"$(PART)/[a-z0-9_]*/' $(in_layers) | sort -u))
open      := $(filter $(included),$(filter-out cmd,$(rooms)))
sources   := $(call newest,$(LAYERS) $(addprefix src/$(PART)/,$(open))) $(sort $(wildcard src/core/*.c))
command   := $(sort $(wildcard src/$(PART)/cmd/*.c))
mains     := $(sort $(wildcard tests/$(PART)/main/*.c))
script    := $(patsubst %,src/$(PART)/%.map,$(library))
# The command's own libraries are no business of who links the library.
needed_by  = $(foreach l,$(libraries),$(if $(filter %/$(firstword $(subst :, ,$l)),$1),$(lastword $(subst :, ,$l))))
libs      := $(foreach l,$(libraries),$(if $(findstring :,$l),,$l)) $(call needed_by,$(sources))
own_libs  := $(call needed_by,$(command))

# What a fuzzer is about are the rooms whose headers it includes.
about       = $(patsubst "$(PART)/%/,%,$(shell grep -oh '"$(PART)/[a-z0-9_]*/' tests/$(PART)/fuzz/$1.c))
has_subject = $(if $(filter-out $(open),$(call about,$1)),,yes)

# What is measured begins at places that do not depend on what stands before it: else a step that
# makes one file longer makes the loops of another slower, by a sixth where they are short. (clang
# has no word for jumps.)
placed := -falign-functions=64 -falign-loops=32 $(if $(findstring clang,$(CC)),,-falign-jumps=16)

# A library's names are hidden, but for those of its public header.
hosted_plain := $(placed)
hosted_asan  := $(sanitized)
hosted_tsan  := -fsanitize=thread
hosted_fuzz  := $(sanitized) -fsanitize=fuzzer-no-link
CC     := $(if $(fuzzer),clang,$(CC))
CFLAGS := $(common) -D_GNU_SOURCE -fPIC -fvisibility=hidden -pthread $(addprefix -DPROGRAM_VERSION=,$(version)) $(hosted_$(variant)) $(own_flags)
linked := $(sources) $(if $(fuzzer),$(sort $(wildcard tests/$(PART)/fuzz/*.c)),$(command)) \
	  $(if $(sanitizer),$(mains))
how    := $(linking) $(libs) $(own_libs)

include src/objects.mk

built    := $(OUT)$(addprefix /,$(sanitizer))
programs := $(patsubst tests/$(PART)/main/%.c,$(built)/%,$(mains))
archive  := $(addprefix $(built)/,$(addsuffix .a,$(library)))
shared   := $(archive:.a=.so)

.PHONY: $(goal) $(goal)-asan $(goal)-tsan install
$(goal):                   $(built)/$(program) $(archive) $(shared)
$(goal)-asan $(goal)-tsan: $(built)/$(program) $(archive) $(shared) $(programs)

# Finding libraries at run time takes longer than a small file does; sanitizers need it.
$(built)/$(program): $(call of,$(sources) $(command)) $(list)
	@echo '  LD    $@'
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) $(if $(sanitizer),,$(addprefix -,$(linking))) -o $@ $(filter %.o,$^) $(libs) $(own_libs)

# One object, in which what is hidden from a program is local: a static library's helpers must
# not meet a function of the same name in the program.
whole := $(addprefix $(OUT)/$(variant)/,$(addsuffix .o,$(library)))
$(whole): $(call of,$(sources)) $(list)
	$(Q)$(LD) -r -o $@ $(filter %.o,$^)
	$(Q)objcopy --localize-hidden $@
$(archive): $(whole)
	@echo '  AR    $@'
	$(Q)rm -f $@ && $(AR) rcsD $@ $<
	@echo '-pthread $(libs)' >$(@:.a=.libs)
# Sanitizers are in the program. A signal handler of the library's may be called after dlclose().
$(shared): $(call of,$(sources)) $(script) $(list)
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) -shared -Wl,-z,nodelete -Wl,-soname,$(@F).$(abi) \
		-Wl,--version-script=$(script) \
		$(if $(sanitizer),,-Wl$(comma)-z$(comma)defs) -o $@ $(filter %.o,$^) $(libs)

# Test programs are users of the library; where there is none, of all but the command. Where a
# file says WRAP=name they may stand between it and the C library's function of that name.
wraps = $(shell sed -n 's/.*WRAP=\([a-z0-9_ ]*\).*/\1/p' tests/$(PART)/main/$*.c)
$(programs): $(built)/%: $(objects)/tests/$(PART)/main/%.c.o $(or $(archive),$(call of,$(sources))) $(list)
	@echo '  LD    $@'
	$(Q)$(CC) $(CFLAGS) $(addprefix -Wl$(comma)--wrap=,$(wraps)) -o $@ $(filter %.o %.a,$^) $(libs)
$(addprefix $(OUT)/fuzz/,$(fuzzers)): $(OUT)/fuzz/%: $(call of,$(sources)) $(objects)/tests/$(PART)/fuzz/%.c.o \
		$(list)
	@echo '  LD    $@'
	@mkdir -p $(@D)
	$(Q)$(CC) $(CFLAGS) -fsanitize=fuzzer -o $@ $(filter %.o,$^) $(libs)

# --- install -------------------------------------------------------------------------------
# Each of $(installs), below DESTDIR: bin/, include/ and share/ in PREFIX, lib/ in LIBDIR. A library's
# manual is found by the name of each function, too. The shell has the folders from the environment:
# no blank or quote in them is one of a recipe.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
export PREFIX LIBDIR DESTDIR
to  := "$$DESTDIR$$PREFIX"
lib := "$$DESTDIR$$LIBDIR"

functions := $(patsubst %;,%,$(filter-out *; };,$(filter %;,$(if $(script),$(file <$(script))))))
manual    := $(filter share/man/man3/%,$(installs))
pages     := $(addprefix share/man/man3/,$(addsuffix .3,$(if $(manual),$(functions))))

# What pkg-config could not read back.
hash    := \#
unusual := $(strip $(foreach c," \ ` $$ $(hash),$(findstring $c,$(PREFIX)$(LIBDIR))))

.PHONY: uninstall
install: $(addprefix installed/,$(installs) $(pages))
uninstall:
	$(Q)$(foreach f,$(filter-out lib/%,$(installs) $(pages)),rm -f $(to)/$f &&) \
		$(foreach f,$(patsubst lib/%,%,$(filter lib/%,$(installs))),rm -f $(lib)/$f &&) true

installed/bin/%: $(OUT)/%
	$(Q)install -D -m 755 $< $(to)/bin/$*
installed/include/%: src/$(PART)/%
	$(Q)install -D -m 644 $< $(to)/include/$*
installed/lib/%.a: $(OUT)/%.a
	$(Q)install -D -m 644 $< $(lib)/$*.a
installed/lib/%.so.$(abi): $(OUT)/%.so
	$(Q)install -D -m 755 $< $(lib)/$*.so.$(abi)
installed/lib/%.so: installed/lib/%.so.$(abi)
	$(Q)ln -sfn $*.so.$(abi) $(lib)/$*.so
installed/lib/pkgconfig/%.pc: src/$(PART)/%.pc.in
	$(if $(unusual),$(error PREFIX=$(PREFIX), LIBDIR=$(LIBDIR): a .pc file cannot hold $(unusual)))
	$(Q)awk 'function put(name, value, at) { \
			if ((at = index($$0, name))) \
				$$0 = substr($$0, 1, at - 1) value substr($$0, at + length(name)) } \
		{ put("@PREFIX@", ENVIRON["PREFIX"]); put("@LIBDIR@", ENVIRON["LIBDIR"]); \
		  put("@VERSION@", "$(version)"); put("@LIBS@", "-pthread $(libs)"); print }' $< >$(OUT)/$*.pc
	$(Q)install -D -m 644 $(OUT)/$*.pc $(lib)/pkgconfig/$*.pc
installed/share/man/%: FORCE
	$(Q)if [ -e src/$(PART)/$(@F) ]; then install -D -m 644 src/$(PART)/$(@F) $(to)/share/man/$*; \
		else echo '.so man3/$(notdir $(manual))' >$(OUT)/$(@F) && \
		install -D -m 644 $(OUT)/$(@F) $(to)/share/man/$*; fi
