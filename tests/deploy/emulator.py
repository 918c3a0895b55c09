"""ministack, an AWS emulator that knows nothing of this project, as a process on a free port of this machine.

It runs the functions as child processes: each `bootstrap` speaks the Lambda Runtime API to it and reaches its tables
and buckets by `AWS_ENDPOINT_URL`. All that it writes, unpacked functions too, goes into the folder that it is given.
"""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import boto3
from botocore.config import Config

from waiting import until

REGION = "us-east-1"

# It takes any key and checks none.
KEY = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}


class Emulator:
    """The running emulator. `authority` is the certificate that it trusts besides those of the system."""

    def __init__(self, folder, authority):
        self.folder = folder
        self.authority = authority
        self.clients = {}
        self.process = None

    def __enter__(self):
        try:
            # Between choosing a free port and taking it, another program may take it.
            for _ in range(3):
                if self.start():
                    return self
            raise RuntimeError(f"the emulator does not start:\n{self.log()}")
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Ends the emulator and the functions, which are in its process group."""
        if not self.process:
            return
        for number, patience in ((signal.SIGTERM, 5), (signal.SIGKILL, 10)):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(patience)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue

    def start(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        with open(self.folder / "emulator.log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ministack"],
                cwd=self.folder,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until(lambda: self.is_ready() or self.process.poll() is not None, 60, "the emulator does not get ready")
        return self.process.poll() is None

    def environment(self):
        """A small environment of its own: functions inherit it, and it must neither give nor hide anything of ours."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "TMPDIR": str(self.folder),
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "MINISTACK_REGION": REGION,
            "DOCKER_HOST": f"unix://{self.folder}/no-docker.sock",
            "SSL_CERT_FILE": str(self.authority),
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": KEY["aws_access_key_id"],
            "AWS_SECRET_ACCESS_KEY": KEY["aws_secret_access_key"],
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def is_ready(self):
        try:
            with urllib.request.urlopen(f"{self.url}/_ministack/ready", timeout=5) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def client(self, service):
        """The SDK's client of one service."""
        if service not in self.clients:
            self.clients[service] = boto3.client(
                service,
                endpoint_url=self.url,
                region_name=REGION,
                config=Config(s3={"addressing_style": "path"}, read_timeout=90, retries={"max_attempts": 0}),
                **KEY,
            )
        return self.clients[service]

    def log(self):
        """What the emulator wrote."""
        return (self.folder / "emulator.log").read_text(errors="replace")
