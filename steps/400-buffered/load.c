/*
 * Nothing is brought in ahead: each file of a set is opened when it is asked for, and stays
 * open until its user is done with it.
 */
#include "stdio/set.h"

void load_all(struct stage_set *set)
{
}

void load_done(struct stage_set *set, struct set_item *item)
{
	stage_close(item->file);
	item->file = NULL;
}
