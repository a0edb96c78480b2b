"""A local cloud on this machine, as `make up` describes it in outputs.json."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from cli.errors import Told

CHECKOUT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """Where it answers, and the key of its operator."""

    directory: Path
    emulator_url: str
    region: str
    api_url: str
    host_header: str
    simulator_url: str | None  # none where another provider is used
    aws_access_key_id: str
    aws_secret_access_key: str = field(repr=False)

    @property
    def name(self) -> str:
        """Its directory, as short as it can be written."""
        return min(os.path.relpath(self.directory), str(self.directory), key=len)


def running() -> LocalCloud | None:
    """The one of LOCAL_DIR; none where `make up` left no description, or `make down` removed it."""
    directory = CHECKOUT / (os.environ.get("LOCAL_DIR") or ".local")
    file = directory / "outputs.json"
    try:
        outputs = json.loads(file.read_text("utf-8"))
        names = LocalCloud.__dataclass_fields__.keys() - {"directory"}
        return LocalCloud(directory=directory, **{name: outputs[name] for name in names})
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise Told(f"{file} cannot be read: `make down` and `make up` write it anew, --aws does without") from None
