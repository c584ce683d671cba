"""The loops over transfers: plain functions over arrays, which numba compiles where there are many.

They go through transfers one by one. A giver is the wallet that money is traced to next: the payer where sources are
asked for; the payee where destinations are, with transfers from the last to the first. `codes` tell of each wallet the
column of what it gives if tracing stops there, -1 if it is open, -2 if it also is a pass-through wallet, -3 if its
transfers were not read. Columns are hop by hop, a width of them for each, first the end: what no transfer brought, or
none took on. `bounds` are the width, the number of hops, and whether it goes backwards.
"""

from __future__ import annotations

from typing import Any

Array = Any
# How many transfers before its turn a row is asked for: long enough for memory to answer.
SOON = 12


def ahead(rows: Array, row: int, first: int) -> None:
    """Tell that a row will be needed soon, from a column on: nothing, but where compiled (`prefetching.py`)."""


def match(
    payers: Array,
    payees: Array,
    values: Array,
    codes: Array,
    backwards: bool,
    balances: Array,
    taken: Array,
    ways: Array,
    roles: Array,
    totals: Array,
) -> None:
    """Tell how much of each payment its payer had got before: `taken`.

    Of `ways` the first is how much of what is given its giver has, the rest being from the end; the second how much of
    the taker's holding it then is. Where tracing stops nothing is held. Of wallets `roles` are 1 for who pays and 2 for
    who is paid, together 3; `totals` is all that takers were given.
    """
    for i in range(len(values)):
        payer, payee, value = payers[i], payees[i], values[i]
        roles[payer] |= 1
        roles[payee] |= 2
        totals[payer if backwards else payee] += value
        had = balances[payer]
        holds = codes[payer] == -1 or codes[payer] == -2
        taken[i] = min(value, had) if holds else 0
        balances[payer] -= taken[i]
        if backwards:
            ways[i, 0], ways[i, 1] = 1.0, taken[i] / had if had > 0 else 1.0
        else:
            ways[i, 0], ways[i, 1] = taken[i] / value, value / (value + balances[payee])
        if codes[payee] < 0:
            balances[payee] += value


def mix(
    givers: Array,
    takers: Array,
    values: Array,
    ways: Array,
    roles: Array,
    bounds: Array,
    held: Array,
    met: Array,
) -> None:
    """Haircut, of some kinds: each payment is made of what its giver holds, in proportion.

    `held` are shares of what a wallet holds, by kind and hop without the last hop, which goes nowhere; `met` are
    micro-units of what each was given in all, with the last hop. What was not read is the column after all others.
    `roles` of wallets: from 1 the row of `held` of one that holds; 0 of one that only takes, or only gives; -1 gives
    none of these kinds, -2 and less gives what is in column -2 - role. `bounds` also have whether the end is the first
    of these kinds.
    """
    count, width, hops, backwards, has_end = len(values), bounds[0], bounds[1], bounds[2] > 0, bounds[3] > 0
    inner, whole = width * (hops - 1), width * hops
    for number in range(count):
        i = count - 1 - number if backwards else number
        later = i - SOON if backwards else i + SOON
        if 0 <= later < count:
            ahead(held, max(0, roles[givers[later]]), 0)
            ahead(held, max(0, roles[takers[later]]), 0)
            ahead(met, takers[later], width)
        value, role, row, part, weight = values[i], roles[givers[i]], roles[takers[i]], ways[i, 0], ways[i, 1]
        into, keep = met[takers[i]], 1.0 - weight
        if role < 0:
            if row > 0:
                taker = held[row]
                for k in range(inner + 1):
                    taker[k] *= keep
            column = -2 - role
            if column >= 0:
                into[column] += value
                if row > 0 and (column < inner or column == whole):
                    held[row, min(column, inner)] += weight
            continue
        # Loops over slices, where no index could be below 0: then several columns go at once.
        giver, moved = held[role], into[width:whole]
        if part > 0.0:
            for k in range(len(moved)):
                moved[k] += giver[k] * (part * value)
            into[whole] += giver[inner] * (part * value)
        if part < 1.0 and has_end and hops > 1:
            into[width] += (1.0 - part) * value
        if row <= 0:
            continue
        taker = held[row]
        first, further = taker[: min(width, inner)], taker[width:inner]
        for k in range(len(first)):
            first[k] *= keep
        for k in range(len(further)):
            further[k] = further[k] * keep + giver[k] * (part * weight)
        taker[inner] = taker[inner] * keep + giver[inner] * (part * weight)
        if part < 1.0 and has_end and hops > 2:
            taker[width] += (1.0 - part) * weight


