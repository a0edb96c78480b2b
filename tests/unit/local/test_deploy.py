"""What `sam` is given."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from local.deploy import caps_told, escaped, local_parameters, write_parameters
from local.settings import read_settings

ROOT = Path("/project")


def as_sam_reads_a_file(value: str) -> str:
    """samcli 1.167.0, cli/types.py: _unquote_wrapped_quotes, which a file's values go through twice."""
    for _ in range(2):
        if value and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        value = value.replace("\\ ", " ").replace('\\"', '"').replace("\\'", "'")
    return value


@given(st.text(alphabet="ab \\\"'{}:,=短") | st.text())
def test_any_value_survives_what_sam_does_to_it(value: str) -> None:
    assert as_sam_reads_a_file(escaped(value)) == value


def test_the_functions_send_to_the_simulator_with_the_trial_signature() -> None:
    parameters = local_parameters(read_settings({"SIMULATOR_PORT": "9101"}, ROOT))

    assert parameters["SmsEndpoint"] == "http://127.0.0.1:9101"
    assert parameters["SignName"] == "阿里云短信测试"
    assert parameters["TemplateCode"] == "SMS_154950909"


def test_given_parameters_win_over_the_local_ones() -> None:
    settings = read_settings({"PARAMETERS": "SignName=北岸书店 MemorySize=256"}, ROOT)

    parameters = local_parameters(settings)

    assert (parameters["SignName"], parameters["MemorySize"]) == ("北岸书店", "256")


def test_parameters_are_written_for_their_owner_alone(tmp_path: Path) -> None:
    settings = read_settings({"LOCAL_DIR": str(tmp_path), "PARAMETERS": "ProxyUrl=http://user:password@proxy"})

    write_parameters(settings)

    file = settings.sam / "parameters.yaml"
    assert json.loads(file.read_text())["ProxyUrl"] == "http://user:password@proxy"
    assert file.stat().st_mode & 0o777 == 0o600


def test_the_caps_of_a_day_are_off_unless_they_are_given() -> None:
    given = read_settings({"PARAMETERS": "DailyRecipientLimit=50"}, ROOT)

    assert caps_told(read_settings({}, ROOT)) == "DailyRecipientLimit=0 (off), DailyRecipientLimitPerCaller=0 (off)"
    assert caps_told(given) == "DailyRecipientLimit=50, DailyRecipientLimitPerCaller=0 (off)"
