# The parts. A part is the folders src/PART and tests/PART, and src/PART/part.mk describes it:
# lines `NAME := value`, and nothing else but comments and empty lines. make includes the file,
# and Python reads it as text, so a value has no $ and no # and stands in one line; a list has
# blanks between its words. What a part does not need it leaves out.
#
#   hundred    the first digit of its steps' numbers
#   title      what it is called
#   kind       bare (a machine of its own) or hosted (a program of this one)
#   goal       what `make step-N` asks src/build.mk for
#   program    the file that this makes in build/N
#   rooms      sub-folders of src/PART whose files belong to the part as those in src/PART do:
#              a step has no file of the same name. Bare: they are the machine, which tests
#              replace by tests/PART/host. Hosted: cmd/ has the program's own files, which its
#              library and tests are without; any other is built where a file includes one of
#              its headers. (Another sub-folder is a layer that somebody asks for, with TOP=.)
#   libraries  -lNAME; or FILE:-lNAME, at the steps that have a source FILE
#   linking    static: the program needs no library at run time
#   fuzzers    NAME for each tests/PART/fuzz/NAME.c, for `make fuzz-NAME`
#   seeds      tests/PART/SEEDS NAME FOLDER fills FOLDER with what the fuzzer NAME begins with
#
# of a hosted part that is installed:
#
#   library    libNAME.a and libNAME.so beside the program, with the symbols of src/PART/libNAME.map
#   version    what its pkg-config file says
#   abi        the number behind libNAME.so. in the library's soname
#   installs   every file below PREFIX: bin/ and lib/ from build/N, all others from src/PART

part_names := hundred title kind goal program rooms libraries linking fuzzers seeds library version abi \
	      installs

# $(call describe,PART): the names as its file has them, and empty where it says nothing.
describe = $(foreach n,$(part_names),$(eval $n :=))$(eval include src/$1/part.mk)

# The same of every part, as $(kernel.goal); the parts by their hundreds.
described := $(patsubst src/%/part.mk,%,$(wildcard src/*/part.mk))
$(foreach p,$(described),$(call describe,$p)$(foreach n,$(part_names),$(eval $p.$n := $($n))))
parts     := $(foreach h,1 2 3 4 5 6 7 8 9,$(foreach p,$(described),$(if $(filter $h,$($p.hundred)),$p)))

# $(call part_of,STEP): by the number that it begins with.
part_of = $(firstword $(foreach p,$(parts),$(if $(filter $($p.hundred)%,$1),$p)))
