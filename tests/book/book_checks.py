"""What a page asks for from elsewhere, and whether an EPUB is one."""
from __future__ import annotations

import re
import subprocess
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

# Attributes whose value is fetched when the page is opened; <a href> is not.
FETCHED = {("img", "src"), ("script", "src"), ("link", "href"), ("iframe", "src"),
           ("source", "src"), ("source", "srcset"), ("object", "data"), ("image", "href"),
           ("image", "xlink:href"), ("use", "href"), ("use", "xlink:href"), ("video", "src"),
           ("embed", "src")}
NOT_FETCHED_LINKS = {"next", "prev", "index", "search", "author", "copyright", "canonical"}
CSS_URL = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])([^"')\s]+)""")


class _Fetches(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "link" and given.get("rel") in NOT_FETCHED_LINKS:
            return
        self.found += [v for k, v in attrs if v and (tag, k) in FETCHED]
        self.found += CSS_URL.findall(given.get("style") or "")


def fetched_from_elsewhere(site: Path) -> list[str]:
    """Everything that opening a page of the folder would fetch and the folder does not hold."""
    out = []
    for file in sorted(site.rglob("*")):
        if file.suffix in (".html", ".xhtml"):
            parser = _Fetches()
            parser.feed(file.read_text())
            wanted = parser.found
        elif file.suffix == ".css":
            wanted = CSS_URL.findall(file.read_text())
        else:
            continue
        for url in wanted:
            path = url.split("?")[0].split("#")[0]
            if url.startswith(("#", "data:")) or (
                    "//" not in url and path[:1] != "/" and (file.parent / path).is_file()):
                continue
            out.append(f"{file.relative_to(site)} wants {url}")
    return out


EPUBCHECK = "/usr/bin/epubcheck"  # a jar; the package that would run it as a program may be missing


def epubcheck_complaints(file: Path) -> list[str]:
    """What the standard's own checker says against an EPUB."""
    done = subprocess.run(["java", "-jar", EPUBCHECK, "-q", str(file)], text=True,
                          capture_output=True)
    said = (done.stdout + done.stderr).splitlines()
    return [] if done.returncode == 0 else said or [f"epubcheck ended with {done.returncode}"]


def epub_faults(file: Path) -> list[str]:
    """What is wrong with an EPUB: its packing, its XML, its list of contents."""
    faults = []
    with zipfile.ZipFile(file) as z:
        names = z.namelist()
        first = z.infolist()[0]
        if (first.filename, first.compress_type, z.read(first)) != (
                "mimetype", zipfile.ZIP_STORED, b"application/epub+zip"):
            faults.append("it does not begin with a plain mimetype")
        for name in names:
            if name.endswith((".xhtml", ".opf", ".ncx", ".xml", ".svg")):
                try:
                    ElementTree.fromstring(z.read(name))
                except ElementTree.ParseError as e:
                    faults.append(f"{name}: {e}")
        opf = ElementTree.fromstring(z.read("content.opf"))
        items = {i.get("href"): i for i in opf.iter("{http://www.idpf.org/2007/opf}item")}
        faults += [f"{href} is listed and not there" for href in items if href not in names]
        for href, item in items.items():
            if href.endswith(".xhtml") and b"<svg" in z.read(href):
                if "svg" not in (item.get("properties") or ""):
                    faults.append(f"{href} has SVG and does not say so")
    return faults
