"""The first page is written once, leads where each browser asked for, and knows new people."""

import json
import os
from pathlib import Path

from qof_local.provider.accounts import Accounts
from qof_local.provider.pages import ACTION, ProviderPages


def write(file: Path, *names: str) -> None:
    people = [
        {"account": name, "name": f"Person {name}", "does": "signs", "password": "x", "is_ready_made": True}
        for name in names
    ]
    file.write_text(json.dumps({"accounts": people}))
    os.utime(file, ns=(0, len(names)))


def test_every_browser_is_led_on_to_where_it_asked_and_nowhere_else(tmp_path: Path) -> None:
    write(tmp_path / "accounts.json", "anna")
    pages, accounts = ProviderPages("/static"), Accounts(tmp_path / "accounts.json")
    for state in ("one", 'two"><script>'):
        body = bytes(pages.sign_in(f"/authorize?state={state}&x=1", accounts.ready_made()).body).decode()
        assert body.count(f'action="/authorize?state={state[:3]}') == 2
        assert ACTION not in body
        assert '"><script>' not in body
        assert "&amp;x=1" in body


def test_new_people_are_on_the_page_at_once(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    pages, accounts = ProviderPages("/static"), Accounts(file)
    assert b"Nobody is here yet" in pages.sign_in("/a", accounts.ready_made()).body
    write(file, "anna")
    assert b"Person anna" in pages.sign_in("/a", accounts.ready_made()).body
    write(file, "anna", "bert")
    assert b"Person bert" in pages.sign_in("/a", accounts.ready_made()).body
    assert accounts.ready_made() is accounts.ready_made()
