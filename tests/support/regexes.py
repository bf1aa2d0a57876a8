"""Find regular expressions that take more than linear time, without running them.

Python's engine tries one way to match after another. In the automaton of a pattern each way is a
path, so the number of steps is the number of paths along a text. That number grows faster than the
text if and only if there are two states P and Q and a text W such that W leads from P to P, from P
to Q and from Q to Q: along WWW... the engine may cross from P to Q after every W, and tries each
possibility. (P and Q may be the same state, with two different ways from P to P.)
Weber and Seidl, "On the degree of ambiguity of finite automata",
https://doi.org/10.1016/0304-3975(91)90381-B
"""

import importlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import product
from typing import Any

_sre: Any = importlib.import_module("re._parser")
_compiler: Any = importlib.import_module("re._compiler")

# One of each kind of character that a pattern can distinguish, and every character that a pattern
# of ours names.
_ALPHABET = [*map(chr, range(128)), *"\x80\xe9\u0660\u2003\ufeff\uffff", *"余额不足违规敏感"]
_ANY = (1 << len(_ALPHABET)) - 1

# A repetition with at most so many occurrences is written out. A longer one counts as a loop.
_WRITTEN_OUT = 64

# So many of a loop's required occurrences are written out: more would add only a constant factor.
_LEAST = 3


@dataclass
class Automaton:
    """The ways through a pattern.

    Attributes:
        steps: by state, the characters that lead to a next state, each as a bit, and that state.
        silent: by state, the states that are reached without reading a character.
        conditions: the silent ways that are open only at some places, such as the end of the text.
    """

    steps: list[list[tuple[int, int]]] = field(default_factory=list)
    silent: list[list[int]] = field(default_factory=list)
    conditions: set[tuple[int, int]] = field(default_factory=set)

    def state(self) -> int:
        self.steps.append([])
        self.silent.append([])
        return len(self.steps) - 1

    def reached(self, start: int, *, surely: bool = False) -> dict[int, int]:
        """Return the states reached without a character, with the number of ways (2 if more).

        With `surely`, conditional ways are not taken.
        """
        ways = {start: 1}
        # Each silent way is taken once, because the engine leaves a loop that reads nothing.
        pending = [(start, frozenset[tuple[int, int]]())]
        while pending:
            state, taken = pending.pop()
            for following in self.silent[state]:
                edge = (state, following)
                if edge in taken or (surely and edge in self.conditions):
                    continue
                ways[following] = min(2, ways.get(following, 0) + 1)
                pending.append((following, taken | {edge}))
        return ways


def superlinear(pattern: "re.Pattern[Any]", *, anchored: bool, whole: bool) -> str | None:
    """Return a text that, repeated, takes the pattern more than linear time; None if none does.

    Args:
        pattern: the regular expression.
        anchored: whether it is tried only at the beginning of the text, as by `match`.
        whole: whether it must match up to the end of the text, as by `fullmatch`.
    """
    automaton = Automaton()
    start, end, inner = automaton.state(), automaton.state(), automaton.state()
    text = pattern.pattern
    unknown = set(text if isinstance(text, str) else text.decode("latin-1")) - {*_ALPHABET}
    if unknown:
        raise NotImplementedError(f"add {unknown} to the alphabet")
    parsed = _sre.parse(text, pattern.flags if isinstance(text, bytes) else pattern.flags & ~re.U)
    automaton.silent[start].append(inner)
    if not anchored:
        automaton.steps[start].append((_ANY, start))
    _add(automaton, parsed, inner, end, parsed.state.flags)
    return _repeated(automaton, start, None if whole else end)


def _add(automaton: Automaton, items: Iterable[Any], start: int, end: int, flags: int) -> None:
    """Add the ways through a sequence of parts."""
    parts = list(items)
    for index, (kind, value) in enumerate(parts):
        following = end if index == len(parts) - 1 else automaton.state()
        _add_part(automaton, str(kind), value, start, following, flags)
        start = following
    if not parts:
        automaton.silent[start].append(end)


def _add_part(
    automaton: Automaton, kind: str, value: Any, start: int, end: int, flags: int
) -> None:
    match kind:
        case "LITERAL" | "NOT_LITERAL" | "ANY" | "IN":
            automaton.steps[start].append((_characters(kind, value, flags), end))
        case "BRANCH":
            for branch in value[1]:
                inner = automaton.state()
                automaton.silent[start].append(inner)
                _add(automaton, branch, inner, end, flags)
        case "SUBPATTERN":
            _, added, removed, inside = value
            _add(automaton, inside, start, end, (flags | added) & ~removed)
        case "ATOMIC_GROUP":
            # An atomic group tries at most as many ways as an ordinary one.
            _add(automaton, value, start, end, flags)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            _add_repeat(automaton, value, start, end, flags)
        case "AT":
            automaton.silent[start].append(end)
            automaton.conditions.add((start, end))
        case "ASSERT" | "ASSERT_NOT":
            automaton.silent[start].append(end)
            automaton.conditions.add((start, end))
            # The ways through the assertion lead nowhere.
            inner = automaton.state()
            automaton.silent[start].append(inner)
            _add(automaton, value[1], inner, automaton.state(), flags)
        case _:
            raise NotImplementedError(f"{kind} is not supported: avoid it, or add it here")


