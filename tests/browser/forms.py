"""What people do with the form of a report, in every test alike."""

from playwright.sync_api import expect

COMMUNITY = "xianggang-huayuan"


def fill(page, text, address="3号楼东门外"):
    """Fills in what a report needs."""
    page.locator("[name=text]").fill(text)
    page.locator("[name=community]").select_option(COMMUNITY)
    page.locator("[name='place.address']").fill(address)


def send(page):
    """Sends the form, and waits for the receipt; the number of the case."""
    page.locator("button[type=submit]").tap()
    return receipt(page)


def receipt(page):
    """The number on the receipt, which is shown next."""
    page.wait_for_url("**/my/*?new=1", wait_until="commit")
    number = page.locator(".receipt .number")
    expect(number).to_be_visible()
    return number.text_content()


def choose(page, photos):
    """Chooses photos, one after the other, as some telephones ask for it."""
    for number, photo in enumerate(photos, 1):
        page.locator("#photo-files").set_input_files(photo)
        expect(page.locator("#photo-list li")).to_have_count(number)
