"""How many signatures share a transaction? Those that are pressed while the one before is being committed."""

import logging
from collections.abc import Sequence

from qof_declarations.core.errors import DeclarationsError
from qof_declarations.handlers.errors import ReturnedUnreadError
from qof_declarations.handlers.ports import NewUnitOfWork
from qof_declarations.handlers.signing import Signature, Signed, sign_report, sign_together
from qof_shared.db.engine import is_unavailable
from qof_shared.groups import GROUP_SIZE, Grouped

logger = logging.getLogger(__name__)


class GroupedSignatures:
    """A `SignatureBook` whose plain signatures are kept in groups, the others each in a transaction of its own."""

    def __init__(self, new_unit_of_work: NewUnitOfWork, *, size: int = GROUP_SIZE) -> None:
        self._new_unit_of_work = new_unit_of_work
        self._together = Grouped(self._keep, size=size)

    async def sign(self, signature: Signature) -> Signed:
        answer = await self._together.ask(signature)
        if isinstance(answer, Exception):
            raise answer
        return answer or await self._alone(signature)

    async def _keep(
        self, signatures: Sequence[Signature]
    ) -> Sequence[Signed | DeclarationsError | ReturnedUnreadError | None]:
        """Answers once they are committed. Where the group fails, each is signed alone: a fault costs only its own."""
        try:
            async with self._new_unit_of_work() as uow:
                answers = await sign_together(signatures, uow=uow)
                if any(isinstance(answer, Signed) and answer.entry for answer in answers):
                    await uow.commit()
                return answers
        except Exception as error:
            if is_unavailable(error):
                raise
            logger.warning(
                "a group of %d signatures failed (%s); each is signed alone",
                len(signatures),
                type(error).__name__,
                extra={"action": "signatures.group_failed"},
            )
            return [None] * len(signatures)

    async def _alone(self, signature: Signature) -> Signed:
        async with self._new_unit_of_work() as uow:
            done = await sign_report(signature, uow=uow)
            await uow.commit()
        return done
