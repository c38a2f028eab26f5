/* Claims about list.h. */
#include <stdio.h>
#include <string.h>
#include "check.h"
#include "core/list.h"

/* The links lie in the middle, so that CONTAINER_OF has something to get wrong. */
struct item {
	char before[3];
	char name;
	struct link link;
	char after[5];
};

static char name_of(struct link *it)
{
	return CONTAINER_OF(it, struct item, link)->name;
}

/* The names from the front to the back, and the same backwards. */
static void check_order(struct link *head, const char *want)
{
	char forward[8] = { 0 }, backward[8] = { 0 };
	size_t n = 0, at = strlen(want);
	struct link *it;

	list_for_each (it, head)
		forward[n++] = name_of(it);
	for (it = head->prev; it != head && at > 0; it = it->prev)
		backward[--at] = name_of(it);
	CHECK(strcmp(forward, want) == 0, "got '%s', not '%s'", forward, want);
	CHECK(it == head && strcmp(backward, want) == 0, "got '%s', not '%s'", backward, want);
}

CLAIM(an_empty_list_has_no_front_and_no_back)
{
	struct link head;

	list_init(&head);
	CHECK(list_empty(&head), "just initialised");
	CHECK(!list_front(&head) && !list_back(&head), "something is in it");
	check_order(&head, "");
}

CLAIM(both_ends_take_elements_and_show_them)
{
	struct item a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	struct link head;

	list_init(&head);
	list_push_back(&head, &b.link);
	CHECK(list_front(&head) == &b.link && list_back(&head) == &b.link, "b is alone");
	list_push_front(&head, &a.link);
	list_push_back(&head, &c.link);
	check_order(&head, "abc");
	CHECK(!list_empty(&head), "three are in it");
	CHECK(list_front(&head) == &a.link && list_back(&head) == &c.link, "a … c");
}

CLAIM(a_removed_element_may_be_removed_again)
{
	struct item a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	struct link head;

	list_init(&head);
	list_push_back(&head, &a.link);
	list_push_back(&head, &b.link);
	list_push_back(&head, &c.link);
	list_remove(&b.link);
	check_order(&head, "ac");
	list_remove(&a.link);
	list_remove(&b.link); /* its old neighbours are a, gone too, and c */
	check_order(&head, "c");
	list_remove(&c.link);
	check_order(&head, "");
	CHECK(list_empty(&head), "all were removed");
}

CLAIM(moved_to_the_front_at_each_use_the_oldest_is_at_the_back)
{
	struct item items[] = {
		{ .name = 'a' }, { .name = 'b' }, { .name = 'c' }, { .name = 'd' }
	};
	struct link lru;

	list_init(&lru);
	for (size_t i = 0; i < ARRAY_LEN(items); i++)
		list_push_front(&lru, &items[i].link);
	check_order(&lru, "dcba");
	list_move_front(&lru, &items[0].link);
	check_order(&lru, "adcb");
	list_move_front(&lru, &items[0].link);
	check_order(&lru, "adcb");
	list_move_front(&lru, &items[2].link);
	check_order(&lru, "cadb");
	CHECK(name_of(list_back(&lru)) == 'b', "got %c", name_of(list_back(&lru)));
}
