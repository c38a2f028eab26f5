# Objects: what src/bare.mk and src/hosted.mk include when they have chosen
#   variant   which of the part's programs this is about: plain, asan, fuzz, …
#   CFLAGS    how their sources are compiled
#   linked    every source of the goal's programs; mains, those of which each makes a test program
#   how       what else is decided for the link: libraries, options
#   script    the linker's script, or the list of what a library shows
#
# An object depends on its source, on the headers that this includes, and on the flags; not on the
# step. All steps share it, so several makes may want it at once: it appears complete or not at all.

$(if $(filter-out 1,$(words $(variant))),$(error $(goals): one kind at a time))

quoted    = '$(subst ','\'',$1)'
flags    := $(CC) $(CFLAGS)
objects  := build/obj/$(variant)-$(shell printf %s $(call quoted,$(CURDIR) $(flags)) | sha256sum | cut -c1-12)
of        = $(patsubst %,$(objects)/%.o,$1)

$(objects)/%.o: %
	@$(if $(V),,echo '  CC    $<';) mkdir -p $(@D); new=$@.$$$$; trap 'rm -f $$new.*' EXIT; \
	( $(if $(V),set -x;) $(flags) -MT $@ -MF $$new.d -c -o $$new.o $< ) && \
	mv $$new.d $(@:.o=.d) && mv $$new.o $@

-include $(wildcard $(patsubst %.o,%.d,$(call of,$(linked) $(mains))))

# A file that begins to hide another is no prerequisite of a program yet: the list says what was
# chosen, and with which flags, and every program depends on it.
list   := $(OUT)/$(variant)/linked
chosen := $(flags) : $(linked) : $(how)
$(list): FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(call quoted,$(chosen)) | cmp -s - $@ || printf '%s\n' $(call quoted,$(chosen)) >$@
