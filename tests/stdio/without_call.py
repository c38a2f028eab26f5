"""Run a program as on a kernel that has no such system call: without_call.py 451 program words..."""
import errno
import os
import sys

import seccomp

number, *command = sys.argv[1:]
rules = seccomp.SyscallFilter(seccomp.ALLOW)
rules.add_rule(seccomp.ERRNO(errno.ENOSYS), int(number))  # its name may be younger than libseccomp
rules.load()
os.execv(command[0], command)
