"""Tables and formulas of numerical methods for u' = f(t, u), on NumPy alone: no Keras, no TensorFlow."""

from zoo.numerics.coupling import SYMPLECTIC_EULER as SYMPLECTIC_EULER
from zoo.numerics.coupling import Coupling as Coupling
from zoo.numerics.multistep import LEAPFROG as LEAPFROG
from zoo.numerics.multistep import LEAPFROG_MIDPOINT as LEAPFROG_MIDPOINT
from zoo.numerics.multistep import Multistep as Multistep
from zoo.numerics.multistep import two_step as two_step
from zoo.numerics.neumann import NeumannSeries as NeumannSeries
from zoo.numerics.stability import StabilityMatrix as StabilityMatrix
from zoo.numerics.tableau import ButcherTableau as ButcherTableau
from zoo.numerics.tableaus import BOSH3 as BOSH3
from zoo.numerics.tableaus import DOPRI5 as DOPRI5
from zoo.numerics.tableaus import EULER as EULER
from zoo.numerics.tableaus import HEUN as HEUN
from zoo.numerics.tableaus import MIDPOINT as MIDPOINT
from zoo.numerics.tableaus import RALSTON as RALSTON
from zoo.numerics.tableaus import RK4 as RK4
from zoo.numerics.tableaus import RK38 as RK38
from zoo.numerics.tableaus import TABLEAUS as TABLEAUS
from zoo.numerics.tableaus import TSIT5 as TSIT5