def pass_through(
    givers: Array,
    takers: Array,
    values: Array,
    ways: Array,
    codes: Array,
    backwards: bool,
    passed: Array,
    met: Array,
) -> None:
    """Haircut: how much of each payment met a pass-through wallet within the hops that are followed.

    `passed` are shares of what a wallet holds by hops since, `met` micro-units of what it was given in all.
    """
    count = len(values)
    for number in range(count):
        i = count - 1 - number if backwards else number
        giver, taker, value = givers[i], takers[i], values[i]
        part, weight = ways[i]
        for age in range(passed.shape[1]):
            passed[taker, age] *= 1.0 - weight
        if codes[giver] == -2:
            met[taker] += value
            passed[taker, 0] += weight
        elif codes[giver] == -1:
            for age in range(passed.shape[1] - 1):
                share = passed[giver, age] * part
                met[taker] += share * value
                passed[taker, age + 1] += share * weight


def queue(
    givers: Array,
    takers: Array,
    values: Array,
    available: Array,
    kept: Array,
    codes: Array,
    bounds: Array,
    parcels: Array,
    ends: Array,
    met: Array,
    met_passed: Array,
) -> None:
    """First in, first out: a payment is made of the parcels at the front of its giver's queue, in whole micro-units.

    `available` is how much of a payment is in the giver's queue, the rest is from the end; of all of it the last `kept`
    units go to the back of the taker's. Parcels are size, slot, hops since they passed a pass-through wallet (0: none),
    and the next one of the same wallet, -1 for none; `ends` are the first and last of each wallet. What is free begins
    with the last parcel.
    """
    free, count, last = len(parcels) - 1, len(values), bounds[0] * bounds[1]
    for number in range(count):
        i = count - 1 - number if bounds[2] else number
        giver, taker, left = givers[i], takers[i], available[i]
        code, rest, skip = codes[giver], values[i] - left, values[i] - kept[i]
        while left > 0 or rest > 0:
            age = 0
            if code >= 0 or code == -3:
                size, slot = left + rest, code if code >= 0 else last + 1
                left = rest = 0
            elif rest > 0 and (bounds[2] or left == 0):  # backwards what comes last comes first
                size, slot, rest = rest, min(bounds[0], last), 0
            else:
                one = ends[giver, 0]
                size, slot, age = min(parcels[one, 0], left), parcels[one, 1], parcels[one, 2]
                slot = slot + bounds[0] if slot < last - bounds[0] else max(slot, last)
                age = age + 1 if 0 < age < bounds[1] else 0
                left -= size
                parcels[one, 0] -= size
                if parcels[one, 0] == 0:
                    ends[giver, 0] = parcels[one, 3]
                    if parcels[one, 3] == -1:
                        ends[giver, 1] = -1
                    parcels[one, 3], free = free, one
            age = 1 if code == -2 else age
            met[taker, slot] += size
            met_passed[taker] += size if age > 0 else 0
            over = min(skip, size)
            skip, size = skip - over, size - over
            back = ends[taker, 1]
            if size == 0 or codes[taker] >= 0:
                continue
            if back != -1 and parcels[back, 1] == slot and parcels[back, 2] == age:
                parcels[back, 0] += size
                continue
            one, free = free, parcels[free, 3]
            parcels[one, 0], parcels[one, 1], parcels[one, 2], parcels[one, 3] = size, slot, age, -1
            parcels[back, 3] = one if back != -1 else parcels[back, 3]
            ends[taker, 0] = ends[taker, 0] if back != -1 else one
            ends[taker, 1] = one
