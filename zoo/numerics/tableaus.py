"""Explicit Runge–Kutta methods as data, each with the order that its source claims.

Sources: Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I" (1993), §II.1 for Euler, midpoint,
Heun and the two methods of Kutta (1901), table II.5.2 for DOPRI5 (Dormand and Prince, 1980); Ralston (1962),
"Runge–Kutta methods with minimum error bounds"; Bogacki and Shampine (1989), "A 3(2) pair of Runge–Kutta formulas";
Tsitouras (2011), "Runge–Kutta pairs of order 5(4) satisfying only the first column simplifying assumption", table 1.
"""

from zoo.numerics.tableau import ButcherTableau

EULER = ButcherTableau("euler", c=(0,), a=((),), b=(1,), order=1)

MIDPOINT = ButcherTableau("midpoint", c=(0, 1 / 2), a=((), (1 / 2,)), b=(0, 1), order=2)

HEUN = ButcherTableau("heun", c=(0, 1), a=((), (1,)), b=(1 / 2, 1 / 2), b_embedded=(1, 0), order=2, embedded_order=1)

RALSTON = ButcherTableau("ralston", c=(0, 2 / 3), a=((), (2 / 3,)), b=(1 / 4, 3 / 4), order=2)

BOSH3 = ButcherTableau(
    "bosh3",
    c=(0, 1 / 2, 3 / 4, 1),
    a=((), (1 / 2,), (0, 3 / 4), (2 / 9, 1 / 3, 4 / 9)),
    b=(2 / 9, 1 / 3, 4 / 9, 0),
    b_embedded=(7 / 24, 1 / 4, 1 / 3, 1 / 8),
    order=3,
    embedded_order=2,
)

RK4 = ButcherTableau(
    "rk4",
    c=(0, 1 / 2, 1 / 2, 1),
    a=((), (1 / 2,), (0, 1 / 2), (0, 0, 1)),
    b=(1 / 6, 1 / 3, 1 / 3, 1 / 6),
    order=4,
)

RK38 = ButcherTableau(
    "rk38",
    c=(0, 1 / 3, 2 / 3, 1),
    a=((), (1 / 3,), (-1 / 3, 1), (1, -1, 1)),
    b=(1 / 8, 3 / 8, 3 / 8, 1 / 8),
    order=4,
)

DOPRI5 = ButcherTableau(
    "dopri5",
    c=(0, 1 / 5, 3 / 10, 4 / 5, 8 / 9, 1, 1),
    a=(
        (),
        (1 / 5,),
        (3 / 40, 9 / 40),
        (44 / 45, -56 / 15, 32 / 9),
        (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
        (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
        (35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84),
    ),
    b=(35 / 384, 0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0),
    b_embedded=(5179 / 57600, 0, 7571 / 16695, 393 / 640, -92097 / 339200, 187 / 2100, 1 / 40),
    order=5,
    embedded_order=4,
)

_TSIT5_B = (
    0.09646076681806523,
    0.01,
    0.4798896504144996,
    1.379008574103742,
    -3.290069515436081,
    2.324710524099774,
)

TSIT5 = ButcherTableau(
    "tsit5",
    c=(0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1),
    a=(
        (),
        (0.161,),
        (-0.008480655492356989, 0.335480655492357),
        (2.8971530571054935, -6.359448489975075, 4.3622954328695815),
        (5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525),
        (5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383),
        _TSIT5_B,
    ),
    b=(*_TSIT5_B, 0),
    b_embedded=(
        0.09646076681806523 - 0.00178001105222577714,
        0.01 - 0.0008164344596567469,
        0.4798896504144996 + 0.007880878010261995,
        1.379008574103742 - 0.1447110071732629,
        -3.290069515436081 + 0.5823571654525552,
        2.324710524099774 - 0.45808210592918697,
        1 / 66,
    ),
    order=5,
    embedded_order=4,
)

TABLEAUS = {table.name: table for table in (EULER, MIDPOINT, HEUN, RALSTON, BOSH3, RK4, RK38, DOPRI5, TSIT5)}
"""Every tableau by name."""
