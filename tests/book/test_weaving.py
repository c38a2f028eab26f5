"""Pages show the code, the change and the numbers of their own step."""
from __future__ import annotations

import re
import zipfile
from pathlib import Path

import mini_book
import book_checks
import pytest


def text_of(html: str) -> str:
    """A page as a reader sees it."""
    for entity, char in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"),
                         ("&amp;", "&")):
        html = re.sub("<[^>]*>", "", html) if entity == "&lt;" else html
        html = html.replace(entity, char)
    return html


def listings(html: str) -> list[str]:
    """The page's listings: each one's caption and text."""
    return [text_of(part.split("</pre>")[0]) for part in html.split('"code-block-caption"')[1:]]


def test_a_definition_comes_from_the_chapters_own_layer(built):
    first = listings(built.page("kernel/100-slow"))[0]
    assert "steps/100-slow/bio.c:8" in first and "at step 100" in first
    assert "return read_block(block);" in first and "kept" not in first


def test_a_definition_brings_its_comment_and_nothing_else(built):
    first = listings(built.page("kernel/100-slow"))[0]
    assert "A block on loan.\n * Costs one read." in first
    assert "struct buf" not in first and "#include" not in first


def test_the_step_option_overrides_the_chapters_step(built):
    last = listings(built.page("kernel/100-slow"))[2]
    assert "steps/101-fast/bio.c" in last and "if (kept(block))" in last


def test_a_header_comes_from_src(built):
    assert "src/kernel/bio.h" in listings(built.page("kernel/100-slow"))[1]


def test_a_file_that_no_step_replaced_comes_from_the_step_that_has_it(built):
    whole = listings(built.page("kernel/101-fast"))[0]
    assert "steps/100-slow/fault.c" in whole and "at step 101" in whole
    assert mini_book.FAULT.strip() in whole


def test_the_change_shows_what_came_and_what_went(built):
    page = built.page("kernel/101-fast")
    rows = page.split("<pre tabindex")[1].split("</pre>")[0]
    rows = re.split(r'(?=<span class="(?:same|gone|come|gap)">)', rows)
    gone, come = ([text_of(r) for r in rows if r.startswith(f'<span class="{kind}">')]
                  for kind in ("gone", "come"))
    assert gone == ["−/* Blocks, read again each time. */"]
    assert come == ["+/* Blocks, kept. */", "+\tif (kept(block))", "+\t\treturn 0;"]
    assert "replaces steps/100-slow/bio.c" in page and "make diff-101" in page


def test_numbers_stand_in_sentences_as_people_write_them(built):
    assert "It made 300 of 1,234,567." in text_of(built.page("kernel/101-fast"))


def test_a_number_says_where_it_comes_from(built):
    assert 'title="101.virtio.requests, from steps/101-fast"' in built.page("kernel/101-fast")


def test_what_an_experiment_found_stands_in_sentences_too(built):
    page = built.page("kernel/101-fast")
    assert "It took 250 ms, 4,321 requests." in text_of(page)
    assert "from book/kernel/measured/cost.json" in page


def test_the_verdict_sets_prediction_and_measurement_side_by_side(built):
    box = text_of(built.page("kernel/101-fast").split('class="verdict verdict-faster"')[1])
    for said in ("half the requests", "A document, fix 1", "1.23 s → 300 ms", "4.1×",
                 "4.0× to 4.2×, 12 pairs", "faster", "more than predicted"):
        assert said in box


def test_the_documents_totals_stand_beside_the_counts(built):
    row = text_of(built.page("kernel/index").split("<tbody>")[1].split("</tbody>")[0])
    assert row == "virtio.requests~1,0001,234,5671,235×"


def test_a_chapter_says_its_step_and_its_verbs(built):
    header = re.search(r'<p class="step-header">.*?</p>', built.page("kernel/101-fast"))[0]
    assert text_of(header) == "Step 101 · make step-101 · make diff-101 · make try-101"


