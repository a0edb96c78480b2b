"""`sms secret`: the access key of Alibaba Cloud, proven before it is used."""

import json
import sys
from typing import Annotated, Any

from cli import asking, secret_versions
from cli.access_key import AccessKey, ask_for, read
from cli.errors import Told
from cli.options import USUAL, Flag, Options
from cli.place import Place, find
from cli.screen import note, show_facts, show_json


def secret(
    *,
    token: Annotated[bool, Flag] = False,
    unproven: Annotated[bool, Flag] = False,
    options: Options = USUAL,
) -> None:
    """Fill the secret with an Alibaba Cloud access key, or change it, once the provider has taken the new one.

    It is asked for, or read from stdin as {"access_key_id", "access_key_secret", "security_token"?}; never from the
    command line, which others can see. A key that is refused leaves the secret as it was.

    Examples: `sms secret`, `sms secret < access-key.json`

    Parameters
    ----------
    token
        Ask for a security token as well: the key is a temporary one.
    unproven
        Take it though the provider cannot be asked, or its user may not ask. One that is refused is never taken.
    """
    place = find(options)
    note(place.name)
    key = ask_for(token=token) if sys.stdin.isatty() else read(sys.stdin.read())
    proof = replace(place, key, unproven=unproven)
    told = {"secret": place.output("CredentialsSecretArn"), "proven": proof["code"] == "OK", "code": proof["code"]}
    if options.as_json:
        show_json(told)
        return
    show_facts({"proven": _proven(proof)})
    note("functions that run have the old key until it is refused, or for an hour or so: then disable it")


def replace(place: Place, key: AccessKey, *, unproven: bool) -> dict[str, Any]:
    """Put a version beside the one in force, let the stack try it, and put it into force; else take it away again."""
    arn, client = place.output("CredentialsSecretArn"), place.client("secretsmanager")
    with secret_versions.pending(client, arn, json.dumps(key.document())) as version:
        proof: dict[str, Any] = asking.ask(place, {"ask": "account", "secret_version": version})["key"]
        if proof["fault"] == "key":
            raise Told(f"the provider does not take this key, and the secret is as it was: {asking.why(proof)}")
        if proof["code"] != "OK" and not unproven:
            raise Told(
                f"the key could not be proven, and the secret is as it was: {asking.why(proof)}"
                " --unproven takes it all the same"
            )
        secret_versions.put_into_force(client, arn, version)
    return proof


def _proven(proof: dict[str, Any]) -> str:
    if proof["code"] == "OK":
        return "the provider takes the key, and it is in force"
    return f"in force, but: {asking.why(proof)}"
