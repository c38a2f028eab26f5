/*
 * Which way a file is read: taken when it is opened, staged, or seen to be used in another manner,
 * and left for another or at the end.
 */
#include "core/bytes.h"
#include "core/err.h"
#include "stdio/advice.h"
#include "stdio/fill.h"
#include "stdio/ways.h"

static bool signals = true;

bool fill_signals(bool may)
{
	return __atomic_exchange_n(&signals, may, __ATOMIC_RELAXED);
}

/* A map may end in a signal, and a program may want none. */
static bool may_take(const struct way *way)
{
	return way != &map_way || __atomic_load_n(&signals, __ATOMIC_RELAXED);
}

static const struct way *way_of(enum stage_mode mode)
{
	switch (mode) {
	case STAGE_MMAP:
		return &map_way;
	case STAGE_PREFETCH:
		return &prefetch_way;
	default:
		return NULL;
	}
}

/*
 * Who wants a file in memory by that name gets it there packed, if it has no room as it is. Nobody
 * else does: that costs more than to read it again, wherever the kernel has it.
 */
static int open_way(struct hold *h, const struct way **way)
{
	int err = (*way)->open(h);

	if (err == -ENOMEM && *way == &prefetch_way && h->fill->asked == STAGE_PREFETCH) {
		*way = &packed_way;
		err = packed_way.open(h);
	}
	return err;
}

/* These two have the lock. A way that refuses is no error: what the buffer has stays right. */
static int take(struct fill *f, const struct way *way)
{
	struct hold *h = hold_new(f);
	int err = h ? open_way(h, &way) : -ENOMEM;

	if (err)
		return err;
	hold_begin(h, way);
	__atomic_store_n(&f->held, h, __ATOMIC_RELEASE);
	return 0;
}

static void take_if_any(struct fill *f, const struct way *way)
{
	bool refused = way && (!may_take(way) || take(f, way) != 0);

	__atomic_store_n(&f->refused, refused, __ATOMIC_RELAXED);
}

/* Is there a better way to be looked for? One that has refused is not asked for each buffer. */
static bool open_to_change(const struct fill *f)
{
	return __atomic_load_n(&f->asked, __ATOMIC_RELAXED) == STAGE_ADAPTIVE && !fill_way(f) &&
	       !__atomic_load_n(&f->refused, __ATOMIC_RELAXED);
}

/* Others may have found one meanwhile, or the file may be staged otherwise by now. */
static void change(struct fill *f, const struct way *way)
{
	if (!way)
		return;
	pthread_mutex_lock(&f->lock);
	if (open_to_change(f))
		take_if_any(f, way);
	pthread_mutex_unlock(&f->lock);
}

static void leave(struct fill *f)
{
	struct hold *h = __atomic_exchange_n(&f->held, NULL, __ATOMIC_ACQ_REL);

	if (h)
		hold_put(h);
}

static int open_decoder(struct fill *f)
{
	int err = take(f, &decode_way);

	return err == -ENOEXEC ? 0 : err;
}

int fill_open(struct fill *f, struct source *src, enum stage_mode asked, bool decode)
{
	int err;

	*f = (struct fill){
		.src = src,
		.asked = asked,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.ended = NOT_SEEN,
	};
	err = decode ? open_decoder(f) : 0;
	if (err) {
		hold_free_all(f);
		return err;
	}
	if (!f->held)
		take_if_any(f, way_of(policy_mode(asked, src, &f->use)));
	advice_opened(f);
	return 0;
}

int fill_adopt(struct fill *f, char *memory, size_t n)
{
	struct hold *h = hold_new(f);
	int err = h ? prefetch_adopt(h, memory, n) : -ENOMEM;

	if (!err) {
		hold_begin(h, &prefetch_way);
		f->held = h;
	}
	return err;
}

void fill_close(struct fill *f)
{
	const struct way *way = fill_way(f);

	policy_learn(f->src, &f->use, way ? way->mode : STAGE_NONE);
	leave(f);
	hold_free_all(f);
	buffer_release(&f->buffer);
	pthread_mutex_destroy(&f->lock);
}

void fill_stage(struct fill *f, enum stage_mode asked)
{
	const struct way *way = way_of(policy_mode(asked, f->src, &f->use));

	pthread_mutex_lock(&f->lock);
	__atomic_store_n(&f->asked, asked, __ATOMIC_RELAXED);
	__atomic_store_n(&f->refused, false, __ATOMIC_RELAXED);
	if (fill_way(f) != &decode_way && fill_way(f) != way && f->src->fd >= 0) {
		leave(f);
		take_if_any(f, way);
	}
	pthread_mutex_unlock(&f->lock);
}

/*
 * The use that is made of a file may show that another way would suit it better. At its end
 * none would: a way has nothing to show there.
 */
void fill_rethink(struct fill *f, uint64_t at)
{
	if (at < f->src->size && open_to_change(f))
		change(f, way_of(policy_mode(f->asked, f->src, &f->use)));
}

/* A look at less than this costs as much, through any way. */
#define LEAST 4096

void fill_rethink_view(struct fill *f, uint64_t at, size_t n)
{
	uint64_t viewed;

	if (at >= f->src->size)
		return;
	n = min_u64(n, f->src->size - at);
	viewed = __atomic_add_fetch(&f->use.viewed, min_u64(max_u64(n, LEAST), f->src->size),
				    __ATOMIC_RELAXED);
	if (open_to_change(f))
		change(f, way_of(policy_view(f->src, viewed, n)));
}
