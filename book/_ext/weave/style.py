"""How code is coloured: few colours, those of the figures, on a quiet ground."""
from __future__ import annotations

from pygments.style import Style
from pygments.token import Comment, Keyword, Name, Number, String, Token


class Light(Style):
    background_color = "#f6f8fa"
    styles = {Token: "#1b2330", Comment: "italic #5d6878", Comment.Preproc: "noitalic #8f5600",
              Comment.PreprocFile: "noitalic #0b6f87", Keyword: "#2c57b0", String: "#0b6f87",
              Number: "#8a3fc0", Name.Function: "bold", Name.Class: "bold"}


class Dark(Style):
    background_color = "#1a1d22"
    styles = {Token: "#d7dbe2", Comment: "italic #9ba6b5", Comment.Preproc: "noitalic #e8b45a",
              Comment.PreprocFile: "noitalic #5cc6dd", Keyword: "#8fb1f5", String: "#5cc6dd",
              Number: "#c99bff", Name.Function: "bold", Name.Class: "bold"}
