"""Commands without network access: `--offline`, or `TFIQA_OFFLINE=1`.

The package opens a connection only to download published weights that the user names.
With this flag, any library that tries to connect to another machine gets an error.
"""

import os
import socket
from typing import Any

from absl import flags

VARIABLE = "TFIQA_OFFLINE"

_LOCAL = ("localhost", "::1", "0.0.0.0", "")
_FAMILIES = (socket.AF_INET, socket.AF_INET6)


class OfflineError(OSError):
    """A connection to another machine was attempted despite `--offline`."""


def define_flag() -> None:
    """Defines `--offline`; the environment variable sets its default."""
    if "offline" not in flags.FLAGS:
        flags.DEFINE_bool(
            "offline",
            os.environ.get(VARIABLE, "0") not in ("", "0"),
            f"Fail rather than connect to another machine. Also {VARIABLE}=1.",
        )


def enforce() -> None:
    """Makes connections of this process to other machines raise `OfflineError`.

    It covers connections of Python code, with which all dependencies download. The
    environment passes the setting on to processes that this one starts.
    """
    os.environ.update({VARIABLE: "1", "HF_HUB_OFFLINE": "1"})
    for name in ("connect", "connect_ex", "sendto"):
        setattr(socket.socket, name, _guarded(getattr(socket.socket, name)))
    resolve = socket.getaddrinfo

    def resolve_local(host: Any, *arguments: Any, **options: Any) -> Any:
        _check(host)
        return resolve(host, *arguments, **options)

    socket.getaddrinfo = resolve_local


def refusal(error: BaseException | None) -> OfflineError | None:
    """Returns the `OfflineError` that caused an error, if any."""
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
