"""What can be done with the private local stack from a shell? `python -m qof_local --help`."""

import shlex
import sys
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from qof_local import overview, servers, services
from qof_local.paths import LocalStackError

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The private local stack of OpenQOF.")
servers_app = typer.Typer(no_args_is_help=True, help="PostgreSQL and RabbitMQ only.")
app.add_typer(servers_app, name="servers")
console = Console(highlight=False)


@servers_app.command("up")
def servers_up() -> None:
    """Start the private PostgreSQL and RabbitMQ, or find them running."""
    began = time.monotonic()
    found = servers.ensure_servers()
    console.print(f"servers up in {time.monotonic() - began:.1f} s")
    console.print(f"  PostgreSQL {found.postgres_url}\n  RabbitMQ   {found.broker_url}", soft_wrap=True)
    console.print(f"  management {found.management_url or 'not known'}", soft_wrap=True)


@servers_app.command("down")
def servers_down() -> None:
    """Stop the private PostgreSQL and RabbitMQ; the data stay."""
    _say_stopped(servers.stop_servers())


@servers_app.command("env")
def servers_env() -> None:
    """Print the lines that tell tests where the servers are: eval "$(python -m qof_local servers env)"."""
    found = servers.running_servers()
    if found is None:
        raise LocalStackError("the servers are not running; start them with `python -m qof_local servers up`.")
    variables = {
        "QOF_TEST_POSTGRES_URL": found.postgres_url,
        "QOF_TEST_BROKER_URL": found.broker_url,
        "QOF_TEST_MANAGEMENT_URL": found.management_url,
    }
    for name, value in variables.items():
        if value:
            print(f"export {name}={shlex.quote(value)}")


@app.command()
def up() -> None:
    """Start the servers, migrate the databases, start every service and wait until all are ready."""
    began = time.monotonic()
    services.start_all(servers.ensure_servers())
    console.print(f"OpenQOF is up in {time.monotonic() - began:.1f} s")
    overview.show(console)


@app.command()
def down() -> None:
    """Stop every service, then the servers; the data stay."""
    _say_stopped((*services.stop_all(), *servers.stop_servers()))


@app.command()
def status() -> None:
    """Show what runs, where, and how much memory it takes."""
    overview.show(console)


@app.command()
def observe(
    check: Annotated[bool, typer.Option("--check", help="Only check the rules and run their unit tests.")] = False,
) -> None:
    """Start a Prometheus that watches every process that runs, with the recording and alert rules."""
    from qof_local import prometheus

    if check:
        prometheus.check()
        return
    count = prometheus.start()
    console.print(f"Prometheus watches {count} processes: {prometheus.url()}/alerts", soft_wrap=True)
    console.print(f"  in Grafana: add {prometheus.url()} as a data source of type Prometheus,", soft_wrap=True)
    console.print(f"  then Dashboards > New > Import > {prometheus.DASHBOARD}", soft_wrap=True)


@app.command()
def operations() -> None:
    """What the operator's page says: verdicts, the ledger, queues and their workers."""
    from qof_local import operations as operators

    operators.run(console)


@app.command()
def docs() -> None:
    """Write docs/contracts and docs/reference from the code; a test compares them."""
    from qof_local.documents import DOCS, write_documents  # builds every API: only this command pays for it

    changed = write_documents(DOCS)
    console.print("\n".join(f"wrote docs/{path}" for path in changed) or "docs/ says what the code does already")


@app.command()
def browser() -> None:
    """Print the path of the Chromium that the pages are tested in; where there is none and we may, install it."""
    from qof_local.browser import ensure_chromium

    print(ensure_chromium())


@app.command("web-assets")
def web_assets() -> None:
    """Fetch the NHS.UK frontend from npm into the pages' static folder."""
    from qof_local.web_assets import fetch_web_assets

    console.print("\n".join(f"wrote {path}" for path in fetch_web_assets()))


