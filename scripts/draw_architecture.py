"""Draw docs/architecture.svg, the rooms of the package and what they import; a test fails where it is old.

Layers and rooms stand in the order of the import contracts in pyproject.toml; the arrows are read from the code.
"""

from __future__ import annotations

import argparse
import ast
import html
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from architecture_layout import BOX_WIDTH, LEFT, RIGHT, Layer, Spot, placed

_ROOT: Final = Path(__file__).resolve().parents[1]
_NAME: Final = "pytest_domainsafety"
_PACKAGE: Final = _ROOT / _NAME
_PICTURE: Final = _ROOT / "docs" / "architecture.svg"

WIDTH: Final = 900
_PAD, _LANE, _BOX_HEIGHT, _GAP = 14, 19, 27, 25
_HEADER, _BETWEEN_BANDS = 38, 9
_TINTS: Final = {
    "cli": ("#eef0f3", "#4d5866"),
    "plugin": ("#eef0f3", "#4d5866"),
    "commands": ("#eef0f3", "#4d5866"),
    "shell": ("#e4f0f8", "#0072b2"),
    "effects": ("#fdeee4", "#c04f00"),
    "render": ("#f6eaf2", "#a8518a"),
    "core": ("#e3f4ee", "#007a59"),
}
_STYLE: Final = """\
text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: #1d232a }
.layer { font-size: 15px; font-weight: 700 } .said { font-size: 12.5px; fill: #4d5866 } .count { font-size: 12px }
.line { fill: none; stroke-width: 1.4 }"""
_MARKER: Final = """\
<marker id="{name}" viewBox="0 0 8 8" refX="3" refY="4" markerWidth="6" markerHeight="6" orient="auto">\
<path d="M0 0L8 4L0 8z" fill="{colour}"/></marker>"""
_LEGEND: Final = (
    (1, "An arrow is an import. Within a layer those that follow from others are left out; in the margin a dot"),
    (2, "joins a layer to one that it imports. A number counts a room's modules; a dashed box is one module."),
)


def layers() -> dict[str, Layer]:
    """The layers from top to bottom, as the contracts and the code have them."""
    project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    tiers = {
        contract["containers"][0]: [[name.strip() for name in tier.split("|")] for tier in contract["layers"]]
        for contract in contracts
        if contract["type"] == "layers"
    }
    names = [name for tier in tiers[_NAME] for name in tier]
    found = {name: Layer(name, tiers.get(f"{_NAME}.{name}") or _tiers(name)) for name in names}
    for path in sorted(_PACKAGE.rglob("*.py")):
        parts = path.relative_to(_PACKAGE).with_suffix("").parts
        if parts[0] in found:
            _enter(found, found[parts[0]], parts, _imports(ast.parse(path.read_text(encoding="utf-8"))))
    return found


def _tiers(name: str) -> list[list[str]]:
    """A layer without a contract of its own: its folders, then what lies beside them."""
    folders = [path.parent.name for path in sorted((_PACKAGE / name).glob("*/__init__.py"))]
    return [*([folders] if folders else []), [name]]


def _enter(found: Mapping[str, Layer], layer: Layer, parts: Sequence[str], imported: Iterable[str]) -> None:
    here = layer.room(parts)
    for module in imported:
        target = module.split(".")[1:]
        if not target or target[0] not in found:
            continue
        if target[0] != layer.name:
            layer.below.add(target[0])
        elif (room := layer.room(target)) != here:
            layer.edges.setdefault(here, set()).add(room)


def _imports(tree: ast.Module) -> Iterator[str]:
    """What a file imports of the package, in functions and for types too; by a name made at run time as well."""
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "import_module":
            names = [str(each.value) for each in ast.walk(node.args[0]) if isinstance(each, ast.Constant)]
        yield from (name for name in names if name.split(".")[0] == _NAME)


def _modules(layer: Layer, room: str) -> int:
    """How many modules a room has; 0 where it is one module."""
    folder = _PACKAGE / layer.name if room == layer.name else _PACKAGE / layer.name / room
    files = folder.glob("*.py") if room == layer.name and len(layer.tiers) > 1 else folder.rglob("*.py")
    return sum(path.name != "__init__.py" for path in files)


def _said(name: str, most: int) -> str:
    """What the docstring of a layer says first, as far as there is room."""
    path = _PACKAGE / name / "__init__.py"
    source = path if path.is_file() else path.parent.with_suffix(".py")
    text = ast.get_docstring(ast.parse(source.read_text(encoding="utf-8"))) or ""
    said = text.split("\n")[0].split(". ")[0].rstrip(".").replace("`", "")
    return said if len(said) <= most else said.split(": ")[0]


def _text(x: float, y: float, words: str, kind: str = "", *, end: bool = False) -> str:
    given = (f' class="{kind}"' if kind else "") + (' text-anchor="end"' if end else "")
    return f'<text{given} x="{x:.0f}" y="{y:.0f}">{html.escape(words)}</text>'


def _box(layer: Layer, spot: Spot, top: float) -> Iterator[str]:
    modules, colour = _modules(layer, f"{spot.name}"), _TINTS[layer.name][1]
    left = spot.x - spot.half
    dashes = "" if modules else ' stroke-dasharray="4 3"'
    yield (
        f'<rect x="{left:.0f}" y="{top:.0f}" width="{BOX_WIDTH}" height="{_BOX_HEIGHT}" rx="5" fill="#ffffff" '
        f'stroke="{colour}"{dashes}/>'
    )
    yield _text(left + 9, top + 18, f"{spot.name}" if modules else f"{spot.name}.py")
    if modules:
        yield _text(left + BOX_WIDTH - 8, top + 18, f"{modules}", "count", end=True)


