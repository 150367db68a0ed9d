"""`python -m qof_local.provider`: the development provider as a process of the local stack."""

import uvicorn

from qof_local import ports, services
from qof_local.provider import keys
from qof_local.provider.accounts import Accounts
from qof_local.provider.address import issuer_url, port
from qof_local.provider.app import Provider
from qof_local.provider.door import Door
from qof_local.provider.pages import ProviderPages
from qof_local.provider.tokens import Codes, Signer


def main() -> None:
    provider = Provider(
        signer=Signer(issuer_url(), keys.signing_key()),
        client=keys.client(),
        site_url=services.api_url("declarations"),
        door=Door(Accounts(keys.accounts_file())),
        codes=Codes(),
        pages=ProviderPages("/static"),
    )
    uvicorn.run(provider.app(), host=ports.LOOPBACK, port=port(), access_log=False, log_level="warning")


if __name__ == "__main__":
    main()
