"""How busy are the connections of a process? SQLAlchemy's pool, which also counts who had to wait for one."""

from typing import Any
from weakref import WeakSet

from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry

from qof_shared.observability.metrics import counter, gauge

WAITS = counter("openqof_db_pool_waits_total", "Times that somebody had to wait for a connection")
TIMEOUTS = counter("openqof_db_pool_timeouts_total", "Times that somebody waited in vain, and was refused")
WAITING = gauge("openqof_db_pool_waiting", "Who waits for a connection at this moment")
IN_USE = gauge("openqof_db_pool_in_use", "Connections that somebody holds; the writer of ingest holds one for good")
SIZE = gauge("openqof_db_pool_size", "Connections that this process may hold")


class MeasuredPool(AsyncAdaptedQueuePool):
    """The pool of every engine. What is counted is all that this class adds."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        POOLS.add(self)

    def _do_get(self) -> ConnectionPoolEntry:
        if self.checkedout() < self.size():
            return super()._do_get()
        WAITS.inc()
        with WAITING.track_inprogress():
            try:
                return super()._do_get()
            except PoolTimeoutError:
                TIMEOUTS.inc()
                raise


POOLS: WeakSet[MeasuredPool] = WeakSet()

IN_USE.set_function(lambda: sum(pool.checkedout() for pool in POOLS))
SIZE.set_function(lambda: sum(pool.size() for pool in POOLS))
