"""Where is the provider?"""

from qof_local import paths, ports

PORT_VARIABLE, PORT = "QOF_PROVIDER_HTTP_PORT", 8105


def port() -> int:
    return paths.port_setting(PORT_VARIABLE, PORT)


def issuer_url() -> str:
    """The provider's name and address; tokens say it."""
    return f"http://{ports.LOOPBACK}:{port()}"
