"""Commands that stay on this machine: `--offline`, or `TFIQA_OFFLINE=1`.

Nothing of the package opens a connection but for published weights that are asked for
by name. With this flag whatever tries to, in whatever library, gets an error.
"""

import os
import socket
from typing import Any

from absl import flags

VARIABLE = "TFIQA_OFFLINE"

_LOCAL = ("localhost", "::1", "0.0.0.0", "")
_FAMILIES = (socket.AF_INET, socket.AF_INET6)


class OfflineError(OSError):
    """Something tried to reach another machine though `--offline` forbids it."""


def define_flag() -> None:
    """Defines `--offline`, the default of which the environment tells."""
    if "offline" not in flags.FLAGS:
        flags.DEFINE_bool(
            "offline",
            os.environ.get(VARIABLE, "0") not in ("", "0"),
            f"Reach no other machine: what tries to is an error. Also {VARIABLE}=1.",
        )


def enforce() -> None:
    """Makes connections of this process to other machines raise `OfflineError`.

    Those of Python code, that is: the libraries on which the package stands download
    with it. Processes that this one starts are told by the environment.
    """
    os.environ.update({VARIABLE: "1", "HF_HUB_OFFLINE": "1"})
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    find = socket.getaddrinfo

    def find_local(host: Any, *arguments: Any, **options: Any) -> Any:
        _check(host)
        return find(host, *arguments, **options)

    socket.getaddrinfo = find_local


def refusal(error: BaseException | None) -> OfflineError | None:
    """Returns the refusal that an error comes from, if there is one."""
    while error is not None:
        if isinstance(error, OfflineError):
            return error
        error = error.__cause__ or error.__context__
    return None


def _guarded(method: Any) -> Any:
    def call(self: socket.socket, *arguments: Any) -> Any:
        if self.family in _FAMILIES:
            _check(arguments[-1][0])
        return method(self, *arguments)

    return call


def _check(host: Any) -> None:
    name = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if name is None or name in _LOCAL or str(name).startswith("127."):
        return
    raise OfflineError(
        "No connection to another machine is expected with --offline. "
        f"Received: one to {name}"
    )
