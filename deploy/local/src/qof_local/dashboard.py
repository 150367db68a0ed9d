"""What does the dashboard show? Grafana's JSON, made from the lines below, so that a panel is a line and not a page."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 8, 8
"""Of a panel, in Grafana's grid of 24 columns: three stand in a row."""
SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class Panel:
    """A graph: what it answers, its unit, and its lines, each an expression with its legend."""

    title: str
    unit: str
    lines: Sequence[tuple[str, str]]
    about: str = ""


ROWS: Sequence[tuple[str, Sequence[Panel]]] = (
    (
        "Does it balance, and is it in time?",
        (
            Panel(
                "Extracts, by how far they have come",
                "short",
                (
                    ("sum by (stage) (max by (supplier, stage) (openqof_ledger_extracts))", "{{stage}}"),
                    ("max(openqof_ledger_in_flight)", "in flight"),
                ),
                "Counted by acceptances, all collections together.",
            ),
            Panel(
                "Oldest extract that is not calculated",
                "s",
                (("max(openqof_ledger_oldest_in_flight_age_seconds)", "age"),),
                "Above 15 minutes somebody is called.",
            ),
            Panel(
                "Off balance",
                "short",
                (("openqof:ledger_imbalance", "accepted - calculated - rejected - in flight"),),
                "Anything but 0 is a fault of ours.",
            ),
            Panel(
                "In flight, by supplier",
                "short",
                (
                    (
                        'max by (supplier) (openqof_ledger_extracts{stage="accepted"})'
                        ' - on (supplier) max by (supplier) (openqof_ledger_extracts{stage="calculated"})'
                        ' - on (supplier) max by (supplier) (openqof_ledger_extracts{stage="rejected"})',
                        "{{supplier}}",
                    ),
                ),
            ),
            Panel(
                "Declarations, by state",
                "short",
                (("max by (state) (openqof_declarations)", "{{state}}"),),
                "All of them together are all signatures ever given.",
            ),
            Panel(
                "Extracts posted, by how that ended",
                "ops",
                (("sum by (outcome) (rate(openqof_intake_extracts_total[1m]))", "{{outcome}}"),),
            ),
        ),
    ),
    (
        "Queues",
        (
            Panel(
                "Depth",
                "short",
                (("openqof:queue_messages", "{{queue}}"),),
                "Messages, each of up to 25 events. A deep queue is no fault while it is worked on.",
            ),
            Panel("Events committed", "ops", (("openqof:events_committed:rate1m", "{{queue}}"),)),
            Panel("Consumers", "short", (("openqof:queue_consumers", "{{queue}}"),)),
            Panel(
                "Age of events when handled, 90 %",
                "s",
                (
                    (
                        "histogram_quantile(0.9, sum by (queue, le)"
                        " (rate(openqof_consumer_oldest_age_seconds_bucket[5m])))",
                        "{{queue}}",
                    ),
                ),
                "The oldest of each batch.",
            ),
            Panel(
                "Dead letters and retries",
                "short",
                (("openqof:queue_dead", "dead: {{queue}}"), ("openqof:queue_retrying", "retrying: {{queue}}")),
            ),
            Panel(
                "Handed out again, or held",
                "ops",
                (
                    ("sum by (queue) (rate(openqof_consumer_redelivered_total[5m]))", "redelivered: {{queue}}"),
                    ("sum by (queue) (rate(openqof_consumer_database_away_total[5m]))", "database away: {{queue}}"),
                ),
            ),
            Panel(
                "A worker's transaction, 90 %",
                "s",
                (
                    (
                        "histogram_quantile(0.9, sum by (queue, le) (rate(openqof_consumer_batch_seconds_bucket[5m])))",
                        "{{queue}}",
                    ),
                ),
            ),
            Panel(
                "Outboxes",
                "short",
                (("max by (service) (openqof_outbox_rows)", "{{service}}"),),
                "Events that wait for a relay.",
            ),
            Panel(
                "Oldest event of an outbox",
                "s",
                (("max by (service) (openqof_outbox_oldest_age_seconds)", "{{service}}"),),
            ),
        ),
    ),
    (
        "Requests",
        (
            Panel(
                "Requests",
                "reqps",
                (
                    (
                        "sum by (service, status) (rate(openqof_http_request_seconds_count[1m]))",
                        "{{service}} {{status}}",
                    ),
                ),
            ),
            Panel(
                "Time to answer, 99 %",
                "s",
                (
                    (
                        "histogram_quantile(0.99, sum by (service, le)"
                        " (rate(openqof_http_request_seconds_bucket[1m])))",
                        "{{service}}",
                    ),
                ),
            ),
            Panel(
                "Slowest routes, 99 %",
                "s",
                (
                    (
                        "topk(8, histogram_quantile(0.99, sum by (route, method, le)"
                        " (rate(openqof_http_request_seconds_bucket[5m]))))",
                        "{{method}} {{route}}",
                    ),
                ),
            ),
            Panel(
                "In hand",
                "short",
                (
                    ("sum by (service) (openqof_http_requests_in_hand)", "{{service}}"),
                    ("sum(openqof_intake_waiting)", "extracts before their commit"),
                ),
            ),
            Panel(
                "Shed to spare the rest",
                "reqps",
                (("sum by (service, worth) (rate(openqof_requests_shed_total[1m]))", "{{service}} {{worth}}"),),
                "Sent away with Retry-After, the least worth first.",
            ),
            Panel("Faults of ours", "percentunit", (("openqof:http_faults:ratio5m", "{{service}}"),)),
        ),
    ),
    (
        "Processes",
        (
            Panel(
                "Memory",
                "bytes",
                (('process_resident_memory_bytes{job="openqof"}', "{{service}} {{process}} {{instance}}"),),
            ),
            Panel(
                "Processor",
                "percentunit",
                (
                    (
                        'rate(process_cpu_seconds_total{job="openqof"}[1m])',
                        "{{service}} {{process}} {{instance}}",
                    ),
                ),
            ),
            Panel(
                "Database connections held",
                "percentunit",
                (
                    (
                        "sum by (service, process, instance) (openqof_db_pool_in_use)"
                        " / sum by (service, process, instance) (openqof_db_pool_size)",
                        "{{service}} {{process}} {{instance}}",
                    ),
                ),
            ),
            Panel(
                "Waits for a connection",
                "ops",
                (
                    ("sum by (service, process) (rate(openqof_db_pool_waits_total[1m]))", "{{service}} {{process}}"),
                    (
                        "sum by (service, process) (rate(openqof_db_pool_timeouts_total[1m]))",
                        "in vain: {{service}} {{process}}",
                    ),
                ),
            ),
            Panel(
                "Events published",
                "ops",
                (("sum by (event, outcome) (rate(openqof_relay_events_total[1m]))", "{{event}} {{outcome}}"),),
            ),
            Panel(
                "Processes that answer",
                "short",
                (('sum by (service, process) (up{job="openqof"})', "{{service}} {{process}}"),),
            ),
        ),
    ),
)