@app.command()
def demo(
    practices: Annotated[int | None, typer.Option(help="How many invented practices take part.")] = None,
    year: Annotated[str, typer.Option(help="QOF year, such as 2012-13.")] = "2012-13",
    nation: Annotated[str, typer.Option(help="Whose rule set the invented practices follow.")] = "england",
    data: Annotated[Path | None, typer.Option(help="Folder of published results: Scotland's real practices.")] = None,
    seed: Annotated[int, typer.Option(help="Another seed invents another nation.")] = 2013,
    to_reports: Annotated[bool, typer.Option("--to-reports", help="Stop when every report is there.")] = False,
    record: Annotated[Path | None, typer.Option(help="Write what was measured to this file, as JSON.")] = None,
) -> None:
    """A nation's year end, from extracts to points, pounds and payments; says whether everything balances."""
    from qof_local import demo as demonstration

    options = demonstration.Options(year, nation, practices, data, seed, to_reports, record)
    if not demonstration.run(options, console):
        raise LocalStackError("the demonstration does not balance; see NO above.")


@app.command("verify-published")
def verify_published(
    data: Annotated[Path | None, typer.Option(help="Folder of published files, such as ../shared/data.")] = None,
    file: Annotated[Path | None, typer.Option(help="One year in NHS Digital's long layout: a CSV or a folder.")] = None,
    nation: Annotated[str | None, typer.Option(help="Of that file; England, unless said.")] = None,
    year: Annotated[str | None, typer.Option(help="Of that file, such as 2022-23, if its name does not say.")] = None,
    json: Annotated[Path | None, typer.Option(help="Write the report to this file too, as JSON.")] = None,
) -> None:
    """Hold the calculator and the payments against what was really published; fails where they do not agree."""
    from qof_local.verify import command

    options = command.Options(data, file, nation, year, json)
    if not command.run(options, Console(highlight=False, width=200), Console(stderr=True, highlight=False)):
        raise LocalStackError("published figures are not reproduced as required; see NO above.")


@app.command()
def nation(
    practices: Annotated[int, typer.Option(help="How many invented practices take part.")],
    collection: Annotated[str, typer.Option(help="Code of the collection they send to; a new one for every run.")],
    year: Annotated[str, typer.Option(help="QOF year, such as 2012-13.")] = "2012-13",
    of: Annotated[str, typer.Option(help="Whose rule set they follow.")] = "england",
    seed: Annotated[int, typer.Option(help="As in the demonstration, else its tokens would be replaced.")] = 2013,
) -> None:
    """Write an invented nation with its extracts for others to post, and have the running services record it."""
    from qof_local import demo_cast

    found = servers.running_servers()
    if found is None:
        raise LocalStackError("the servers are not running; start everything with `make up`.")
    cast = demo_cast.invented(practices, of, year, seed=seed, collection=collection)
    folder = demo_cast.write_files(cast)
    demo_cast.write_extracts(cast, folder)
    demo_cast.load_files(folder, found)
    console.print(f"{practices} practices of {collection}: {folder}", soft_wrap=True)


@app.command()
def explain(
    practice: Annotated[str, typer.Argument(help="Code of the practice.")],
    indicator: Annotated[
        str | None, typer.Argument(help="Code of the indicator; without it, where points are lost.")
    ] = None,
    collection: Annotated[str | None, typer.Option(help="Without it, that of the newest demonstration.")] = None,
    numerator: Annotated[int | None, typer.Option(help="What if so many patients met it?")] = None,
    denominator: Annotated[int | None, typer.Option(help="And of so many?")] = None,
    url: Annotated[str | None, typer.Option(help="API of declarations, if not the local one.")] = None,
) -> None:
    """Why a practice has the points and pounds of an indicator, and what other counts would change."""
    from qof_local import explain as explanations

    explanations.run(explanations.Question(practice, indicator, collection, numerator, denominator, url), console)


def _say_stopped(names: tuple[str, ...]) -> None:
    console.print(f"stopped: {', '.join(names)}" if names else "nothing was running")


def main() -> None:
    try:
        app()
    except LocalStackError as error:
        print(f"qof_local: {error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
