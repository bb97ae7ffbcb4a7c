"""axe-core on an open page, quick enough for every page of the book."""

from axe_playwright_python.base import AXE_SCRIPT, AxeResults

COLOUR_RULES = ["color-contrast", "link-in-text-block"]
# Of axe's rules that are off by default, the one that Lighthouse asks for.
ASKED = {"label-content-name-mismatch": {"enabled": True}}
# Marks five elements of each look that is not `known`. Elements that look alike are drawn in one
# colour on one ground: they have the same kind, font and state, and boxes that are coloured alike
# around them, on this page or on another.
MARK_LOOKS = """known => {
  const around = new Map([[null, ""]]), count = new Map(known.map(look => [look, 5]));
  for (const element of document.querySelectorAll("*")) {  // parents before their children
    const s = getComputedStyle(element);
    const box = [s.backgroundColor, s.backgroundImage, s.opacity, s.position, s.filter].join();
    const last = around.get(element.parentElement);
    around.set(element, last.endsWith(box) ? last : `${last}/${box}`);
    const text = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    const look = [around.get(element), text, element.localName, s.color, s.fontSize, s.fontWeight,
      s.textShadow, element.checkVisibility({ visibilityProperty: true }),
      element.closest("label")?.control?.disabled ?? element.matches(":disabled")].join();
    count.set(look, (count.get(look) ?? 0) + 1);
    element.toggleAttribute("data-look", count.get(look) <= 5);
  }
  return [...count.keys()];
}"""
# Contrast takes axe 6 ms an element, and a long page has 9,000, most of them words of code.
FEWER = ';axe.configure({rules: [{id: "color-contrast", selector: "[data-look]"}]})'
RUN = "([context, options]) => axe.run(context ?? document, options)"


def complaints(page, context=None, colours=True, others=True, known=None) -> list[str]:
    """What axe finds on this page, one report. Without `others`: only what is of colours.

    Looks that are `known`, from other pages, are not looked at again; those of this page come to
    them.
    """
    options = {"resultTypes": ["violations"]}  # quicker on long pages: passes need no report
    if others:
        off = {} if colours else {rule: {"enabled": False} for rule in COLOUR_RULES}
        options["rules"] = ASKED | off
    else:
        options["runOnly"] = COLOUR_RULES
    if colours:  # what is half-faded has no contrast
        page.wait_for_function("document.getAnimations().every(a => a.playState !== 'running')")
        looks = page.evaluate(MARK_LOOKS, list(known or ()))
        if known is not None:
            known.update(looks)
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE_SCRIPT + FEWER)
    results = AxeResults(page.evaluate(RUN, [context, options]))
    return [results.generate_report()] if results.violations_count else []
