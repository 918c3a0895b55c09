"""What is measured in a page: programs that run in it, and what they mean."""

# What makes the page wider than the window: the outermost elements that stand out.
SIDEWAYS = """() => {
  const root = document.scrollingElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const stands = e => e.getBoundingClientRect().right > root.clientWidth + 0.5;
  const out = [...document.body.querySelectorAll("*")].filter(stands);
  return [`${root.scrollWidth} wide: ` + out.slice(0, 3).map(e => e.outerHTML.slice(0, 90)).join(" | ")];
}"""

# What a finger meets: boxes of links and controls that can be seen. A box to tick is as large as its label.
TARGETS = """([least, selector]) => {
  const small = [];
  for (const element of document.querySelectorAll(selector)) {
    const target = element.type === "checkbox" ? element.closest("label") || element : element;
    const { width, height, right } = target.getBoundingClientRect();
    const hidden = right < 0 || width === 0 || element.type === "hidden";
    if (!hidden && (width < least - 0.1 || height < least - 0.1)) {
      small.push(`${Math.round(width)} x ${Math.round(height)}: ${element.outerHTML.slice(0, 90)}`);
    }
  }
  return small;
}"""

EVERY_CONTROL = "a, button, input, select, textarea, summary"
MAIN_CONTROLS = ".big a, button, .button, summary"

# What does not show a person, or a screen reader, what it is.
SHAPE = """() => ({
  title: document.title,
  headings: document.querySelectorAll("h1").length,
  lang: document.documentElement.lang,
  mains: document.querySelectorAll("main").length,
  nameless: [...document.querySelectorAll("img:not([alt])")].map(e => e.outerHTML),
  undrawn: [...document.querySelectorAll("svg *")]
    .filter(e => e.closest("svg").getClientRects().length && !e.getClientRects().length).map(e => e.outerHTML),
})"""

# Where the links of a page lead; no link to a telephone.
LINKS = """() => [...document.querySelectorAll("a[href], link[href], script[src], img[src]")]
  .map(e => e.href || e.src).filter(address => /^https?:/.test(address))"""

# Targets within a page that are not there.
BROKEN_ANCHORS = """() => [...document.querySelectorAll("a[href^='#']")].map(e => e.getAttribute("href"))
  .filter(mark => !document.querySelector(mark))"""

# Style sheet, script and icon.
PARTS = "() => [...document.querySelectorAll('link[href], script[src]')].map(e => e.href || e.src)"

# Elements, for a message.
SHOWN = "elements => elements.map(e => e.outerHTML.slice(0, 90))"

IMPACTS = ("serious", "critical")


def findings(axe, page, is_elder, is_dark):
    """What axe finds serious, in a sentence each."""
    # axe judges contrast of 7 only when it is asked to. A dark page differs from a light one in its colors alone.
    contrast = {"color-contrast": {"enabled": True}, "color-contrast-enhanced": {"enabled": is_elder}}
    options = {"resultTypes": ["violations"], "rules": contrast}
    if is_dark:
        names = [name for name, rule in contrast.items() if rule["enabled"]]
        options = {"resultTypes": ["violations"], "runOnly": {"type": "rule", "values": names}}
    for one in axe.run(page, options=options).response["violations"]:
        if one["impact"] in IMPACTS:
            for node in one["nodes"]:
                yield f"{one['id']}: {node['html'][:120]}: {node.get('failureSummary', '')[:300]}"


def resize(page, width, size):
    """Makes the window as wide as a telephone, and the type as large as its owner wants it."""
    page.set_viewport_size({"width": width, "height": 667})
    page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
