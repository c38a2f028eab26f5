# Every verb. How a step is built is in src/build.mk; what measures, in tests/measure/.
# `make help` prints the lines below that begin with two #s.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL     := /bin/bash

# $(call need,gcc ld): stop with one line when a program is missing.
need   = $(foreach p,$1,$(if $(shell command -v $p),,$(error $p is not installed; `make setup` installs what is missing)))

PYTHON  = $(call need,/usr/bin/python3)PYTHONPATH=tests /usr/bin/python3
MEASURE = $(PYTHON) -m measure
PYTEST  = $(PYTHON) -m pytest -q

# --- a step by its number or name ----------------------------------------------------------

steps  := $(notdir $(sort $(wildcard steps/[1-4][0-9][0-9]-*)))
number  = $(firstword $(subst -, ,$1))
name    = $(patsubst $(call number,$1)-%,%,$1)
named   = $(foreach s,$(steps),$(if $(filter $1,$s $(call number,$s) $(call name,$s)),$(call number,$s)))
step    = $(or $(strip $(call named,$1)),$(error there is no step $1; there are: $(steps)))
parts   = kernel fuse pm stdio
newest := $(call number,$(lastword $(filter 1%,$(steps))))
without = $(strip $(foreach s,$(WITHOUT),$(call step,$s)))

quiet    = $(if $(MAKE_TERMOUT),,>/dev/null)  # make knows whether this is a terminal

# $(call build,STEP,GOAL): in build/STEP, where one make works at a time.
fuzzed   = $(if $(STEP),$(call step,$(STEP)),$(newest))
fuzz     = build/$(fuzzed)/fuzz
seconds  = $(or $(FUZZ_SECONDS),60)
nothing :=
folder   = build/$1$(subst $(nothing) $(nothing),,$(foreach s,$(without),-without-$s))
build    = $(call need,gcc ld flock)mkdir -p $(folder) && flock $(folder)/.lock \
	   $(MAKE) -f src/build.mk STEP=$1 OUT=$(folder) WITHOUT='$(without)' $2 $(quiet)

## Begin here
##   demo              a 107 MB program, read by a part's first and last step; the ladders
demo: packages-build-run-real
	@$(MEASURE) demo
##   test              everything that CI checks; installs what is missing
test: packages-build-run-test-book
	@$(MAKE) lint
	@$(MAKE) -j2 fuzz-ext2 fuzz-elf
	@$(PYTEST) -n 2 -m 'not measured' tests
	@$(PYTEST) -m measured tests
##   help              this list
help:
	@b= n=; if [ '$(MAKE_TERMOUT)' ] && [ -z "$$NO_COLOR" ]; then b=$$'\e[1m' n=$$'\e[0m'; fi; \
	echo "The Fast Path: four slow I/O stacks, made fast one measured step at a time."; \
	sed -n "s/^##   \([^ ]*\)\(.*\)/  make $$b\1$$n\2/p; s/^## \([A-Z].*\)/\n$$b\1$$n/p; s/^##    /       /p" Makefile
FORCE:

# Installs those of these groups. As a prerequisite: a recipe is expanded as a whole before its first
# line runs, and $(call need) with it.
packages-%: FORCE
	@.ci/setup $(subst -, ,$*)

## One step, by number or name: make run-101, make run-block-cache
##   step-N            build it, into build/N; WITHOUT=101 leaves that layer out
step-%: FORCE
	+@$(call build,$(call step,$*),step)
##   run-N             run it: WORKLOAD=, ELF=file, FILE=/path of IMAGE=disk.img; VERIFY=, TOUCH=
run-%: FORCE
	@WITHOUT='$(without)' $(MEASURE) run $(call step,$*)
##   check-N           its tests; its counters and its ratio against golden.json
check-%: FORCE
	@$(PYTEST) --step $(call step,$*) -n 2 -m 'not measured' tests
	@$(PYTEST) --step $(call step,$*) -m measured tests || [ $$? = 5 ]  # 5: x00 has nothing to time
##   diff-N            what it changes
diff-%: FORCE
	@$(MEASURE) diff $(call step,$*)
##   tree-N            its whole source as one tree of links, for reading and for editors
tree-%: FORCE
	@$(MEASURE) tree $(call step,$*)
##   trace-N           one run as a timeline (Perfetto, SVG)
trace-%: FORCE
	@$(MEASURE) trace $(call step,$*)
##   golden-N          measure it: golden.json; golden-kernel: the part's experiments, EXPERIMENT=
golden-%: FORCE
	@$(MEASURE) golden $(or $(filter $(parts),$*),$(call step,$*))
##   goldens           measure all steps of a part in one run; PART= STEPS=
goldens:
	@$(MEASURE) goldens

