"""What all tests share: the emulator, the issuer, the packaged template, and its stacks."""

import contextlib
import copy
import pathlib
import tempfile

import district
from emulator import Emulator
from issuer import Issuer
from service import Service
from stack import Stack, known, package, source, transformed


# What switches on all that is off by default.
EVERYTHING = {
    "AlarmEmail": "duty@example.cn",
    "EdgeCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555",
    "EdgeDomain": "zhitiao.example.cn",
    "WebAclArn": "arn:aws:wafv2:us-east-1:000000000000:global/webacl/edge/11111111-2222-3333-4444-555555555555",
}


class World(contextlib.ExitStack):
    """Everything that runs; leaving it stops everything and removes the folder."""

    def __enter__(self):
        super().__enter__()
        self.folder = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="zhitiao-deploy-")))
        template = source()
        self.whole = transformed(template)
        self.template = known(self.whole)
        audience = self.template["Parameters"]["StaffAudience"]["Default"]
        self.issuer = self.enter_context(Issuer(self.folder, audience))
        self.emulator = self.enter_context(Emulator(self.folder, self.issuer.authority))
        package(self.emulator, template, self.folder)
        self.services = {}
        self.counts = {}
        return self

    def deploy(self, name, spoil=None, parameters=None):
        """Deploys the template, or a copy that is spoiled on the way, with the district in its directory."""
        template = copy.deepcopy(self.template)
        if spoil:
            spoil(template)
        known_ones = {key: value for key, value in (parameters or {}).items() if key in template["Parameters"]}
        stack = Stack(self.emulator, name, template, {"StaffIssuer": self.issuer.url, **known_ones})
        service = Service(stack.deploy())
        district.seed(service.stack)
        self.services[name] = service
        return service

    def quiet(self):
        """Deploys the stack that nobody calls, and hastens its schedules: no test waits a quarter of an hour."""
        service = self.deploy("quiet")
        client = self.emulator.client("scheduler")
        for logical_id in service.stack.of_type("AWS::Scheduler::Schedule"):
            schedule = client.get_schedule(Name=service.stack.physical[logical_id])
            kept = {name: schedule[name] for name in ("Name", "GroupName", "FlexibleTimeWindow", "Target", "State")}
            client.update_schedule(**kept, ScheduleExpression="rate(1 minute)")

    def service(self, name, parameters=None):
        """The service of a stack that several tests share, deployed at its first use."""
        return self.services.get(name) or self.deploy(name, parameters=parameters)

    def token(self, service, **claims):
        """A token of the desk officer of a community."""
        person, _ = district.officer()
        return self.issuer.token(person, service.stack.names["District"], **claims)

    def show_logs(self):
        """Prints what the functions and the emulator wrote last."""
        for service in self.services.values():
            if not service.stack.is_deleted():
                print(*service.logs(), sep="\n")
        print("--- emulator", *self.emulator.log().splitlines()[-150:], sep="\n")
