"""``headless-odoo roles`` and ``headless-odoo keys``."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from demo.double import Double, DoubleServer
from server.cli import app
from server.role_commands import explain_roles
from server.settings import Settings
from tests.identity.wired import ROLES, dataset
from tests.support.bff import settings_for

run = CliRunner().invoke


class TestRoles:
    def test_a_good_file(self) -> None:
        result = run(app, ["roles", "check", str(ROLES)])
        assert result.exit_code == 0
        assert "shareholder" in result.stdout

    def test_a_bad_file_is_refused_by_line(self, tmp_path: Path) -> None:
        file = tmp_path / "roles.toml"
        file.write_text('[roles.guest]\ndocuments = "all"\nfields = ["Product.pirce"]\n')
        result = run(app, ["roles", "check", str(file)])
        assert result.exit_code == 1
        assert f"{file}:3:" in result.stderr
        assert "Product.price" in result.stderr

    @pytest.mark.parametrize("command", ["check", "show"])
    def test_no_file(self, tmp_path: Path, command: str) -> None:
        result = run(app, ["roles", command, str(tmp_path / "none.toml")])
        assert result.exit_code == 1
        assert "No such file" in result.stderr

    def test_show(self) -> None:
        told = run(app, ["roles", "show", str(ROLES)]).stdout
        assert "backoffice (Back office), staff" in told
        assert 'products: published and category != "Pharmacy"' in told
        assert "prices:   of pricelist 2" in told
        assert "granted:  partner category Shareholder, claim roles shareholder" in told

    def test_show_without_a_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("HEADLESS_ODOO_ROLES_FILE", raising=False)
        assert "everybody sees everything" in run(app, ["roles", "show"]).stdout


class TestExplain:
    @pytest.fixture
    def settings(self) -> object:
        with DoubleServer(Double(dataset())) as odoo:
            yield settings_for(odoo.url, roles_file=ROLES)

    async def test_by_login_and_by_contact(self, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
        assert await explain_roles(settings, "vet1@customer.example") == 0
        told = capsys.readouterr().out
        assert "has practice: every customer has it" in told
        assert "has price-prix-de-vente-brut-1: pricelist 2" in told
        assert "has not shareholder\n" in told
        contact = told.partition("(contact ")[2].partition(",")[0]
        assert await explain_roles(settings, contact) == 0
        assert "has practice" in capsys.readouterr().out

    @pytest.mark.parametrize("whom", ["nobody@customer.example", "999999"])
    async def test_nobody(self, settings: Settings, whom: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert await explain_roles(settings, whom) == 1
        assert "no customer" in capsys.readouterr().err

    async def test_without_odoo(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert await explain_roles(settings_for("http://127.0.0.1:9"), "1") == 1
        assert capsys.readouterr().err.startswith("Odoo: ")


def test_keys(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert run(app, ["keys", "show", "--dir", str(folder)]).exit_code == 1
    first = run(app, ["keys", "rotate", "--dir", str(folder)])
    assert first.exit_code == 0
    kid = first.stdout.split()[0]
    second = run(app, ["keys", "rotate", "--dir", str(folder), "--algorithm", "RS256", "--lead", "600"])
    assert second.exit_code == 0
    told = run(app, ["keys", "show", "--dir", str(folder)]).stdout
    assert f"{kid}  EdDSA  signs since" in told
    assert "RS256  signs from" in told
    assert all(stat.S_IMODE(file.stat().st_mode) == 0o600 for file in folder.glob("*.json"))
    secrets = [file.read_text() for file in folder.glob("*.json")]
    assert not any(part in told for text in secrets for part in text.split('"') if len(part) > 43)
