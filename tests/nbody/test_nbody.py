"""The shipped planets, the reader of tables, and Kepler's orbits against their exact laws."""

import numpy as np
import pytest

from symmetra import nbody
from symmetra.inputs import InputError

HEADER = "body,t_days,x,y,z,vx,vy,vz,ax,ay,az\n"
ROW = "Ceres,0.0,1,0,0,0,1,0,-1,0,0\n"


def test_the_shipped_planets_are_what_their_table_says():
    states = nbody.planets()
    assert len(states) == 2700 and states.bodies == nbody.PLANETS
    assert [int((states.body == name).sum()) for name in nbody.PLANETS] == [300] * 5 + [400] * 3
    rms = {
        "Mercury": 2.0e-6,
        "Venus": 7.1e-6,
        "EMB": 1.5e-5,
        "Mars": 4.6e-5,
        "Jupiter": 2.0e-4,
        "Saturn": 4.1e-3,
        "Uranus": 1.4e-2,
        "Neptune": 3.3e-2,
    }
    for name, mass in nbody.planet_masses().items():
        part = states.only(name)
        law = -nbody.DE421_GM_SUN * (1 + mass) * part.x / np.linalg.norm(part.x, axis=1, keepdims=True) ** 3
        departure = np.linalg.norm(part.a - law, axis=1) / np.linalg.norm(part.a, axis=1)
        # masses are given to two digits only, which for Jupiter is 5e-6
        assert np.sqrt((departure**2).mean()) == pytest.approx(rms[name], rel=0.05)


def test_arrays_of_the_shipped_planets_cannot_be_overwritten():
    with pytest.raises(ValueError, match="read-only"):
        nbody.planets().x[0, 0] = 1.0


def test_parts_of_the_states():
    states = nbody.planets()
    inner = states.only(["Mars", "Mercury"])
    assert inner.bodies == ("Mercury", "Mars") and len(inner) == 600
    assert inner.state.shape == inner.rate.shape == (600, 6)
    np.testing.assert_array_equal(inner.rate[:, :3], inner.v)
    with pytest.raises(InputError, match="bodies: got 'Vulcan'"):
        states.only("Vulcan")


def test_own_tables_are_read_with_columns_in_any_order(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("note,az,ay,ax,vz,vy,vx,z,y,x,t_days,body\nhm,9,8,7,6,5,4,3,2,1,0.5,Ceres\n\n", encoding="utf-8")
    states = nbody.read_states(path)
    assert states.body.tolist() == ["Ceres"] and states.t.tolist() == [0.5]
    assert states.x.tolist() == [[1, 2, 3]] and states.v.tolist() == [[4, 5, 6]] and states.a.tolist() == [[7, 8, 9]]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "empty"),
        (HEADER, "no states"),
        (HEADER.replace("vx,", ""), "column vx"),
        (HEADER + "Ceres,0.0,1,0\n", "4 cells"),
        (HEADER + ROW.replace("-1", "minus one"), "line 2"),
        (HEADER + ROW.replace("-1", "nan"), "ax NaN"),
        (HEADER + ROW.replace("-1", "inf"), "ax NaN or infinite"),
        (HEADER + ROW + ROW, "two states of Ceres"),
    ],
)
def test_a_wrong_table_is_told_in_one_line(tmp_path, text, word):
    path = tmp_path / "own.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        nbody.read_states(path)
    assert word in str(error.value) and "\n" not in str(error.value)


def test_a_file_that_is_none(tmp_path):
    for path in (tmp_path / "absent.csv", tmp_path):
        with pytest.raises(InputError, match="path: got"):
            nbody.read_states(path)
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    with pytest.raises(InputError, match="not a text table"):
        nbody.read_states(tmp_path / "binary.csv")


@pytest.mark.parametrize("eccentricity", [0.0, 0.2, 0.79, 0.81, 0.97])
def test_kepler_orbits_keep_what_kepler_keeps(eccentricity):
    times = np.linspace(-40.0, 55.0, 400)
    orbit = nbody.kepler_orbit(times, 1.7, eccentricity, gm=2.3, inclination=0.4, node=1.1, perihelion=-2.0)
    gm = 2.3
    for values, size in (
        (nbody.angular_momentum(orbit.x, orbit.v), np.sqrt(gm * 1.7)),
        (nbody.energy(orbit.x, orbit.v, gm)[:, None], gm / 1.7),
        (nbody.laplace_vector(orbit.x, orbit.v, gm), gm),
        (nbody.strength(orbit.x, orbit.a)[:, None], gm),
    ):
        assert np.ptp(values, axis=0).max() < 2e-12 * size / (1 - eccentricity)
    np.testing.assert_allclose(nbody.energy(orbit.x, orbit.v, gm), -gm / 3.4, rtol=1e-11)
    ends = np.linalg.norm(nbody.laplace_vector(orbit.x, orbit.v, gm), axis=1)
    np.testing.assert_allclose(ends, gm * eccentricity, atol=1e-11)
    step = 1e-6  # positions and velocities belong together
    later = nbody.kepler_orbit(times + step, 1.7, eccentricity, 2.3, 0.4, 1.1, -2.0)
    earlier = nbody.kepler_orbit(times - step, 1.7, eccentricity, 2.3, 0.4, 1.1, -2.0)
    np.testing.assert_allclose((later.x - earlier.x) / (2 * step), orbit.v, atol=2e-7)


def test_kepler_orbits_refuse_what_is_no_ellipse():
    with pytest.raises(InputError, match="eccentricity"):
        nbody.kepler_orbit(np.zeros(1), 1.0, 1.0)
    with pytest.raises(InputError, match="semi_major"):
        nbody.kepler_orbit(np.zeros(1), -1.0, 0.5)
