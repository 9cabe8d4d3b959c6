"""The worm and the l sweep once more, slowly and from the text: what the compiled ones are compared with."""

from __future__ import annotations

import math
from itertools import product

MASK = 2**64 - 1


class Words:
    """xoshiro256++ in whole numbers."""

    def __init__(self, words):
        self.s = [int(w) for w in words]

    def bits(self):
        s = self.s
        total = (s[0] + s[3]) & MASK
        out = (((total << 23) | (total >> 41)) + s[0]) & MASK
        t = (s[1] << 17) & MASK
        s[2] ^= s[0]
        s[3] ^= s[1]
        s[1] ^= s[2]
        s[0] ^= s[3]
        s[2] ^= t
        s[3] = ((s[3] << 45) | (s[3] >> 19)) & MASK
        return out


def uniform(bits):
    return (bits >> 11) * 2.0**-53


class Box:
    """A state of the extended ensemble: k, l by (site, axis) and the two ends, with sites as tuples."""

    def __init__(self, extents, up, mu, opening):
        self.extents, self.up, self.mu, self.opening = extents, up, mu, opening
        self.sites = list(product(*(range(n) for n in extents)))
        self.k = {(x, a): 0 for x in self.sites for a in range(len(extents))}
        self.l = dict(self.k)
        axes = range(len(extents))
        self.around = {x: [(x, a) for a in axes] + [(self.move(x, a, -1), a) for a in axes] for x in self.sites}
        self.head = self.tail = self.sites[0]

    def move(self, x, axis, sign):
        return tuple((c + sign) % n if i == axis else c for i, (c, n) in enumerate(zip(x, self.extents)))

    def half(self, x):
        """F/2, computed afresh; it must be a whole number."""
        links = [(x, a) for a in range(len(self.extents))] + [
            (self.move(x, a, -1), a) for a in range(len(self.extents))
        ]
        total = sum(abs(self.k[b]) + 2 * self.l[b] for b in links)
        if self.head != self.tail:
            total += (x == self.head) + (x == self.tail)
        assert total % 2 == 0
        return total // 2

    def state(self):
        ends = (self.head, self.tail) if self.head != self.tail else None
        return tuple(self.k.values()), tuple(self.l.values()), ends

    def log_weight(self):
        """Of the extended ensemble; a closed state stands for all sites at which head and tail may lie."""
        links = sum(math.lgamma(abs(k) + self.l[b] + 1) + math.lgamma(self.l[b] + 1) for b, k in self.k.items())
        flux = self.mu * sum(k for (_, axis), k in self.k.items() if axis == 0)
        field = sum(math.log(self.up[j]) for x in self.sites for j in range(self.half(x)))
        ends = math.log(self.opening if self.head != self.tail else len(self.sites))
        return field + flux + ends - links

    def step(self, axis, sign):
        """The ratio of weights of a step of the head as the compiled loop has it; the step is made."""
        here, there = self.head, self.move(self.head, axis, sign)
        link = (here if sign > 0 else there, axis)
        was_open, before = here != self.tail, (self.half(here), self.half(there))
        new = self.k[link] + sign
        if abs(new) > abs(self.k[link]):
            rate = math.exp(sign * self.mu) if axis == 0 else 1.0
            rate = rate * (1 / (abs(new) + self.l[link]))
        else:
            rate = (math.exp(sign * self.mu) if axis == 0 else 1.0) * float(abs(self.k[link]) + self.l[link])
        self.k[link] = new
        self.head = there
        factor = [self._ratio(a, self.half(x)) for a, x in zip(before, (here, there))]
        rate *= factor[0] * factor[1]
        if self.head == self.tail:
            rate *= 1.0 / self.opening
        elif not was_open:
            rate *= self.opening
        return rate

    def undo(self, axis, sign):
        there = self.head
        self.head = self.move(there, axis, -sign)
        self.k[(self.head if sign > 0 else there, axis)] -= sign

    def _ratio(self, before, after):
        return {0: 1.0, 1: float(self.up[before]), -1: 1 / float(self.up[before - 1])}[after - before]

    def link_step(self, link, sign):
        """The ratio of weights of l ± 1 on a link as the compiled loop has it; the step is made, l = 0 stays."""
        x, axis = link
        y = self.move(x, axis, 1)
        flux, now = abs(self.k[link]), self.l[link]
        if sign < 0 and now == 0:
            return 0.0
        a, b = self.half(x), self.half(y)
        self.l[link] += sign
        if sign > 0:
            return (1 / (flux + now + 1)) * (1 / (now + 1)) * float(self.up[a]) * float(self.up[b])
        return float((flux + now) * now) * (1 / float(self.up[a - 1])) * (1 / float(self.up[b - 1]))

    def worm(self, words):
        self.head = self.tail = self.sites[int(uniform(words.bits()) * len(self.sites))]
        while True:
            bits = words.bits()
            axis, sign = ((bits >> 1) & 1023) * len(self.extents) >> 10, 1 - 2 * (bits & 1)
            was_open = self.head != self.tail
            if uniform(bits) >= self.step(axis, sign):
                self.undo(axis, sign)
                if not was_open:
                    return
            elif self.head == self.tail:
                return

    def sweep(self, words):
        for link in self.k:
            bits = words.bits()
            sign = 1 if bits & 1 else -1
            now = self.l[link]
            if uniform(bits) >= self.link_step(link, sign):
                self.l[link] = now
