/* The transport's registers. Source: virtio 1.2, table 4.1. All are 32 bits, little-endian. */
#ifndef KERNEL_MACHINE_VIRTIO_MMIO_H
#define KERNEL_MACHINE_VIRTIO_MMIO_H

#include "kernel/virtio.h"

enum {
	MMIO_MAGIC = 0x000,
	MMIO_VERSION = 0x004,
	MMIO_DEVICE_ID = 0x008,
	MMIO_DEVICE_FEATURES = 0x010,
	MMIO_DEVICE_FEATURES_SEL = 0x014,
	MMIO_DRIVER_FEATURES = 0x020,
	MMIO_DRIVER_FEATURES_SEL = 0x024,
	MMIO_QUEUE_SEL = 0x030,
	MMIO_QUEUE_NUM_MAX = 0x034,
	MMIO_QUEUE_NUM = 0x038,
	MMIO_QUEUE_READY = 0x044,
	MMIO_QUEUE_NOTIFY = 0x050,
	MMIO_INTERRUPT_STATUS = 0x060,
	MMIO_INTERRUPT_ACK = 0x064,
	MMIO_STATUS = 0x070,
	MMIO_QUEUE_DESC = 0x080, /* three physical addresses, low and high half each */
	MMIO_QUEUE_DRIVER = 0x090,
	MMIO_QUEUE_DEVICE = 0x0a0,
	MMIO_CONFIG_GENERATION = 0x0fc,
	MMIO_CONFIG = 0x100,
};

static inline uint32_t mmio_read(const struct virtio_dev *dev, size_t reg)
{
	return *(volatile uint32_t *)(dev->regs + reg);
}

static inline void mmio_write(struct virtio_dev *dev, size_t reg, uint32_t value)
{
	*(volatile uint32_t *)(dev->regs + reg) = value;
}

#endif