def _add_repeat(automaton: Automaton, value: Any, start: int, end: int, flags: int) -> None:
    least, most, inside = value
    is_loop = int(most) > _WRITTEN_OUT
    for index in range(min(int(least), _LEAST) if is_loop else int(most)):
        if index >= least:
            automaton.silent[start].append(end)
        following = automaton.state()
        _add(automaton, inside, start, following, flags)
        start = following
    automaton.silent[start].append(end)
    if is_loop:
        loop = automaton.state()
        automaton.silent[start].append(loop)
        following = automaton.state()
        _add(automaton, inside, loop, following, flags)
        automaton.silent[following] += [loop, end]


def _characters(kind: str, value: Any, flags: int) -> int:
    """Return the characters that a part matches, determined with the engine itself."""
    state = _sre.State()
    state.flags = flags
    part = _sre.SubPattern(state, [(getattr(_sre, kind), value)])
    one = _compiler.compile(part, flags)
    return sum(1 << bit for bit, text in enumerate(_ALPHABET) if one.fullmatch(text))


# The characters that were read on a path, the last ones first.
Trail = tuple[()] | tuple[int, "Trail"]

Moves = dict[int, list[tuple[int, int]]]


def _moves(automaton: Automaton, start: int) -> Moves:
    """Return the ways from state to state that read one character."""
    moves: Moves = {}
    pending = [start]
    while pending:
        state = pending.pop()
        if state in moves:
            continue
        moves[state] = [
            (characters, following)
            for reached, ways in automaton.reached(state).items()
            for characters, following in automaton.steps[reached]
            for _ in range(ways)
        ]
        pending += [following for _, following in moves[state]]
    return moves


def _repeated(automaton: Automaton, start: int, end: int | None) -> str | None:
    moves = _moves(automaton, start)
    towards = {state: _towards(moves, state) for state in moves}
    cyclic = [state for state in moves if towards[state].get(state)]
    # A match is certain there, so the engine tries no other way.
    sure = {state for state in moves if end in automaton.reached(state, surely=True)}
    for p, q in product(cyclic, repeat=2):
        if q in sure:
            continue
        if p == q:
            found = _twice(towards[p], p)
        else:
            found = _reaches((towards[p], towards[q], towards[q]), (p, p, q), (p, q, q))
        if found is not None:
            return found
    return None


def _towards(moves: Moves, goal: int) -> Moves:
    """Return the moves after which a state can still be reached."""
    before: dict[int, set[int]] = {}
    for state, ways in moves.items():
        for _, following in ways:
            before.setdefault(following, set()).add(state)
    near, pending = {goal}, [goal]
    while pending:
        new = before.get(pending.pop(), set()) - near
        near |= new
        pending += new
    return {
        state: [way for way in ways if way[1] in near]
        for state, ways in moves.items()
        if state in near
    }


def _twice(moves: Moves, state: int) -> str | None:
    """Return a text that leads from a state to itself in two ways."""
    # The third member says whether the two ways have parted yet.
    queue: list[tuple[int, int, bool, Trail]] = [(state, state, False, ())]
    seen = {(state, state, False)}
    for one, other, parted, trail in queue:
        for (index, first), (number, second) in product(
            enumerate(moves[one]), enumerate(moves[other])
        ):
            if not (common := first[0] & second[0]):
                continue
            ways = first[1], second[1], parted or index != number or one != other
            if ways == (state, state, True):
                return _text((common, trail))
            if ways not in seen:
                seen.add(ways)
                queue.append((*ways, (common, trail)))
    return None


def _reaches(moves: tuple[Moves, ...], start: tuple[int, ...], goal: tuple[int, ...]) -> str | None:
    """Return a text that leads from each state of `start` to the one of `goal` at its place."""
    queue: list[tuple[tuple[int, ...], Trail]] = [(start, ())]
    seen = {start}
    for states, trail in queue:
        for common, following in _together(moves, states):
            if following == goal:
                return _text((common, trail))
            if following not in seen:
                seen.add(following)
                queue.append((following, (common, trail)))
    return None


def _together(
    moves: tuple[Moves, ...], states: tuple[int, ...]
) -> list[tuple[int, tuple[int, ...]]]:
    """Return the states that several states reach with the same character."""
    ways: list[tuple[int, tuple[int, ...]]] = [(_ANY, ())]
    for own, state in zip(moves, states, strict=True):
        ways = [
            (common, (*before, following))
            for characters, before in ways
            for others, following in own.get(state, ())
            if (common := characters & others)
        ]
    return ways


def _text(trail: Trail) -> str:
    """Return a text that takes a trail, preferably of letters and digits."""
    text = ""
    while trail:
        characters, trail = trail
        found = [one for bit, one in enumerate(_ALPHABET) if characters >> bit & 1]
        text = min(found, key=lambda one: (not one.isalnum(), not one.isprintable(), one)) + text
    return text
