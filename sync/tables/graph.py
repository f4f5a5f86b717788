"""The order graph: columns are steps, edges are dependencies. Drawn by the server, so it works without scripts.

All coordinates are text: a Dutch page writes decimals with a comma, an SVG does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sync.tables.looks import Look

BOX_WIDTH, BOX_HEIGHT = 184, 56
WIDTH, COLUMN, WIDEST_COLUMN, ROW = 1124, 234, 320, 74
LEFT, TOP = 2, 30
BAR_WIDTH = BOX_WIDTH - 24


@dataclass(frozen=True, slots=True)
class Node:
    """What the graph shows of one mapping."""

    name: str
    step: int
    depends_on: Sequence[str]
    look: Look
    text: str
    label: str
    fraction: float
    href: str
    is_met: bool
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """A node with its place."""

    node: Node
    x: int
    y: int
    fill: str

    @property
    def glyph_x(self) -> int:
        """Left edge of the glyph."""
        return self.x + 11

    @property
    def glyph_y(self) -> int:
        """Upper edge of the glyph."""
        return self.y + 9

    @property
    def name_x(self) -> int:
        """Left edge of the name."""
        return self.x + 33

    @property
    def text_x(self) -> int:
        """Left edge of the count and the bar."""
        return self.x + 12

    @property
    def name_y(self) -> int:
        """Base line of the name."""
        return self.y + 21

    @property
    def text_y(self) -> int:
        """Base line of the count."""
        return self.y + 39

    @property
    def bar_y(self) -> int:
        """Upper edge of the bar."""
        return self.y + 46


@dataclass(frozen=True, slots=True)
class Edge:
    """A dependency as a path and its arrow head."""

    path: str
    tip: str
    is_met: bool


@dataclass(frozen=True, slots=True)
class Graph:
    """The drawing, and the same facts by step for narrow screens."""

    boxes: list[Box]
    edges: list[Edge]
    steps: list[tuple[int, int, list[Node]]]
    width: int
    height: int
    box_width: int = BOX_WIDTH
    box_height: int = BOX_HEIGHT
    bar_width: int = BAR_WIDTH


def graph_of(nodes: Sequence[Node]) -> Graph:
    """Lay out the nodes: a column per step, a row per mapping, near to what they need."""
    columns: dict[int, list[Node]] = {}
    for node in nodes:
        columns.setdefault(node.step, []).append(node)
    places: dict[str, tuple[int, int]] = {}
    boxes: list[Box] = []
    pitch = _pitch(len(columns))
    for index, step in enumerate(sorted(columns)):
        for row, node in enumerate(sorted(columns[step], key=lambda node: _wish(node, places))):
            x, y = LEFT + index * pitch, TOP + row * ROW
            places[node.name] = (x, y)
            boxes.append(Box(node, x, y, f"{BAR_WIDTH * min(1.0, max(0.0, node.fraction)):.1f}"))
    deepest = max((len(column) for column in columns.values()), default=1)
    steps = [
        (step, LEFT + index * pitch, [box.node for box in boxes if box.node.step == step])
        for index, step in enumerate(sorted(columns))
    ]
    return Graph(
        boxes=boxes,
        edges=_edges(boxes, places),
        steps=steps,
        width=max(WIDTH, (len(columns) - 1) * pitch + BOX_WIDTH + 2 * LEFT),
        height=TOP + deepest * ROW - (ROW - BOX_HEIGHT) + 4,
    )


def _pitch(columns: int) -> int:
    """Return the distance of the columns: few of them share the width, many make the drawing wider."""
    if columns < 2:
        return COLUMN
    return min(WIDEST_COLUMN, max(COLUMN, (WIDTH - BOX_WIDTH - 2 * LEFT) // (columns - 1)))


def _wish(node: Node, places: dict[str, tuple[int, int]]) -> float:
    heights = [places[name][1] for name in node.depends_on if name in places]
    return sum(heights) / len(heights) if heights else 0.0


def _edges(boxes: list[Box], places: dict[str, tuple[int, int]]) -> list[Edge]:
    by_name = {box.node.name: box for box in boxes}
    edges = []
    for box in boxes:
        sources = sorted((by_name[name] for name in box.node.depends_on if name in by_name), key=lambda found: found.y)
        for place, source in enumerate(sources):
            start_x, start_y = source.x + BOX_WIDTH, source.y + BOX_HEIGHT // 2
            end_x = box.x - 7
            end_y = box.y + (BOX_HEIGHT * (place + 1)) // (len(sources) + 1)
            bend = (start_x + end_x) // 2 if end_x - start_x < COLUMN else end_x - 40
            edges.append(
                Edge(
                    f"M{start_x} {start_y}C{bend} {start_y} {bend} {end_y} {end_x} {end_y}",
                    f"M{end_x + 6} {end_y}l-7 -4v8z",
                    source.node.is_met,
                )
            )
    return edges
