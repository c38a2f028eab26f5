# What make and Python know of this part; src/parts.mk says what each name means.
hundred := 1
title   := The kernel that loads a program
kind    := bare
goal    := kernel
program := kernel.elf
rooms   := machine
fuzzers := ext2 elf
seeds   := seeds.py
