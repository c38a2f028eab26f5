# What is peculiar to the kernel.

# It is linked into the top 2 GiB.
own_flags = -mcmodel=kernel $(if $(INSTRUMENT),$(instrument))

# Every call is noted (gcc), except in headers, core and the machine (the queue is the one part of
# it that shows what the device was asked), and except where we wait.
untraced   := .h src/core/ src/kernel/trace/ src/kernel/progress.c \
	      $(filter-out src/kernel/machine/virtq%,$(wildcard src/kernel/machine/*.c))
in_virtq   := virtq_poll virtq_idle free_chain describe add_table add_direct set_wish wants_kick
commas      = $(subst $() ,$(comma),$(strip $1))
instrument := -finstrument-functions \
	      -finstrument-functions-exclude-function-list=$(call commas,$(in_virtq)) \
	      -finstrument-functions-exclude-file-list=$(call commas,$(untraced))
