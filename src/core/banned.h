/*
 * Calls that have a safer neighbour are compile errors. Every build includes this
 * first (-include); the libc headers that declare them must come before the poison.
 */
#ifndef CORE_BANNED_H
#define CORE_BANNED_H

#if __STDC_HOSTED__
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#endif

#pragma GCC poison strcpy strcat sprintf vsprintf strncpy strncat strtok gets atoi atol

#endif
