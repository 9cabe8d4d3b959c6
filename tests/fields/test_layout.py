"""Layouts: which channel is what, from a list, from a file, from The Well's metadata; and the action they hand out."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import torch

from symmetra.fields import Field, FieldLayout, allowed_group
from symmetra.groups import SO, Hyperoctahedral
from symmetra.inputs import InputError

from .reference import act

FLOW = [Field("tracer"), Field("vorticity", parity=-1), Field("velocity", 1)]
# What WellDataset tells of active_matter, but for the numbers of files.
WELL = SimpleNamespace(
    dataset_name="active_matter",
    n_spatial_dims=2,
    spatial_resolution=(256, 256),
    field_names={0: ["concentration"], 1: ["velocity_x", "velocity_y"], 2: ["D_xx", "D_xy", "D_yx", "D_yy"]},
    constant_field_names={0: [], 1: [], 2: []},
    boundary_condition_types=["PERIODIC"],
    n_trajectories_per_file=[5, 5],
    n_steps_per_trajectory=[81, 81],
    grid_type="cartesian",
)


def test_channels_names_and_blocks_of_history_and_constants():
    layout = FieldLayout(FLOW, dims=2, history=2, constants=[Field("depth"), Field("strain", 2, symmetric=True)])
    step = ("tracer", "vorticity", "velocity_x", "velocity_y")
    assert layout.names == (*step, *step, "depth", "strain_xx", "strain_xy", "strain_yx", "strain_yy")
    assert layout.channels == 13
    assert layout.blocks[:3] == ((slice(0, 1), 0, 1), (slice(1, 2), 0, -1), (slice(2, 4), 1, 1))
    assert layout.blocks[-1] == (slice(9, 13), 2, 1)
    assert layout.output == FieldLayout(FLOW, dims=2) and layout.output.channels == 4
    assert FieldLayout([Field("T", 3)], dims=3, axes="rst").names[:4] == ("T_rrr", "T_rrs", "T_rrt", "T_rsr")


def test_from_the_metadata_of_the_well():
    layout = FieldLayout.from_metadata(WELL, history=4, parity={"velocity": -1})
    assert layout.fields == (Field("concentration"), Field("velocity", 1, -1), Field("D", 2))
    assert layout.channels == 28 and layout.constants == ()
    assert FieldLayout.from_metadata(vars(WELL)) == FieldLayout([Field("concentration"), Field("velocity", 1),
                                                                  Field("D", 2)], dims=2)  # fmt: skip
    # The names of the axes, too, and constants beside.
    rz = vars(WELL) | {"field_names": {1: ["u_r", "u_z"]}, "constant_field_names": {0: ["depth"], 2: []}}
    assert FieldLayout.from_metadata(rz).names == ("u_r", "u_z", "depth")


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("dims", [1, 2, 3])
def test_the_action_is_axes_flips_and_components(dims, channels_last):
    fields = [Field("s"), Field("w", parity=-1), Field("v", 1), Field("B", 1, -1), Field("T", 2), Field("P", 3, -1)]
    layout = FieldLayout(fields, dims=dims, history=2, constants=["depth"])
    group = Hyperoctahedral(dims)
    x = torch.randn(2, layout.channels, *(4,) * dims)
    action = FieldLayout(fields, dims, 2, ["depth"], channels_last).action(group)
    for g in group.elements[:: max(1, group.order // 16)]:
        moved = action.transform(g, x.movedim(1, -1) if channels_last else x)
        assert torch.equal(moved.movedim(-1, 1) if channels_last else moved, act(g, x, layout))


def test_an_allowed_group_serves_as_group():
    layout = FieldLayout.from_metadata(WELL)
    assert layout.action(allowed_group(WELL)).group == Hyperoctahedral(2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Field("u", order=-1), "order of u"),
        (lambda: Field("u", order=True), "order of u"),
        (lambda: Field("u", parity=0), "parity of u"),
        (lambda: Field("u", 1, symmetric=True), "symmetric of u"),
        (lambda: Field(""), "name"),
        (lambda: FieldLayout([], dims=2), "at least one field"),
        (lambda: FieldLayout("tracer", dims=2), "a list of fields"),
        (lambda: FieldLayout([3], dims=2), "fields: got int 3"),
        (lambda: FieldLayout(FLOW, dims=4), "dims: got int 4"),
        (lambda: FieldLayout(FLOW, dims=2, history=0), "history: got int 0"),
        (lambda: FieldLayout(FLOW, dims=2, constants=["tracer"]), "tracer twice"),
        (lambda: FieldLayout(FLOW, dims=2, axes=("x", "x")), "axes"),
        (lambda: FieldLayout(FLOW, dims=2).action(Hyperoctahedral(3)), "signed permutations of 2 axes"),
        (lambda: FieldLayout(FLOW, dims=2).action(SO(2)), "a FiniteGroup of signed permutations"),
        (lambda: FieldLayout.from_metadata(3), "metadata: got int 3"),
        (lambda: FieldLayout.from_metadata({"n_spatial_dims": 2}), "metadata"),
        (lambda: FieldLayout.from_metadata(WELL, parity={"vortex": -1}), "some of concentration, velocity, D"),
        (lambda: FieldLayout.from_metadata(vars(WELL) | {"field_names": {1: ["u_x"]}}), "the components u_x, u_y"),
        (lambda: FieldLayout.from_metadata(vars(WELL) | {"spatial_resolution": (8,)}), "2 extents"),
        (lambda: FieldLayout.from_metadata(vars(WELL) | {"boundary_condition_types": ["SLIP"]}), "'slip'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(make, words):
    with pytest.raises(InputError, match=words) as error:
        make()
    assert "\n" not in str(error.value)
