"""How payments keeps contract terms, target populations and aspiration payments. Rows are added, never changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from qof_payments.core.contract_terms import Account, ContractTerms
from qof_payments.core.terms import TargetPopulation
from qof_payments.handlers.money_ports import (
    Act,
    ActKind,
    AspirationPayment,
    HeldTerms,
    MonthTotals,
    NationalTargets,
    Sums,
    TermsRevision,
)
from qof_shared.db.columns import columns

_terms_decoder = msgspec.json.Decoder(HeldTerms)
_targets_decoder = msgspec.json.Decoder(dict[str, TargetPopulation])

_NEWEST_TERMS = (
    "SELECT number, body FROM contract_terms AS t WHERE t.collection = $1 AND t.practice = p.practice"
    " ORDER BY number DESC LIMIT 1"
)


class PostgresMoneyFacts:
    """What practices are paid by beside their points, by collection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def record_act(self, act: ActKind, collection: str, *, person: str, reason: str, at: datetime) -> int:
        rows = await self._connection.exec_driver_sql(
            "INSERT INTO money_acts (collection, number, act, person, reason, at)"
            " SELECT $1::text, coalesce(max(number), 0) + 1, $2::text, $3::text, $4::text, $5::timestamptz"
            " FROM money_acts WHERE collection = $1"
            " RETURNING number",
            (collection, act, person, reason, at),
        )
        return int(rows.scalar_one())

    async def acts(self, collection: str) -> list[Act]:
        rows = await self._connection.exec_driver_sql(
            "SELECT collection, number, act, person, reason, at FROM money_acts WHERE collection = $1"
            " ORDER BY number DESC",
            (collection,),
        )
        return [_act(row) for row in rows]

    async def unknown_practices(self, practices: Sequence[str]) -> list[str]:
        rows = await self._connection.exec_driver_sql(
            "SELECT DISTINCT p FROM unnest($1::text[]) AS given(p)"
            " WHERE NOT EXISTS (SELECT FROM practices WHERE practice = p) ORDER BY p",
            (list(practices),),
        )
        return [row.p for row in rows]

    async def held(self, collection: str, practices: Sequence[str]) -> dict[str, HeldTerms]:
        rows = await self._connection.exec_driver_sql(
            f"SELECT p.practice, t.body FROM unnest($2::text[]) AS p(practice) JOIN LATERAL ({_NEWEST_TERMS}) AS t"  # noqa: S608
            " ON true",
            (collection, list(practices)),
        )
        return {row.practice: _terms_decoder.decode(row.body) for row in rows}

    async def add_terms(self, collection: str, number: int, terms: Mapping[str, HeldTerms]) -> None:
        rows = [(practice, msgspec.json.encode(held)) for practice, held in sorted(terms.items())]
        await self._connection.exec_driver_sql(
            "INSERT INTO contract_terms (collection, practice, number, body)"
            " SELECT $1::text, p, $2::bigint, b FROM unnest($3::text[], $4::bytea[]) AS r(p, b)",
            (collection, number, *columns(rows, 2)),
        )

    async def history(self, collection: str, practice: str) -> list[TermsRevision]:
        rows = await self._connection.exec_driver_sql(
            "SELECT collection, number, act, person, reason, at, body FROM contract_terms"
            " JOIN money_acts USING (collection, number) WHERE collection = $1 AND practice = $2 ORDER BY number DESC",
            (collection, practice),
        )
        return [TermsRevision(_act(row), _terms_decoder.decode(row.body)) for row in rows]

    async def national_targets(self, collection: str) -> NationalTargets:
        rows = await self._connection.exec_driver_sql(
            "SELECT number, body FROM target_populations WHERE collection = $1 ORDER BY number DESC LIMIT 1",
            (collection,),
        )
        row = rows.first()
        return NationalTargets(row.number, _targets_decoder.decode(row.body)) if row else NationalTargets(0, {})

    async def add_national_targets(self, collection: str, number: int, targets: Mapping[str, TargetPopulation]) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO target_populations (collection, number, body) VALUES ($1, $2, $3)",
            (collection, number, msgspec.json.encode(targets)),
        )

    async def accounts(self, collection: str, practices: Sequence[str]) -> dict[str, Account]:
        rows = await self._connection.exec_driver_sql(
            "SELECT p.practice, t.number AS terms_number, t.body, a.number AS paid_number, a.months, a.pence"  # noqa: S608
            f" FROM unnest($2::text[]) AS p(practice) LEFT JOIN LATERAL ({_NEWEST_TERMS}) AS t ON true"
            " LEFT JOIN LATERAL (SELECT max(number) AS number, array_agg(month) AS months, array_agg(pence) AS pence"
            " FROM aspiration_payments AS a WHERE a.collection = $1 AND a.practice = p.practice) AS a ON true"
            " WHERE t.number IS NOT NULL OR a.number IS NOT NULL",
            (collection, list(practices)),
        )
        return {row.practice: _account(row) for row in rows}

    async def payable(self, collection: str, month: int) -> list[tuple[str, int]]:
        rows = await self._connection.exec_driver_sql(
            "SELECT DISTINCT ON (practice) practice, body FROM contract_terms AS t WHERE collection = $1"
            " AND NOT EXISTS (SELECT FROM aspiration_payments AS a WHERE a.collection = $1"
            " AND a.practice = t.practice AND a.month = $2)"
            " AND NOT EXISTS (SELECT FROM instructions AS i WHERE i.collection = $1 AND i.practice = t.practice)"
            " ORDER BY practice, number DESC",
            (collection, month),
        )
        found = [(row.practice, _terms_decoder.decode(row.body)) for row in rows]
        return [
            (practice, held.months[month - 1])
            for practice, held in found
            if held.terms.aspiration is not None and held.terms.aspiration.accepted_offer and held.months[month - 1]
        ]

    async def add_payments(self, collection: str, number: int, payments: Sequence[AspirationPayment]) -> None:
        await self._connection.exec_driver_sql(
            "INSERT INTO aspiration_payments (payment_id, collection, practice, month, number, pence)"
            " SELECT i, $1::text, p, m, $2::bigint, s"
            " FROM unnest($3::uuid[], $4::text[], $5::int[], $6::bigint[]) AS r(i, p, m, s)",
            (collection, number, *columns(payments, 4)),
        )

    async def months(self, collection: str) -> list[MonthTotals]:
        rows = await self._connection.exec_driver_sql(
            "SELECT month, count(*) AS payments, sum(pence)::bigint AS pence FROM aspiration_payments"
            " WHERE collection = $1 GROUP BY month ORDER BY month",
            (collection,),
        )
        return list(map(MonthTotals._make, rows))

    async def sums(self, collection: str) -> Sums:
        rows = await self._connection.exec_driver_sql(
            "SELECT count(*) AS practices, coalesce(sum(achievement_pounds), 0.00) AS achievement,"
            " coalesce(sum(pounds), 0.00) AS due, (SELECT coalesce(sum(pence), 0) / 100.00 FROM aspiration_payments"
            " WHERE collection = $1)::numeric(14, 2) AS aspiration, (SELECT coalesce(sum(pounds), 0.00)"
            " FROM instructions WHERE collection = $1) AS instructed"
            " FROM (SELECT DISTINCT ON (practice) coalesce(achievement_pounds, pounds) AS achievement_pounds, pounds"
            " FROM entitlements WHERE collection = $1"
            " ORDER BY practice, extract_number DESC, snapshot_number DESC, account_number DESC) AS newest",
            (collection,),
        )
        return Sums._make(rows.one())


def _act(row: Row[Any]) -> Act:
    return Act(row.collection, row.number, row.act, row.person, row.reason, row.at)


def _account(row: Row[Any]) -> Account:
    return Account(
        number=max(row.terms_number or 0, row.paid_number or 0),
        terms=_terms_decoder.decode(row.body).terms if row.body else ContractTerms(),
        paid=dict(zip(row.months, row.pence, strict=True)) if row.months else {},
    )
