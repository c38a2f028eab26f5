/*
 * The first serial port, polled. A line costs one port access a byte, which is why
 * nothing is printed while the clock runs, short of an error or a progress line.
 *
 * Source: NS16550 data sheet.
 */
#include "kernel/console.h"
#include "core/err.h"
#include "core/format.h"
#include "kernel/complain.h"
#include "kernel/machine/cpu.h"
#include "kernel/machine/machine.h"

enum { COM1 = 0x3f8, LINE_STATUS = COM1 + 5, RECEIVED = 0x01, TRANSMIT_READY = 0x20 };
enum { DEBUG_EXIT = 0x501 };
enum { LINE_MAX = 512 };

static void put(char c)
{
	while (!(in8(LINE_STATUS) & TRANSMIT_READY))
		cpu_relax();
	out8(COM1, (uint8_t)c);
}

static void put_line(const char *line)
{
	for (; *line; line++)
		put(*line);
}

void print(const char *fmt, ...)
{
	char line[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format_v(line, sizeof(line), fmt, ap);
	va_end(ap);
	put_line(line);
}

int complain(int err, const char *fmt, ...)
{
	char message[LINE_MAX];
	va_list ap;

	va_start(ap, fmt);
	format_v(message, sizeof(message), fmt, ap);
	va_end(ap);
	print("error: %s (%s: %s)\n", message, err_name(err), err_text(err));
	return err;
}

void console_hold(void)
{
	print("holding\n");
	while (!(in8(LINE_STATUS) & RECEIVED))
		cpu_relax();
	in8(COM1);
}

void machine_exit(unsigned code)
{
	out8(DEBUG_EXIT, (uint8_t)code);
	for (;;) /* a machine without the exit device stops here */
		__asm__ volatile("cli; hlt");
}
