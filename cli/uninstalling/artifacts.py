"""The objects in which `sam` put a stack's code into its bucket."""

from __future__ import annotations

import json
from typing import Any, NamedTuple


class Artifact(NamedTuple):
    """An object of S3."""

    bucket: str
    key: str


def of_stack(cloudformation: Any, stack: str) -> list[Artifact]:
    """Those that the stack's template names, once it was processed, and no others."""
    template = cloudformation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    resources = (json.loads(template) if isinstance(template, str) else template)["Resources"]
    places = [_place(resource.get("Properties", {})) for resource in resources.values()]
    return sorted({place for place in places if place})


def delete(s3: Any, artifacts: list[Artifact]) -> None:
    """Delete them; the bucket stays."""
    for artifact in artifacts:
        s3.delete_object(Bucket=artifact.bucket, Key=artifact.key)


def _place(properties: dict[str, Any]) -> Artifact | None:
    place = properties.get("Code") or properties.get("Content")
    if not isinstance(place, dict) or not {"S3Bucket", "S3Key"} <= place.keys():
        return None
    return Artifact(place["S3Bucket"], place["S3Key"])
