"""Versions of a secret: one is tried beside the one in force, as Secrets Manager's own rotation does it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

IN_FORCE = "AWSCURRENT"
ON_TRIAL = "AWSPENDING"
EMPTY = "{}"


@contextmanager
def pending(client: Any, arn: str, text: str) -> Iterator[str]:
    """A new version that is on trial meanwhile, by its id. However that ends, nothing stays on trial.

    The first version of a secret is in force at once, whatever is said, so an empty one goes before it.
    """
    if _with(client, arn, IN_FORCE) is None:
        client.put_secret_value(SecretId=arn, SecretString=EMPTY)
    put = client.put_secret_value(SecretId=arn, SecretString=text, VersionStages=[ON_TRIAL])
    version = str(put["VersionId"])
    try:
        yield version
    finally:
        if version == _with(client, arn, ON_TRIAL):
            client.update_secret_version_stage(SecretId=arn, VersionStage=ON_TRIAL, RemoveFromVersionId=version)


def put_into_force(client: Any, arn: str, version: str) -> None:
    """Let the functions read this version from now on; the one before stays as AWSPREVIOUS."""
    client.update_secret_version_stage(
        SecretId=arn,
        VersionStage=IN_FORCE,
        MoveToVersionId=version,
        RemoveFromVersionId=_with(client, arn, IN_FORCE),
    )


def _with(client: Any, arn: str, stage: str) -> str | None:
    """The version that has a stage."""
    stages = client.describe_secret(SecretId=arn).get("VersionIdsToStages", {})
    return next((version for version, held in stages.items() if stage in held), None)
