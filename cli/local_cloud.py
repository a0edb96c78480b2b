"""A local cloud on this machine, as `make up` describes it in outputs.json."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cli.errors import Told

CHECKOUT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class LocalCloud:
    """Where it answers, and the key of its operator."""

    directory: Path
    emulator_url: str
    region: str
    simulator_url: str | None  # none where another provider is used
    inbox_url: str | None  # the same
    aws_access_key_id: str
    aws_secret_access_key: str = field(repr=False)

    def api_url(self, api_id: str) -> str:
        """Where an HTTP API answers, whichever stack it is of."""
        return f"{self.emulator_url}/_aws/execute-api/{api_id}"

    def host_header(self, api_id: str) -> str:
        """The Host by which the same API is found at the emulator's own address."""
        return f"{api_id}.execute-api.localhost:{urlsplit(self.emulator_url).port}"

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
