"""Linux as a peer: Debian's cloud kernel reads the file that our kernels load.

Same QEMU, same options, same image. The kernel and a static busybox come from Debian's
packages, unpacked and never installed. A fresh boot is a cold cache. The guest's clock is the
time-stamp counter, as in our kernels. Linux finds nothing on this machine to measure its rate
with, and does not boot; so it is told what our kernel found (tsc_early_khz=).
"""
from __future__ import annotations

import io
import re
import tarfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from measure.contests import kept
from measure.machine import process
from measure.problem import Problem
from kernel.measured import cpio, emulator
from kernel.measured.emulator import Conditions, Run
from kernel.measured.inputs import Disk, Program

KERNEL, BUSYBOX = "linux-image-cloud-amd64", "busybox-static"
MODULES = ("virtio_mmio", "virtio_blk", "ext4")  # those that are built in are left out
WAYS = {"dd-256k": "dd bs=256k", "dd-4k": "dd bs=4k", "cat": "cat"}
FETCH_LIMIT_SECONDS = 300
LIMIT_SECONDS = 300  # one boot and one reading
CLOCK_SLACK_SECONDS = 0.25  # the host hears of both ends over the serial line, whoever else is busy

INIT = """#!/bin/busybox sh
b=/bin/busybox
finish() { echo holding; read x; echo b >/proc/sysrq-trigger; }
fail() { echo "error: $*"; finish; }
$b mount -t devtmpfs none /dev
$b mount -t proc none /proc
$b mount -t sysfs none /sys
for m in MODULES; do $b insmod /lib/$m || fail "insmod $m"; done
queue=/sys/block/vda/queue
$b mount -t ext4 -o ro /dev/vda /mnt || fail "mount"
[ -f /mnt$load ] || fail "there is no $load"
if [ "$verify" ]; then
	set -- $($b sha256sum /mnt$load)
	echo "sha256 $1"
	echo "load.ns 1"
	finish
fi
read clock </sys/devices/system/clocksource/clocksource0/current_clocksource
read ahead <$queue/read_ahead_kb
read largest <$queue/max_sectors_kb
read segments <$queue/max_segments
t0=$EPOCHREALTIME
$b true
t1=$EPOCHREALTIME
read r0 m0 s0 rest </sys/block/vda/stat
echo "loading 0 %"
t2=$EPOCHREALTIME
case $how in
dd-256k) $b dd if=/mnt$load of=/dev/null bs=256k ;;
dd-4k) $b dd if=/mnt$load of=/dev/null bs=4k ;;
cat) $b cat /mnt$load >/dev/null ;;
*) fail "how=$how" ;;
esac || fail "reading $load"
t3=$EPOCHREALTIME
echo "loading 100 %"
read r1 m1 s1 rest </sys/block/vda/stat
ns() { echo "$1 $((${3%.*}${3#*.} - ${2%.*}${2#*.}))000"; }
ns load.ns $t2 $t3
ns start.ns $t0 $t1
echo "virtio.requests $((r1 - r0))"
echo "virtio.bytes $(((s1 - s0) * 512))"
echo "disk.requests $r1"
echo "disk.bytes $((s1 * 512))"
echo "queue.read_ahead_kb $ahead"
echo "queue.max_sectors_kb $largest"
echo "queue.max_segments $segments"
echo "clocksource $clock"
finish
"""


# --- what it is made of --------------------------------------------------------------------------


@dataclass(frozen=True)
class Guest:
    kernel: Path
    initrd: Path
    version: str  # "6.1.0-…-cloud-amd64"


def guest() -> Guest:
    """The kernel and its initramfs, fetched and made if need be."""
    image, image_sha256 = package(KERNEL)
    tools, tools_sha256 = package(BUSYBOX)
    made_of = f"{KERNEL} {image_sha256}"
    vmlinuz, _ = kept.cached("peer-linux.vmlinuz", made_of, lambda to: _vmlinuz(image, to))
    initrd, _ = kept.cached(
        "peer-linux.initrd", f"{made_of}, {BUSYBOX} {tools_sha256}, {INIT!r}",
        lambda to: to.write_bytes(initramfs(_files(image), _files(tools))))
    return Guest(vmlinuz, initrd, _version(_files(image)))


def package(name: str) -> tuple[Path, str]:
    """A package of Debian as apt fetches it; a metapackage's is the one that it depends on."""
    return kept.cached(f"peer-{name}.deb", f"apt-get download {name}",
                         lambda to: _fetch(name, to))


def _fetch(name: str, to: Path) -> None:
    wanted = name
    asked = process.run(["apt-cache", "depends", "--important", name])
    if found := re.search(r"Depends: (linux-image-\S+)", asked.stdout):
        wanted = found[1]
    done = process.run(["apt-get", "-q", "download", wanted], cwd=to.parent,
                       limit_seconds=FETCH_LIMIT_SECONDS)
    fetched = list(to.parent.glob("*.deb"))
    if done.returncode or len(fetched) != 1:
        why = re.search(r"^E: (.*)", done.stderr, re.MULTILINE)
        raise Problem(f"apt-get download {wanted}: {why[1] if why else 'no package came'} "
                      "(is there a network? `apt-get update` may help)")
    fetched[0].rename(to)


def _files(deb: Path) -> tarfile.TarFile:
    with process.running(["dpkg-deb", "--fsys-tarfile", deb], stdout=process.PIPE) as unpacker:
        return tarfile.open(fileobj=io.BytesIO(unpacker.stdout.read()))


