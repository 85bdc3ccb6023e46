"""Blocks of ports: each source has its own at a device, and what is full grows or turns flows away.

Shortcuts: a block stays with its source, and so with whoever takes that source's place later (an instance that
replaces another has its block, and finds there what the other's flows still hold); a block that does not fit
whole into what the device has left is not given, nor doubled; a block does not shrink.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Device, Head, OldHold, PortBlock, Service
from tidegate.simulate.kernels.wheel import later


@njit()
def _range(service: Service, source: int, m: Memory) -> int:
    """Which of a device's counts of ports is that of a source towards a service."""
    return source * Head(m, 0).services_count + service.number


@njit()
def port_range(device: Device, service: Service, client: int, m: Memory) -> int:
    """Which of a device's counts of ports is that of a client (by its number among all) towards a service."""
    if device.block_least_count == 0:
        return service.number
    return _range(service, m[device.block_sources_at + client], m)


@njit()
def old_range(hold: OldHold, m: Memory) -> int:
    """Which count of ports is held from before the run; any where entries are."""
    if not hold.service.exists:
        return 0
    return _range(hold.service, hold.source, m)


@njit()
def ports_of(device: Device, service: Service) -> int:
    """Ports the device has towards a service: so many for each of its addresses."""
    return device.ports_count * service.addresses_count


@njit()
def _block(device: Device, source: int, m: Memory) -> PortBlock:
    return PortBlock(m, device.blocks_at).on(source)


@njit()
def block_ports(device: Device, service: Service, source: int, m: Memory) -> int:
    """Ports a source has towards a service."""
    return _block(device, source, m).ports_count * service.addresses_count


@njit()
def _give(device: Device, block: PortBlock, missing: int) -> bool:
    """Give a block so many ports more, if the device has as many left."""
    if missing <= 0 or device.in_blocks_count + missing > device.ports_count:
        return False
    device.in_blocks_count += missing
    block.ports_count += missing
    return True


@njit()
def _doubling(device: Device, block: PortBlock) -> int:
    """How many ports a block gets as it is doubled."""
    return min(block.ports_count, device.block_most_count - block.ports_count)


@njit()
def has_ports(device: Device, service: Service, client: int, wanted: int, t: int, m: Memory) -> bool:
    """Whether the block of a client's source has so many ports towards a service; a full one begins to grow."""
    source = m[device.block_sources_at + client]
    block = _block(device, source, m)
    _give(device, block, device.block_least_count - block.ports_count)
    if wanted <= block.ports_count * service.addresses_count:
        return True
    if block.is_growing == 0 and _doubling(device, block) > 0:
        block.is_growing = 1
        later(t + device.block_growth_ns, Happening.GROW, device.at, source, m)
    return False


@njit()
def grow(device: Device, source: int, m: Memory) -> None:
    """A block that was full is doubled."""
    block = _block(device, source, m)
    block.is_growing = 0
    _give(device, block, _doubling(device, block))


@njit()
def settle(device: Device, service: Service, source: int, wanted: int, m: Memory) -> None:
    """Before the run a block has grown to what was wanted, as far as it goes."""
    block = _block(device, source, m)
    _give(device, block, device.block_least_count - block.ports_count)
    while wanted > block.ports_count * service.addresses_count:
        if not _give(device, block, _doubling(device, block)):
            return
