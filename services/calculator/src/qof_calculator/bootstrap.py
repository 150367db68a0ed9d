"""Where the calculator is put together."""

from collections.abc import Mapping
from functools import partial

from sqlalchemy.ext.asyncio import AsyncEngine

from qof_calculator.adapters.repositories import KEPT_ACHIEVEMENTS
from qof_calculator.adapters.rulesets import load_rulesets
from qof_calculator.adapters.unit_of_work import CalculatorUnitOfWork
from qof_calculator.entrypoints.consumers import handlers
from qof_calculator.settings import CalculatorSettings
from qof_shared.db.unit_of_work import transactional
from qof_shared.messaging.consumer import Apply
from qof_shared.process import Service


def create_consumers(engine: AsyncEngine) -> Mapping[str, Apply]:
    """Queue -> what handles its batches, each in one transaction."""
    known_rulesets: set[str] = set()
    new_unit_of_work = partial(CalculatorUnitOfWork, engine, known_rulesets)
    return {queue: transactional(new_unit_of_work, table) for queue, table in handlers(load_rulesets()).items()}


def create_service() -> tuple[Service, CalculatorSettings]:
    """The calculator and its settings, read once."""
    service = Service(
        name="calculator", create_app=None, create_consumers=create_consumers, kept_bodies=KEPT_ACHIEVEMENTS
    )
    return service, CalculatorSettings()
