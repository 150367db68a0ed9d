"""What does the provider keep between its starts? Its key, and the secret of its client; made when they are missing."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import ECKey

from qof_local import paths

FOLDER = "provider"
CLIENT_ID = "openqof-declarations"


@dataclass(frozen=True, slots=True)
class Client:
    """Who may ask who somebody is: declarations."""

    client_id: str
    client_secret: str


def accounts_file() -> Path:
    """Who can sign in; written by the demonstration."""
    return paths.folder(FOLDER) / "accounts.json"


def client() -> Client:
    """The one client, with a secret of this folder's own."""
    file = paths.folder(FOLDER) / "client.json"
    with paths.only_one(FOLDER):
        if not file.exists():
            paths.write_private(file, json.dumps({"client_id": CLIENT_ID, "client_secret": secrets.token_urlsafe(32)}))
    return Client(**json.loads(file.read_text()))


def signing_key() -> ECKey:
    """The key that signs tokens and cookies."""
    file = paths.folder(FOLDER) / "key.json"
    with paths.only_one(FOLDER):
        if not file.exists():
            made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
            made.ensure_kid()
            paths.write_private(file, json.dumps(made.as_dict(private=True)))
    return ECKey.import_key(json.loads(file.read_text()))
