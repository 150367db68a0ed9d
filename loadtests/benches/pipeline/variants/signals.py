"""How does a worker without signal handling of its own end? On SIGTERM, with what it has in hand finished."""

import asyncio
import signal


async def until_sigterm() -> None:
    """Wait for SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
