"""Signature, template and variables of a part of the document, held against the template where that is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aliyun_sms.message.fields import LONGEST_PARAM

from .faults import named, nearest
from .schema import LONGEST_VARIABLE, WORDING
from .wording import NOTHING, OF_THEM, BadText, Variable, Wording, check_text

if TYPE_CHECKING:
    from .faults import Part

Words = dict[str, Any]  # signature, template and variables as the document has them


Templates = dict[str, dict[str, int]]  # the variables of each, and how many characters they take


def read_templates(part: Part) -> Templates:
    """The variables of each template that is declared."""
    declared = part.members.get("templates", {}) if part.is_sound("templates") else {}
    return {
        code: {name: slot["max_length"] for name, slot in template["variables"].items()}
        for code, template in declared.items()
    }


def own_words(part: Part) -> Words:
    """What a part says of its words itself, once its texts are checked."""
    words = {name: part.members[name] for name in WORDING if name in part.members}
    for name, variable in words.get("variables", {}).items():
        try:
            check_text(_text(variable))
        except BadText as bad:
            part.refuse(f"variables.{named(name)}", f"{bad}{nearest(bad.name, OF_THEM) if bad.name else ''}")
    return words


def read_wording(part: Part, words: Words, templates: Templates) -> Wording:
    """The wording of a part, with what its template does not take added as faults."""
    code, variables = words.get("template_code"), words.get("variables", {})
    template = templates.get(str(code), {})
    if code in templates:
        _compare(part, code, variables, template)
    read = {name: _variable(each, template.get(name, LONGEST_VARIABLE)) for name, each in variables.items()}
    most = sum(len(f'"{name}": "", ') + variable.max_length for name, variable in read.items())
    if most > LONGEST_PARAM:
        part.refuse("variables", f"may have {most} characters together, and a message takes {LONGEST_PARAM}")
    return Wording(words.get("sign_name"), code, read)


def _compare(part: Part, code: str, variables: Words, template: dict[str, int]) -> None:
    for name in sorted(template.keys() - variables.keys()):
        part.refuse("variables", f'lacks "{name}", which {named(code)} has')
    for name, variable in variables.items():
        if name not in template:
            part.refuse(f"variables.{named(name)}", f"{named(code)} has no such variable{nearest(name, template)}")
        elif (asked := _members(variable).get("max_length", 0)) > template[name]:
            reason = f"is {asked}, but {named(code)} takes {template[name]} characters"
            part.refuse(f"variables.{named(name)}.max_length", reason)


def _variable(variable: Any, room: int) -> Variable:
    members = _members(variable)
    return Variable(members["text"], members.get("max_length", room), members.get("default", NOTHING))


def _text(variable: Any) -> str:
    return str(_members(variable)["text"])


def _members(variable: Any) -> Words:
    return {"text": variable} if isinstance(variable, str) else variable