def _arrow(layer: Layer, start: Spot, end: Spot, top: float) -> str:
    """From a room to one further down, straight past the tiers between."""
    x, y = _port(start, end, "below"), _top(top, start.tier) + _BOX_HEIGHT
    path = f"M{x:.1f} {y:.1f}"
    while True:
        here, until = _port(end, start, "above"), _top(top, end.tier) - (0 if end.name is None else 5)
        half = (until - y) / 2
        path += f" C{x:.1f} {y + half:.1f} {here:.1f} {until - half:.1f} {here:.1f} {until:.1f}"
        if end.name is not None:
            return _line(layer.name, path)
        x, y = here, until + _BOX_HEIGHT
        path += f" V{y:.1f}"
        start, end = end, end.below[0]


def _line(layer: str, path: str) -> str:
    return f'<path class="line" stroke="{_TINTS[layer][1]}" marker-end="url(#{layer})" d="{path}"/>'


def _port(spot: Spot, other: Spot, side: str) -> float:
    """Where at a box's edge an arrow begins or ends: in the order of what it leads to."""
    others = sorted(getattr(spot, side), key=lambda each: each.x)
    return spot.x + (others.index(other) - (len(others) - 1) / 2) * min(26, BOX_WIDTH / (len(others) + 1))


def _top(top: float, tier: int) -> float:
    return top + tier * (_BOX_HEIGHT + _GAP)


def _band(layer: Layer, top: float) -> tuple[float, list[str]]:
    """A layer's band: its lower end, and what is drawn."""
    alone, tint = len(layer.tiers) == 1, _TINTS[layer.name][0]
    rows = placed(layer)
    first = top + (9 if alone else _HEADER)
    bottom = _top(first, len(rows) - 1) + _BOX_HEIGHT + (9 if alone else _PAD)
    parts = [
        f'<rect x="{LEFT}" y="{top:.0f}" width="{RIGHT - LEFT}" height="{bottom - top:.0f}" rx="8" fill="{tint}"/>'
    ]
    if alone:
        rows[0][0].x = LEFT + _PAD + rows[0][0].half
        parts.append(_text(LEFT + _PAD + BOX_WIDTH + 14, first + 18, _said(layer.name, 90), "said"))
    else:
        parts.append(_text(LEFT + _PAD, top + 25, layer.name, f"layer {layer.name}"))
        parts.append(_text(LEFT + _PAD + 82, top + 25, _said(layer.name, 105), "said"))
    for row in rows:
        for spot in row:
            if spot.name is not None:
                parts += _box(layer, spot, _top(first, spot.tier))
                parts += [_arrow(layer, spot, end, first) for end in spot.below]
    return bottom, parts


def _margin(found: Mapping[str, Layer], tops: Mapping[str, float]) -> Iterator[str]:
    """A line down to each layer, with a dot where a layer above it imports it."""
    targets = [name for name in found if any(name in layer.below for layer in found.values())]
    lanes = {name: RIGHT + _LANE * number for number, name in enumerate(targets, 1)}
    outs = {name: top + 31 for name, top in tops.items()}
    for name in (name for name, layer in found.items() if layer.below):
        last = max(lanes[target] for target in found[name].below)
        yield f'<path class="line" stroke="#a9b1ba" d="M{RIGHT} {outs[name]:.0f} H{last}"/>'
    for target, x in lanes.items():
        users = [name for name, layer in found.items() if target in layer.below]
        end = tops[target] + 14
        turn = f"V{end - 6:.0f} Q{x} {end:.0f} {x - 6} {end:.0f} H{RIGHT + 6}"
        yield _line(target, f"M{x} {outs[users[0]]:.0f} {turn}")
        for name in users:
            yield f'<circle cx="{x}" cy="{outs[name]:.0f}" r="3.6" fill="{_TINTS[target][1]}"/>'


def picture() -> str:
    """The whole file."""
    found = layers()
    tops: dict[str, float] = {}
    parts: list[str] = []
    y = 14.0
    for name, layer in found.items():
        tops[name] = y
        bottom, drawn = _band(layer, y)
        parts += drawn
        y = bottom + _BETWEEN_BANDS
    parts += [*_margin(found, tops), *(_text(LEFT + _PAD, y + 17 * line, said, "said") for line, said in _LEGEND)]
    height, colours = round(y + 17 * len(_LEGEND) + 14), [(name, colour) for name, (_, colour) in _TINTS.items()]
    style = _STYLE + "".join(f"\n.{name} {{ fill: {colour} }}" for name, colour in colours)
    markers = "".join(_MARKER.format(name=name, colour=colour) for name, colour in colours)
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
        "<title>The layers and rooms of the package, and what they import</title>",
        f"<style>{style}</style>",
        f"<defs>{markers}</defs>",
        f'<rect width="{WIDTH}" height="{height}" rx="10" fill="#fdfdfb"/>',
    )
    return "\n".join([*head, *parts, "</svg>\n"])


def main() -> None:
    """Write the picture, or tell whether it is old."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="only tell, by exit code 1, whether the file is old")
    drawn = picture()
    if not parser.parse_args().check:
        _PICTURE.write_text(drawn, encoding="utf-8")
        print(f"wrote {_PICTURE.name}")
    elif not _PICTURE.is_file() or _PICTURE.read_text(encoding="utf-8") != drawn:
        raise SystemExit("docs/architecture.svg is old: run python scripts/draw_architecture.py")


if __name__ == "__main__":
    main()