def test_the_first_step_has_nothing_to_differ_from(built):
    header = re.search(r'<p class="step-header">.*?</p>', built.page("kernel/100-slow"))[0]
    assert text_of(header) == "Step 100 · make step-100 · make run-100 · make trace-100"


@pytest.mark.parametrize("page, figures", [("index", 1), ("kernel/index", 1),
                                           ("kernel/100-slow", 1), ("kernel/101-fast", 3)])
def test_figures_are_pictures_with_a_name_and_a_description(built, page, figures):
    wide, narrow = (re.findall(rf'<div class="figure {kind}"><svg.*?</svg>', built.page(page), re.S)
                    for kind in ("wide", "narrow"))
    assert len(wide) == len(narrow) == figures
    for svg in wide + narrow:
        assert 'role="img"' in svg and "<title" in svg and "<desc" in svg


def test_what_the_step_before_was_not_measured_on_is_shown_without_it(built):
    page = built.page("kernel/101-fast")
    rows = [text_of(row) for row in page.split("<tbody>")[1].split("</tbody>")[0].split("</tr>")]
    assert rows[0].startswith("small1.23 s → 300 ms4.1×") and rows[1].startswith("new1.20 s4.1×")
    real, new, rungs = re.findall(
        r'"figure wide"><svg[^>]*>\s*<title[^>]*>([^<]*)</title>\s*<desc[^>]*>(.*?)</desc>', page)
    assert real[0] == "real: step 100 against step 101, counted"
    assert new[0] == "Step 101 on new, counted" and "1,200" in new[1]
    assert "101" in rungs[1] and "Slow" not in rungs[1]


def test_pages_lead_to_the_next_and_the_previous(built):
    page = built.page("kernel/100-slow")
    assert 'rel="next" title="101. Fast"' in page and 'rel="prev" title="A part"' in page


def test_opening_a_page_fetches_nothing_from_elsewhere(built):
    assert book_checks.fetched_from_elsewhere(built.html) == []


def test_the_light_and_dark_switch_works_without_a_bundler(built):
    script = (built.html / "_static/scripts/furo.js").read_text()
    assert not re.search(r"^import ", script, re.M), "a plain script cannot import"


def test_the_epub_is_well_formed(built):
    assert book_checks.epub_faults(built.epub / "the-fast-path.epub") == []


def test_the_epub_passes_its_standards_checker_which_sees_a_fault(built, tmp_path):
    epub = built.epub / "the-fast-path.epub"
    assert book_checks.epubcheck_complaints(epub) == []
    with zipfile.ZipFile(epub) as whole, zipfile.ZipFile(tmp_path / "torn.epub", "w") as torn:
        for item in whole.infolist():
            if item.filename != "kernel/100-slow.xhtml":
                torn.writestr(item, whole.read(item))
    assert any("100-slow" in said for said in
               book_checks.epubcheck_complaints(tmp_path / "torn.epub"))


def test_the_epub_has_a_cover_and_names_its_authors(built):
    opf = (built.epub / "content.opf").read_text()
    assert re.search(r'href="_static/cover.png" media-type="image/png" properties="cover-image"', opf)
    assert "<dc:creator>The Fast Path’s contributors</dc:creator>" in opf
    assert (built.epub / "_static/cover.png").read_bytes().startswith(b"\x89PNG")


def test_the_epub_lists_every_chapter(built):
    contents = (built.epub / "nav.xhtml").read_text()
    assert "kernel/100-slow.xhtml" in contents and "kernel/101-fast.xhtml" in contents


def test_the_whole_part_stands_in_one_table(built):
    body = built.page("kernel/closing").split("<tbody>")[1].split("</tbody>")[0]
    fast, fixes, whole = [text_of(row) for row in body.split("</tr>")[:3]]
    cell = "4.1×4.0× to 4.2×"
    said = f"{cell}fastermore than predicted{cell}faster"  # the prediction is not about the second
    assert fast == f"101 Fast2–3×{said}75.0×"
    assert fixes == f"fixes 1–4 together5–6×{cell}the claim is too high–"
    assert whole == "100 to 101––"