def dashboard() -> str:
    """The file that Grafana imports, or is provisioned with."""
    panels: list[dict[str, object]] = []
    top = 0
    for title, row in ROWS:
        panels.append(_at(0, top, 24, 1) | {"type": "row", "title": title, "panels": [], "collapsed": False})
        top += 1
        for place, panel in enumerate(row):
            left = place % 3 * WIDTH
            panels.append(_at(left, top + place // 3 * HEIGHT, WIDTH, HEIGHT) | _graph(panel))
        top += (len(row) + 2) // 3 * HEIGHT
    numbered = [{"id": number, **panel} for number, panel in enumerate(panels, 1)]
    document = {
        "title": "OpenQOF",
        "uid": "openqof",
        "tags": ["openqof"],
        "schemaVersion": 39,
        "refresh": "10s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "templating": {
            "list": [{"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus"}]
        },
        "annotations": {
            "list": [
                {
                    "name": "Alerts",
                    "datasource": SOURCE,
                    "enable": True,
                    "expr": 'ALERTS{alertstate="firing"}',
                    "titleFormat": "{{alertname}}",
                    "iconColor": "red",
                }
            ]
        },
        "panels": numbered,
    }
    return json.dumps(document, indent=2) + "\n"


def _at(left: int, top: int, width: int, height: int) -> dict[str, object]:
    return {"gridPos": {"x": left, "y": top, "w": width, "h": height}}


def _graph(panel: Panel) -> dict[str, object]:
    return {
        "type": "timeseries",
        "title": panel.title,
        "description": panel.about,
        "datasource": SOURCE,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(ord("A") + number), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
            for number, (expression, legend) in enumerate(panel.lines)
        ],
    }
