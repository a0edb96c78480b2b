"""`sms outputs`: the addresses."""

import re
import shlex
from typing import Annotated

from cli.options import USUAL, Flag, Options
from cli.place import Place, find
from cli.screen import note, show_facts, show_json


def outputs(*, export: Annotated[bool, Flag] = False, options: Options = USUAL) -> None:
    """Show the stack's addresses, as a table or as exports for curl, boto3 and the AWS CLI.

    Examples: `sms outputs`, `eval "$(sms outputs --export)"`, `sms outputs --json`.

    Parameters
    ----------
    export
        Lines for a shell. A local cloud's hold its access key.
    """
    place = find(options)
    note(place.name)
    addresses = {_snake_case(name): value for name, value in sorted(place.outputs.items())}
    if place.local:
        api_id = place.output("ApiUrl").rpartition("/")[2]
        addresses |= {
            "host_header": place.local.host_header(api_id),
            "simulator_url": place.local.simulator_url or "",
            "inbox_url": place.local.inbox_url or "",
        }
    if options.as_json:
        show_json(addresses)
    elif export:
        print("\n".join(exports(place, addresses)))
    else:
        show_facts(addresses)


def exports(place: Place, addresses: dict[str, str]) -> list[str]:
    """A shell's lines: ours by our names, and what AWS's own tools read. A local cloud's put its key before others."""
    ours = {f"SMS_{name.upper()}": value for name, value in addresses.items() if value}
    region = {"AWS_REGION": place.session.region_name, "AWS_DEFAULT_REGION": place.session.region_name}
    lines = [f"export {name}={shlex.quote(value)}" for name, value in (ours | region | _key(place)).items()]
    return ["unset AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN", *lines] if place.local else lines


def _key(place: Place) -> dict[str, str]:
    if not place.local:
        return {}
    return {
        "AWS_ENDPOINT_URL": place.local.emulator_url,
        "AWS_ACCESS_KEY_ID": place.local.aws_access_key_id,
        "AWS_SECRET_ACCESS_KEY": place.local.aws_secret_access_key,
    }


def _snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
