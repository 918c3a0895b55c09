"""Every page of the residents' site, by a name, and how a person comes to it."""

WIDTHS = (320, 375, 414)

# Pixels of the root's type: a browser's default, and what WeChat's two larger sizes make of ours.
SIZES = (16, 23.8, 27.5)

# How a person reads: the choice of the page, and the scheme of the telephone.
MODES = {
    "normal": {"elder": False, "dark": False},
    "elder": {"elder": True, "dark": False},
    "dark": {"elder": False, "dark": True},
    "elder-dark": {"elder": True, "dark": True},
}

# What a browser calls itself: inside WeChat on Android, and Safari on an iPhone.
WECHAT = (
    "Mozilla/5.0 (Linux; Android 12; V2168A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/107.0 "
    "Mobile Safari/537.36 XWEB/5023 MMWEBSDK/20230303 MicroMessenger/8.0.34.2340(0x28002234) Language/zh_CN"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 16_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.5 "
    "Mobile/15E148 Safari/604.1"
)

LANGUAGES = {"zh": "zh-CN", "en": "en"}

# What is looked at: every mode, in both languages where the words or their size differ.
WAYS = [
    ("normal", "zh"),
    ("normal", "en"),
    ("elder", "zh"),
    ("elder", "en"),
    ("dark", "zh"),
    ("dark", "en"),
    ("elder-dark", "zh"),
]


# The code of the lift XGHY-3-2-T in infra/seed/places.json.
LIFT = "FB09-XHSP-W"

# Like the words of the late case, and no word of danger.
LIKE = "路中间的井盖裂了，一踩就响"


def places(seeds):
    """The address of each page, and what a person does there before it is the page."""
    return {
        "home": ("/", None),
        "communities": ("/communities", None),
        "community-home": (f"/communities/{seeds.community}", None),
        "report": ("/report", None),
        "place": (f"/p/{LIFT}", None),
        "like-cases": ("/report", offer_like_cases),
        "refused-report": ("/report", refuse_report),
        "receipt": (f"/my/{seeds.own}?new=1", None),
        "mine": ("/my", None),
        "refused-token": ("/my", refuse_token),
        "own-case": (f"/my/{seeds.own}", None),
        "my-data": (f"/my/{seeds.own}/data", None),
        "board": ("/board", None),
        "community": (f"/board/{seeds.community}", None),
        "case": (f"/cases/{seeds.shown}", None),
        "late-case": (f"/cases/{seeds.late}", None),
        "help": ("/help", None),
        "privacy": ("/privacy", None),
        "accessibility": ("/accessibility", None),
        "missing-case": ("/cases/K7M3-9QXD-5", None),
        "missing-page": ("/nowhere", None),
    }


def offer_like_cases(page):
    """Sends a report that reads like one on the board."""
    page.fill("[name=text]", LIKE)
    page.select_option("[name=community]", "xianggang-huayuan")
    page.click("button[type=submit]")
    page.wait_for_selector("#alike")


def refuse_report(page):
    """Sends a report that says nothing and has no telephone number where one should be."""
    page.select_option("[name=community]", index=1)
    page.fill("[name='contact.phone']", "以后再说")
    page.click("button[type=submit]")
    page.wait_for_selector(".errors")


def refuse_token(page):
    """Follows a case by a code that is none."""
    page.fill("[name=token]", "12345")
    page.click("button[type=submit]")
    page.wait_for_selector(".errors")
