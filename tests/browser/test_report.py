"""A resident reports: with and without the script, over a bad network, in two tabs, with hostile words."""

import re

from playwright.sync_api import expect

import forms
from pictures import file
from test_pages import BrowserTest
from waiting import until

# What must stay text wherever it is shown.
SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"

# A name has 40 characters.
SHORT_SCRIPT = "<script>alert(3)</script>"


def slow(page):
    """A telephone at the edge of its network: 400 ms to everything, and 50 kB a second."""
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    limits = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    network.send("Network.emulateNetworkConditions", limits)


class ReportTest(BrowserTest):
    def one_case(self, words, number=None):
        """Fails unless one case has these words, with this number if it is known."""
        found = self.world.desk.open_cases(words)
        self.assertEqual(len(found), 1, f"{words}: {found}")
        if number:
            self.assertEqual(found, [number])

    def saw(self):
        self.world.saw("journeys made")


class WithoutScriptTest(ReportTest):
    def visitor(self, **kept):
        return self.world.person(java_script_enabled=False, **kept)

    def test_a_first_time_visitor_reports_by_taps_and_finds_the_case_again(self):
        with self.visitor() as context:
            page = context.new_page()
            page.goto("/")
            page.locator("main a[href='/report']").tap()
            forms.fill(page, "第一次来：楼门口的路灯不亮")
            number = forms.send(page)
            kept = context.storage_state()
        with self.visitor(storage_state=kept) as context:
            page = context.new_page()
            page.goto("/")
            page.locator("main a[href='/my']").tap()
            page.locator(f"a[href='/my/{number}']").tap()
            expect(page.locator("h1")).to_contain_text(number)
            expect(page.locator(".told")).to_contain_text("第一次来")
        self.one_case("第一次来", number)
        self.saw()

    def test_a_photo_is_added_without_a_script(self):
        with self.visitor() as context:
            page = context.new_page()
            page.goto("/report")
            forms.fill(page, "没有脚本的照片：台阶碎了")
            number = forms.send(page)
            token = page.locator(".receipt b").text_content()
            page.locator(f"form[action='/my/{number}/photos'] button").tap()
            page.locator("#file").set_input_files(file("plain"))
            page.locator("main button[type=submit]").tap()
            # The bucket adds the key of the photo to the address.
            page.wait_for_url(re.compile(rf"/my/{number}(\?|$)"))
            self.world.ready_photos(token, 1)
            page.reload()
            expect(page.locator(".photos img")).to_have_count(1)
        self.saw()

    def test_a_refused_form_keeps_what_was_written_and_leads_to_the_field(self):
        with self.visitor() as context:
            page = context.new_page()
            page.goto("/report")
            forms.fill(page, "改一下再发：水管漏水")
            page.locator("[name='contact.phone']").fill("以后再说")
            page.locator("button[type=submit]").tap()
            expect(page.locator("[role=alert]")).to_be_focused()
            expect(page.locator("[name=text]")).to_have_value("改一下再发：水管漏水")
            page.locator("[role=alert] a").tap()
            phone = page.locator("[name='contact.phone']")
            expect(phone).to_be_in_viewport()
            phone.fill("13800000000")
            self.one_case("改一下再发", forms.send(page))
        self.saw()

    def test_a_double_tap_makes_one_case(self):
        with self.visitor() as context:
            page = context.new_page()
            page.goto("/report")
            forms.fill(page, "连点两下：井盖松动")
            page.locator("button[type=submit]").dblclick()
            self.one_case("连点两下", forms.receipt(page))
        self.saw()

    def test_a_reload_and_a_step_back_make_one_case(self):
        with self.visitor() as context:
            page = context.new_page()
            page.goto("/")
            page.locator("main a[href='/report']").tap()
            forms.fill(page, "退回再发：垃圾桶倒了")
            number = forms.send(page)
            page.reload()
            self.assertEqual(forms.receipt(page), number)
            page.go_back()
            forms.fill(page, "退回再发：垃圾桶倒了")
            self.assertEqual(forms.send(page), number)
            self.one_case("退回再发", number)
        self.saw()

    def test_two_open_tabs_make_one_case(self):
        with self.visitor() as context:
            tabs = [context.new_page(), context.new_page()]
            for tab in tabs:
                tab.goto("/report")
                forms.fill(tab, "两个页面：扶手断了")
            numbers = {forms.send(tab) for tab in tabs}
            self.assertEqual(len(numbers), 1)
            self.one_case("两个页面", numbers.pop())
        self.saw()

    def test_another_report_in_the_same_browser_is_another_case(self):
        with self.visitor() as context:
            page = context.new_page()
            numbers = []
            for text in ("同一部手机：东门路灯", "同一部手机：西门路灯"):
                page.goto("/report")
                forms.fill(page, text)
                numbers.append(forms.send(page))
            self.assertEqual(sorted(self.world.desk.open_cases("同一部手机")), sorted(numbers))
        self.saw()


