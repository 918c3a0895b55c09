"""What all tests share: the issuer, the emulator with the packaged functions, and the stacks of the template."""

import contextlib
import copy
import pathlib
import tempfile

import district
from emulator import Emulator
from issuer import Issuer
from service import Service
from stack import FILLED_IN, Stack, known, package, source, transformed


# What the template refuses to take from its defaults.
PLACES = {"PublicUrl": "https://zhitiao.example.cn", "AllowedOrigins": "https://zhitiao.example.cn"}

# What switches on all that is off by default.
EVERYTHING = {
    "AlarmEmail": "duty@example.cn",
    "ApiCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555",
    "ApiDomain": "api.example.cn",
    "BackupAccount": "111122223333",
    "BackupBucket": "zhitiao-copies",
    "EdgeCertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/11111111-2222-3333-4444-555555555555",
    "EdgeDomain": "zhitiao.example.cn",
    "OriginProof": "demanded",
    "UrgentEmail": "pager@example.cn",
    "WebAclArn": "arn:aws:wafv2:us-east-1:000000000000:global/webacl/edge/11111111-2222-3333-4444-555555555555",
}


@contextlib.contextmanager
def running():
    """A world that runs; leaving it, or failing on the way in, stops everything and removes the folder."""
    template = source()
    whole = transformed(template)
    audience = whole["Parameters"]["StaffAudience"]["Default"]
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhitiao-deploy-")))
        issuer = stack.enter_context(Issuer(folder, audience))
        emulator = stack.enter_context(Emulator(folder, issuer.authority))
        package(emulator, template, folder)
        yield World(template, whole, issuer, emulator)


class World:
    """What runs, and the stacks that were deployed into it."""

    def __init__(self, source, whole, issuer, emulator):
        self.source = source
        self.whole = whole
        self.template = known(whole)
        self.issuer = issuer
        self.emulator = emulator
        self.services = {}
        self.counts = {}

    def written(self):
        """A copy of the template as it is written."""
        return copy.deepcopy(self.source)

    def deploy(self, name, spoil=None, parameters=None):
        """Deploys the template, or a copy that is spoiled on the way, with the district in its directory."""
        filled_in = {name: value for name, value in (parameters or {}).items() if name in FILLED_IN}
        template = known(transformed(self.source, filled_in)) if filled_in else copy.deepcopy(self.template)
        if spoil:
            spoil(template)
        known_ones = {key: value for key, value in (parameters or {}).items() if key in template["Parameters"]}
        stack = Stack(self.emulator, name, template, {"StaffIssuer": self.issuer.url, **PLACES, **known_ones})
        service = Service(stack.deploy())
        district.seed(service.stack)
        self.services[name] = service
        return service

    def quiet(self):
        """Deploys the stack without callers, and hastens its schedules: no test waits a quarter of an hour."""
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
