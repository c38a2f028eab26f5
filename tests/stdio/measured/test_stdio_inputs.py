"""The files of part 4: the same bytes from the same seed, and no more of them than announced."""
from __future__ import annotations

import random
import zlib
from pathlib import Path

import pytest

from measure.contests import kept
from measure.problem import Problem
from stdio.measured import inputs as stdio_inputs
from stdio.measured.inputs import LIST, MB


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(kept, "INPUTS", tmp_path / "inputs")
    return tmp_path / "inputs"


def test_one_seed_gives_the_same_bytes_for_ever(tmp_path: Path) -> None:
    """Goldens hold their checksum: another one is another VERSION."""
    stdio_inputs.random_file(tmp_path / "file", 1_000_003, seed=1)
    content = (tmp_path / "file").read_bytes()
    assert (len(content), zlib.crc32(content)) == (1_000_003, 0x1efe71e1)
    text = stdio_inputs.c_text(random.Random(1), 5_000)
    assert zlib.crc32(text) == 0xef062feb


def test_a_file_does_not_depend_on_the_pieces_that_it_is_written_in(tmp_path, monkeypatch) -> None:
    stdio_inputs.random_file(tmp_path / "a", 100_001, seed=3)
    monkeypatch.setattr(stdio_inputs, "PIECE", 4096)
    stdio_inputs.random_file(tmp_path / "b", 100_001, seed=3)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_large_file_has_all_of_its_blocks_and_cannot_be_packed(tmp_path: Path) -> None:
    stdio_inputs.random_file(tmp_path / "file", 3 * MB, seed=1)
    assert (tmp_path / "file").stat().st_blocks * 512 >= 3 * MB
    assert len(zlib.compress((tmp_path / "file").read_bytes())) > 3 * MB


def test_small_files_are_many_small_and_few_large_ones_of_one_size_in_all(folder) -> None:
    files = stdio_inputs.workload("small-100")
    sizes = [p.stat().st_size for p in files.paths if p.name != LIST]
    assert len(sizes) == 100 and sum(sizes) == files.size_bytes == files.delivered_bytes == 2 * MB
    assert max(sizes) > 10 * min(sizes) > 0
    assert (files.folder / LIST).read_text().splitlines() == list(files.files[:-1])


def test_c_like_text_compiles_into_tokens_of_every_kind(folder, run) -> None:
    """The preprocessor has nothing to say against any of the files."""
    files = stdio_inputs.workload("tokens-50")
    assert len(files.files) == 51
    assert 0.5 * MB < files.size_bytes < 2 * MB
    for path in files.paths[:3]:
        done = run(["gcc", "-E", "-Wall", "-o", "/dev/null", path])
        assert (done.returncode, done.stderr) == (0, "")
        text = path.read_text()
        for part in ("/*", "//", '\\"', "0x", "e-3", "'", "#define", "->", "<<"):
            assert part in text, part


def test_a_workload_and_its_cold_twin_are_the_same_files(folder) -> None:
    warm, cold = (stdio_inputs.workload(name) for name in ("again-1m", "again-1m-cold"))
    assert (warm.cache, cold.cache) == ("warm", "cold")
    assert (warm.path, warm.sha256, warm.arguments) == (cold.path, cold.sha256, cold.arguments)
    assert warm.path.read_bytes() and warm.delivered_bytes == 100 * warm.size_bytes
    assert warm.arguments == ("again", "stdio-1m.bin", "--times", "100")


def test_a_folder_is_made_again_when_one_of_its_files_was_cut(folder) -> None:
    before = stdio_inputs.workload("small-100")
    before.paths[5].write_bytes(b"")
    again = stdio_inputs.workload("small-100")
    assert again.sha256 == before.sha256 == kept.sha256_of(before.folder)


def test_a_file_is_not_made_on_a_disk_that_it_would_fill(folder, monkeypatch) -> None:
    monkeypatch.setattr(stdio_inputs.shutil, "disk_usage",
                        lambda path: type("Usage", (), {"free": 1500 * MB}))
    with pytest.raises(Problem, match="stdio-1000m.bin needs 1,000 MB and 1,000 MB to spare"):
        stdio_inputs.workload("random-1g")
    assert not list(folder.glob("*.bin"))


def test_the_machines_own_headers_are_taken_as_they_are(folder, tmp_path, monkeypatch) -> None:
    headers = tmp_path / "include"
    for n in range(60):
        (headers / f"{n % 3}").mkdir(parents=True, exist_ok=True)
        (headers / f"{n % 3}" / f"{n}.h").write_text(f"int a{n};\n" * 200)
    monkeypatch.setattr(stdio_inputs, "HEADERS", headers)
    files = stdio_inputs.workload("tokens-headers")
    assert len(files.files) == 51 and not files.substitute
    assert all(p.read_text().startswith("int a") for p in files.paths if p.name != LIST)
    monkeypatch.setattr(stdio_inputs, "HEADERS", tmp_path / "nowhere")
    with pytest.raises(Problem, match="no C headers in .*nowhere; `make setup`"):
        stdio_inputs.workload("tokens-headers")


def test_an_unknown_workload_is_told_which_there_are() -> None:
    with pytest.raises(Problem, match="no workload tea; there are: seq-100m, .*each also with -cold"):
        stdio_inputs.workload("tea")
