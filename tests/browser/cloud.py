"""The local cloud, as a process on a free port of this machine, and its API."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import uuid

from service import send
from waiting import until

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Seconds within which the service answers, also on a machine that has much else to do.
PATIENCE = 60

# A Monday morning: a working day, so that promises are as everyone expects them.
MORNING = "2026-11-30T09:00:00+08:00"


class LocalCloud:
    """The running service. It keeps nothing."""

    def __init__(self, folder):
        self.folder = folder
        self.process = None

    def __enter__(self):
        try:
            # Between choosing a free port and taking it, another program may take it.
            for _ in range(3):
                if self.start():
                    return self
            raise RuntimeError(f"the local cloud does not start:\n{self.log()}")
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        program = pathlib.Path(os.environ.get("ZHITIAO_LOCAL") or ROOT / "target" / "debug" / "zhitiao-local")
        options = ["--memory", "--port", str(port), "--clock", MORNING, "--functions", str(program.parent)]
        with open(self.folder / "cloud.log", "ab") as log:
            self.process = subprocess.Popen(
                [program, *options],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        ended = self.process.poll
        until(lambda: self.is_ready() or ended() is not None, PATIENCE, "the local cloud does not get ready")
        return self.process.poll() is None

    def stop(self):
        """Ends the local cloud and its functions, which are in its process group."""
        if not self.process:
            return
        for number, patience in ((signal.SIGINT, 10), (signal.SIGKILL, 10)):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    def is_ready(self):
        try:
            return send(f"{self.url}/v1/communities").status == 200
        except OSError:
            return False

    def log(self):
        """What the local cloud wrote."""
        return (self.folder / "cloud.log").read_text(errors="replace")

    def call(self, method, path, body=None, **headers):
        """The body of a request to the API that succeeds; `if_match` stands for `If-Match`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            named |= {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
            body = json.dumps(body).encode()

        def answered():
            # On a busy machine the service asks for another try (503), which has the same key.
            answer = send(self.url + path, method, body, named)
            return answer if answer.status != 503 else None

        answer = until(answered, PATIENCE, f"{method} {path} stays unavailable")
        assert answer.status in (200, 201), f"{method} {path}: {answer.status} {answer.text[:500]}"
        return json.loads(answer.text)

    def advance(self, time):
        """Moves the clock: `5d`."""
        self.call("POST", "/dev/clock", {"advance": time})

    def staff(self, person):
        """A member of staff."""
        return Staff(self, person)


class Staff:
    """A member of staff."""

    def __init__(self, cloud, person):
        self.cloud = cloud
        self.person = person

    @property
    def headers(self):
        """A sign-in of now: one lasts a day, and the clock moves."""
        token = send(f"{self.cloud.url}/dev/token?sub={self.person}&tenant=shinan").text.strip()
        return {"Authorization": f"Bearer {token}"}

    def act(self, number, command, body):
        """A command on a case as it is now."""
        path = f"/v1/desk/cases/{number}"
        version = self.cloud.call("GET", path, **self.headers)["version"]
        return self.cloud.call("POST", f"{path}/{command}", body, if_match=f'"{version}"', **self.headers)

    def put(self, path, version, body):
        """Something of the directory as it is to be."""
        return self.cloud.call("PUT", path, body, if_match=f'"{version}"', **self.headers)

    def open_cases(self, words):
        """The numbers of the open cases whose text has some words in it."""
        queue = self.cloud.call("GET", "/v1/desk/queue?limit=100", **self.headers)
        return [row["number"] for row in queue["rows"] if words in row["snippet"]]
