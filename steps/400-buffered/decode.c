/*
 * No decoder. Bytes of a frame must not pass for what is in it, so nothing is opened to decode.
 */
#include "core/err.h"
#include "stdio/ways.h"

static int decode_open(struct hold *h)
{
	return -EOPNOTSUPP;
}

const struct way decode_way = { .mode = STAGE_NONE, .open = decode_open };
