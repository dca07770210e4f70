"""The page of an explanation: a row is picked and its waterfall is seen, offline."""

from __future__ import annotations

import json

import pytest

import trained_increments as trained
from chromium_rig import Browser, executable
from explained_models import FEATURES, loans
from specweave.explanation.running import explain_increment
from specweave.workspace import Workspace, read_json

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    workspace = Workspace.find_or_create(tmp_path_factory.mktemp("Prüf projekt"))
    frame = loans()
    # A value that would end the script or start a tag if it were not escaped.
    frame.loc[frame["job"] == "none", "job"] = "</script><b>none & <i>"
    folder, problem = trained.sealed_increment(workspace, frame, "granted", "binary", positive="yes")
    trained.add_experiment(folder, problem, "boosting", "candidate", columns=FEATURES, strong=True)
    explain_increment(folder, problem, allow_change=["income up", "late payments"])
    return folder.reports


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if executable() is None:
        pytest.skip("chromium is not installed")
    with Browser(tmp_path_factory.mktemp("chromium")) as opened:
        yield opened


def pick(browser, row):
    browser.value(
        f"(() => {{ const p = document.getElementById('picker'); p.value = '{row}'; "
        "p.dispatchEvent(new Event('change')); })()"
    )


def test_it_opens_without_an_error_and_asks_for_nothing_else(browser, reports):
    opened = browser.open(reports / "explanation.html")
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    assert "relies most on" in browser.value("document.querySelector('h1').innerText")


def test_a_row_is_picked_and_its_waterfall_is_seen(browser, reports):
    facts = read_json(reports / "explanation.json")
    browser.open(reports / "explanation.html")
    first, second = facts["rows"][0], facts["rows"][1]
    assert first["sentence"] in browser.value("document.querySelector('#row .sentence').innerText")
    pick(browser, second["row"])
    assert second["sentence"] in browser.value("document.querySelector('#row .sentence').innerText")
    assert browser.value("document.querySelector('#row h3').innerText").startswith(f"row {second['row']}: ")
    assert browser.value("document.querySelectorAll('#row svg.waterfall rect').length") == len(second["shares"])
    widths = browser.value(
        "[...document.querySelectorAll('#row svg.waterfall rect')].map(r => [r.getAttribute('class'), +r.getAttribute('width')])"
    )
    for (colour, width), share in zip(widths, second["shares"], strict=True):
        assert colour == ("up" if share["amount"] > 0 else "down")
        assert width > 0
    sizes = [width for _, width in widths if width > 3]
    amounts = [abs(share["amount"]) for share in second["shares"]][: len(sizes)]
    assert sizes == pytest.approx([amount * sizes[0] / amounts[0] for amount in amounts], rel=1e-6)
    assert browser.value("location.hash") == f"#row-{second['row']}"


def test_rows_beyond_the_chosen_ones_can_be_found_by_a_value(browser, reports):
    browser.open(reports / "explanation.html")
    everything = browser.value("document.querySelectorAll('#picker option').length")
    browser.value(
        "(() => { const f = document.getElementById('filter'); f.value = 'job=full'; f.dispatchEvent(new Event('input')); })()"
    )
    found = browser.value("document.querySelectorAll('#picker option').length")
    assert 0 < found < everything
    assert str(found) in browser.value("document.getElementById('count').innerText")
    browser.value(
        "(() => { const f = document.getElementById('filter'); f.value = 'nothing like it'; f.dispatchEvent(new Event('input')); })()"
    )
    assert browser.value("document.querySelectorAll('#picker option').length") == 0


def test_a_link_to_a_row_opens_it(browser, reports):
    page = (reports / "explanation.html").read_text("utf-8")
    start = page.index('id="rows">') + len('id="rows">')
    other = json.loads(page[start : page.index("</script>", start)])["others"][3]
    browser.open(reports / "explanation.html")
    browser.value(f"location.hash = '#row-{other['row']}'")
    browser.value("window.dispatchEvent(new HashChangeEvent('hashchange'))")
    assert browser.value("document.querySelector('#row h3').innerText").startswith(other["label"])
    assert browser.value("document.getElementById('picker').value") == str(other["row"])


def test_values_of_the_data_stay_text(browser, reports):
    browser.open(reports / "explanation.html")
    browser.value(
        "(() => { const f = document.getElementById('filter'); f.value = 'job=</script>'; f.dispatchEvent(new Event('input')); })()"
    )
    assert browser.value("document.getElementById('row').textContent.includes('</script><b>none & <i>')")
    assert browser.value("document.querySelectorAll('#row i, #row svg b, td i, td b').length") == 0


@pytest.mark.parametrize("dark", [False, True])
def test_nothing_overflows_a_narrow_window(browser, reports, dark):
    browser.open(reports / "explanation.html", width=420, dark=dark)
    assert browser.value("document.documentElement.scrollWidth") <= 420
    parts = "[...document.querySelectorAll('#row svg.waterfall rect, #row svg.waterfall text')]"
    edges = browser.value(f"{parts}.map(e => e.getBoundingClientRect()).map(r => [r.left, r.right])")
    assert len(edges) >= 8
    assert all(left >= 0 and right <= 420 for left, right in edges)


def test_every_figure_is_visible(browser, reports):
    browser.open(reports / "explanation.html")
    images = browser.value("[...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt])")
    assert len(images) >= 4
    assert all(loaded and alt for loaded, alt in images)
