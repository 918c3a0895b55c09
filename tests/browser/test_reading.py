"""How people read: large type and language remembered, a screen reader, a keyboard."""

import re

from playwright.sync_api import expect

import forms
from test_pages import BrowserTest

# The controls of the form of a report, as a screen reader says them.
CONTROLS = [
    ("textbox", "哪里有问题"),
    ("combobox", "在哪个社区"),
    ("textbox", "楼号、门口或位置"),
    ("combobox", "属于哪一类（可以不选）"),
    ("textbox", "称呼"),
    ("textbox", "电话"),
    ("checkbox", "可以在公示板上公开（不公开姓名和电话）"),
    ("checkbox", "可以使用照片里的拍摄位置"),
    ("button", "发送"),
]


class ReadingTest(BrowserTest):
    def test_large_type_is_remembered_across_pages_and_sessions(self):
        with self.world.person(java_script_enabled=False) as context:
            page = context.new_page()
            page.goto("/board")
            page.get_by_role("link", name="长辈版").tap()
            expect(page).to_have_url(re.compile("/board$"))
            for path in ("/board", "/report", "/my", "/cases/K7M3-9QXD-5", "/help"):
                page.goto(path)
                classes = page.evaluate("document.documentElement.className").split()
                self.assertIn("elder", classes, path)
            kept = context.storage_state()
        with self.world.person(storage_state=kept) as context:
            page = context.new_page()
            page.goto("/")
            size = page.evaluate("parseFloat(getComputedStyle(document.querySelector('main p')).fontSize)")
            self.assertGreaterEqual(size, 18)
            page.get_by_role("link", name="标准版").tap()
            expect(page.get_by_role("link", name="长辈版")).to_be_visible()
            page.goto("/report")
            self.assertNotIn("elder", page.evaluate("document.documentElement.className").split())
        self.world.saw("journeys made")

    def test_the_language_is_remembered_and_kept_where_it_was_chosen(self):
        with self.world.person(java_script_enabled=False) as context:
            page = context.new_page()
            page.goto("/help")
            page.get_by_role("link", name="English").tap()
            expect(page).to_have_url(re.compile("/help$"))
            for path in ("/help", "/report", "/cases/K7M3-9QXD-5"):
                page.goto(path)
                self.assertEqual(page.evaluate("document.documentElement.lang"), "en", path)
            page.goto("/help")
            page.get_by_role("link", name="中文").tap()
            expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
        self.world.saw("journeys made")

    def test_a_screen_reader_says_the_name_of_every_control(self):
        with self.world.person() as context:
            page = context.new_page()
            page.goto("/report")
            form = page.locator("main form")
            for role, name in CONTROLS:
                with self.subTest(name):
                    expect(form.get_by_role(role, name=name, exact=True)).to_have_count(1)
            expect(form.locator("#photo-files")).to_have_accessible_name("照片（最多 9 张）")
            # A line of the tree is `- role "name"`; without a name it ends at the role.
            tree = form.aria_snapshot()
            nameless = re.findall(r"^\s*- (?:textbox|combobox|checkbox|button)(?::|$).*", tree, re.MULTILINE)
            self.assertEqual(nameless, [], tree)
            hint = form.get_by_role("textbox", name="哪里有问题")
            expect(hint).to_have_accessible_description(re.compile("例如"))
        self.world.saw("journeys made")

    def test_a_refused_field_says_what_is_wrong_to_a_screen_reader(self):
        with self.world.person() as context:
            page = context.new_page()
            page.goto("/report")
            forms.fill(page, "读屏：电梯坏了")
            phone = page.get_by_role("textbox", name="电话")
            phone.fill("以后再说")
            page.get_by_role("button", name="发送").tap()
            expect(page.get_by_role("alert")).to_be_focused()
            expect(phone).to_have_accessible_description(re.compile("."))
            expect(phone).to_have_attribute("aria-invalid", "true")
        self.world.saw("journeys made")

    def test_a_keyboard_alone_sends_a_report(self):
        with self.world.person(has_touch=False, is_mobile=False) as context:
            page = context.new_page()
            page.goto("/report")
            page.keyboard.press("Tab")
            expect(page.locator(".skip")).to_be_focused()
            expect(page.locator(".skip")).to_be_in_viewport()
            page.keyboard.press("Enter")
            page.keyboard.press("Tab")
            expect(page.locator("[name=text]")).to_be_focused()
            width = page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)")
            self.assertGreaterEqual(width, 2)
            page.keyboard.insert_text("键盘：路牌歪了")
            page.locator("[name=community]").focus()
            page.keyboard.press("ArrowDown")
            page.locator("button[type=submit]").focus()
            page.keyboard.press("Enter")
            forms.receipt(page)
        self.world.saw("journeys made")
