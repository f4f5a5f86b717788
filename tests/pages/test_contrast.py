"""The colours of tokens.css, measured: the table of the look, again, from the values themselves."""

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
TEXT, GRAPHIC = 4.5, 3.0
GROUNDS = ("surface", "surface-sunken", "canvas", "surface-hover", "surface-raised")
INKS = [
    *[(ink, ground) for ink in ("text", "text-muted", "text-faint") for ground in (*GROUNDS, "surface-selected")],
    *[(ink, ground) for ink in ("accent", "ok", "busy", "wait", "bad", "idle", "nav", "sales") for ground in GROUNDS],
    ("accent", "accent-soft"),
    ("on-accent", "accent-fill"),
    ("on-accent", "accent-fill-hover"),
    *[(ink, f"{ink}-soft") for ink in ("ok", "busy", "wait", "bad", "idle", "nav", "sales")],
    *[(ink, "surface-selected") for ink in ("ok", "busy", "wait", "bad", "idle")],
]
LINES = [
    *[("line-control", ground) for ground in ("surface", "canvas")],
    ("focus", "canvas"),
    ("focus", "surface"),
    *[(f"{name}-line", "surface") for name in ("ok", "busy", "wait", "bad", "idle")],
]


def colours(mode: int) -> dict[str, str]:
    """Return every token that is a plain colour, in one half (0 light, 1 dark)."""
    found = {}
    for name, value in re.findall(r"--([\w-]+):\s*([^;]+);", TOKENS.split("/* Type:")[0]):
        pair = re.findall(r"#[0-9a-f]{6}", value)
        if value.startswith(("light-dark", "#")) and pair:
            found[name] = pair[mode if len(pair) > 1 else 0]
    return found


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2.x)."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(ink: str, ground: str) -> float:
    """Return the contrast ratio of two colours."""
    light, dark = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground", "least"), [(*pair, TEXT) for pair in INKS] + [(*pair, GRAPHIC) for pair in LINES]
)
def test_ink_stands_out_from_its_ground(ink: str, ground: str, least: float, mode: int) -> None:
    palette = colours(mode)
    assert contrast(palette[ink], palette[ground]) >= least


def test_every_colour_has_both_halves() -> None:
    assert set(colours(0)) == set(colours(1))
    assert re.findall(r"light-dark\(", TOKENS)


def test_style_sheets_name_no_colour_beside_the_tokens() -> None:
    sheet = (Path(__file__).resolve().parents[2] / "static" / "css" / "components.css").read_text(encoding="utf-8")
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?=[^{}]*;)", sheet)
    assert "url(" not in sheet and "@import" not in sheet
