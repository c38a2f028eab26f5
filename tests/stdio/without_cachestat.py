"""Run a program as on a Linux before 6.5: without_cachestat.py program words..."""
import errno
import os
import sys

import seccomp

CACHESTAT = 451  # libseccomp may be as old as the kernel that is meant

rules = seccomp.SyscallFilter(seccomp.ALLOW)
rules.add_rule(seccomp.ERRNO(errno.ENOSYS), CACHESTAT)
rules.load()
os.execv(sys.argv[1], sys.argv[1:])
