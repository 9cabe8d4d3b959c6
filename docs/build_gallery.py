"""Run every gallery script and write it out as a page: text, code, what it printed, the figures it drew.

A script is plain Python. Its docstring is the page's title and introduction; lines beginning with ``# %%`` divide it
into cells, and the comment that opens a cell is that cell's text. As in a notebook, an expression that ends a cell is
shown if it is a figure. A script that fails, or warns, fails the build.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
import sys
import time
import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

GALLERY = Path(__file__).parent / "gallery"
STYLE = {
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.edgecolor": "#68707b",
    "axes.titlesize": 10,
    "font.size": 9.5,
    "legend.frameon": False,
}
# The order in which a newcomer reads them, and the figure that stands for each in the index.
ORDER = {
    "invariant_polynomial": 2,
    "trained_network": 1,
    "pendulum_kepler": 2,
    "point_cloud": 1,
    "planets": 1,
    "pde": 1,
    "symmetric_dynamics": 1,
    "equivariant_network": 1,
    "fields": 1,
    "averaging": 1,
    "promotion": 1,
    "relax": 1,
    "silver_blaze": 1,
    "lattice_networks": 1,
    "spectral": 1,
    "molecules": 1,
}


def cells(source: str) -> tuple[str, list[tuple[str, str]]]:
    """The docstring of a script, and its cells as (text, code)."""
    introduction = ast.get_docstring(ast.parse(source))
    if introduction is None:
        raise ValueError("a gallery script begins with a docstring: the title, an empty line, what it shows")
    body = source.split('"""', 2)[2]
    parts = re.split(r"^# %%[ \t]*\n", body, flags=re.MULTILINE)
    result = []
    for part in parts:
        lines = part.strip("\n").split("\n")
        count = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
        text = "\n".join(line.removeprefix("#").removeprefix(" ") for line in lines[:count])
        result.append((text, "\n".join(lines[count:]).strip("\n")))
    return introduction, [(text, code) for text, code in result if text or code]


def execute(code: str, script: Path, namespace: dict[str, object]) -> tuple[str, list[Figure]]:
    """Run one cell; return what it printed and the figures it drew or ended with."""
    tree = ast.parse(code, str(script))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, str(script), "exec"), namespace)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), str(script), "eval"), namespace)
    figures = [plt.figure(number) for number in plt.get_fignums()]
    plt.close("all")
    if isinstance(value, Axes):
        value = value.get_figure(root=True)
    if isinstance(value, Figure) and value not in figures:
        figures.append(value)
    return printed.getvalue().rstrip(), figures


def run(script: Path) -> tuple[str, str]:
    """Execute one script; return its title and the page, and leave its figures beside it."""
    introduction, parts = cells(script.read_text(encoding="utf-8"))
    title, _, rest = introduction.partition("\n")
    page = [f"# {title.strip()}", rest.strip()]
    namespace: dict[str, object] = {"__name__": "__main__", "__file__": str(script)}
    count = 0
    for text, code in parts:
        page += [text] if text else []
        if not code:
            continue
        printed, figures = execute(code, script, namespace)
        page.append(f"```python\n{code}\n```")
        if printed:
            page.append(f'<div class="output" markdown>\n\n```text\n{printed}\n```\n\n</div>')
        for figure in figures:
            count += 1
            name = f"{script.stem}_{count}.png"
            figure.savefig(GALLERY / name, dpi=130, bbox_inches="tight", facecolor="white")
            page.append(f"![{title.strip()}, figure {count}]({name})")
    page.append(f"*The script: `docs/gallery/{script.name}`.*")
    return title.strip(), "\n\n".join(page) + "\n"


def main(only: str = "") -> int:
    plt.rcParams.update(STYLE)
    warnings.simplefilter("error")
    # torch's own, on its first forward-mode derivative.
    warnings.filterwarnings("ignore", message="`torch.jit.script` is deprecated", category=DeprecationWarning)
    scripts = {path.stem.removeprefix("plot_"): path for path in GALLERY.glob("plot_*.py")}
    if set(scripts) != set(ORDER):
        print(f"docs/gallery holds {sorted(scripts)}, docs/build_gallery.py lists {sorted(ORDER)}", file=sys.stderr)
        return 1
    index = [
        "# Gallery",
        "Each page is a script that runs whenever this documentation is built; what it prints is shown.",
    ]
    for name in [name for name in ORDER if only in name]:
        script, start = scripts[name], time.perf_counter()
        title, page = run(script)
        script.with_suffix(".md").write_text(page, encoding="utf-8")
        index.append(f"## [{title}]({script.stem}.md)")
        index.append(f'[![{title}]({script.stem}_{ORDER[name]}.png){{ width="420" }}]({script.stem}.md)')
        print(f"{script.name}: {time.perf_counter() - start:.1f} s")
    if not only:
        (GALLERY / "index.md").write_text("\n\n".join(index) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
