"""What all tests share: the local cloud with a few cases, the browser, and the people who use it."""

import contextlib
import pathlib
import tempfile
from dataclasses import dataclass

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

import chromium
from cloud import LocalCloud
from pictures import picture
from places import MODES, SAFARI, WECHAT
from service import send
from waiting import until

COMMUNITY = "xianggang-huayuan"
OFFICER = "wang.fang"

# A telephone of a usual size.
PHONE = {"viewport": {"width": 375, "height": 667}, "has_touch": True, "is_mobile": True, "locale": "zh-CN"}

# Milliseconds within which a page answers, also on a machine that has much else to do.
PATIENCE = 60_000

# One line without a gap, as people paste them: it must not make a page wider.
GAPLESS = "https://example.cn/" + "a" * 120


@dataclass
class Seeds:
    """The cases that are there before the first test: by number."""

    community: str
    shown: str
    late: str
    own: str
    # What the browser of the reporter keeps.
    kept: dict


@contextlib.contextmanager
def running():
    """A world that runs; leaving it, or failing on the way in, stops everything."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zhitiao-browser-")))
        playwright = stack.enter_context(sync_playwright())
        browser = chromium.launch(playwright)
        stack.callback(browser.close)
        expect.set_options(timeout=PATIENCE)
        world = World(stack.enter_context(LocalCloud(folder)), browser)
        world.seed()
        yield world


class World:
    """What runs, and what was counted."""

    def __init__(self, cloud, browser):
        self.cloud = cloud
        self.browser = browser
        self.axe = Axe()
        self.desk = cloud.staff(OFFICER)
        self.seeds = None
        self.counts = {}
        self.followed = set()

    def saw(self, what, number=1):
        """Counts for the summary."""
        self.counts[what] = self.counts.get(what, 0) + number

    @contextlib.contextmanager
    def person(self, **options):
        """The browser of one person, who has never been here when `storage_state` brings nothing."""
        context = self.browser.new_context(base_url=self.cloud.url, **{**PHONE, **options})
        context.set_default_timeout(PATIENCE)
        try:
            yield context
        finally:
            context.close()

    @contextlib.contextmanager
    def reader(self, mode="normal", lang="zh", **options):
        """The browser of the reporter of a case, who reads in some way."""
        how = MODES[mode]
        scheme = "dark" if how["dark"] else "light"
        agent = WECHAT if how["elder"] else SAFARI
        kept = self.seeds.kept
        with self.person(storage_state=kept, color_scheme=scheme, user_agent=agent, **options) as context:
            page = context.new_page()
            page.goto(f"/settings?lang={lang}&elder={int(how['elder'])}&back=/help")
            yield page

    def seed(self):
        """A case that is late, one that is on the board with a photo and an answer, and one of a person's own."""
        self.presented()
        late = self.reported("路中间的井盖裂了 " + GAPLESS, "manhole-cover")
        self.desk.act(late, "triage", {"category": "manhole-cover", "publish": True})
        self.desk.act(late, "assign", {"unit": "urban-management"})
        # A danger is promised within a day.
        self.cloud.advance("30h")
        shown = self.reported("3号楼东门外的井盖没了，晚上很危险。\n我们用木板先盖上了。", "manhole-cover", picture("board"))
        self.desk.act(shown, "triage", {"category": "manhole-cover", "publish": True})
        self.desk.act(shown, "assign", {"unit": "urban-management"})
        liaison = self.cloud.staff("xu.li")
        liaison.act(shown, "accept", {})
        liaison.act(shown, "notes", {"text": "已派人，十分钟到。" + GAPLESS, "to": "resident"})
        own, kept = self.reported_on_the_page("楼顶的广告牌松了，刮风时响 " + GAPLESS)
        self.seeds = Seeds(COMMUNITY, shown, late, own, kept)

    def presented(self):
        """The community says how it wants to be seen."""
        profile = {
            "color": "blue",
            "phones": [
                {"name": {"zh": "居委会", "en": "Office"}, "number": "0532-85550000"},
                {"name": {"zh": "电梯急修", "en": "Lift repair"}, "number": "0532-96333"},
            ],
            "hours": {"zh": "每天 8 点到 20 点", "en": "8 to 20 daily"},
            "welcome": {"zh": "有事您说话，我们就在楼下。", "en": "Tell us, we are just downstairs."},
        }
        name = {"zh": "香港花园社区", "en": "Hong Kong Garden Community"}
        unit = {"kind": "community", "parent": "badaguan", "name": name, "profile": profile}
        self.cloud.staff("he.lei").put(f"/v1/directory/units/{COMMUNITY}", 0, unit)
        self.cloud.advance("61s")

    def reported(self, text, category, photo=None):
        """A report through the API, with a photo that is ready."""
        announced = [{"angle": "front", "content_type": "image/png", "bytes": len(photo)}] if photo else []
        report = {
            "text": text,
            "community": COMMUNITY,
            "category": category,
            "place": {"address": "3号楼东侧"},
            "photos": announced,
            "consents": {"publish": True},
        }
        receipt = self.cloud.call("POST", "/v1/reports", report)
        for grant in receipt["uploads"] if photo else []:
            headers = {name: value for name, value in grant["headers"].items() if name.lower() != "content-length"}
            assert send(grant["url"], "PUT", photo, headers).status == 200, "the bucket refuses the photo"
            self.ready_photos(receipt["tracking_token"], 1)
        return receipt["number"]

    def ready_photos(self, token, number):
        """Waits until so many photos of a case are ready."""

        def ready():
            case = self.cloud.call("GET", "/v1/my/case", tracking_token=token)
            return sum(photo["state"] == "ready" for photo in case.get("photos", [])) == number

        until(ready, 30, f"{number} photos are not ready")

    def reported_on_the_page(self, text):
        """A report through the form; the number, and what the browser keeps of it."""
        with self.person() as context:
            page = context.new_page()
            page.goto("/report")
            page.fill("[name=text]", text)
            page.select_option("[name=community]", COMMUNITY)
            page.set_input_files("#photo-files", {"name": "a.png", "mimeType": "image/png", "buffer": picture("own")})
            page.wait_for_selector("#photo-list li")
            page.click("button[type=submit]")
            page.wait_for_url("**/my/*?new=1", wait_until="commit")
            page.wait_for_selector(".receipt")
            number = page.url.split("/my/")[1].split("?")[0]
            token = page.text_content(".receipt b")
            self.ready_photos(token, 1)
            return number, context.storage_state()
