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
#   fuzzers    NAME for each tests/PART/fuzz/NAME.c, for `make fuzz-NAME`
#   seeds      tests/PART/SEEDS NAME FOLDER fills FOLDER with what the fuzzer NAME begins with
#
# of a hosted part that is installed:
#
#   library    libNAME.a and libNAME.so beside the program, with the symbols of src/PART/libNAME.map
#   version    what its pkg-config file says
#   abi        the number behind libNAME.so. in the library's soname
#   installs   every file below PREFIX: bin/ and lib/ from build/N, all others from src/PART
