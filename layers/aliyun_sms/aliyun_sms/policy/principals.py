"""Whom a rule is for: a caller has several names, and a rule is for a name or for a pattern of ARNs.

Source: docs.aws.amazon.com, IAM User Guide, IAM identifiers; Amazon API Gateway, AWS Lambda integrations for HTTP APIs.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

EVERYBODY = "*"
PRINCIPAL = (
    r"\*|[A-Z0-9]{12,128}|arn:[a-z*-]+:(?:iam|sts|\*):[a-z0-9*-]*:[0-9*]+:[A-Za-z0-9_+=,.@/*-]{1,512}|jwt:.{1,256}"
)

_SESSION = re.compile(r"arn:([a-z-]+):sts::([0-9]+):assumed-role/([^/]+)/.*")
_KEY = re.compile(r"(?:AKIA|ASIA)[A-Z0-9]+")
_ROLE_WITH_PATH = re.compile(r"arn:.*:role/.+/.*")


def names_of(caller: str, arn: str | None) -> tuple[str, ...]:
    """The names of a caller by its scope, `iam:` with the principal's unique id or `jwt:` with a subject, and its ARN.

    A session has the ARN of its role as well, without the role's path, which the ARN of a session does not have.
    """
    session = _SESSION.fullmatch(arn or "")
    role = "arn:{}:iam::{}:role/{}".format(*session.groups()) if session else None
    return tuple(name for name in (caller.removeprefix("iam:"), arn, role) if name)


def fits(principal: str, names: Collection[str]) -> bool:
    """Whether one of these names is meant."""
    return principal == EVERYBODY or principal in names or any(_is_like(name, principal) for name in names)


def mistake_in(principal: str) -> str | None:
    """Why a name that is none could be taken for one; quotes nothing."""
    if _KEY.fullmatch(principal):
        return "is the id of an access key; a caller is known by that of its user (AIDA…) or role (AROA…)"
    if _ROLE_WITH_PATH.fullmatch(principal):
        return "has the path of a role, which no caller shows: write role/ and the name alone"
    return None


def _is_like(name: str, pattern: str) -> bool:
    """As IAM's ArnLike: part by part, so that no `*` reaches over a colon."""
    if pattern == "jwt:*":
        return name.startswith("jwt:")
    if not pattern.startswith("arn:"):
        return False
    parts, wanted = name.split(":", 5), pattern.split(":", 5)
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))