def _vmlinuz(deb: Path, to: Path) -> None:
    files = _files(deb)
    to.write_bytes(_content(files, f"boot/vmlinuz-{_version(files)}"))


def _version(files: tarfile.TarFile) -> str:
    for name in files.getnames():
        if m := re.fullmatch(r"\./boot/vmlinuz-(.+)", name):
            return m[1]
    raise Problem(f"the package of {KERNEL} holds no kernel")


def _content(files: tarfile.TarFile, name: str) -> bytes:
    try:
        return files.extractfile(f"./{name}").read()
    except KeyError:
        raise Problem(f"a package holds no {name}") from None


def initramfs(image: tarfile.TarFile, tools: tarfile.TarFile) -> bytes:
    folder = f"lib/modules/{_version(image)}"
    there = {Path(n).stem: n[2:] for n in image.getnames() if n.endswith(".ko")}
    builtin = {Path(line).stem for line in
               _content(image, f"{folder}/modules.builtin").decode().splitlines()}
    contents: dict[str, bytes] = {}

    def needed_by(module: str) -> list[str]:
        if module not in there:
            raise Problem(f"the package of {KERNEL} holds no module {module}")
        contents[module] = _content(image, there[module])
        return depends(contents[module])

    order = in_order([m for m in MODULES if m not in builtin], needed_by)
    return cpio.archive({
        **dict.fromkeys(("bin", "dev", "lib", "mnt", "proc", "sys")),
        "bin/busybox": _content(tools, "bin/busybox"),
        **{f"lib/{m}": contents[m] for m in order},
        "init": INIT.replace("MODULES", " ".join(order)).encode()})


def depends(module: bytes) -> list[str]:
    """What a module says that it needs (the package has no modules.dep: installing makes that)."""
    found = re.search(rb"(?:^|\0)depends=([^\0]*)\0", module)
    return found[1].decode().replace("-", "_").split(",") if found and found[1] else []


def in_order(wanted: list[str], needed_by) -> list[str]:
    """The modules, each behind those that it needs."""
    done: list[str] = []

    def add(module: str, above: tuple[str, ...]) -> None:
        if module in above:
            raise Problem(f"modules need each other: {' '.join((*above, module))}")
        if module not in done:
            for other in needed_by(module):
                add(other, (*above, module))
            done.append(module)

    for module in wanted:
        add(module, ())
    return done


# --- one reading ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """What one boot and one reading of the file came to."""
    seconds: float  # of the program that reads, without what starting a program costs
    start_seconds: float
    requests: int
    nbytes: int
    queue: dict[str, int] = field(default_factory=dict)
    clock: str = ""


def read(guest: Guest, program: Program, disk: Disk, way: str, conditions: Conditions,
         clock_hz: int) -> Reading:
    """Boot, read the file once with a cold cache, and check the guest's count and clock."""
    heard: list[float] = []
    done = _boot(guest, program, disk, conditions, clock_hz, [f"how={way}"],
                 lambda percent: heard.append(time.monotonic()))
    found = reading(done, f"Linux, {WAYS[way]}")
    if conditions.accel != "kvm" and found.clock != "tsc":
        raise Problem(f"Linux uses the clock {found.clock}, not the one it was told of")
    shell, host = done.figures["load.ns"] / 1e9, heard[-1] - heard[0]
    if abs(host - shell) > CLOCK_SLACK_SECONDS + 0.1 * host:
        raise Problem(f"Linux counted {shell:.3f} s for what took {host:.3f} s here")
    return found


def prove(guest: Guest, program: Program, disk: Disk, conditions: Conditions, clock_hz: int
          ) -> None:
    """Linux reads what we read: the file's checksum, computed in the guest."""
    done = _boot(guest, program, disk, conditions, clock_hz, ["verify=1"], lambda percent: None)
    if f"sha256 {program.sha256}" not in done.said:
        raise Problem(f"Linux reads {disk.file} of {disk.path.name} wrong: {done.said}")


def _boot(guest: Guest, program: Program, disk: Disk, conditions: Conditions, clock_hz: int,
          words: list[str], on_progress) -> Run:
    done = emulator.run(guest.kernel, disk.path,
                      ["console=ttyS0", "quiet", "loglevel=1", "panic=-1", "no_timer_check",
                       f"tsc_early_khz={clock_hz // 1000}", "tsc=reliable", "lpj=4000000",
                       f"load={disk.file}", *words],
                      conditions, program.memory_mib, more=["-initrd", str(guest.initrd)],
                      limit_seconds=LIMIT_SECONDS, on_progress=on_progress)
    if done.exit == 0:  # it restarts the machine, which ends QEMU: it cannot reach the exit device
        done.exit = emulator.LOADED
    return done.check("Linux")


def reading(done: Run, what: str) -> Reading:
    """A reading out of what the guest said, held against what QEMU counted."""
    f = done.figures
    seen = done.outsider or {}
    if (f["disk.requests"], f["disk.bytes"]) != (seen.get("rd_operations"), seen.get("rd_bytes")):
        raise Problem(f"{what} counts {f['disk.requests']} requests and {f['disk.bytes']} bytes; "
                      f"QEMU {seen.get('rd_operations')} and {seen.get('rd_bytes')}")
    clock = next((s.split()[1] for s in done.said if s.startswith("clocksource ")), "")
    queue = {k.removeprefix("queue."): v for k, v in f.items() if k.startswith("queue.")}
    return Reading((f["load.ns"] - f["start.ns"]) / 1e9, f["start.ns"] / 1e9,
                   f["virtio.requests"], f["virtio.bytes"], queue, clock)
