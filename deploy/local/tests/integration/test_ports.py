"""Does a taken port give a message one can act on?"""

import os
import socket

import pytest

from qof_local import ports
from qof_local.paths import LocalStackError


def test_port_is_taken_message_names_holder_and_variable(free_port: int) -> None:
    ports.require_free(free_port, "the test", "QOF_X_PORT")
    message = f"{free_port}.*process {os.getpid()}.*QOF_X_PORT"
    with socket.create_server((ports.LOOPBACK, free_port)), pytest.raises(LocalStackError, match=message):
        ports.require_free(free_port, "the test", "QOF_X_PORT")
    assert ports.holder(free_port) is None
