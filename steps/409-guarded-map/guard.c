/*
 * A page that is gone becomes a page of zeroes, and its map is broken.
 *
 * The kernel sends SIGBUS to the thread that touched the page. The handler looks for the address
 * among the maps; what is none of ours goes to the handler that was there before.
 *
 * It takes no lock and allocates nothing. Other threads may open and close maps under its eyes,
 * so entries of the list are used again but never freed. The entry that it looks for is not one
 * of those that change: nobody closes a map that somebody is touching.
 */
#include "stdio/guard.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>
#include "core/count.h"
#include "core/err.h"
#include "stdio/fill.h"
#include "stdio/lock.h"
#include "stdio/sys.h"

COUNTER(hits, "guard.hits");

struct watch {
	struct watch *next;   /* of all that there ever were */
	struct watch *unused; /* of those that watch nothing */
	uintptr_t from;
	uintptr_t to; /* 0: it watches nothing */
	struct guarded *map;
};

static struct watch *all;    /* with LOCK_GUARD, which the handler never takes */
static struct watch *unused; /* the same */
static struct sigaction before;
static bool installed;
static uintptr_t page_size;

static uintptr_t get(const uintptr_t *p)
{
	return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

static void set(uintptr_t *p, uintptr_t value)
{
	__atomic_store_n(p, value, __ATOMIC_SEQ_CST);
}

/* --- in the handler ------------------------------------------------------------------------ */

/* An entry whose end has not changed while its begin was read is not half an old one. */
static struct watch *find(uintptr_t at)
{
	struct watch *w = __atomic_load_n(&all, __ATOMIC_ACQUIRE);

	for (; w; w = w->next) {
		uintptr_t to = get(&w->to);

		if (at < to && at >= get(&w->from) && get(&w->to) == to)
			break;
	}
	return w;
}

/*
 * The pages behind it are replaced, too: a hole for each would soon be more than the kernel's
 * limit of maps. Broken comes first, so that nobody who sees a zero believes it.
 */
static bool mend(uintptr_t at)
{
	uintptr_t page = at - at % page_size;
	struct watch *w = find(page);

	if (!w)
		return false;
	guard_break(w->map);
	count_shared(&hits, 1);
	return sys_mmap_zeroes((char *)page, w->to - page) == 0;
}

/* Touched again, or sent again, it ends the program. */
static void default_action(int signal, bool sent)
{
	struct sigaction none = { .sa_handler = SIG_DFL };

	if (sent && before.sa_handler == SIG_IGN)
		return;
	if (sys_sigaction(signal, &none, NULL) == 0 && sent)
		sys_raise(signal);
}

static void pass_on(int signal, siginfo_t *info, void *context)
{
	if (before.sa_handler == SIG_DFL || before.sa_handler == SIG_IGN)
		default_action(signal, info->si_code <= 0);
	else if (before.sa_flags & SA_SIGINFO)
		before.sa_sigaction(signal, info, context);
	else
		before.sa_handler(signal);
}

static void on_sigbus(int signal, siginfo_t *info, void *context)
{
	bool missing = info->si_code == BUS_ADRERR || info->si_code == BUS_MCEERR_AR;

	if (!missing || !mend((uintptr_t)info->si_addr))
		pass_on(signal, info, context);
}

/* --- outside ------------------------------------------------------------------------------- */

/* The program's handler runs below ours, so it gets the mask and the flags that it asked for. */
static void install(void)
{
	struct sigaction ours;

	page_size = sysconf(_SC_PAGESIZE);
	if (sys_sigaction(SIGBUS, NULL, &before))
		return;
	ours = before;
	ours.sa_sigaction = on_sigbus;
	ours.sa_flags |= SA_SIGINFO | SA_ONSTACK;
	ours.sa_flags &= ~SA_RESETHAND;
	installed = sys_sigaction(SIGBUS, &ours, NULL) == 0;
}

/* Not, if the program has put another handler over ours, or if the signal would kill this thread.
 */
static bool is_on_guard(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct sigaction now;

	pthread_once(&once, install);
	return installed && sys_sigaction(SIGBUS, NULL, &now) == 0 &&
	       now.sa_sigaction == on_sigbus && !sys_blocks(SIGBUS);
}

static struct watch *take(void)
{
	struct watch *w = unused;

	if (w) {
		unused = w->unused;
		return w;
	}
	w = calloc(1, sizeof(*w));
	if (w) {
		w->next = all;
		__atomic_store_n(&all, w, __ATOMIC_RELEASE);
	}
	return w;
}

int guard_watch(struct guarded *g, char *p, size_t n)
{
	struct watch *w;

	if (!is_on_guard())
		return -EBUSY;
	lock_take(LOCK_GUARD);
	w = take();
	*g = (struct guarded){ .p = p, .n = n, .watch = w };
	if (w) {
		set(&w->from, (uintptr_t)p);
		w->map = g;
		set(&w->to, (uintptr_t)p + n);
	}
	lock_give(LOCK_GUARD);
	return w ? 0 : -ENOMEM;
}

void guard_forget(struct guarded *g)
{
	struct watch *w = g->watch;

	lock_take(LOCK_GUARD);
	set(&w->to, 0);
	w->unused = unused;
	unused = w;
	lock_give(LOCK_GUARD);
}

bool guard_broken(const struct guarded *g)
{
	return __atomic_load_n(&g->broken, __ATOMIC_SEQ_CST);
}

void guard_break(struct guarded *g)
{
	__atomic_store_n(&g->broken, true, __ATOMIC_SEQ_CST);
}

/* A signal that a thread blocks kills the program, whatever its handler. */
ssize_t guard_copy(struct guarded *g, void *to, const char *p, size_t n)
{
	if (sys_blocks(SIGBUS))
		return -EBUSY;
	deliver(to, p, n);
	return guard_broken(g) ? -EIO : (ssize_t)n;
}
