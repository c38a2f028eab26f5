"""Words bound to data: {holds}, and {when} with {otherwise}.

    ```{holds}
    104.ratio <= 103.virtio.requests / 104.virtio.requests
    101.verdict == faster
    ```

lists what a passage rests on, a relation a line; a false one fails the build with its figures. Where
it may honestly go either way, both texts are written, and the data choose:

    ```{when} 102.verdict == slower
    …
    ```
    ```{otherwise} 102.verdict == faster
    …
    ```
    ```{otherwise}
    …
    ```

A side is a number, a name that {m} knows, or a computation of them with + - * / and parentheses
(blanks around operators, as names have hyphens); or a word, or several: `no difference | slower`.
A name with blanks in it (`stdio.advice.cold.16 MB.huge.ratio.low`) stands alone on its side.
"""
from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from .numbers import Source, look_up
from .steps import Missing, depends_on

RELATIONS: dict[str, Callable] = {"<=": operator.le, ">=": operator.ge, "==": operator.eq,
                                  "!=": operator.ne, "<": operator.lt, ">": operator.gt}
SIDES = re.compile(r"\s(<=|>=|==|!=|<|>)\s")
TERMS: dict[str, Callable[[float, float], float]] = {"+": operator.add, "-": operator.sub}
FACTORS: dict[str, Callable[[float, float], float]] = {"*": operator.mul, "/": operator.truediv}
NUMBER = re.compile(r"\d+(\.\d+)?$")
NAME = re.compile(r"[\w-]+\.[\w.+-]+( \w[\w.+-]*)*$")


@dataclass
class Side:
    """One side of a relation, computed from left to right."""
    text: str
    sources: list[Source] = field(default_factory=list)

    def value(self) -> float | str:
        words = self.text.replace("(", " ( ").replace(")", " ) ").split()
        whole = self.text.strip()
        if not NUMBER.match(whole) and (len(words) == 1 or NAME.match(whole)):
            return self._looked_up(whole)
        self._left = words
        result = self._chain(TERMS, lambda: self._chain(FACTORS, self._atom))
        if self._left:
            raise Missing(f"{self.text}: {self._left[0]} is not expected there")
        return result

    def _chain(self, operators: dict[str, Callable], part: Callable[[], float]) -> float:
        result = part()
        while self._left and self._left[0] in operators:
            apply = operators[self._left.pop(0)]
            other = part()
            if apply is operator.truediv and other == 0:
                raise Missing(f"{self.text}: a division by 0")
            result = apply(result, other)
        return result

    def _atom(self) -> float:
        if not self._left:
            raise Missing(f"{self.text}: something is missing at the end")
        word = self._left.pop(0)
        if word == "(":
            result = self._chain(TERMS, lambda: self._chain(FACTORS, self._atom))
            if not self._left or self._left.pop(0) != ")":
                raise Missing(f"{self.text}: a parenthesis is not closed")
            return result
        if NUMBER.match(word):
            return float(word)
        if not isinstance(value := self._looked_up(word), (int, float)):
            raise Missing(f"{self.text}: {word} is {value!r}, and no number")
        return value

    def _looked_up(self, word: str) -> float | str:
        if not NAME.match(word):
            raise Missing(f"{self.text}: {word} is neither a number nor a name such as 101.ratio")
        source, _, value = look_up(word)
        self.sources.append(source)
        return value


@dataclass
class Relation:
    text: str
    holds: bool
    figures: str  # "12.4 <= 8"
    sources: list[Source]


def relation(text: str) -> Relation:
    """What `text` says, and whether that is so; Missing if it says nothing."""
    sides = SIDES.split(text.strip())
    if len(sides) != 3:
        raise Missing(f"{text.strip()!r} is no relation: two sides are wanted, and between them one "
                      f"of {' '.join(RELATIONS)}")
    left, sign, right = sides
    a = Side(left)
    value = a.value()
    if isinstance(value, str):
        if sign not in ("==", "!="):
            raise Missing(f"{text.strip()}: words are only compared by == and !=")
        words = [w.strip() for w in right.split("|")]
        return Relation(text.strip(), (value in words) == (sign == "=="),
                        f"{value} {sign} {right.strip()}", a.sources)
    b = Side(right)
    other = b.value()
    if isinstance(other, str):
        raise Missing(f"{text.strip()}: {right.strip()} is {other!r}, and no number")
    return Relation(text.strip(), RELATIONS[sign](value, other), f"{value:.6g} {sign} {other:.6g}",
                    a.sources + b.sources)


# --- directives -------------------------------------------------------------------------------


def _note(env: BuildEnvironment, found: Relation) -> None:
    for source in found.sources:
        depends_on(env, source)


class Holds(SphinxDirective):
    """Nothing to be seen: the passage says it."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        if not any(line.strip() for line in self.content):
            raise self.error("{holds}: it lists no relation")
        for offset, line in enumerate(self.content):
            if line.strip():
                self._check(line, self.lineno + offset + 1)
        return []

    def _check(self, line: str, number: int) -> None:
        try:
            found = relation(line)
        except Missing as e:
            self.env.note_reread()
            raise self.error(f"{{holds}}: {e}") from e
        _note(self.env, found)
        if not found.holds and not self.env.temp_data.get("not_woven"):
            self.env.note_reread()
            self.state_machine.reporter.error(
                f"{{holds}}: {found.text} is false: {found.figures}. What the text says of it "
                "must be written anew", line=number)


class When(SphinxDirective):
    """The text that the data choose; the others are read, too, so that they do not rot."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    first = True  # of the texts that are chosen from

    def run(self) -> list[nodes.Node]:
        chosen = self._chosen()
        known = self.env.temp_data
        before = {name: known.get(name, False) for name in ("not_woven", "when_chosen")}
        known["not_woven"] = before["not_woven"] or not chosen
        parent = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, parent)
        known.update(before)  # a choice within this one is over
        return parent.children if chosen else []

    def _chosen(self) -> bool:
        """Whether it is this one; and the ones behind it know whether one was."""
        known = self.env.temp_data
        if self.first:
            if not self.arguments:
                raise self.error("{when}: a relation is wanted behind it")
            known["when_chosen"] = False
        elif "when_chosen" not in known:
            raise self.error("{otherwise}: there is no {when} before it")
        holds = self._holds()
        chosen = holds and not known["when_chosen"]
        known["when_chosen"] = known["when_chosen"] or chosen
        return chosen

    def _holds(self) -> bool:
        if not self.arguments:
            return True
        try:
            found = relation(self.arguments[0])
        except Missing as e:
            self.env.note_reread()
            raise self.error(f"{{{self.name}}}: {e}") from e
        _note(self.env, found)
        return found.holds


class Otherwise(When):
    first = False