def test_the_first_page_says_what_each_part_has_come_to(built):
    item = re.search(r'<ul class="reached.*?</ul>', built.page("index"), re.S)[0]
    assert 'href="kernel/index.html"' in item
    assert text_of(item).split() == ("kernel. small, 25.2 MB: 1.23 s to 300 ms, 1,234,567 requests to "
                                     "300.").split()


def test_a_claim_stands_once_beside_every_way_that_was_tried(built):
    body = built.page("kernel/closing").split("<tbody>")[2].split("</tbody>")[0]
    assert [text_of(row) for row in body.split("</tr>")[:3]] == [
        "Copy it5.0×step 101, in place4.1×4.0× to 4.2×the claim is open–",
        "step 101 on xfs4.1×4.0× to 4.2×the claim is true–",
        "Read it10.0×not measured––"]


def test_an_experiment_stands_in_a_table_cell_by_cell(built):
    words, ways = built.page("kernel/closing").split('woven cells">')[1:]
    assert [text_of(row) for row in words.split("</table>")[0].split("</tr>")[:3]] == [
        "it says1 MBcold1 MBwarm1 MBcold, jumps", "nothing1.00 ms100 µs1.00 s",
        "MADV_HUGEPAGE" + 3 * "4.1×4.0–4.2"]
    assert words.count('class="said-faster"') == 3
    assert [text_of(row) for row in ways.split("</table>")[0].split("</tr>")[:2]] == [
        "4 KiB1 MB",
        "read <once>warmnonedocument 1.64×adaptive 0.85×mmapdocument 1.00×adaptive 12.3×"]


@pytest.mark.parametrize("figure, says", [
    ("by-step", "virtio.requests: 100: 1,234,567, 101: 300."),
    ("requests", "Step 101: 2 requests, 410 kB of the program, done."),
    ("growth", "step 101: 1 MB: 100 ms, 7 requests; 10 MB: 900 ms, 70 requests."),
    ("ablation", "101  Fast: 4.10 times as long, 4.10 times when it was added. "
                 "100 and 101 together: the same kernel and the same image."),
    ("matrix", "1 MB, again, warm: 1.02× read256k (1.01 to 1.05), view: 1.02 ms against 1.00 ms. "
               "1 MB, again, cold: no room."),
])
def test_a_figure_of_the_whole_part_is_drawn_from_what_was_measured(built, figure, says):
    picture = built.page("kernel/closing").split(f'class="fp fp-{figure}"')[1].split("</svg>")[0]
    assert says in picture


def test_recordings_that_contradict_each_other_stand_side_by_side_with_what_holds_for_both():
    from measure.goldens import recordings as said
    from measure.contests.pairs import interval
    from measure.steps import Step
    from weave.recordings import Ratio, in_words, row

    ratios = [[4.0] * 6, [5.0] * 6, [4.1] * 6]
    step = Step(101, "fast", Path("101-fast"))
    step.__dict__["toml"] = {"title": "Fast"}
    apart = Ratio(step, "small", "threads", [interval(r) for r in ratios],
                  said.between(ratios, 0.1), expected=False)
    same = apart._replace(own=apart.own[:1] * 3, expected=True)
    assert not apart.overlap and same.overlap
    assert row(apart, 4) == ["101 Fast", "small, threads", "4.0× to 4.0×", "5.0× to 5.0×",
                             "4.1× to 4.1×", "–", "<b>4.0× to 5.0×</b>"]
    words = in_words([apart, same], [apart])
    assert words.startswith("2 ratios have been recorded more than once by now. Of 1 of them")
    assert words.endswith("Of the 2 ratios of the newest recordings that two or more had come before, "
                          "1 lie where those expected them.")
    assert in_words([], []) == "No ratio has been recorded more than once yet."
