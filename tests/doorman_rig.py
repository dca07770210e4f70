"""A copy of the doorman with a small server and one tiny package behind it, and a client that talks to it."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import zipfile
from pathlib import Path
from typing import Any, Self

REPOSITORY = Path(__file__).resolve().parents[1]
TOOLS = {"tools": [{"name": "echo", "description": "says it back", "inputSchema": {"type": "object"}}]}
IDENTITY = {"serverInfo": {"name": "rig", "title": "Rig", "version": "1"}, "instructions": "none"}

# A server with the standard library alone, which does what the tool's name says.
SERVER = """
import json, os, sys, time

def say(message):
    sys.stdout.write(json.dumps({"jsonrpc": "2.0", **message}) + "\\n")
    sys.stdout.flush()

def text(identifier, value):
    say({"id": identifier, "result": {"content": [{"type": "text", "text": value}]}})

if os.environ.get("RIG_DIE_AT_START"):
    sys.exit("cannot start")
heard = []
for line in sys.stdin:
    message = json.loads(line)
    heard.append(message.get("method"))
    method, identifier = message.get("method"), message.get("id")
    if method == "initialize":
        say({"id": identifier, "result": {"protocolVersion": message["params"]["protocolVersion"], "capabilities": {},
             "serverInfo": {"name": "real", "version": "1"}}})
    elif method == "resources/list":
        say({"id": identifier, "result": {"resources": []}})
    elif method == "tools/call":
        name, given = message["params"]["name"], message["params"].get("arguments", {})
        if name == "echo":
            text(identifier, json.dumps(given))
        elif name == "about":
            text(identifier, json.dumps({"prefix": sys.prefix, "pid": os.getpid(), "heard": heard, "path": sys.path}))
        elif name == "big":
            text(identifier, "x" * given["size"])
        elif name == "die":
            os._exit(3)
        elif name == "kill":
            os.kill(os.getpid(), 9)
        elif name == "noise":
            print("a stray print", flush=True)
            text(identifier, "after noise")
        elif name == "progress":
            token = message["params"]["_meta"]["progressToken"]
            say({"method": "notifications/progress", "params": {"progressToken": token, "progress": 1}})
            text(identifier, "done")
        elif name == "ask":
            say({"id": "q1", "method": "roots/list"})
            text(identifier, json.dumps(json.loads(sys.stdin.readline())))
        elif name == "hang":
            while True:
                later = json.loads(sys.stdin.readline())
                if later.get("method") == "notifications/cancelled":
                    heard.append("cancelled " + json.dumps(later["params"]["requestId"]))
                    break
    elif identifier is None and method is None:
        pass
