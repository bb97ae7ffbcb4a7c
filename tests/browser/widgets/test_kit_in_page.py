"""What all widgets have from their kit: a voice for screen readers, and fingers."""

from playwright.sync_api import expect

TITLE = "Convolution arithmetic"


def test_screen_readers_hear_the_result_once_it_rests(open_widget):
    widget = open_widget("What a unit sees")
    voice = widget.group.locator("[aria-live]")
    assert voice.inner_text() == ""
    voice.evaluate("""voice => {
      globalThis.heard = [];
      new MutationObserver(() => heard.push(voice.textContent)).observe(voice, { childList: true });
    }""")
    widget.press("layer", "ArrowRight", 5)
    assert widget.state.startswith("A unit of pool5 sees 195×195 px")
    expect(voice).to_have_text(widget.state)
    assert widget.page.evaluate("heard") == [widget.state]  # nothing of the layers between


def test_a_finger_taps_a_place_and_scrolls_without_moving_it(on_phone):
    box = on_phone.canvas(1).bounding_box()
    place = {"x": box["width"] * 30.5 / 54, "y": box["height"] * 3.5 / 54}
    on_phone.canvas(1).tap(position=place)
    on_phone.settle()
    assert "Row 4, column 31:" in on_phone.state
    on_phone.canvas().scroll_into_view_if_needed()
    before, top = on_phone.state, on_phone.page.evaluate("scrollY")
    on_phone.swipe(0, 200)
    on_phone.page.wait_for_function("top => scrollY > top + 50", arg=top)
    on_phone.settle()
    assert on_phone.state == before
