"""A document checked by the stack that will hold to it, and put in force: a policy, or the routes of alerts."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from cli import versioned_row
from cli.documents import show_faults, text_of
from cli.errors import DONE, FAILED
from cli.place import find
from cli.screen import confirm, note, show_facts, show_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from cli.options import Options
    from cli.place import Place
    from cli.versioned_row import VersionedRow


class Kind(NamedTuple):
    """What tells one kind of document from another.

    `in_force` reads the row, `faults_of` asks the stack, and `summary` says what a document means; `otherwise` is what
    holds where nothing is put, and `within` who has it when.
    """

    in_force: Callable[[Place], VersionedRow]
    faults_of: Callable[[Place, str], list[dict[str, str]]]
    summary: Callable[[Mapping[str, Any]], dict[str, Any]]
    otherwise: str
    within: str


def check(kind: Kind, file: Path, options: Options) -> int:
    """Show what is wrong with the document in a file, or what it means; gives the exit code."""
    text = text_of(file)
    place = find(options)
    note(place.name)
    faults = kind.faults_of(place, text)
    if options.as_json:
        show_json({"faults": faults})
    else:
        show_faults(faults) if faults else show_facts(kind.summary(json.loads(text)))
    return FAILED if faults else DONE


def put(kind: Kind, file: Path, options: Options, *, yes: bool) -> int:
    """Put it in force, if nothing is wrong with it and nobody else has put one meanwhile; gives the exit code."""
    text = text_of(file)
    place = find(options)
    note(place.name)
    standing = kind.in_force(place)
    if faults := kind.faults_of(place, text):
        show_json({"faults": faults}) if options.as_json else show_faults(faults)
        return FAILED
    if not options.as_json:
        show_facts(kind.summary(json.loads(text)))
    confirm(f"Put this in force as version {standing.version + 1}?", yes=yes, otherwise=kind.otherwise)
    row = versioned_row.put(place, text, standing)
    show_json(row.facts) if options.as_json else show_facts(row.told)
    note(kind.within)
    return DONE
