"""Crossings: which devices share their flows, and what was seen of them."""

from __future__ import annotations

from tidegate.simulate.kernels.row import Column, Row, parameter, state


class Crossing(Row):
    """A crossing between two networks; its devices stand side by side."""

    first_device_number: Column = parameter("The number of its first device among all.")
    devices_count: Column = parameter("How many devices share its flows.")
    skew_ppm: Column = parameter("By how much the first device's share exceeds an even one.")
    remapped_ppm: Column = parameter(
        "The share of flows that meets another device after a change of devices."
    )
    keeps_flows: Column = parameter("1: flows outlive a change of devices.")
    in_bin: Column = parameter("Where its counts begin in the row of counts of a bin, in words.")

    epoch: Column = state("The epoch of its last change of devices; 0: none so far.")
    looked_offered_count: Column = state("First packets in this bin up to the last look.")
    looked_packets_count: Column = state("Packets in this bin up to the last look.")
    last_offered_count: Column = state("First packets between the last two looks.")
    last_packets_count: Column = state("Packets between the last two looks.")