class WithScriptTest(ReportTest):
    def test_photos_arrive_over_a_network_that_fails_every_third_upload(self):
        uploads = []

        def third_fails(route):
            uploads.append(route.request.url)
            if len(uploads) % 3:
                route.continue_()
            else:
                route.abort("connectionreset")

        with self.world.person() as context:
            page = context.new_page()
            slow(page)
            page.route(lambda address: "quarantine" in address, third_fails)
            page.goto("/report")
            forms.fill(page, "网不好：墙皮掉了")
            # The first is large enough to be made smaller.
            forms.choose(page, [file("wide", width=640, height=480), *map(file, range(3))])
            number = forms.send(page)
            self.one_case("网不好", number)
            self.world.ready_photos(page.locator(".receipt b").text_content(), 4)
            page.reload()
            expect(page.locator(".photos img")).to_have_count(4)
        self.assertGreaterEqual(len(uploads), 5)
        self.saw()

    def test_nine_photos_arrive_though_one_fails_twice_and_there_is_one_case(self):
        fails = {}

        def first_fails_twice(route):
            address = route.request.url.split("?")[0]
            known = fails.setdefault(address, 0 if fails else 2)
            fails[address] = known - 1
            if known > 0:
                route.abort("connectionreset")
            else:
                route.continue_()

        with self.world.person() as context:
            page = context.new_page()
            page.route(lambda address: "quarantine" in address, first_fails_twice)
            page.goto("/report")
            forms.fill(page, "九张照片：外墙的砖裂了")
            forms.choose(page, [file(f"nine-{number}") for number in range(9)])
            number = forms.send(page)
            self.one_case("九张照片", number)
            self.world.ready_photos(page.locator(".receipt b").text_content(), 9)
        self.saw()

    def test_like_cases_are_shown_once_and_the_photos_stay_chosen(self):
        with self.world.person() as context:
            page = context.new_page()
            page.goto("/report")
            forms.fill(page, "路中间的井盖裂了，一踩就响，换一个吧")
            forms.choose(page, [file("like")])
            page.locator("button[type=submit]").tap()
            like = page.locator("#alike")
            expect(like).to_be_focused()
            expect(like.locator("a")).to_have_count(1)
            self.assertEqual(self.world.desk.open_cases("一踩就响，换一个吧"), [])
            number = forms.send(page)
            self.world.ready_photos(page.locator(".receipt b").text_content(), 1)
            page.goto(f"/my/{number}")
            expect(page.locator(".photos img")).to_have_count(1)
        self.saw()

    def test_a_photo_that_does_not_get_through_is_sent_again_by_a_tap(self):
        fails = [True]

        with self.world.person() as context:
            page = context.new_page()
            page.route(
                lambda address: "quarantine" in address,
                lambda route: route.abort("connectionreset") if fails[0] else route.continue_(),
            )
            page.goto("/report")
            forms.fill(page, "点一下重传：楼道积水")
            forms.choose(page, [file("again")])
            page.locator("button[type=submit]").tap()
            again = page.get_by_role("button", name="重试")
            expect(again).to_be_visible()
            fails[0] = False
            again.tap()
            expect(page.locator("#photo-list li")).to_have_count(1)
            number = forms.receipt(page)
            self.one_case("点一下重传", number)
            self.world.ready_photos(page.locator(".receipt b").text_content(), 1)
        self.saw()

    def test_a_photo_that_was_removed_is_not_sent(self):
        with self.world.person() as context:
            page = context.new_page()
            page.goto("/report")
            forms.fill(page, "去掉一张：树枝断了")
            forms.choose(page, [file("kept"), file("removed")])
            page.locator("#photo-list li", has=page.get_by_alt_text("photo-removed.png")).get_by_role("button").tap()
            expect(page.locator("#photo-list li")).to_have_count(1)
            forms.send(page)
            self.world.ready_photos(page.locator(".receipt b").text_content(), 1)
        self.saw()

    def test_a_report_that_cannot_be_sent_keeps_its_words(self):
        with self.world.person() as context:
            page = context.new_page()
            page.goto("/report")
            forms.fill(page, "断网了：下水道堵了")
            forms.choose(page, [file("offline")])
            context.set_offline(True)
            page.locator("button[type=submit]").tap()
            # The script gives up and submits the form, and the browser shows that it is not connected.
            expect(page).to_have_url(re.compile("^chrome-error:"))
            context.set_offline(False)
            page.goto("/report")
            expect(page.locator("[name=text]")).to_have_value("断网了：下水道堵了")
        self.saw()

    def test_a_draft_is_kept_over_a_reload_and_gone_after_the_report(self):
        with self.world.person() as context:
            page = context.new_page()
            page.goto("/report")
            page.locator("[name=text]").press_sequentially("草稿：健身器材坏了")
            page.reload()
            expect(page.locator("[name=text]")).to_have_value("草稿：健身器材坏了")
            forms.fill(page, "草稿：健身器材坏了")
            forms.send(page)
            page.goto("/report")
            expect(page.locator("[name=text]")).to_have_value("")
        self.saw()

    def test_a_draft_of_yesterday_is_gone(self):
        with self.world.person() as context:
            page = context.new_page()
            page.clock.install()
            page.goto("/report")
            page.locator("[name=text]").fill("昨天的草稿")
            page.clock.fast_forward("25:00:00")
            page.goto("/report")
            expect(page.locator("[name=text]")).to_have_value("")
        self.saw()


