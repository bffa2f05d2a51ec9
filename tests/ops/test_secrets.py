"""A key that somebody writes into a file is found before it is kept."""

from __future__ import annotations

import importlib.util
import json
import secrets
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

# Made as the tests run: written out, they would be found in this file.
_PEM = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    .decode()
)
PLANTED = {
    "Twilio API Key": f'account = "AC{secrets.token_hex(16)}"',
    "SendGrid API Key": f"SG.{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(32)}",
    "AWS Access Key": f"AKIA{secrets.token_hex(8).upper()}",
    "Basic Auth Credentials": f"smtp://mail:{secrets.token_hex(8)}@mail.example.org",
    "Hex High Entropy String": f'KEYS = "{secrets.token_hex(32)}"',
    "Secret Keyword": f"OUTREACH_SECRET_KEY={secrets.token_urlsafe(32)}",
    "Private Key": _PEM,
}


@pytest.fixture
def find_secrets(repository: Path) -> ModuleType:
    file = repository / "tools" / "find_secrets.py"
    spec = importlib.util.spec_from_file_location("find_secrets", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_key_is_found_and_not_shown(
    find_secrets: ModuleType, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "settings.env"
    file.write_text(f"# nothing here\n{PLANTED[kind]}\n", "utf-8")
    assert find_secrets.main([str(file)]) == 1
    said = capsys.readouterr()
    assert f"{file}:2: {kind}" in said.out
    assert PLANTED[kind] not in said.out + said.err
    assert "key-leaked.md" in said.err


def test_what_somebody_has_looked_at_is_not_said_again(
    find_secrets: ModuleType,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(find_secrets, "BASELINE", tmp_path / "baseline")
    file = tmp_path / "settings.env"
    file.write_text(PLANTED["Hex High Entropy String"], "utf-8")
    assert find_secrets.main([str(file), "--accept"]) == 0
    assert PLANTED["Hex High Entropy String"].split('"')[1] not in find_secrets.BASELINE.read_text()
    file.write_text(f"\n\n{PLANTED['Hex High Entropy String']}\n", "utf-8")
    assert find_secrets.main([str(file)]) == 0, "it may move"
    file.write_text(PLANTED["AWS Access Key"], "utf-8")
    assert find_secrets.main([str(file)]) == 1
    assert capsys.readouterr().out.endswith("AWS Access Key\n")


def test_files_of_the_repository_are_looked_at_but_for_data(
    find_secrets: ModuleType, repository: Path
) -> None:
    kept = {path.relative_to(repository) for path in find_secrets.kept_files()}
    assert {Path("outreach/config/environment.py"), Path("docker-compose.yml")} <= kept
    assert Path("requirements.lock") not in kept
    assert {Path(name) for name in json.loads(find_secrets.BASELINE.read_text())} <= kept
