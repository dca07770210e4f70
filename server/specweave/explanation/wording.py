"""An explanation in sentences. Every number is named by its place in explanation.json, so that a document can cite it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from specweave.errors import listing
from specweave.explanation.global_facts import ColumnImportance, GlobalFacts, Sensitive
from specweave.explanation.honesty import skill_taken
from specweave.explanation.result import Explanation
from specweave.explanation.sentences import Show, sentence
from specweave.explanation.spaces import short_unit
from specweave.rendering import number, percent

MOST_NAMED = 3
MOST_GROUPS = 3
_UNSTABLE = 0.9
_LOOSE = 0.9
# From this skill on, the other columns tell a protected property well enough to say so.
_TOLD = 0.3
# A smaller part of all contributions is not relying on a column.
_NAMED = 0.005


def headline(found: Explanation) -> str:
    """What matters most in one line, without numbers; a column that dominates is named as what it may be."""
    overall = found.overall
    names = [one.column for one in overall.columns[:MOST_NAMED] if one.share > 0]
    if overall.honesty.dominating is not None:
        return f"{found.experiment} rests on {overall.honesty.dominating.column} almost alone: a possible leak"
    if not names:
        return f"{found.experiment} uses no column: it answers every row alike"
    return f"{found.experiment} relies most on {_joined(names)}"


def findings(found: Explanation, show: Show) -> tuple[str, ...]:
    """What a reader must know, the gravest first: leaks, protected columns, what counts, how far to trust it."""
    parts = (_dominating, _sensitive, _columns, _together, _interactions, _stability, _surrogate, _cautions)
    return tuple(said for part in parts for said in part(found, show))


def row_sentence(found: Explanation, at: int, show: Show) -> str:
    """The sentence of one chosen row."""
    return sentence(
        found.rows[at], f"/rows/{at}", show, output=found.output, task=found.task, unit=short_unit(found.space)
    )


def sensitive_names(overall: GlobalFacts) -> tuple[str, ...]:
    """Columns about protected properties, which nobody is asked to change."""
    return tuple(one.column for one in overall.honesty.sensitive)


def _dominating(found: Explanation, show: Show) -> Iterator[str]:
    one = found.overall.honesty.dominating
    if one is None:
        return
    share = show("/overall/honesty/dominating/share", percent)
    carries = f"{one.column} alone makes up {share} of all contributions"
    if one.skill_lost is not None:
        place = "/overall/honesty/dominating/skill_lost"
        lost = skill_taken(one.skill_lost) if one.skill_lost >= 1 else show(place, percent)
        carries = f"shuffling {one.column} alone takes {lost} of the model's skill ({share} of all contributions)"
    yield (
        f"Possible leak: {carries}. If its value is known only after the "
        f"answer, or was derived from it, the model is worth nothing in use: check that, and exclude the column if so."
    )


def _sensitive(found: Explanation, show: Show) -> Iterator[str]:
    """Which protected properties the model reads, and which it could tell without reading them."""
    told = list(enumerate(found.overall.honesty.sensitive))
    read = [
        f"{one.column} ({show(f'/overall/honesty/sensitive/{at}/share', percent)})"
        for at, one in told
        if one.read and one.share is not None and one.share >= _NAMED
    ]
    if read:
        yield f"Sensitive columns the model reads, with their part of all contributions: {_joined(read)}."
    hidden = [(at, one) for at, one in told if one.read and one.proxies and (one.told_by_all or 0.0) >= _TOLD]
    if hidden:
        yield _badly_hidden(hidden, show)
    for at, one in told:
        if one.proxies and not one.read:
            yield _unread(one, f"/overall/honesty/sensitive/{at}", show)


def _badly_hidden(told: list[tuple[int, Sensitive]], show: Show) -> str:
    """One sentence on all protected columns that other columns tell."""
    place = "/overall/honesty/sensitive"
    names = _joined([one.column for _, one in told])
    proxies = [
        f"{one.proxies[0][0]} for {one.column} (association {show(f'{place}/{at}/proxies/0/1', number)})"
        for at, one in told
    ]
    skills = _joined([show(f"{place}/{at}/told_by_all", number) for at, _ in told])
    them = "it" if len(told) == 1 else "them"
    return (
        f"Leaving {names} out would hide {them} badly. Strongest proxies: {_joined(proxies)}. All other columns together tell "
        f"{them} with skill {skills}, where 0 is chance and 1 is fully."
    )


def _unread(one: Sensitive, place: str, show: Show) -> str:
    names = [
        f"{name} (association {show(f'{place}/proxies/{n}/1', number)})"
        for n, (name, _) in enumerate(one.proxies[:MOST_NAMED])
    ]
    said = f"The model does not read {one.column}, but reads proxies of it: {_joined(names)}"
    if one.told_by_all is not None:
        told = show(f"{place}/told_by_all", number)
        said += f"; all columns it reads tell it with skill {told}, where 0 is chance and 1 is fully"
    return f"{said}."


def _columns(found: Explanation, show: Show) -> Iterator[str]:
    overall = found.overall
    shown = [(at, one) for at, one in enumerate(overall.columns[:MOST_NAMED]) if one.share > 0]
    if shown:
        named = [f"{one.column} ({_worth(one, at, show)})" for at, one in shown]
        yield f"The answers rest most on {_joined(named)}."
    measured = overall.permutation
    if measured is None:
        yield f"What columns are worth was not measured: {overall.no_permutation}."
        return
    idle = [one.column for one in overall.columns if one.low is not None and not one.matters]
    if idle:
        rows = show("/overall/permutation/n_rows", number)
        yield (
            f"Not shown to matter, as shuffling them costs nothing beyond chance on {rows} rows: {listing(idle, 8)}."
        )


def _worth(one: ColumnImportance, at: int, show: Show) -> str:
    place = f"/overall/columns/{at}"
    said = f"{show(f'{place}/share', percent)} of contributions"
    if one.skill_lost is not None:
        lost = show(f"{place}/skill_lost", percent)
        worse = " and answers worse than one that reads nothing" if one.skill_lost > 1 else ""
        said += f"; shuffled, the model loses {lost} of its skill{worse}"
    return said


def _together(found: Explanation, show: Show) -> Iterator[str]:
    for at, group in enumerate(found.overall.honesty.together[:MOST_GROUPS]):
        strength = show(f"/overall/honesty/together/{at}/association", number)
        yield (
            f"{_joined(list(group.columns))} go together (association {strength}) and share credit: read them as one, "
            "and do not rank one against the other."
        )


def _interactions(found: Explanation, show: Show) -> Iterator[str]:
    if not found.overall.interactions:
        return
    one = found.overall.interactions[0]
    if one.strength <= 2 * one.error:
        return
    share = show("/overall/interactions/0/share", percent)
    yield f"The strongest interaction is {one.first} with {one.second}: {share} of their joint effect is in neither alone."


def _stability(found: Explanation, show: Show) -> Iterator[str]:
    one = found.overall.honesty.stability
    parts = [
        f"{show(f'/overall/honesty/stability/{name}', number)} {what}"
        for name, what in (
            ("contributions", "for contributions"),
            ("permutation", "for shuffling"),
            ("models", "between models fitted without different folds"),
        )
        if getattr(one, name) is not None
    ]
    if not parts:
        return
    known = [value for value in (one.contributions, one.permutation, one.models) if value is not None]
    verdict = "the order of columns is stable" if min(known) >= _UNSTABLE else "only the columns at the top are sure"
    yield f"Two seeds, rank correlation of the columns: {_joined(parts)}; {verdict}."


def _surrogate(found: Explanation, show: Show) -> Iterator[str]:
    rules = found.surrogate
    count = len(rules.rules)
    if rules.agreement is not None:
        agreed, constant = show("/surrogate/agreement", percent), show("/surrogate/agreement_of_constant", percent)
        said = (
            f"{count} rules answer as the model does on {agreed} of fresh rows (the commonest answer alone: {constant})"
        )
        loose = rules.agreement < _LOOSE
    else:
        said = f"{count} rules reproduce {show('/surrogate/r2', percent)} of the variance of its answers on fresh rows"
        loose = rules.r2 < _LOOSE
    yield f"{said}{', so they are a sketch of it and no more' if loose else ''}."


def _cautions(found: Explanation, _: Show) -> Iterator[str]:
    for caution in found.cautions:
        yield f"Caution: {caution}"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def lime_places(row: dict[str, Any]) -> dict[str, int]:
    """Where each column's LIME weight stands, by column."""
    fit = row.get("lime")
    return {} if fit is None else {one["column"]: at for at, one in enumerate(fit["weights"])}