class HostileTest(ReportTest):
    def test_a_script_in_every_field_does_not_run_and_is_shown_as_text(self):
        ran = []
        with self.world.person() as context:
            page = context.new_page()
            page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
            page.goto("/report")
            forms.fill(page, f"恶意文字 {SCRIPT}", SCRIPT)
            page.locator("[name='contact.name']").fill(SHORT_SCRIPT)
            # No number is refused: the form comes back with all of it.
            page.locator("[name='contact.phone']").fill(SCRIPT)
            page.locator("button[type=submit]").tap()
            expect(page.locator("[role=alert]")).to_be_visible()
            for name, words in (("place.address", SCRIPT), ("contact.name", SHORT_SCRIPT), ("contact.phone", SCRIPT)):
                expect(page.locator(f"[name='{name}']")).to_have_value(words)
            page.locator("[name='contact.phone']").fill("13800000000")
            page.locator("[name='consents.publish']").check()
            number = forms.send(page)
            expect(page.locator(".told")).to_contain_text(SCRIPT)
            page.goto("/my")
            expect(page.locator(".row .words").first).to_contain_text("<script>")
            page.locator("[name=token]").fill(SCRIPT)
            page.locator("button[type=submit]").tap()
            expect(page.locator("[name=token]")).to_have_value(SCRIPT)
            self.published(page, number)
        self.assertEqual(ran, [])
        self.saw()

    def published(self, page, number):
        """The desk publishes the case; the board and the public page show it as text, too."""
        self.world.desk.act(number, "triage", {"category": "street-lamp", "publish": True})

        def on_board():
            page.goto(f"/board/{forms.COMMUNITY}")
            return page.locator(f"a[href='/cases/{number}']").count()

        until(on_board, 10, "the case is not on the board")
        page.locator(f"a[href='/cases/{number}']").tap()
        expect(page.locator(".told")).to_contain_text(SCRIPT)
        self.assertEqual(page.locator("main img, main script").count(), 0)

    def test_an_address_with_a_script_runs_nothing(self):
        ran = []
        with self.world.person() as context:
            page = context.new_page()
            page.on("dialog", lambda dialog: (ran.append(dialog.message), dialog.dismiss()))
            for path in ("/report?community=\"><script>alert(1)</script>", "/cases/<script>alert(1)</script>",
                         "/board/huiquan?cursor=<script>alert(1)</script>", "/settings?back=javascript:alert(1)"):
                page.goto(path)
                self.assertNotIn("<script>", page.content())
        self.assertEqual(ran, [])
        self.saw()
