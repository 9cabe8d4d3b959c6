"""Training through models that need not be equivariant towards ones that are: F = F_eq + γ F_neq, under constraints.

    net = RelaxedModule(f_eq, f_neq)                         # or RelaxedModule(model, {"name of a layer": f_neq, …})
    control = ConstraintController(net, "equality", penalty=1.0)          # or method("ridge", net, weight=0.1), …
    (task_loss + control.lagrangian(x)).backward(); optimizer.step(); control.step()    # in any loop
    strict = project(net, x, y, loss, action_in, action_out).net
    print(verdict(train, (x, y), action_in, action_out, seeds=range(3)))

Conventions: γ, λ, u are vectors over the relaxed layers, in the order of ``net.modules()``; γ are parameters of the
net, λ and u belong to the controller. Source: arXiv 2505.13631.
"""

from symmetra.relax._competitors import Ridge, SampledPenalty, Schedule, Strict, method
from symmetra.relax._control import ConstraintController
from symmetra.relax._lightning import lightning_callback
from symmetra.relax._method import Method
from symmetra.relax._module import RelaxedModule, branches, parameter_groups
from symmetra.relax._project import Projection, project
from symmetra.relax._verdict import Verdict, verdict

__all__ = [
    "RelaxedModule",
    "ConstraintController",
    "Method",
    "Projection",
    "Ridge",
    "SampledPenalty",
    "Schedule",
    "Strict",
    "Verdict",
    "branches",
    "lightning_callback",
    "method",
    "parameter_groups",
    "project",
    "verdict",
]
