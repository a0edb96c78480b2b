"""The options that every verb has."""

import shlex
from dataclasses import dataclass
from typing import Annotated

from cyclopts import Group, Parameter

EVERYWHERE = Group("Options of every verb", sort_key=99)
Flag = Parameter(negative="", show_default=False)


@Parameter(name="*", group=EVERYWHERE)
@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which stack a verb talks to, and how it answers."""

    stack: str | None = None
    """The stack's name; else the one in samconfig.toml."""
    region: str | None = None
    """On AWS; else AWS_REGION, AWS_DEFAULT_REGION, or the profile's."""
    profile: str | None = None
    """On AWS; else AWS_PROFILE."""
    local: Annotated[bool, Flag] = False
    """The local cloud, which is taken anyway where one is running."""
    aws: Annotated[bool, Flag] = False
    """AWS, though a local cloud is running."""
    as_json: Annotated[bool, Parameter(name="--json", negative="", show_default=False)] = False
    """JSON on stdout and nothing else, for scripts."""

    def for_aws_alone(self) -> list[str]:
        """The options given that mean nothing to a local cloud."""
        given = {"--region": self.region, "--profile": self.profile}
        return [name for name, value in given.items() if value]

    def repeated(self) -> str:
        """The options that lead to the same stack, each with a space before it, for a command that comes next."""
        named = {"--stack": self.stack, "--region": self.region, "--profile": self.profile}
        flags = {"--local": self.local, "--aws": self.aws}
        words = [word for name, value in named.items() if value for word in (name, value)]
        return "".join(f" {shlex.quote(word)}" for word in [*words, *(name for name, said in flags.items() if said)])


USUAL = Options()