## Write a step yourself
##   start-N           begin mine/N-name from the step before
start-%: FORCE
	@$(MEASURE) start $*
##   try-N             build it, grade it, explain what differs
try-%: FORCE
	@$(MEASURE) try $*

## Measure
##   bench             every step against the one before it; PART= STEPS= WORKLOAD=
bench:
	@WITHOUT='$(without)' $(MEASURE) bench
##   regress           every step that BASE=rev has otherwise, against it; PART= STEPS= WORKLOAD=
regress:
	@$(MEASURE) regress
##   matrix            libstage against the best of its peers; CELLS="1 MB, again, warm" BUDGET=
matrix:
	@$(MEASURE) matrix
##   peers             Linux, reading the same file under the same QEMU; fetches two packages
peers:
	@$(MEASURE) peers
##   floor             the least that reading the same bytes takes
floor:
	@$(MEASURE) floor
##   probe             this machine: accelerator, clock, disk
probe:
	@$(MEASURE) probe
##   inputs            make or fetch all inputs
inputs:
	@$(MEASURE) inputs

## Read
##   book              the site, in build/book
book:
	@$(PYTHON) -m sphinx -qW --keep-going -b html -d build/doctrees/html book build/book
	@echo 'build/book/index.html'
##   book-epub         the book as an EPUB
book-epub:
	@$(PYTHON) -m sphinx -qW --keep-going -b epub -d build/doctrees/epub book build/epub
	@ls build/epub/*.epub
##   serve             the site at a local address; PORT=8000
serve: book
	@$(PYTHON) -m http.server --bind 127.0.0.1 --directory build/book $(or $(PORT),8000)
##   readme            draw the README's ladder again
readme:
	@$(MEASURE) readme

## Work on the project
##   lint              layers, style, dangerous calls
lint:
	@$(PYTHON) tests/lint.py
##   format            clang-format every C file
format:
	@find src steps tests -name '*.[ch]' -exec $(call need,clang-format)clang-format -i {} +
##   asan              the suites that run on this machine itself, under ASan and UBSan
asan:
	@$(PYTEST) -n 2 tests/core $(wildcard tests/*/test_hosted_*.py)
##   fuzz-NAME         ext2, elf or frames, for FUZZ_SECONDS=60; of the newest step, or of STEP=
fuzz-ext2 fuzz-elf: seeds = tests/kernel/seeds.py $*
fuzz-frames: seeds = tests/stdio/frames.py
fuzz-frames: fuzzed = $(if $(STEP),$(call step,$(STEP)),$(last_stdio))
fuzz-ext2 fuzz-elf fuzz-frames: fuzz-%:
	+@$(call build,$(fuzzed),$@)
	@$(PYTHON) $(seeds) $(fuzz)/$*-seeds
	@echo 'fuzz-$*: step $(fuzzed), $(seconds) s; it reports to $(fuzz)/$*.log'
	@mkdir -p $(fuzz)/$*-found && $(fuzz)/$* -max_total_time=$(seconds) -timeout=10 -print_final_stats=1 \
		-artifact_prefix=$(fuzz)/ $(fuzz)/$*-found $(fuzz)/$*-seeds >$(fuzz)/$*.log 2>&1 \
		|| { tail -n 60 $(fuzz)/$*.log >&2; false; }
	@awk '/number_of_executed_units/ { print "fuzz-$*: nothing found with", $$2, "inputs" }' $(fuzz)/$*.log
##   soak              the fuzzers for half an hour each, on the first and the newest step
soak:
	@$(MAKE) -j2 fuzz-ext2 fuzz-elf FUZZ_SECONDS=1800 STEP=$(call number,$(firstword $(steps)))
	@$(MAKE) -j2 fuzz-ext2 fuzz-elf FUZZ_SECONDS=1800
##   install           libstage and its command, as of the last step; PREFIX=/usr/local DESTDIR=
last_stdio = $(or $(call number,$(lastword $(filter 4%,$(steps)))),$(error there is no step of libstage))
install:
	+@$(call build,$(last_stdio),install-stage PREFIX='$(or $(PREFIX),/usr/local)' DESTDIR='$(DESTDIR)')
##   setup             install the Debian packages that are missing; says which, and why
setup:
	@.ci/setup
##   clean             remove build/ but not the inputs in it
clean:
	@find build -mindepth 1 -maxdepth 1 ! -name inputs -exec rm -rf {} + 2>/dev/null || true

.PHONY: demo test help goldens bench regress matrix peers floor probe inputs book book-epub serve readme lint format asan \
	fuzz-ext2 fuzz-elf fuzz-frames soak install setup clean FORCE
