/*
 * What concerns all files of the process: limits, counters, rules.
 */
#include "core/count.h"
#include "core/err.h"
#include "stdio/cache.h"
#include "stdio/fill.h"
#include "stdio/policy.h"
#include "stdio/room.h"
#include "stdio/stage.h"
#include "stdio/ways.h"

static _Thread_local struct where damage;

void damage_say(const struct where *where)
{
	damage = *where;
}

const char *stage_damage(uint64_t *offset)
{
	if (damage.what)
		*offset = damage.pos;
	return damage.what;
}

#define TEXT(number)  TEXT_(number)
#define TEXT_(number) #number

const char *stage_version(void)
{
	return TEXT(STAGE_VERSION_MAJOR) "." TEXT(STAGE_VERSION_MINOR);
}

bool stage_signals(bool may)
{
	return fill_signals(may);
}

uint64_t stage_limit(uint64_t bytes)
{
	return cache_limit(bytes);
}

uint64_t stage_held(void)
{
	return room_held();
}

void stage_counters(void (*tell)(void *context, const char *name, uint64_t value), void *context)
{
	for (const struct counter *c = NULL; (c = counter_next(c));)
		tell(context, c->name, __atomic_load_n(&c->n, __ATOMIC_RELAXED));
}

size_t stage_rules(char *text, size_t size)
{
	return policy_rules(text, size);
}

int stage_pin_rules(const char *text)
{
	return policy_pin(text);
}
