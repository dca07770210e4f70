"""Every HTML page opens offline without an error, shows all its figures, and fits a narrow window and a dark theme."""

from __future__ import annotations

import pytest

from chromium_rig import Browser, executable
from specweave.samples import sample_path
from specweave.tools.calls import perform
from specweave.workspace import Workspace

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PAGES = ["data-profile.html", "evaluation-report.html"]


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """The reports of the bundled sample after profile, two models and one look."""
    from specweave.tools.operations.training import train

    root = tmp_path_factory.mktemp("project")
    (root / "census.csv.gz").write_bytes(sample_path("census_income").read_bytes())
    perform(
        "create_increment", {"request": "predict income", "data": "census.csv.gz", "target": "income"}, root=str(root)
    )
    train(Workspace.find(root), progress=lambda *_: None, increment="1", candidates=["hist-boosting"])
    perform("evaluate_model", {"increment": "1"}, root=str(root))
    return Workspace.find(root).increment(1).reports


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if executable() is None:
        pytest.skip("chromium is not installed")
    with Browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_an_error_and_asks_for_nothing_else(browser, reports, page):
    opened = browser.open(reports / page)
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    assert browser.value("document.querySelector('h1').innerText")


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_is_visible(browser, reports, page):
    browser.open(reports / page)
    images = browser.value(
        "[...document.images].map(i => [i.complete && i.naturalWidth > 0, i.getBoundingClientRect().width, i.alt])"
    )
    drawings = browser.value("[...document.querySelectorAll('svg')].map(s => s.getBoundingClientRect().width)")
    assert images or drawings
    assert all(loaded and width > 50 and alt for loaded, width, alt in images)
    assert all(width > 0 for width in drawings)


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("page", PAGES)
def test_nothing_overflows_a_narrow_window(browser, reports, page, dark):
    browser.open(reports / page, width=420, dark=dark)
    assert browser.value("document.documentElement.scrollWidth") <= 420


def test_the_evaluation_page_holds_all_figures_of_a_binary_problem(browser, reports):
    browser.open(reports / "evaluation-report.html")
    assert browser.value("document.images.length") == 7
