"""The inbox page in a browser, against the running simulator."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from local.simulator.faults import FIELDS
from tests.e2e.browser import browsing, opened
from tests.integration.conftest import ROOT, running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.integration.conftest import Simulator

pytestmark = pytest.mark.xdist_group("inbox")

PICTURES = ROOT / "docs/pictures"
MANY = 10_000
LARGEST_PICTURE = 150_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def started() -> Iterator[Simulator]:
    with running() as simulator:
        yield simulator


@pytest.fixture
def simulator(started: Simulator) -> Simulator:
    started.reset()
    return started


@pytest.fixture
def page(browser: Browser, simulator: Simulator) -> Iterator[Page]:
    with opened(browser, f"{simulator.url}/inbox") as page:
        yield page


def send(simulator: Simulator, number: str = "13800138000", code: str = "482913", **more: Any) -> None:
    assert simulator.call(PhoneNumbers=number, TemplateParam=json.dumps({"code": code}), **more).code == "OK"


def send_name(simulator: Simulator, name: str) -> None:
    values = json.dumps({"name": name, "order": "A-1027"})
    reply = simulator.call(SignName="北岸书店", TemplateCode="SMS_200000001", TemplateParam=values)
    assert reply.code == "OK"


def test_a_message_appears_live_with_its_facts(page: Page, simulator: Simulator) -> None:
    expect(page.locator("#count")).to_have_text("Nothing has arrived yet")

    send(simulator, OutId="login-4711")
    page.locator("#numbers-list a").click()

    expect(page.locator("#messages-list .text")).to_contain_text("482913")
    for fact in ("SMS_154950909", "login-4711", simulator.messages()[0]["biz_id"]):
        expect(page.locator("#facts-list")).to_contain_text(fact)
    expect(page.locator("#request")).to_contain_text("Signature=")
    expect(page.locator("#answer")).to_contain_text('"Code": "OK"')
    expect(page.locator("#arrived")).to_contain_text("To 13800138000")


def test_a_page_that_connects_again_shows_each_message_once(page: Page, simulator: Simulator) -> None:
    send(simulator)
    expect(page.locator("#count")).to_have_text("1 message to 1 number")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # connects again, after what it has

    send(simulator, "13900139000")

    expect(page.locator("#count")).to_have_text("2 messages to 2 numbers")


def test_a_fault_chosen_on_the_page_befalls_the_next_send_alone(page: Page, simulator: Simulator) -> None:
    page.locator("#controls summary").click()
    page.locator("#kind").select_option("answer")
    page.locator("[name=code]").fill("isv.AMOUNT_NOT_ENOUGH")
    page.get_by_role("button", name="Fail it").click()
    expect(page.locator("#planned")).to_contain_text("The next send fails: refused with a code")

    assert simulator.call(Action="QuerySendDetails", PhoneNumber="13800138000", SendDate="20261130",
                          PageSize="1", CurrentPage="1").code == "OK"  # fmt: skip
    assert simulator.call().code == "isv.AMOUNT_NOT_ENOUGH"
    expect(page.locator("#last-request")).to_contain_text("isv.AMOUNT_NOT_ENOUGH")
    expect(page.locator("#planned")).to_contain_text("answered as usual")
    assert simulator.call().code == "OK"


def test_every_fault_can_be_chosen(page: Page, simulator: Simulator) -> None:
    page.locator("#controls summary").click()
    kinds = page.locator("#kind option").evaluate_all("options => options.map(option => option.value)")
    assert sorted(kinds) == sorted(FIELDS)

    for kind in kinds:
        page.locator("#kind").select_option(kind)
        page.get_by_role("button", name="Fail it").click()
        expect(page.locator("#planned")).to_contain_text(
            page.locator(f"option[value={kind}]").text_content() or "no text"
        )
        assert simulator.faults_left()["plan"][0]["fault"] == kind


def test_limits_and_clearing(page: Page, simulator: Simulator) -> None:
    page.locator("#controls summary").click()
    page.get_by_label("Limits per number").check()
    expect(page.locator("#planned")).to_contain_text("limits per number on")
    send(simulator)
    assert simulator.call().code == "isv.BUSINESS_LIMIT_CONTROL"

    page.get_by_role("button", name="Clear").click()
    page.get_by_role("dialog").get_by_role("button", name="Clear").click()

    expect(page.locator("#count")).to_have_text("Nothing has arrived yet")
    assert simulator.messages() == []


def test_a_script_in_a_name_does_nothing(page: Page, simulator: Simulator) -> None:
    for name in ("<img src=x onerror=alert(1)>", "<script>alert(1)</script>"):
        send_name(simulator, name)
    page.locator("#numbers-list a").click()

    expect(page.locator("#messages-list .text").first).to_contain_text("<img src=x onerror=alert(1)>")
    expect(page.locator("#facts-list")).to_contain_text("<script>alert(1)</script>")
    assert page.locator("main img, main script").count() == 0


def test_keyboard_alone_reaches_everything(page: Page, simulator: Simulator) -> None:
    send(simulator)
    send(simulator, "13900139000")
    expect(page.locator("#numbers-list a")).to_have_count(2)
    reached = set()
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.id || document.activeElement.tagName"))
    assert {"search", "clear", "SUMMARY", "A"} <= reached

    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.type("13800138000")
    expect(page.locator("#numbers-list a")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#numbers-list a")).to_have_count(2)
    page.locator("#numbers-list a").first.focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#phone-title")).to_have_text("13800138000")
    page.keyboard.press("Escape")
    expect(page.locator("#phone-title")).to_have_text("No number chosen")


def test_a_fault_is_chosen_by_keyboard_alone(page: Page, simulator: Simulator) -> None:
    _tab_to(page, "SUMMARY")
    page.keyboard.press("Enter")
    _tab_to(page, "kind")
    page.keyboard.type("HTTP 503")  # a list goes to what is typed
    _tab_to(page, "BUTTON")
    page.keyboard.press("Enter")
    expect(page.locator("#planned")).to_contain_text("The next send fails: HTTP 503")
    assert [planned["fault"] for planned in simulator.faults_left()["plan"]] == ["unavailable"]

    _tab_to(page, "limits")
    page.keyboard.press("Space")
    expect(page.locator("#limits")).to_be_checked()


def _tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focus is on an element with this id, or this name where it has none."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id || document.activeElement.tagName") == wanted:
            return
    pytest.fail(f"Tab never came to {wanted}")


def test_all_that_is_operated_or_read_has_a_name_for_a_screen_reader(page: Page, simulator: Simulator) -> None:
    send(simulator)
    page.locator("#controls summary").click()
    page.locator("#numbers-list a").first.click()
    page.locator("#messages-list a, #messages-list button").first.click()
    expect(page.locator("#all-facts")).to_be_visible()

    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    seen = [(node["role"]["value"], node.get("name", {}).get("value", "")) for node in nodes if not node["ignored"]]
    operated = {"button", "link", "searchbox", "combobox", "MenuListPopup", "checkbox", "textbox"}
    assert [role for role, name in seen if role in operated - {"MenuListPopup"} and not name.strip()] == []
    assert {("navigation", "Numbers"), ("region", "13800138000"), ("region", "Message")} <= set(seen)
    assert {"status", "search", "main", "banner", "contentinfo"} <= {role for role, _ in seen}


def test_a_narrow_window_has_one_column_and_a_way_back(browser: Browser, simulator: Simulator) -> None:
    send(simulator)
    with opened(browser, f"{simulator.url}/inbox", 360) as page:
        page.locator("#numbers-list a").press("Enter")
        expect(page.locator("#numbers")).to_be_hidden()
        page.locator("#messages-list a").press("Enter")
        expect(page.locator("#phone")).to_be_hidden()
        expect(page.locator("#facts-list")).to_be_visible()
        page.get_by_role("link", name="Messages").click()
        page.get_by_role("link", name="Numbers").click()
        expect(page.locator("#numbers-list a")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_many_open_pages_do_not_hold_the_provider_up(browser: Browser, simulator: Simulator) -> None:
    with opened(browser, f"{simulator.url}/inbox") as page:
        page.evaluate("window.more = [...Array(4)].map(() => new EventSource('/_simulator/events'))")
        page.wait_for_function("() => window.more.every(each => each.readyState === EventSource.OPEN)")

        send(simulator)

        expect(page.locator("#count")).to_have_text("1 message to 1 number")


def test_ten_thousand_messages(browser: Browser, simulator: Simulator, capsys: pytest.CaptureFixture[str]) -> None:
    for start in range(0, MANY, 1000):
        numbers = ",".join(f"138{n:08}" for n in range(start, start + 1000))
        assert simulator.call(PhoneNumbers=numbers).code == "OK"
    began = time.perf_counter()
    with opened(browser, f"{simulator.url}/inbox") as page:
        expect(page.locator("#count")).to_have_text("10,000 messages to 10,000 numbers")
        loaded = time.perf_counter() - began
        painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
        filtered = page.evaluate("""() => new Promise(done => {
            const search = document.getElementById('search'), began = performance.now();
            search.value = '00009999';
            search.dispatchEvent(new Event('input'));
            requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
        })""")
        expect(page.locator("#count")).to_have_text("1 message to 1 number, of 10,000")
        assert page.locator("#numbers-list a").count() == 1
        page.locator("#search").fill("")
        expect(page.locator("#numbers-list a")).to_have_count(100)
    with capsys.disabled():
        print(f"\n{MANY} messages: first paint {painted:.0f} ms, all there {1000 * loaded:.0f} ms, "  # noqa: T201
              f"filtered {filtered:.0f} ms")  # fmt: skip


@pytest.mark.parametrize(("name", "width", "dark"), [("inbox", 1120, False), ("inbox-narrow", 360, True)])
def test_its_pictures(browser: Browser, simulator: Simulator, name: str, width: int, dark: bool) -> None:  # noqa: FBT001
    for code in ("739160", "482913"):
        send(simulator, code=code, OutId=f"login-{code}")
    send(simulator, "13900139000", "550318")
    send_name(simulator, "王小明")
    with opened(browser, f"{simulator.url}/inbox#number=13800138000", width, dark=dark) as page:
        expect(page.locator("#messages-list a")).to_have_count(3)
        expect(page.locator("#request")).to_contain_text("Signature=")
        page.set_viewport_size({"width": width, "height": 660})
        picture = page.screenshot()
    if os.environ.get("PICTURES") == "write":
        (PICTURES / f"{name}.png").write_bytes(picture)

    assert len((PICTURES / f"{name}.png").read_bytes()) < LARGEST_PICTURE
