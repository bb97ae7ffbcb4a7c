"""Make the pages light, so that a telephone shows one at once.

Code keeps only those of Pygments' spans that have a colour of their own. What every question or
table brings along for Jupyter, its program and its style, a page has once. A style sheet keeps the
rules whose classes and ids occur in some page or script of the book. The theme's pass over every
box that may scroll, which makes the browser lay out the whole page first, is left out:
`_static/scroll-boxes.js` does the same for each box when it comes into sight.
"""

import re
from pathlib import Path

import tinycss2

# Names, punctuation and white space have the colour of text, in the light style and in the dark.
PLAIN = re.compile(r'<span class="(?:n|nn|nx|p|pm|w)">([^<]*)</span>')
# Two neighbours of one colour, as the three parts of a string.
NEIGHBOURS = re.compile(r'<span class="(\w\w?)">([^<]*)</span>( *)<span class="\1">')
# A question as utils/quiz/question.py writes it: program, element, program, question, program.
QUESTION = re.compile(
    r"<script>\n(// The first part is jupyterquiz.*?const root = document.getElementById\()"
    r'("[^"]+")(\);.*?show_questions\()(\[.*?\])(, root\);.*?)\}\)\(\);\n</script>',
    re.DOTALL,
)
STYLE = re.compile(r"<style[^>]*>.*?</style>", re.DOTALL)
WORD = re.compile(r"[\w-]+")
NAME = re.compile(r"[.#]((?:[\w-]|\\.)+)")
# Conditions that are no names, or that something must not have.
NO_NAMES = re.compile(r"\[[^]]*]|:(?:not|is|where|has)\([^)]*\)")
# How the theme's script names the boxes that may scroll.
BOXES = re.compile(r'\["pre",[^]]*"\.jp-RenderedHTMLCommon"[^]]*\]\.join\(", "\)')


def plain_code(html: str) -> str:
    """The HTML with fewer spans in its code; it looks the same."""
    html, joined = PLAIN.sub(r"\1", html), 1
    while joined:
        html, joined = NEIGHBOURS.subn(r'<span class="\1">\2\3', html)
    return html


def once(html: str) -> str:
    """The HTML with the program of its questions, and each style, where they are first needed."""
    styles = set()
    html = STYLE.sub(lambda m: "" if m[0] in styles or styles.add(m[0]) else m[0], html)
    program = None

    def ask(match):
        nonlocal program
        start, element, middle, question, end = match.groups()
        call = f"bookAsk({element}, {question});\n</script>"
        if program == (start, middle, end):
            return f"<script>\n{call}"
        program = start, middle, end
        head, root = start.rsplit("const root", 1)
        body = f"const root{root}id{middle}asked{end}"
        return f"<script>\n{head}globalThis.bookAsk = (id, asked) => {{\n{body}}};\n}})();\n{call}"

    return QUESTION.sub(ask, html)


def used(sheet: str, words: set[str]) -> str:
    """The style sheet without the selectors that ask for a class or id that is not in `words`."""
    rules = tinycss2.parse_stylesheet(sheet, skip_comments=True, skip_whitespace=True)
    return "".join(_used(rules, words))


def _used(rules, words):
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in _split(rule.prelude) if _applies(s, words)]
            if selectors:
                yield ",".join(selectors) + "{" + tinycss2.serialize(rule.content) + "}"
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports", "container"):
            inside = tinycss2.parse_rule_list(rule.content, skip_comments=True)
            if kept := "".join(_used(inside, words)):
                condition = tinycss2.serialize(rule.prelude)
                yield f"@{rule.at_keyword}{condition}{{{kept}}}"
        else:
            yield rule.serialize()


def _split(prelude):
    parts = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


def _applies(selector, words):
    names = (name.replace("\\", "") for name in NAME.findall(NO_NAMES.sub("", selector)))
    return all(name in words or name.startswith("bs-") for name in names)  # "bs-" + what it is


def lighten_body(app, pagename, templatename, context, doctree):
    context["body"] = once(plain_code(context.get("body", "")))


def lighten_files(app, exception):
    """Shorten the style sheets and the theme's script in the built pages."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    files = [*out.glob("*.html"), *out.glob("**/*.js")]
    words = {
        word for file in files for word in WORD.findall(file.read_text("utf-8").replace("\\n", " "))
    }
    for file in out.glob("_static/**/*.css"):
        file.write_text(used(file.read_text("utf-8"), words), "utf-8")
    script = out / "_static/scripts/pydata-sphinx-theme.js"
    text = BOXES.sub('"#main-content > nothing"', script.read_text("utf-8"))
    script.write_text(text, "utf-8")


def setup(app):
    app.connect("html-page-context", lighten_body)
    app.connect("build-finished", lighten_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
