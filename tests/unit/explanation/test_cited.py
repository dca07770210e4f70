from __future__ import annotations

from specweave.evidence import check_document
from specweave.explanation.cited import Cited, plain
from specweave.rendering import number, percent
from specweave.workspace import write_json


def test_sentences_carry_their_evidence_and_names_are_escaped_in_html(tmp_path):
    source = write_json(tmp_path / "reports" / "facts.json", {"share": 0.25, "name": "<b>"})

    def worded(show):
        return [f"<b> & {show('/share', percent)}"]

    for html in (False, True):
        cited = Cited(tmp_path, source, html=html)
        (sentence,) = cited.sentences(worded)
        assert sentence.startswith("&lt;b&gt; &amp; 25.0 %<!--e1-->" if html else "<b> & 25.0 %<!--e1-->")
        page = tmp_path / "page.md"
        page.write_text(f"{sentence}\n\n{cited.listing()}\n", "utf-8")
        assert check_document(page, tmp_path) == []
        page.write_text(f"{sentence.replace('25.0', '26.0')}\n\n{cited.listing()}\n", "utf-8")
        assert check_document(page, tmp_path)


def test_two_files_share_one_list_of_evidence(tmp_path):
    first = Cited(tmp_path, write_json(tmp_path / "reports" / "a.json", {"x": 1.5}), html=False)
    second = Cited(
        tmp_path, write_json(tmp_path / "reports" / "b.json", {"x": 2.5}), html=False, evidence=first.evidence
    )
    page = tmp_path / "page.md"
    page.write_text(f"{first.number('/x')} {second.signed('/x')}\n\n{first.listing()}\n", "utf-8")
    assert check_document(page, tmp_path) == []
    assert "a.json" in page.read_text("utf-8")
    assert "b.json" in page.read_text("utf-8")


def test_plain_numbers_have_no_marks():
    assert plain({"a": {"b": 0.5}})("/a/b", number) == "0.5000"
