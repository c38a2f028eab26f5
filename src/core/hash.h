/*
 * Two hashes for two jobs.
 *
 * hash_bytes() is FNV-1a with 64 bits: for hash tables with keys that we choose
 * ourselves (it is not safe against chosen collisions).
 * crc32_bytes() is the checksum of zlib, gzip and PNG (IEEE 802.3, reflected
 * 0xEDB88320): for saying "these bytes are those bytes", because every other
 * tool in the world can compute the same number. (Not named crc32: in a program that
 * links zlib, a function of that name would be called in place of zlib's own.)
 */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include "core/types.h"

uint64_t hash_bytes(const void *p, size_t n);

/* Continue a checksum over `n` more bytes; begin with 0. Equal to zlib's crc32(). */
uint32_t crc32_bytes(uint32_t crc, const void *p, size_t n);

#endif
