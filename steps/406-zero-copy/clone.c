/*
 * The same blocks in both files, where the file system can do that (xfs, btrfs, bcachefs, …).
 *
 * Cost: one system call, whatever the size, and none of the bytes; they are copied later, a block
 * at a time, when one of the files is written to.
 */
#include "core/count.h"
#include "core/err.h"
#include "stdio/copy.h"
#include "stdio/sys.h"

COUNTER(clones, "copy.clones");

/* The file may have another size by now: what was shared says how much it was. */
int copy_clone(struct copy_job *job)
{
	struct stat st;
	int err = sys_clone(job->out, job->in);

	if (err)
		return err;
	count_shared(&clones, 1);
	err = sys_fstat(job->out, &st);
	if (err || copy_did(job, st.st_size))
		return 0; /* it is done: too late to stop, or to fail */
	return 0;
}