"""


class Rig:
    """Server files in a folder of their own; `start` runs the doorman on them."""

    def __init__(self, top: Path) -> None:
        self.top = top
        self.server = top / "Plug in ü" / "server"
        self.data = top / "data ü"
        self.bin = top / "bin"
        self.wheels = top / "wheels"
        self.project = top / "project"
        for folder in (self.server, self.bin, self.wheels, self.project, top / "home"):
            folder.mkdir(parents=True)
        shutil.copy2(REPOSITORY / "server/launch.sh", self.server)
        shutil.copy2(REPOSITORY / "server/launch.py", self.server)
        shutil.copytree(
            REPOSITORY / "server/doorman", self.server / "doorman", ignore=shutil.ignore_patterns("__pycache__")
        )
        (self.server / "tools.json").write_text(json.dumps(TOOLS), "utf-8")
        (self.server / "identity.json").write_text(json.dumps(IDENTITY), "utf-8")
        package = self.server / "specweave" / "tools"
        package.mkdir(parents=True)
        (package.parent / "__init__.py").touch()
        (package / "__init__.py").touch()
        (package / "server.py").write_text(SERVER, "utf-8")
        (top / "uv.toml").write_text(f'[pip]\nno-index = true\nfind-links = ["{self.wheels}"]\n', "utf-8")
        self._put_on_path("python3", os.path.realpath(sys._base_executable))
        self.lock("1.0")
        self.variables = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "HOME": str(top / "home"),
            "CLAUDE_PLUGIN_DATA": str(self.data),
            "LANG": "C.UTF-8",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "UV_CONFIG_FILE": str(top / "uv.toml"),
        }

    def lock(self, version: str) -> None:
        """Make a wheel of this version, and the lock file that asks for it."""
        digest = _make_wheel(self.wheels / f"tinything-{version}-py3-none-any.whl", version)
        (self.server / "requirements.lock").write_text(
            f"tinything=={version} \\\n    --hash=sha256:{digest}\n", "utf-8"
        )

    def with_uv(self) -> bool:
        found = shutil.which("uv")
        if found is None:
            return False
        self._put_on_path("uv", os.path.realpath(found))
        return True

    def _put_on_path(self, name: str, executable: str) -> None:
        """Through a wrapper, so that nothing else of that folder comes along."""
        wrapper = self.bin / name
        wrapper.write_text(f'#!/bin/sh\nexec "{executable}" "$@"\n')
        wrapper.chmod(0o755)

    def start(self, **variables: str) -> Client:
        return Client(["sh", str(self.server / "launch.sh")], {**self.variables, **variables}, self.project)

    def ready(self) -> dict[str, str]:
        """Variables that make it skip the installation."""
        return {"SW_ML_PYTHON": sys.executable}

    def log(self) -> str:
        return (self.data / "logs" / "doorman.log").read_text("utf-8")

    def environments(self) -> list[str]:
        return sorted(path.name for path in (self.data / "environments").iterdir() if path.is_dir())


class Client:
    """A client on the other end of stdin and stdout."""

    def __init__(self, command: list[str], variables: dict[str, str], cwd: Path) -> None:
        self.process = subprocess.Popen(
            command,
            env=variables,
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self._lines: queue.Queue[bytes | None] = queue.Queue()
        self.errors: list[bytes] = []
        self._readers = [threading.Thread(target=target, daemon=True) for target in (self._read, self._read_errors)]
        for reader in self._readers:
            reader.start()
        self._next = 0
        self.others: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.close()
        for reader in self._readers:
            reader.join(20)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()

    def close(self) -> int:
        """End its input, as a client that leaves does; the exit status."""
        self.process.stdin.close()
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def send_line(self, line: bytes) -> None:
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def send(self, **message: Any) -> None:
        self.send_line(json.dumps({"jsonrpc": "2.0", **message}).encode())

    def receive(self, timeout: float = 60) -> dict[str, Any]:
        line = self._lines.get(timeout=timeout)
        assert line is not None, f"the server ended: {b''.join(self.errors).decode()}"
        return json.loads(line)

    def request(
        self, method: str, params: Any = None, *, identifier: Any = None, timeout: float = 60
    ) -> dict[str, Any]:
        """The response; whatever else comes meanwhile is kept in `others`."""
        if identifier is None:
            self._next += 1
            identifier = self._next
        self.send(id=identifier, method=method, **({} if params is None else {"params": params}))
        return self.answer(identifier, timeout)

    def answer(self, identifier: Any, timeout: float = 60) -> dict[str, Any]:
        while True:
            message = self.receive(timeout)
            if message.get("id") == identifier and "method" not in message:
                return message
            self.others.append(message)

    def initialize(self, version: str = "2025-11-25") -> dict[str, Any]:
        params = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
        answer = self.request("initialize", params)
        self.send(method="notifications/initialized")
        return answer

    def call(self, name: str, *, token: Any = None, timeout: float = 60, **arguments: Any) -> dict[str, Any]:
        meta = {} if token is None else {"_meta": {"progressToken": token}}
        return self.request("tools/call", {"name": name, "arguments": arguments, **meta}, timeout=timeout)["result"]

    def _read(self) -> None:
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        self.errors.extend(self.process.stderr)


def text_of(result: dict[str, Any]) -> str:
    return "".join(block["text"] for block in result["content"])


def _make_wheel(path: Path, version: str) -> str:
    info = f"tinything-{version}.dist-info"
    files = {
        "tinything.py": f"version = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tinything\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: rig\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},sha256={_digest(text)},{len(text)}\n" for name, text in files.items())
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in [*files.items(), (f"{info}/RECORD", record + f"{info}/RECORD,,\n")]:
            archive.writestr(name, text)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
