"""The reports in a real browser: nothing on the console, every figure visible, readable on a desk and on a telephone.

Runs in an environment of its own (``make test-interop-browser``): pytest and Selenium, not the library. The folder
named by ``SYMMETRA_REPORTS`` holds the pages; screenshots of each are left beside them.
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import shutil
import tempfile
from pathlib import Path

import pytest

webdriver = pytest.importorskip("selenium.webdriver")

pytestmark = pytest.mark.interop

REPORTS = Path(os.environ.get("SYMMETRA_REPORTS", "out")).resolve()
PAGES = sorted(REPORTS.glob("*.html"))
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars"
).split()
DESK, TELEPHONE = 1280, 390


def test_there_is_a_page() -> None:
    assert PAGES, f"no page in {REPORTS}; write: make demo"


@pytest.fixture(scope="module")
def browser():
    driver = shutil.which("chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    with tempfile.TemporaryDirectory() as profile:
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        chrome = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
        try:
            yield chrome
        finally:
            chrome.quit()


def show(chrome, page: Path, width: int, scheme: str = "light") -> None:
    """Open a page at a width, as a desk or a telephone shows it."""
    screen = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    chrome.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    chrome.get(page.as_uri())


def screenshot(chrome, page: Path, name: str) -> None:
    height = chrome.execute_script("return document.documentElement.scrollHeight")
    width = chrome.execute_script("return window.innerWidth")
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    options = {"format": "png", "captureBeyondViewport": True, "clip": clip}
    data = chrome.execute_cdp_cmd("Page.captureScreenshot", options)["data"]
    target = page.with_name(f"{page.stem}-{name}.png")
    temporary = target.with_suffix(".tmp")
    temporary.write_bytes(base64.b64decode(data))
    temporary.replace(target)


@pytest.fixture(params=PAGES, ids=lambda path: path.stem)
def page(request) -> Path:
    return request.param


def test_console_is_silent_and_nothing_is_fetched(browser, page) -> None:
    browser.get_log("browser"), browser.get_log("performance")
    show(browser, page, DESK)
    assert browser.get_log("browser") == []
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent" and event["params"]["documentURL"] == page.as_uri()
    ]
    assert page.as_uri() in asked
    assert [url for url in asked if url != page.as_uri() and not url.startswith("data:")] == []
    screenshot(browser, page, "desk")


@pytest.mark.parametrize("width", [DESK, TELEPHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_figure_is_visible(browser, page, width, scheme) -> None:
    show(browser, page, width, scheme)
    figures = browser.execute_script(
        """
        const lightness = colour => {
            const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
            return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
        };
        const paper = lightness(getComputedStyle(document.body).backgroundColor);
        return [...document.querySelectorAll("figure svg")].map(svg => {
            const box = svg.getBoundingClientRect();
            const texts = [...svg.querySelectorAll("text")];
            return {
                alt: svg.getAttribute("aria-label"), width: box.width, height: box.height,
                left: box.left, right: box.right, marks: svg.querySelectorAll("path, use").length,
                contrast: Math.min(...texts.map(t => Math.abs(lightness(getComputedStyle(t).fill) - paper))),
                visible: getComputedStyle(svg).visibility === "visible" && svg.checkVisibility(),
            };
        });
        """
    )
    assert figures or browser.execute_script("return document.querySelectorAll('table').length")
    for figure in figures:
        assert figure["alt"], "a figure without words for those who do not see it"
        assert figure["visible"] and figure["marks"] > 3, figure
        assert figure["width"] >= 100 and figure["height"] >= 60, figure
        assert figure["left"] >= 0 and figure["right"] <= width + 0.5, figure
        assert figure["contrast"] is None or figure["contrast"] >= 0.25, figure


def test_a_telephone_reads_it(browser, page) -> None:
    show(browser, page, TELEPHONE)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= TELEPHONE
    # Whatever sticks out must do so in a box of its own that scrolls.
    outside = browser.execute_script(
        """
        const scrolls = node => { for (; node; node = node.parentElement)
            if (["auto", "scroll"].includes(getComputedStyle(node).overflowX)) return true; return false; };
        return [...document.querySelectorAll("body *")].filter(node =>
            node.getBoundingClientRect().right > window.innerWidth + 1 && !scrolls(node)
        ).map(node => node.outerHTML.slice(0, 120));
        """
    )
    assert outside == []
    small = browser.execute_script(
        """
        const size = node => {
            const svg = node.closest("svg");
            const scale = svg ? svg.getBoundingClientRect().width / svg.viewBox.baseVal.width : 1;
            return parseFloat(getComputedStyle(node).fontSize) * scale;
        };
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) {
            const node = walker.currentNode.parentElement;
            if (!walker.currentNode.data.trim() || !node.checkVisibility()) continue;
            // Indices and fractions inside a formula are smaller by nature.
            const least = node.closest("math") ? 6 : node.closest("svg") ? 8.5 : 12;
            if (size(node) < least) found.push([size(node), walker.currentNode.data.trim().slice(0, 40)]);
        }
        return found;
        """
    )
    assert small == []
    body = browser.execute_script("return parseFloat(getComputedStyle(document.querySelector('p')).fontSize)")
    assert body >= 16
    screenshot(browser, page, "telephone")


def test_no_text_of_a_figure_is_cut_or_covered(browser, page) -> None:
    """Text stays inside its figure, and tick labels of one axis do not run into each other."""
    show(browser, page, DESK)
    cut = browser.execute_script(
        """
        return [...document.querySelectorAll("figure svg")].flatMap(svg => {
            const frame = svg.getBoundingClientRect();
            return [...svg.querySelectorAll("text")].filter(text => {
                const box = text.getBoundingClientRect();
                return box.left < frame.left - 2 || box.right > frame.right + 2 ||
                       box.top < frame.top - 2 || box.bottom > frame.bottom + 2;
            }).map(text => text.textContent + " in " + svg.getAttribute("aria-label"));
        });
        """
    )
    assert cut == []
    collisions = browser.execute_script(
        """
        return [...document.querySelectorAll("figure svg")].flatMap(svg => {
            const boxes = [...svg.querySelectorAll("[id*=xtick] text, [id*=ytick] text")]
                .map(text => [text.textContent, text.getBoundingClientRect()]);
            const out = [];
            boxes.forEach(([a, one], i) => boxes.slice(i + 1).forEach(([b, two]) => {
                const wide = Math.min(one.right, two.right) - Math.max(one.left, two.left);
                const high = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
                if (wide > 1 && high > 3) out.push(a + " over " + b + " in " + svg.getAttribute("aria-label"));
            }));
            return out;
        });
        """
    )
    assert collisions == []


def test_headings_tables_and_formulas_are_in_order(browser, page) -> None:
    show(browser, page, DESK)
    levels = browser.execute_script("return [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    headed = "return [...document.querySelectorAll('table')].every(t => t.querySelector('th[scope=col]'))"
    assert browser.execute_script(headed)
    flat = browser.execute_script(
        """
        return [...document.querySelectorAll("math")]
            .filter(formula => formula.getBoundingClientRect().width < 4).map(formula => formula.outerHTML);
        """
    )
    assert flat == [], "a formula that is not drawn"
