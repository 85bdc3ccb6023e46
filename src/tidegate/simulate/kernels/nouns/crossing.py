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

    period_ns: Column = parameter("Time between two decisions of its scaler; 0: it has none.")
    delay_ns: Column = parameter("How long it takes until what a decision adds is there.")
    target_ppm: Column = parameter("Which share of what devices can do is aimed at.")
    most_ppm: Column = parameter("Devices at most, or times the stated capacity, in millionths.")
    step_ppm: Column = parameter("The most it adds at once, as a share.")
    grows_capacity: Column = parameter("1: devices become faster; 0: they become more.")

    epoch: Column = state("The epoch of its last change of devices; 0: none so far.")
    looked_offered_count: Column = state("First packets in this bin up to the last look.")
    looked_packets_count: Column = state("Packets in this bin up to the last look.")
    last_offered_count: Column = state("First packets between the last two looks.")
    last_packets_count: Column = state("Packets between the last two looks.")

    added_count: Column = state("Devices that its scaler has added.")
    capacity_ppm: Column = state("What its devices can do, of what is stated.", start=1_000_000)
    is_growing: Column = state("1: more is on its way.")
    before_offered_count: Column = state("First packets in all bins before this one.")
    before_packets_count: Column = state("Packets in all bins before this one.")
    decided_offered_count: Column = state("First packets up to the last decision.")
    decided_packets_count: Column = state("Packets up to the last decision.")
