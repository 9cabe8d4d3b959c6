"""The group that a data set admits: the table of The Well's data sets, vetoes, and the reason for every exclusion."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from symmetra.fields import Field, Metadata, allowed_group, generate, write
from symmetra.groups import C, D, Hyperoctahedral, Signs
from symmetra.inputs import InputError

P, W, O = ("periodic", "periodic"), ("wall", "wall"), ("open", "open")
MHD = (Field("density"), Field("velocity", 1), Field("magnetic_field", 1))
SQUARES, CUBES = (256, 256), (64, 64, 64)
CHEBYSHEV = np.cos(np.pi * (np.arange(128) + 0.5) / 128)
# Name in The Well, extents, boundaries, what metadata cannot tell; order of the group, axes that roll.
WELL = {
    "active_matter": (SQUARES, (P, P), (), 8, "xy"),
    "gray_scott_reaction_diffusion": ((128, 128), (P, P), (), 8, "xy"),
    "euler_multi_quadrants_periodicBC": ((512, 512), (P, P), (), 8, "xy"),
    "euler_multi_quadrants_openBC": ((512, 512), (O, O), (), 8, ""),
    "shear_flow": ((256, 512), (P, P), (), 4, "xy"),
    "rayleigh_benard, by its metadata": ((512, 128), (P, W), (), 4, "x"),
    "rayleigh_benard": ((512, 128), (P, W), ("gravity y",), 2, "x"),
    "turbulent_radiative_layer_2D": ((128, 384), (P, O), ("stratification y",), 2, "x"),
    "turbulent_radiative_layer_3D, by its metadata": ((128, 128, 256), (P, P, O), (), 16, "xy"),
    "turbulent_radiative_layer_3D": ((128, 128, 256), (P, P, O), ("stratification z",), 8, "xy"),
    "acoustic_scattering_maze": (SQUARES, (W, O), (), 4, ""),
    "viscoelastic_instability, by its metadata": ((512, 512), (P, W), (), 4, "x"),
    "viscoelastic_instability": ((512, 512), (P, W), ("mean flow x",), 2, "x"),
    "MHD_64, no mean field": (CUBES, (P, P, P), (), 48, "xyz"),
    "MHD_64, mean field, its sign immaterial": (CUBES, (P, P, P), ("mean field ±x",), 16, "xyz"),
    "MHD_64": (CUBES, (P, P, P), ("magnetic_field x",), 8, "xyz"),
    "supernova_explosion_64": (CUBES, (O, O, O), (), 48, ""),
    "turbulence_gravity_cooling": (CUBES, (O, O, O), (), 48, ""),
    "helmholtz_staircase": ((1024, 256), (O, W), ("flip x", "flip y"), 1, ""),
}


def known(extents, boundaries, **more) -> Metadata:
    kinds = {} if boundaries is None else {"boundary_types": tuple({k for ends in boundaries for k in ends})}
    axes = ("x", "y", "z")[: len(extents)]
    points = tuple(np.arange(n) / 64 for n in extents)
    return Metadata(**{"name": "d", "axes": axes, "extents": extents, "fields": MHD, "boundaries": boundaries,
                       "coordinates": points, **kinds, **more})  # fmt: skip


@pytest.mark.parametrize("name", WELL)
def test_the_groups_of_the_wells_data_sets(name):
    extents, boundaries, veto, order, rolls = WELL[name]
    found = allowed_group(known(extents, boundaries), veto)
    assert (found.order, "".join(found.rolls)) == (order, rolls)
    d = len(extents)
    moves = {f"flip {a}" for a in found.axes} | {f"roll {a}" for a in found.axes}
    moves |= {f"swap {found.axes[a]} {found.axes[b]}" for a in range(d) for b in range(a + 1, d)}
    assert {row["move"] for row in found.rows()} == moves
    assert {row["move"] for row in found.rows() if row["why not"]} == set(found.excluded)
    # Every element of the group has no reason against it, every other one has.
    for g in Hyperoctahedral(d).elements:
        assert found.group.contains(g) == (not found.why_not(g))


def test_the_group_of_the_mean_field_depends_on_its_parity():
    """C4v for a true vector, turns and mirrors that contain it; C4h for a pseudovector, turns and the inversion."""
    data = known(CUBES, (P, P, P))
    inversion, mirror = -torch.eye(3, dtype=torch.float64), torch.diag(torch.tensor([1.0, -1.0, 1.0]).double())
    for parity, has_mirror in ((1, True), (-1, False)):
        group = allowed_group(data, "magnetic_field x", parity={"magnetic_field": parity}).group
        assert group.order == 8
        assert (group.contains(mirror), group.contains(inversion)) == (has_mirror, not has_mirror)


@pytest.mark.parametrize("name", ["gray_scott", "acoustics", "buoyant_flow"])
def test_from_a_file_alone(tmp_path, name):
    data = generate(name, 1, extents=8, steps=1)
    write(tmp_path / "a.h5", data)
    order, veto = {"gray_scott": (8, ()), "acoustics": (4, ()), "buoyant_flow": (2, ("gravity y",))}[name]
    found = allowed_group(tmp_path / "a.h5", veto=veto)
    assert found.order == order == allowed_group(str(tmp_path / "a.h5"), veto).order
    if name == "acoustics":
        assert found.excluded == {
            "swap x y": "x ends at wall and y ends at open",
            "roll x": "x is not periodic, it ends at (wall, wall)",
            "roll y": "y is not periodic, it ends at (open, open)",
        }
        assert found.group == allowed_group(data.metadata).group


def test_reasons_in_words():
    half = known((8, 8), (("wall", "open"), O))
    assert allowed_group(half).excluded["flip x"] == "x ends at (wall, open)"
    assert str(allowed_group(half)).splitlines()[0] == "flip y, 2 elements; rolls along none"
    thin = known((8, 6), (P, P), coordinates=(np.arange(8.0), np.arange(6.0)))
    assert allowed_group(thin).excluded == {"swap x y": "x has 8 points and y 6"}
    flat = known((8, 8), (P, P), coordinates=(np.arange(8.0), 2 * np.arange(8.0)))
    assert allowed_group(flat).excluded == {"swap x y": "the points of x are spaced by 1 and those of y 2"}
    gravity = allowed_group(known((8, 8), (P, P)), "gravity y")
    assert gravity.excluded == {"flip y": '"gravity y", your veto', "swap x y": '"gravity y", your veto'}


def test_points_that_are_not_spaced_evenly():
    chebyshev = known((512, 128), (P, W), coordinates=(np.arange(512.0), CHEBYSHEV))
    assert allowed_group(chebyshev).order == 4
    lopsided = known((8, 8), (P, P), coordinates=(np.arange(8.0), np.arange(8.0) ** 2))
    found = allowed_group(lopsided)
    assert found.order == 2 and found.rolls == ("x",)
    assert found.excluded["flip y"] == found.excluded["roll y"] == "the points of y are not spaced evenly"


def test_ends_that_only_a_swap_with_flips_brings_back():
    """Walls at low x and high y: neither flip nor swap alone, but the mirror at the other diagonal."""
    found = allowed_group(known((8, 8), (("wall", "open"), ("open", "wall"))))
    assert found.order == 2 and {"flip x", "flip y", "swap x y"} <= set(found.excluded)
    assert found.group.contains(torch.tensor([[0.0, -1.0], [-1.0, 0.0]], dtype=torch.float64))


def test_a_boundary_inside_the_box_has_to_be_symmetric():
    step, column = np.zeros((8, 8), bool), np.zeros((8, 8), bool)
    step[:2, 0], column[3:5, 3:5] = True, True
    masks = {"step": ("wall", step)}
    found = allowed_group(known((8, 8), (P, P), masks=masks))
    assert found.order == 1 and found.group.name == "trivial"
    assert found.excluded["flip x"] == "the boundary step inside the box is not symmetric"
    assert found.excluded["roll y"] == "a boundary inside the box changes along y"
    assert allowed_group(known((8, 8), (P, P), masks={"column": ("wall", column)})).order == 8
    assert allowed_group(known((8, 8), (P, P), masks={"floor": ("wall", np.ones((1, 8), bool))})).rolls == ("x", "y")


def test_metadata_of_the_well_do_not_say_where_a_boundary_lies():
    def well(*types):
        return {"n_spatial_dims": 2, "spatial_resolution": (8, 8), "field_names": {0: ["p"]},
                "boundary_condition_types": types}  # fmt: skip

    assert allowed_group(well("PERIODIC")).order == 8 and allowed_group(well("PERIODIC")).rolls == ("x", "y")
    mixed = allowed_group(well("PERIODIC", "WALL"))
    assert mixed.order == 4 and mixed.rolls == ()
    assert mixed.excluded["swap x y"] == "the metadata do not say which boundary lies where (periodic, wall)"
    assert allowed_group(well("OPEN", "WALL")).order == 1 and allowed_group(well()).order == 1


@pytest.mark.parametrize(
    ("veto", "order"),
    [
        ("flip y", 2),
        (("flip x", "flip y"), 2),  # the swap is left
        (("flip x", "flip y", "swap x y"), 1),
        ("swap x y", 4),
        ("rotation_sense x", 2),
        ("mean field ±y", 4),
        ("mean field +-y", 4),
        ("roll x", 8),
    ],
)
def test_vetoes(veto, order):
    found = allowed_group(known((8, 8), (P, P)), veto)
    assert found.order == order
    assert ("x" in found.rolls) == (veto != "roll x")


def test_vetoes_in_space():
    cube = known((8, 8, 8), (P, P, P))
    assert allowed_group(cube, ("swap x z", "swap y z")).order == 16
    assert allowed_group(cube, "flip z").order == 8
    with pytest.raises(InputError, match="a swap with the third axis, too"):
        allowed_group(cube, "swap x y")


def test_a_group_that_is_not_admitted_is_refused_with_the_reason_unless_overridden_by_name():
    found = allowed_group(known((8, 8), (P, P)), "gravity y")
    assert found.require(found.group) is found.group
    with pytest.raises(InputError, match=r'"gravity y", your veto.*override "flip y, swap x y"'):
        found.require(D(4))
    with pytest.raises(InputError, match='override "flip y"'):
        found.require(Signs(2))
    assert found.require(Signs(2), override="flip y").order == 4
    assert found.require(C(4), override=("flip y", "swap x y")).order == 4
    with pytest.raises(InputError, match="override"):
        found.require(D(4), override="flip y")
    with pytest.raises(InputError, match="moves among flip x, flip y, swap x y"):
        found.require(D(4), override="gravity y")
    with pytest.raises(InputError, match="a finite group that acts on x, y"):
        found.require(Hyperoctahedral(3))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: allowed_group(known((8, 8), (P, P), grid_type="spherical")), "a cartesian grid"),
        (lambda: allowed_group(known((8, 8), (("periodic", "wall"), P))), r"x that ends at \(periodic, wall\)"),
        (lambda: allowed_group(known((8, 8), (P,))), "one for each of 2 axes"),
        (lambda: allowed_group(known((8, 8), (P, P)), "gravity q"), "with axes x, y"),
        (lambda: allowed_group(known((8, 8), (P, P)), "y"), "flip y"),
        (lambda: allowed_group(known((8, 8), (P, P)), "swap y"), "swap x y"),
        (lambda: allowed_group(known((8, 8), (P, P)), ""), "veto"),
        (lambda: allowed_group(known((8, 8), (P, P)), 3), "veto: got int 3"),
        (lambda: allowed_group(known((8, 8), (P, P)), parity={"w": -1}), "parity"),
        (lambda: allowed_group(None), "metadata: got NoneType"),
        (lambda: allowed_group("nothing.h5"), "no file"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(make, words):
    with pytest.raises(InputError, match=words) as error:
        make()
    assert "\n" not in str(error.value)
