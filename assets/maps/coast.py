#!/usr/bin/env python3
"""Makes world.txt and bay.txt, the land of the two maps, from Natural Earth 4.1 (public domain).

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    pip install shapely==2.2.0
    python3 coast.py package

One line is one shore: longitude and latitude in turn, in thousandths of a degree, the first point as it is and the
others as steps from the point before. A shore ends where it began. The world is turned so that the Pacific is in the
middle: longitudes run from -25 to 335. Both are cut to the frames of src/plot/chart/map.rs.
"""

import json
import sys
from pathlib import Path

from shapely import affinity
from shapely.geometry import Polygon, box
from shapely.ops import unary_union


def land(path):
    """The land of a TopoJSON file as one shape."""
    topology = json.loads(Path(path).read_text())
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for arc in topology["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * sx + tx, y * sy + ty))
        arcs.append(points)

    def ring(indices):
        points = []
        for index in indices:
            arc = arcs[index] if index >= 0 else arcs[~index][::-1]
            points += arc if not points else arc[1:]
        return points

    shapes = []
    for geometry in topology["objects"]["land"]["geometries"]:
        polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
        for rings in polygons:
            shore = unwound(ring(rings[0]))
            # Antarctica goes round the pole and lies outside both maps.
            if min(y for _, y in shore) > -60:
                shapes.append(Polygon(shore, [unwound(ring(hole)) for hole in rings[1:]]).buffer(0))
    return unary_union(shapes)


def unwound(points):
    """Longitudes without the jump at 180 degrees."""
    whole = [points[0]]
    for x, y in points[1:]:
        turns = round((whole[-1][0] - x) / 360)
        whole.append((x + 360 * turns, y))
    return whole


def outlines(shape, tolerance, least_area):
    shape = shape.simplify(tolerance)
    parts = list(shape.geoms) if hasattr(shape, "geoms") else [shape]
    parts = [part for part in parts if part.area >= least_area]
    return [part.exterior for part in sorted(parts, key=lambda part: (-part.area, part.bounds))]


def write(path, rings):
    lines = []
    for ring in rings:
        points = [(round(x * 1000), round(y * 1000)) for x, y in ring.coords[:-1]]
        numbers = list(points[0])
        for before, after in zip(points, points[1:]):
            numbers += [after[0] - before[0], after[1] - before[1]]
        lines.append(" ".join(map(str, numbers)))
    Path(path).write_text("\n".join(lines) + "\n")
    print(path, len(rings), "shores", sum(len(line.split()) // 2 for line in lines), "points", Path(path).stat().st_size)


def main(folder):
    world = land(f"{folder}/land-110m.json")
    frame = box(-25, -42, 335, 78)
    world = unary_union([affinity.translate(world, turn).intersection(frame) for turn in (-360, 0, 360)])
    write("world.txt", outlines(world, 0.6, 8.0))
    bay = land(f"{folder}/land-10m.json").intersection(box(134.78, 34.38, 135.98, 35.07))
    write("bay.txt", outlines(bay, 0.0015, 0.0))


if __name__ == "__main__":
    main(*sys.argv[1:])
