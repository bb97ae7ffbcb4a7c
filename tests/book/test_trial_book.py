"""What the build makes of a good notebook: pictures, widgets, cards, the button that opens it."""

import pickle
import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import trial_book as trial
from tests.support.trial_book import NAME, read, text
from tools.set_repo import COLAB

URL = "https://github.com/somebody/a-book"


def published(config: str) -> str:
    """The configuration as `make set-repo` writes it."""
    config = re.sub(r"^(  url: ).*$", rf"\1{URL}", config, flags=re.MULTILINE)
    return re.sub(r"^(  colab_url: ).*$", rf"\1{COLAB}", config, flags=re.MULTILINE)


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    """The folder of a built book: it builds without a warning, and without PyTorch."""
    folder = tmp_path_factory.mktemp("book")
    cells = [
        trial.markdown("# A\n\n$x$, [Krizhevsky 2012, §3.3](references.md#krizhevsky2012)"),
        trial.figure("One white pixel."),
        trial.widget("m1", "A pixel to play with."),
        trial.card(trial.ENTRY, live="0.5 s"),
    ]
    ledger = trial.ledger_of(trial.ENTRY, trial.OTHER)
    built = trial.build(folder, cells, {"m1": trial.model()}, ledger, published)
    assert built.returncode == 0, built.stderr
    return folder


def test_alternative_texts_citations_and_widgets_reach_the_page(book):
    page = read(book, NAME)
    images = [image["alt"] for image in page.select(".bd-article img")]
    assert images == ["One white pixel.", "A pixel to play with."]
    assert page.select_one('.bd-article a[href="references.html#krizhevsky2012"]')

    html = book / "_build/html"
    (shown,) = page.select("figure.widget[data-model=m1]")
    assert shown.select_one(".widget-stage img")["alt"] == images[1]
    assert shown.figcaption.get_text().startswith("What it shows.")
    assert shown["style"] == "--wide: 400px; --narrow: 600px"
    (host,) = page.select("script[defer][src*='widget-host.js']")
    assert (html / urlsplit(host["src"]).path).is_file()
    saved = (html / urlsplit(host["data-saved"]).path).read_text()
    assert "1 < 2" in saved and "1 < 2" not in page.decode()
    own = {"references": [], NAME: ["widget-host.js"], "claims": ["ledger.css", "ledger.js"]}
    for name, files in own.items():
        loaded = re.findall(r"((?:widget-host|ledger)\.\w+)\?v", str(read(book, name)))
        assert sorted(loaded) == files


def test_the_launch_button_points_at_the_chapter_s_file(book):
    found = {link["href"] for link in read(book, NAME).select("a[href*=colab]")}
    assert found == {f"{COLAB}/github/somebody/a-book/blob/main/book/{NAME}.ipynb"}


def test_the_ledger_s_page_follows_the_ledger_and_each_notebook(book, extension):
    extension("claims")  # what the build has pickled names its modules
    with (book / "_build/.doctrees/environment.pickle").open("rb") as file:
        watched = pickle.load(file).dependencies["claims"]
    assert {"claims.yml", "ledger.py", f"{NAME}.ipynb"} <= {Path(path).name for path in watched}

    changed = trial.OTHER | {"fact": "It needs 227, or a padding of 2."}
    ledger = trial.ledger_of(trial.ENTRY, changed)
    (book / "utils/claims/claims.yml").write_text(ledger, encoding="utf-8")
    notebook = book / f"book/{NAME}.ipynb"
    notebook.write_text(notebook.read_text().replace("0.5 s", "0.75 s"))
    built = trial.build_again(book)
    assert built.returncode == 0, built.stderr
    page = read(book, "claims")
    result = text(page.select_one("#T1-25 .ledger-result"))
    assert result == "Computed in chapter 3 : 218,136,576 bytes. One run: 0.75 s."
    (card,) = read(book, NAME).select(".claim")
    assert card["id"] == "claim-T1-25" and "“Two layers hold < 1 GB.”" in text(card)
    assert trial.links(card) == ["claims.html#T1-25", "references.html#krizhevsky2012"]
    assert "It needs 227, or a padding of 2." in text(page.select_one("#P-224"))
    last = page.select("#P-224 td")[-1]
    assert text(last) == "7. Augmentation (to come)" and not last.select("a")
    assert not page.select("#P-224 .ledger-result")


def test_the_cards_after_the_third_of_a_row_are_folded_with_their_code(tmp_path):
    """A text or a figure ends a row; folded code without output does not."""
    entries = [trial.ENTRY | {"id": f"T1-{number}"} for number in range(12)]
    cells = [trial.card(entry) for entry in entries]
    cells[2].outputs += cells[3].outputs  # one cell has the third card and the fourth
    cells[3].outputs = []
    for cell in cells[2:5]:
        cell.metadata["tags"] = ["hide-input"]
    cells.insert(9, trial.figure("A pixel."))
    cells.insert(6, trial.markdown("A text."))
    start = trial.markdown("# A\n\n[1](references.md#krizhevsky2012)")
    built = trial.build(tmp_path, [start, *cells], ledger=trial.ledger_of(*entries))
    assert built.returncode == 0, built.stderr
    page = read(tmp_path, NAME)
    (fold,) = page.select("details.claims-more")
    assert text(fold.summary) == "Also settled here (3)"
    assert [card["id"][-4:] for card in fold.select(".claim")] == ["T1-3", "T1-4", "T1-5"]
    checked = re.findall(r'"(T1-\d)"', fold.get_text().replace("“", '"'))
    assert checked == ["T1-3", "T1-4", "T1-5"]  # the third's code stays with the second's
    assert len(page.select(".claim")) == len(entries)
