/* A program without a single counter: there is no section to walk. */
#include "core/count.h"

int main(void)
{
	return counter_next(NULL) ? 1 : 0;
}
