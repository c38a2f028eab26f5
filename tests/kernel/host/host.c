/* What the hosted programs have in common. */
#include "host.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include "core/count.h"
#include "kernel/page.h"

COUNTER(failures, "host.failures");

struct host host;

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *value = getenv(name);

	return value ? strtoull(value, NULL, 10) : otherwise;
}

void host_set_up(const char *image)
{
	int fd = open(image, O_RDONLY);
	struct stat st;

	if (fd < 0 || fstat(fd, &st)) {
		perror(image);
		exit(2);
	}
	host = (struct host){
		.disk_bytes = (size_t)st.st_size,
		.npages = setting("MEMORY_MIB", 256) * (MIB / PAGE_SIZE),
		.longest_run = setting("LONGEST_RUN", SIZE_MAX),
		.fail_read = setting("FAIL_READ", 0),
		.fail_alloc = setting("FAIL_ALLOC", 0),
		.fail_protect = setting("FAIL_PROTECT", 0),
		.touch = setting("TOUCH", 100),
		.seed = setting("SEED", 1),
		.show = setting("SHOW", 0),
	};
	if (st.st_size) /* an empty mapping is an error to mmap() */
		host.disk = mmap(NULL, host.disk_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	if (host.disk == MAP_FAILED) {
		perror(image);
		exit(2);
	}
}

bool host_failure(void)
{
	count(&failures, 1);
	return true;
}

void host_print_counters(void)
{
	for (const struct counter *c = NULL; (c = counter_next(c));)
		printf("%s %llu\n", c->name, (unsigned long long)c->n);
}
