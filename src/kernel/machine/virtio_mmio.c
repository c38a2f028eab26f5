/*
 * The MMIO transport: where the device is, what both sides agree on, and its bell.
 *
 * Source: virtio 1.2, 4.2 (MMIO) and 3.1 (initialization); the slots are where QEMU's
 * microvm and Firecracker put them when no table names them.
 */
#include "kernel/virtio.h"
#include "core/err.h"
#include "kernel/complain.h"
#include "kernel/machine/machine.h"
#include "kernel/machine/virtio_mmio.h"

enum { SLOT_BASE = 0xfeb00000, SLOT_SIZE = 512, NSLOTS = 24 };
enum { MAGIC = 0x74726976 };
enum { STATUS_ACKNOWLEDGE = 1, STATUS_DRIVER = 2, STATUS_DRIVER_OK = 4, STATUS_FEATURES_OK = 8 };
enum { RESET_POLLS_MAX = 1000000 };

int virtio_find(uint32_t id, struct virtio_dev *out)
{
	for (unsigned slot = 0; slot < NSLOTS; slot++) {
		struct virtio_dev dev = { .regs = ptr_of((uint64_t)(uint32_t)SLOT_BASE +
							 slot * SLOT_SIZE),
					  .slot = slot };

		if (mmio_read(&dev, MMIO_MAGIC) != MAGIC || mmio_read(&dev, MMIO_DEVICE_ID) != id)
			continue;
		if (mmio_read(&dev, MMIO_VERSION) != 2)
			return complain(-EPROTO,
					"virtio slot %u: version %u, not 2 (QEMU needs "
					"-global virtio-mmio.force-legacy=false)",
					slot, mmio_read(&dev, MMIO_VERSION));
		*out = dev;
		return 0;
	}
	return complain(-ENODEV, "no virtio device of kind %u in %u slots", id, NSLOTS);
}

static uint64_t offered_features(struct virtio_dev *dev)
{
	uint64_t features;

	mmio_write(dev, MMIO_DEVICE_FEATURES_SEL, 0);
	features = mmio_read(dev, MMIO_DEVICE_FEATURES);
	mmio_write(dev, MMIO_DEVICE_FEATURES_SEL, 1);
	return features | (uint64_t)mmio_read(dev, MMIO_DEVICE_FEATURES) << 32;
}

static void accept_features(struct virtio_dev *dev, uint64_t features)
{
	mmio_write(dev, MMIO_DRIVER_FEATURES_SEL, 0);
	mmio_write(dev, MMIO_DRIVER_FEATURES, (uint32_t)features);
	mmio_write(dev, MMIO_DRIVER_FEATURES_SEL, 1);
	mmio_write(dev, MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32));
	dev->features = features;
}

static void add_status(struct virtio_dev *dev, uint32_t bits)
{
	mmio_write(dev, MMIO_STATUS, mmio_read(dev, MMIO_STATUS) | bits);
}

int virtio_negotiate(struct virtio_dev *dev, uint64_t known, uint64_t required)
{
	uint64_t offered;

	virtio_reset(dev);
	add_status(dev, STATUS_ACKNOWLEDGE);
	add_status(dev, STATUS_DRIVER);
	offered = offered_features(dev);
	if (required & ~offered)
		return complain(-EOPNOTSUPP, "virtio slot %u: the device lacks features 0x%llx",
				dev->slot, (unsigned long long)(required & ~offered));
	accept_features(dev, offered & (known | required));
	add_status(dev, STATUS_FEATURES_OK);
	if (!(mmio_read(dev, MMIO_STATUS) & STATUS_FEATURES_OK))
		return complain(-EOPNOTSUPP, "virtio slot %u: the device refuses features 0x%llx",
				dev->slot, (unsigned long long)dev->features);
	return 0;
}

void virtio_start(struct virtio_dev *dev)
{
	add_status(dev, STATUS_DRIVER_OK);
}

/* The device may take its time, a broken one for ever: we do not wait for that (4.2.3.1.1). */
void virtio_reset(struct virtio_dev *dev)
{
	mmio_write(dev, MMIO_STATUS, 0);
	for (unsigned i = 0; i < RESET_POLLS_MAX && mmio_read(dev, MMIO_STATUS) != 0; i++)
		;
}

uint64_t virtio_config64(const struct virtio_dev *dev, size_t offset)
{
	uint32_t before;
	uint64_t value;

	do {
		before = mmio_read(dev, MMIO_CONFIG_GENERATION);
		value = mmio_read(dev, MMIO_CONFIG + offset);
		value |= (uint64_t)mmio_read(dev, MMIO_CONFIG + offset + 4) << 32;
	} while (mmio_read(dev, MMIO_CONFIG_GENERATION) != before);
	return value;
}
