"""The planets

The main example, on real data: 2,700 states of the eight planets from JPL's ephemeris DE421. What is conserved, which
law of force holds, which symmetries do the data support, and what can they not decide?
"""
