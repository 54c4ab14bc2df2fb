"""What `hms` says about itself: its version, the API's contract, settings to start with."""

import json
from importlib.metadata import version

from pydantic import SecretStr

from api.tokens import read_keys
from tests.ops.conftest import Hms
from workflows.connection import Keyring


async def test_a_version_names_the_commit_that_an_image_was_made_of(hms: Hms) -> None:
    here, image = await hms("version"), await hms("version", HMS_REVISION="cb4d39a")

    assert here.stdout == f"hms {version('hms')}\n"
    assert image.stdout == f"hms {version('hms')} (cb4d39a)\n"


async def test_the_contract_is_printed_without_running_the_api(hms: Hms) -> None:
    printed, again = await hms("openapi"), await hms("openapi")

    contract = json.loads(printed.stdout)
    assert contract["openapi"].startswith("3.1")
    assert "/v1/appointments" in contract["paths"]
    assert printed.stdout == again.stdout


async def test_new_settings_leave_no_secret_empty_and_repeat_none(hms: Hms) -> None:
    printed = await hms("env")

    lines = [line for line in printed.stdout.splitlines() if "=" in line and line[0] != "#"]
    settings = dict(line.split("=", 1) for line in lines)
    assert all(settings.values())
    assert len(set(settings.values())) == len(settings)
    assert len(Keyring(codec_keys=SecretStr(settings["HMS_CODEC_KEYS"])).keys()["first"]) == 32
    assert read_keys(settings["HMS_API_TOKEN_KEYS"])
