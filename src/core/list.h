/*
 * A doubly linked ring with its links inside the elements (as Linux's list_head).
 *
 * The head is a link of its own; an empty list is a head that points at itself.
 * Nothing is allocated, every operation is O(1), and an element knows nothing of
 * the list that it is in. Kept in order of use it is an LRU list: list_move_front()
 * at each use, and the element to give up is the one at the back.
 *
 *	struct buf { struct link lru; … };
 *	struct link lru;
 *	list_init(&lru);
 *	list_push_front(&lru, &buf->lru);
 *	struct buf *oldest = CONTAINER_OF(list_back(&lru), struct buf, lru);
 */
#ifndef CORE_LIST_H
#define CORE_LIST_H

#include "core/types.h"

struct link {
	struct link *prev;
	struct link *next;
};

/* The struct of `type` whose member `member` is at `ptr`. */
#define CONTAINER_OF(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Every link from the front to the back; the body must not remove `it`. */
#define list_for_each(it, head) for ((it) = (head)->next; (it) != (head); (it) = (it)->next)

static inline void list_init(struct link *head)
{
	head->prev = head->next = head;
}

static inline bool list_empty(const struct link *head)
{
	return head->next == head;
}

static inline void list_push_front(struct link *head, struct link *it)
{
	it->prev = head;
	it->next = head->next;
	head->next->prev = it;
	head->next = it;
}

static inline void list_push_back(struct link *head, struct link *it)
{
	list_push_front(head->prev, it);
}

/* Take `it` out; it points at itself afterwards, so removing it again does no harm. */
static inline void list_remove(struct link *it)
{
	it->prev->next = it->next;
	it->next->prev = it->prev;
	it->prev = it->next = it;
}

static inline void list_move_front(struct link *head, struct link *it)
{
	list_remove(it);
	list_push_front(head, it);
}

/* The first and the last element, NULL when there is none. */
static inline struct link *list_front(struct link *head)
{
	return list_empty(head) ? NULL : head->next;
}

static inline struct link *list_back(struct link *head)
{
	return list_empty(head) ? NULL : head->prev;
}

#endif
