"""Commands in processes of their own, forked from one that has imported the libraries.

TensorFlow and Keras take five seconds of a processor to import, more than most commands
of the tests need. A server imports them once for each process of pytest; every command
then begins where a fresh process would be after these imports. The package itself is
not imported there. Tests of what is imported use `tests.support.fresh`.
"""

import atexit
import contextlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]

LIBRARIES = (
    *("tensorflow", "keras", "keras_hub", "tensorflow_datasets", "PIL.Image", "tqdm"),
    *("scipy.stats", "sklearn.linear_model", "matplotlib.figure"),
)

_REQUEST = 1 << 20  # Bytes of the longest request.

# The server and the connection to it.
_server: Any = None


class Process:
    """A command that runs. Its output goes into files, which `run` reads.

    Attributes:
        pid: Its number.
        returncode: Its exit status once it has ended, negative for a signal.
    """

    def __init__(self, channel: socket.socket):
        self._channel = channel
        self.pid = int(channel.recv(32).decode())
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Returns the exit status, or `None` while the process runs."""
        self._channel.setblocking(False)
        try:
            return self._received()
        except BlockingIOError:
            return None

    def wait(self, timeout: float = 300) -> int:
        """Returns the exit status when the process has ended."""
        self._channel.settimeout(timeout)
        return self._received()

    def send_signal(self, number: int) -> None:
        """Sends a signal to the process."""
        os.kill(self.pid, number)

    def _received(self) -> int:
        if self.returncode is None:
            self.returncode = int(self._channel.recv(32).decode())
            self._channel.close()
        return self.returncode


def start(
    *arguments: object,
    stdin: Any = subprocess.DEVNULL,
    stdout: Any = subprocess.DEVNULL,
    stderr: Any = subprocess.DEVNULL,
    cwd: Any = ROOT,
    **environment: str,
) -> Process:
    """Starts `python ARGUMENTS`: `-m MODULE`, `-c CODE` or a file, then its arguments.

    Args:
        arguments: Those of Python.
        stdin: A file, or `subprocess.DEVNULL`.
        stdout: The same.
        stderr: The same.
        cwd: The folder to run in.
        environment: Variables to add. Those that Keras reads on import come too late.
    """
    request = {
        "arguments": list(map(str, arguments)),
        "cwd": str(cwd),
        "environment": {**os.environ, "PYTHONPATH": str(ROOT), **environment},
    }
    ours, theirs = socket.socketpair()
    with open(os.devnull, "r+b") as null, theirs:
        files = (
            null if f == subprocess.DEVNULL else f for f in (stdin, stdout, stderr)
        )
        descriptors = [*(file.fileno() for file in files), theirs.fileno()]
        socket.send_fds(_connection(), [json.dumps(request).encode()], descriptors)
    return Process(ours)


def run(
    *arguments: object, text: str = "", timeout: float = 300, **options: Any
) -> subprocess.CompletedProcess:
    """Runs a command to its end; see `start`. `text` is its standard input."""
    with contextlib.ExitStack() as stack:
        given, out, err = (
            stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)
        )
        given.write(text.encode())
        given.seek(0)
        streams = {"stdin": given, "stdout": out, "stderr": err}
        code = start(*arguments, **streams, **options).wait(timeout)
        printed = [_content(stream) for stream in (out, err)]
    return subprocess.CompletedProcess(arguments, code, *printed)


def _content(stream: Any) -> str:
    stream.seek(0)
    return stream.read().decode(errors="surrogateescape")


def _connection() -> socket.socket:
    """Returns the connection to the server of this process, which it starts."""
    global _server
    if _server is None:
        ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
        )
        theirs.close()
        _server = process, ours
        atexit.register(_stop)
    return _server[1]


def _stop() -> None:
    process, connection = _server
    connection.close()
    process.wait()


def serve(descriptor: int) -> None:
    """Forks a process for every request until the connection is closed."""
    connection = socket.socket(fileno=descriptor)
    for name in LIBRARIES:
        __import__(name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # No zombies.
    while True:
        data, descriptors, _, _ = socket.recv_fds(connection, _REQUEST, 4)
        if not data:
            return
        if os.fork() == 0:
            connection.close()
            _supervise(json.loads(data), descriptors)
        for one in descriptors:
            os.close(one)


def _supervise(request: dict, descriptors: list[int]) -> None:
    """Runs the command in a child of this process, and sends how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    *streams, answer = descriptors
    channel = socket.socket(fileno=answer)
    child = os.fork()
    if child == 0:
        channel.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        code = _executed(request)
        os._exit(code)
    channel.send(f"{child}".ljust(32).encode())
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    channel.send(f"{status}".ljust(32).encode())
    os._exit(0)


def _executed(request: dict) -> int:
    """Returns the exit status of the command, which runs as in a fresh Python."""
    sys.stdin = os.fdopen(0, closefd=False)
    sys.stdout = os.fdopen(1, "w", closefd=False)
    sys.stderr = os.fdopen(2, "w", closefd=False, errors="backslashreplace")
    code: Any = 0
    try:
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["environment"])
        _run_python(request["arguments"])
    except SystemExit as error:
        code = error.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if code is not None and not isinstance(code, int):
        print(code, file=sys.stderr)
        code = 1
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    return (code or 0) & 0xFF


def _run_python(arguments: list[str]) -> None:
    kind, *rest = arguments
    if kind == "-m":
        sys.path[0] = os.getcwd()
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.path[0] = ""
        sys.argv = ["-c", *rest[1:]]
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    else:
        sys.path[0] = str(Path(kind).parent)
        sys.argv = arguments
        runpy.run_path(kind, run_name="__main__")


if __name__ == "__main__":
    serve(int(sys.argv[1]))
