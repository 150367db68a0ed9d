"""Is a loopback port free, and who holds it otherwise?"""

import socket

import psutil

from qof_local.paths import LocalStackError

LOOPBACK = "127.0.0.1"


def holder(port: int) -> str | None:
    """Who listens on the port: "process 12 (postgres)", "another user's process", None when it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return _name_of_holder(port)
    return None


def require_free(port: int, purpose: str, variable: str) -> None:
    """Raises LocalStackError naming the holder and the variable that moves us elsewhere."""
    found = holder(port)
    if found:
        raise LocalStackError(
            f"{purpose} needs port {port} on {LOOPBACK}, but {found} holds it; "
            f"end that process or choose another port: export {variable}=<number>."
        )


def _name_of_holder(port: int) -> str:
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        connections = []
    for connection in connections:
        if (
            connection.status == psutil.CONN_LISTEN
            and connection.laddr
            and connection.laddr.port == port
            and connection.pid
        ):
            try:
                return f"process {connection.pid} ({psutil.Process(connection.pid).name()})"
            except psutil.NoSuchProcess:
                break
    return "another process"
