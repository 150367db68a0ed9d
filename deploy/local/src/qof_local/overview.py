"""What of the local stack is running, and where does one look at it?"""

import psutil
from rich.console import Console
from rich.table import Table

from qof_local import pids, postgres, processes, rabbitmq, servers, services
from qof_local.provider import address

MEBIBYTE = 1024 * 1024


def show(console: Console) -> None:
    """Print servers, processes and addresses; an empty stack is a valid answer."""
    console.print(_servers_table())
    if broker := rabbitmq.running():
        console.print(f"  RabbitMQ management: {broker.management_url}", soft_wrap=True)
    found = processes.statuses()
    if not found:
        console.print("no service is running; start them with: make up")
        return
    console.print(_processes_table(found))
    console.print(f"  pages: {services.api_url('declarations')}/ (sign-in: {address.issuer_url()})", soft_wrap=True)
    for service in services.API_PORTS:
        console.print(f"  {service} API: {services.api_url(service)}/docs", soft_wrap=True)


def _servers_table() -> Table:
    table = _table("server", "pid", "port", "memory MiB")
    database, broker = postgres.running(), rabbitmq.running()
    if servers.given_postgres():
        table.add_row("PostgreSQL (given by QOF_POSTGRES_URL)")
    else:
        table.add_row("PostgreSQL", *(_server_cells(database.pid, database.port) if database else ("not running",)))
    if servers.given_broker():
        table.add_row("RabbitMQ (given by QOF_BROKER_URL)")
    else:
        table.add_row("RabbitMQ", *(_server_cells(broker.broker, broker.port) if broker else ("not running",)))
    return table


def _server_cells(pid: pids.Pid, port: int) -> tuple[str, str, str]:
    try:
        process = psutil.Process(pid.number)
        family = [process, *process.children(recursive=True)]
        memory = sum(processes.pss(member) or 0 for member in family)
    except psutil.NoSuchProcess:
        memory = 0
    return str(pid.number), str(port), _mebibytes(memory)


def _processes_table(found: list[processes.Status]) -> Table:
    table = _table("process", "pid", "up s", "memory MiB", "CPU s", "restarts")
    for one in found:
        table.add_row(
            one.name,
            str(one.pid or "starting again"),
            f"{one.uptime_seconds:.0f}",
            _mebibytes(one.rss if one.pss is None else one.pss),
            f"{one.cpu_seconds:.1f}",
            str(one.restarts),
        )
    table.add_section()
    memory = sum(one.rss if one.pss is None else one.pss for one in found)
    cpu = sum(one.cpu_seconds for one in found)
    restarts = sum(one.restarts for one in found)
    table.add_row(f"{len(found)} processes", "", "", _mebibytes(memory), f"{cpu:.1f}", str(restarts))
    return table


def _table(*columns: str) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, justify="left" if column in ("server", "process") else "right", no_wrap=True)
    return table


def _mebibytes(amount: int) -> str:
    return f"{amount / MEBIBYTE:.0f}" if amount else ""
