"""Parts: found by what they say of themselves."""
from __future__ import annotations

import pytest

from measure import described, parts, steps
from measure.problem import Problem


@pytest.fixture
def tree(tmp_path):
    def plant(**texts: str):
        for part, text in texts.items():
            (tmp_path / "src" / part).mkdir(parents=True)
            (tmp_path / "src" / part / "part.mk").write_text(text)
        return tmp_path
    return plant


def test_a_part_is_there_when_it_describes_itself_and_parts_stand_by_their_hundreds(tree) -> None:
    root = tree(tea="hundred := 7\nkind := hosted\n", cups="hundred := 2\nkind := bare\n")
    (root / "src/core").mkdir()
    assert [(p.name, p.hundred, p.hosted) for p in described.parts(root)] == [
        ("cups", "2", False), ("tea", "7", True)]


def test_a_description_is_lines_of_a_name_and_a_value_and_comments(tree) -> None:
    root = tree(tea="# What make knows.\n\nhundred   := 7\ntitle := The water: hot\nrooms := a b \n")
    tea = described.find("tea", root)
    assert (tea.title, tea.rooms, tea.goal) == ("The water: hot", ["", "a", "b"], "")


def test_a_line_of_another_kind_is_named_with_its_file(tree) -> None:
    root = tree(tea="hundred := 7\nifdef X\n")
    with pytest.raises(Problem, match=r"src/tea/part.mk:2: no line NAME := value: ifdef X"):
        described.parts(root)


def test_a_folder_of_a_hundred_that_no_part_has_is_no_step(tree) -> None:
    root = tree(tea="hundred := 7\n")
    for name in ("700-cold", "750-warm", "100-slow", "7-x"):
        (root / "steps" / name).mkdir(parents=True)
    assert [(s.id, s.part) for s in steps.all_steps(root)] == [("700-cold", "tea"),
                                                              ("750-warm", "tea")]
    assert steps.all_steps(root, "cups") == []


def test_every_part_of_this_project_is_measured() -> None:
    assert parts.measured() == [p.name for p in described.parts()]
    assert [parts.of(name).name for name in parts.measured()] == parts.measured()


def test_a_part_that_is_not_there_or_not_measured_is_named(tree, monkeypatch) -> None:
    with pytest.raises(Problem, match="there is no part tea; there are: kernel"):
        parts.of("tea")
    monkeypatch.setattr(parts, "ROOT", tree())
    with pytest.raises(Problem, match="the part kernel is not measured yet"):
        parts.of("kernel")


def test_of_each_key_the_newest_table_at_or_below_a_step_counts(tree) -> None:
    root = tree(tea="hundred := 7\n")
    for number, text in ((700, "[measured]\ncup = 1\nhot = true\n"), (701, "title = 'x'\n"),
                         (702, "[measured]\ncup = 2\n")):
        (root / f"steps/{number}-a").mkdir(parents=True)
        (root / f"steps/{number}-a/step.toml").write_text(text)
    first, second, third = steps.all_steps(root)
    assert steps.measured_with(second, root) == {"cup": 1, "hot": True}
    assert steps.measured_with(third, root) == {"cup": 2, "hot": True}
    assert steps.measured_with(third, root, without=[702]) == {"cup": 1, "hot": True}
