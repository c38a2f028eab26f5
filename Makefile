# Every verb. How a step is built is in src/build.mk, which parts there are in src/parts.mk; what
# measures, in tests/measure/.
# `make help` prints the lines below that begin with two #s.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL     := /bin/bash

# $(call need,gcc ld): stop with one line when a program is missing.
need   = $(foreach p,$1,$(if $(shell command -v $p),,$(error $p is not installed; `make setup` installs what is missing)))

PYTHON  = $(call need,/usr/bin/python3)PYTHONPATH=tests /usr/bin/python3
# $(call timed,GROUP) COMMAND: .ci/run asks for the minutes of each group.
timed   = $(PYTHON) tests/minutes.py run $1 env
MEASURE = $(PYTHON) -m measure
PYTEST  = $(PYTHON) -m pytest -q

# --- a part; a step by its number or name ----------------------------------------------------

include src/parts.mk
every   := $(notdir $(sort $(wildcard steps/[1-9][0-9][0-9]-*)))
$(foreach p,$(parts),$(eval $p.steps := $(filter $($p.hundred)%,$(every))))
steps   := $(foreach p,$(parts),$($p.steps))
number   = $(firstword $(subst -, ,$1))
name     = $(patsubst $(call number,$1)-%,%,$1)
named    = $(foreach s,$(steps),$(if $(filter $1,$s $(call number,$s) $(call name,$s)),$(call number,$s)))
step     = $(or $(strip $(call named,$1)),$(error there is no step $1; there are: $(steps)))
newest   = $(call number,$(lastword $($1.steps)))
without  = $(strip $(foreach s,$(WITHOUT),$(call step,$s)))
# Parts of which there is a step.
begun   := $(foreach p,$(parts),$(if $($p.steps),$p))
fuzzers := $(foreach p,$(begun),$($p.fuzzers))

quiet    = $(if $(MAKE_TERMOUT),,>/dev/null)# make knows whether this is a terminal

# $(call build,STEP,GOAL): in build/STEP, where one make works at a time.
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
	@$(call timed,lint) $(MAKE) lint
	@$(call timed,fuzz) $(MAKE) -j2 $(addprefix fuzz-,$(fuzzers)) FUZZ_SECONDS=40
	@$(call timed,tests) $(PYTEST) -n 2 -m 'not measured' tests
	@$(call timed,measured) $(PYTEST) -m measured tests
##   help              this list
help:
	@b= n=; if [ '$(MAKE_TERMOUT)' ] && [ -z "$$NO_COLOR" ]; then b=$$'\e[1m' n=$$'\e[0m'; fi; \
	echo "The Fast Path: four slow I/O stacks, made fast one measured step at a time."; \
	sed -n "s/^##   \([^ ]*\)\(.*\)/  make $$b\1$$n\2/p; s/^## \([A-Z].*\)/\n$$b\1$$n/p; s/^##    /       /p" Makefile; \
	echo; echo "$${b}Parts$$n"; $(foreach p,$(parts),printf '  %-10s %sxx  %-34s%s\n' \
		$p $($p.hundred) '$($p.title)' '$(addprefix fuzz-,$($p.fuzzers))';)
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
##   golden-N          measure it: golden.json; golden-PART: the part's experiments, EXPERIMENT=
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
##   matrix            a library against the best of its peers; CELLS="1 MB, again, warm" BUDGET=
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
##   readme            draw what README leads with again
readme:
	@$(MEASURE) readme

## Work on the project
##   lint              layers, style, dangerous calls
lint:
	@$(PYTHON) tests/lint.py
##   format            clang-format every C file
format:
	@find src steps tests -name '*.[ch]' -exec $(call need,clang-format)clang-format -i {} +
##   asan              the suites of what runs on this machine itself, under ASan and UBSan
asan:
	@$(PYTEST) -n 2 -m 'not measured' tests/core $(foreach p,$(begun),$(wildcard $(tests-$($p.kind))))
tests-bare   = tests/$p/test_hosted_*.py
tests-hosted = tests/$p/test_*.py
##   fuzz-NAME         look for what breaks a parser: FUZZ_SECONDS=60, STEP=newest (first, or N)
fuzzed   = $(or $(strip $(foreach p,$(begun),$(if $(filter $1,$($p.fuzzers)),$p))),\
	   $(error there is no fuzzer $1; there are: $(fuzzers)))
has_it   = $(filter $2,$(shell $(MAKE) -s -f src/build.mk STEP=$1 fuzzers))
with_it  = $(foreach s,$($1.steps),$(if $(call has_it,$(call number,$s),$2),$(call number,$s)))
first    = $(or $(first-$2),$(eval first-$2 := $(firstword $(call with_it,$1,$2)))$(first-$2))
fuzz_at  = $(if $(filter first,$(STEP)),$(call first,$1,$2),$(if $(filter-out newest,$(STEP)),$(call \
	   step,$(STEP)),$(call newest,$1)))
fuzz-%: part = $(call fuzzed,$*)
fuzz-%: at   = $(call fuzz_at,$(part),$*)
fuzz-%: to   = build/$(at)/fuzz
fuzz-%: seconds = $(or $(FUZZ_SECONDS),60)
fuzz-%: FORCE
	+@$(call build,$(at),$@)
	@$(PYTHON) tests/$(part)/$($(part).seeds) $* $(to)/$*-seeds
	@echo 'fuzz-$*: step $(at), $(seconds) s; it reports to $(to)/$*.log'
	@mkdir -p $(to)/$*-found && $(to)/$* -max_total_time=$(seconds) -timeout=10 -print_final_stats=1 \
		-artifact_prefix=$(to)/ $(to)/$*-found $(to)/$*-seeds >$(to)/$*.log 2>&1 \
		|| { tail -n 60 $(to)/$*.log >&2; false; }
	@awk '/number_of_executed_units/ { print "fuzz-$*: nothing found with", $$2, "inputs" }' $(to)/$*.log
##   soak              fuzzers, tests by lot; first and newest step; FUZZ_SECONDS=1800 SEEDS=200
soaking = $(or $(FUZZ_SECONDS),1800)
soak:
	@$(MAKE) -j2 $(addprefix fuzz-,$(fuzzers)) FUZZ_SECONDS=$(soaking) STEP=first
	@$(MAKE) -j2 $(addprefix fuzz-,$(fuzzers)) FUZZ_SECONDS=$(soaking) STEP=newest
	@$(PYTEST) -n 2 --soak $(or $(SEEDS),200) $(foreach p,$(begun),$(addprefix --step=,$(call number,$(firstword \
		$($p.steps))) $(call newest,$p))) tests
##   install           what a part is used by: its newest step; PREFIX=/usr/local LIBDIR= DESTDIR=
##   uninstall         take that away again
install uninstall:
	+@$(foreach p,$(begun),$(if $($p.installs),$(call build,$(call newest,$p),$@) &&)) true
##   setup             install the Debian packages that are missing; says which, and why
setup:
	@.ci/setup
##   clean             remove build/ but not the inputs in it
clean:
	@find build -mindepth 1 -maxdepth 1 ! -name inputs -exec rm -rf {} + 2>/dev/null || true

.PHONY: demo test help goldens bench regress matrix peers floor probe inputs book book-epub serve readme lint \
	format asan soak install uninstall setup clean FORCE
