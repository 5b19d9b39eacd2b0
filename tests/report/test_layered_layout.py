"""Laws of the layout: nothing overlaps, every arrow goes down and around the boxes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.report.layered_layout import Layout, Link, Node, layered, spaced

SIZE = st.floats(1.0, 300.0)


@st.composite
def graphs(draw) -> tuple[list[Node], list[Link]]:
    """Nodes and links from earlier to later nodes, with and without labels."""
    count = draw(st.integers(1, 9))
    nodes = [Node(f"n{i}", draw(SIZE), draw(SIZE)) for i in range(count)]
    pairs = [(i, j) for i in range(count) for j in range(i + 1, count)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=14)) if pairs else []
    label = st.one_of(st.just((0.0, 0.0)), st.tuples(SIZE, SIZE))
    return nodes, [Link(f"n{i}", f"n{j}", draw(label)) for i, j in chosen]


def boxes(nodes: list[Node], links: list[Link], layout: Layout) -> list[tuple[float, float, float, float]]:
    """(left, top, right, bottom) of nodes and labels."""
    sizes = [(n.width, n.height, *layout.nodes[n.key]) for n in nodes]
    sizes += [(*x.label, *r.label) for x, r in zip(links, layout.routes, strict=True) if r.label]
    return [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) for w, h, x, y in sizes]


@given(graph=graphs())
def test_boxes_and_labels_lie_apart_and_inside(graph):
    nodes, links = graph
    layout = layered(nodes, links)
    placed = boxes(nodes, links, layout)
    assert sum(r.label is not None for r in layout.routes) == sum(x.label[0] > 0 for x in links)
    for i, (left, top, right, bottom) in enumerate(placed):
        assert min(left, top) >= -1e-6
        assert right <= layout.width + 1e-6
        assert bottom <= layout.height + 1e-6
        for other in placed[i + 1 :]:
            beside = right <= other[0] + 1e-6 or other[2] <= left + 1e-6
            assert beside or bottom <= other[1] + 1e-6 or other[3] <= top + 1e-6


@given(graph=graphs())
def test_arrows_go_down_from_box_to_box_and_pass_none(graph):
    nodes, links = graph
    layout = layered(nodes, links)
    around = dict(zip((n.key for n in nodes), boxes(nodes, links, layout), strict=False))
    for link, route in zip(links, layout.routes, strict=True):
        (begin, leaves), *passed, (enters, end) = route.points
        ends = [(leaves, leaves), (enters, enters)]
        source, target = around[link.source], around[link.target]
        assert source[0] - 1e-6 <= begin[0] <= source[2] + 1e-6
        assert target[0] - 1e-6 <= end[0] <= target[2] + 1e-6
        assert (begin[1], end[1]) == pytest.approx((source[3], target[1]))
        heights = [y for stretch in route.points for _, y in stretch]
        assert heights == sorted(heights)
        for (x, top), (_, bottom) in [*passed, *ends]:
            for left, above, right, below in around.values():
                assert not (left < x < right and top < below - 1e-6 and above + 1e-6 < bottom)


@given(graph=graphs())
def test_one_graph_has_one_picture(graph):
    assert layered(*graph) == layered(*graph)


def test_a_chain_is_straight():
    nodes = [Node(str(i), 100.0, 40.0) for i in range(4)]
    layout = layered(nodes, [Link(str(i), str(i + 1)) for i in range(3)])
    assert len({round(x, 6) for x, _ in layout.nodes.values()}) == 1
    assert all(len({round(x, 6) for s in route.points for x, _ in s}) == 1 for route in layout.routes)


def test_arrows_that_can_run_side_by_side_do_not_cross():
    nodes = [Node(name, 50.0, 20.0) for name in "abxy"]
    layout = layered(nodes, [Link("a", "y"), Link("b", "x")])
    (ax, _), (bx, _), (xx, _), (yx, _) = (layout.nodes[name] for name in "abxy")
    assert (ax - bx) * (yx - xx) > 0


def test_given_ports_are_kept():
    layout = layered([Node("a", 100.0, 20.0), Node("b", 60.0, 20.0)], [Link("a", "b", leaves=30.0, enters=-10.0)])
    ((begin, _), *_, (_, end)) = layout.routes[0].points
    assert begin[0] == pytest.approx(layout.nodes["a"][0] + 30.0)
    assert end[0] == pytest.approx(layout.nodes["b"][0] - 10.0)
    assert begin[0] == pytest.approx(end[0])


def test_a_loop_is_refused():
    with pytest.raises(ValueError, match="a loop through a, b"):
        layered([Node("a", 1.0, 1.0), Node("b", 1.0, 1.0)], [Link("a", "b"), Link("b", "a")])


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(0.1, 10.0), st.floats(0.0, 100.0)), min_size=1, max_size=12))
def test_spacing_keeps_its_distance_and_is_the_nearest_to_the_wish(rows):
    wanted, weights, apart = (list(column) for column in zip(*rows, strict=True))
    found = spaced(wanted, weights, apart[:-1])
    assert all(b - a >= d - 1e-6 for a, b, d in zip(found, found[1:], apart, strict=False))
    cost = sum(w * (x - y) ** 2 for x, y, w in zip(found, wanted, weights, strict=True))
    packed = [wanted[0] + sum(apart[:i]) for i in range(len(wanted))]
    for share in (0.01, 0.5):
        other = [(1 - share) * x + share * y for x, y in zip(found, packed, strict=True)]
        assert cost <= sum(w * (x - y) ** 2 for x, y, w in zip(other, wanted, weights, strict=True)) + 1e-6
