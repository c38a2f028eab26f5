"""What each layer is worth at the end, beside what it was worth when it came."""
from __future__ import annotations

from measure.drawing import svg

ROW, BAR, TOP = 46, 15, 78
TICKS, DECADES = (0.5, 1, 2, 5, 10, 20, 50, 100), (1, 10, 100)


def ablation_svg(rows: list[dict], title: str) -> str:
    """Rows: label, ratio {median, low, high} of the time without it to the time of the whole,
    verdict, requests; came: the ratio that it brought when it was added, or None.

    A row without a ratio says why, in `not`.
    """
    x0, x1 = svg.PAD, svg.right() - 150
    ends = [v for r in rows if "ratio" in r for v in (r["ratio"]["high"], r["ratio"]["low"])]
    ends += [r["came"] for r in rows if r.get("came")]
    axis = svg.LogAxis(x0, x1, min([0.8, *ends]) / 1.05, max([2, *ends]) * 1.05)
    bottom = TOP + ROW * len(rows)
    one = axis.at(1)
    body = [*svg.heading(title), *_key()]
    for tick in (TICKS if not svg.is_narrow() else DECADES):
        if axis.low <= tick <= axis.high:
            body += [svg.line(axis.at(tick), TOP - 8, axis.at(tick), bottom,
                              "muted" if tick == 1 else "grid"),
                     svg.text(axis.at(tick), bottom + 16, f"{tick:g}×", "muted", 11.5, "middle")]
    for i, row in enumerate(rows):
        body += _row(row, TOP + i * ROW, axis, one)
    end, notes = svg.words(x0, bottom + 38, "Time without the layer ÷ time with everything, "
                           "logarithmic; the whisker is its 95 % interval.")
    about = " ".join(_said(r) for r in rows)
    return svg.document("ablation", end + 14, title, about, body + notes)


def _key() -> list[str]:
    x, y = svg.PAD, 54
    words = "worth at the end"
    second = x + 22 + svg.text_width(words, 12) + 22
    return [svg.rect(x, y - 9, 16, 10, "bar", rx=2), svg.text(x + 22, y, words, "muted", 12),
            svg.dot(second, y - 4, 4.5, "floor", hollow=True),
            svg.text(second + 11, y, "worth when it was added", "muted", 12)]


def _row(row: dict, y: float, axis: svg.LogAxis, one: float) -> list[str]:
    label = svg.text(axis.x0, y + 12, row["label"], on="paper")
    middle = y + 20 + BAR / 2
    if "ratio" not in row:
        return [label, svg.text(axis.x0 if svg.is_narrow() else one + 8, middle + 4.5, row["not"],
                                "muted", 12, on="paper")]
    ratio = row["ratio"]
    end = axis.at(ratio["median"])
    a, b = axis.at(ratio["low"]), axis.at(ratio["high"])
    out = [svg.rect(min(one, end), y + 20, max(abs(end - one), 1.5), BAR, "bar", rx=2),
           svg.line(a, middle, b, middle, "ink", 1.5)]
    out += [svg.line(x, middle - 4.5, x, middle + 4.5, "ink", 1.5) for x in (a, b)]
    if row.get("came"):
        out.append(svg.dot(axis.at(row["came"]), middle, 4.5, "floor", hollow=True,
                           tip=f"when it was added: {svg.three(row['came'])}×"))
    right = max(one, b, axis.at(row["came"]) + 5 if row.get("came") else 0)
    said = f"{svg.three(ratio['median'])}×" + (
        f" · {row['requests']:,} requests" if row.get("requests") is not None else "")
    return [*out, label, svg.text(right + 9, middle + 4.5, said, on="paper")]


def _said(row: dict) -> str:
    if "ratio" not in row:
        return f"{row['label']}: {row['not']}."
    came = f", {svg.three(row['came'])} times when it was added" if row.get("came") else ""
    return f"{row['label']}: {svg.three(row['ratio']['median'])} times as long{came}."
