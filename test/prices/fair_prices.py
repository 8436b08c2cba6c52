"""Fair chances worked out apart from src/prices: by fixed-point iteration and Newton's method, in 25 decimal digits.

Reads one JSON list of lists of decimal prices from standard input; prints a JSON line for each: the chances by method,
null where the additive method gives a long shot less than no chance.
"""

import json
import sys
from decimal import Decimal, getcontext

getcontext().prec = 25
END = Decimal(10) ** -18


def multiplicative(implied):
    return [chance / sum(implied) for chance in implied]


def additive(implied):
    share = (sum(implied) - 1) / len(implied)
    chances = [chance - share for chance in implied]
    return chances if min(chances) > 0 else None


def power(implied):
    exponent = Decimal(1)
    while True:
        raised = [chance**exponent for chance in implied]
        slope = sum(each * chance.ln() for each, chance in zip(raised, implied))
        step = (sum(raised) - 1) / slope
        exponent -= step
        if abs(step) < END:
            return [chance**exponent for chance in implied]


def shin(implied):
    """Jullien and Salanié's iteration; of two outcomes its closed form."""
    booksum, count = sum(implied), len(implied)
    if count == 2:
        first = (1 + implied[0] - implied[1]) / 2
        return [first, 1 - first]
    z = Decimal(0)
    while True:
        roots = [(z * z + 4 * (1 - z) * chance * chance / booksum).sqrt() for chance in implied]
        newer = (sum(roots) - 2) / (count - 2)
        if abs(newer - z) < END:
            return [(root - z) / (2 * (1 - z)) for root in roots]
        z = newer


for prices in json.load(sys.stdin, parse_float=Decimal, parse_int=Decimal):
    implied = [1 / price for price in prices]
    result = {}
    for method in (multiplicative, additive, power, shin):
        chances = method(implied)
        result[method.__name__] = chances and [float(chance) for chance in chances]
    print(json.dumps(result))
