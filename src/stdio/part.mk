# What make and Python know of this part; src/parts.mk says what each name means.
hundred   := 4
title     := The library that reads files
kind      := hosted
goal      := stage
program   := stage
library   := libstage
version   := 0.1
abi       := 0
rooms     := frames cmd
linking   := static
libraries := lz4.c:-llz4 zstd.c:-lzstd sum.c:-ldeflate
fuzzers   := frames
seeds     := frames.py
installs  := bin/stage include/stage.h lib/libstage.a lib/libstage.so lib/libstage.so.0 lib/pkgconfig/libstage.pc share/man/man1/stage.1 share/man/man3/libstage.3
