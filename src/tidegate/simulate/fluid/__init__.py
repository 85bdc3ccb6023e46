"""The fluid engine: what a run comes to in the mean, at a cost that no number of clients changes.

Attempts that begin in one small step of time are a cohort; it meets the waits and losses of the
moments at which it passes each device and each worker, packet by packet (or once, in the coarse
mode). What the event engine draws by chance is here its mean. Nothing here draws random numbers.

Shortcuts, each of which the event engine does without:

* No chance: queues form only above capacity, so a collapse that a fluctuation sets off is not seen,
  and counts below about 50 a step, herds of one instant and edges of full tables are smoothed.
* A step is 1/25 of the shortest time-out in short runs and 1/4 in long ones; the tipping point then
  comes out up to 3 % low. What a step brings beyond what is known when it begins is taken from the
  step before. Once three windows of time are alike (or after 2,000 steps without an event), the last
  window is repeated up to the script's next step or a backlog's end; sums over such a stretch are
  right to some 2 %.
* All devices of a crossing are as busy as the busiest. Kept flows are remapped in one instant,
  also where a flow comes back to a device that knows it.
* A wait is that of the moment of arrival; a later change of capacity does not alter it. A service
  without instances answers nothing.
* Packets that nobody waits for (acknowledgements, FIN, RST) take capacity at the moment that causes
  them and do not travel. Lost data are sent again after one estimated delay; lost FINs are not. A late
  answer is charged two packets of the four that acknowledge and reset it; a new exchange always ten.
* Idle timers of tables are not followed. A full `evict` table behaves as if closed flows left at once.
* Per-client buckets, budgets and breakers are pooled: all clients of a population are alike. Long
  series of retries share states with the right mean number of visits; a deadline of a layer counts
  the retries that fit if every attempt times out.
* The time-out clock `send` adds the handshake's delay of the moment. Late replies are ignored.
* A call's delay and success are those of the calls that have just ended; all calls of a request run
  at its start. Workers and the queue of a service are one pool, first come, first served (`lifo` too);
  the connections cap only shortens its queue.
* A lookup is traffic and possible failure, not delay; so is what is asked of another service first. Names are
  asked as if requests were Poisson.
* Pools of a call let as few workers be busy as connections are there in the mean; what an acquire time-out
  (`wait`) fails, idle time-outs close and eager pools open is not followed.
* Clients with a pool ask on any of its connections at once. A booting instance serves from the start.
* Bytes are not followed, and no bandwidth is ever full; boot requests of an instance come all at once.
* Health probes, heartbeats, autoscalers, scalers of crossings and threads per peer are not followed; nor
  are connections on which nothing is asked (`spare_connections`, `idle_connect_every`): they are absent
  from its set-ups.
* All instances of a service share one queue, whatever its `balancing`, and one that has gone gets nothing;
  `unfollowed` says so to whoever reads the outcome, as of instances that are slower at first (`warm_up`), and
  of those that are killed because they use too much (`memory`): here none ever is.
* What a new connection carries first shares one time-out, the sum of all; how often a client closes a
  connection at most (`reset_at_most_every`) is not followed: it closes whenever an answer is overdue.
  Limits on connections that have not logged in (`login`) are not followed.
* A connection has no greatest age: a herd that comes back with it (`connection_age`) is not seen.
"""

from tidegate.simulate.fluid.record import ClientsFlow, CrossingFlow, FluidRun, ServiceFlow
from tidegate.simulate.fluid.run import run_fluid
from tidegate.simulate.fluid.unfollowed import unfollowed

__all__ = ["ClientsFlow", "CrossingFlow", "FluidRun", "ServiceFlow", "run_fluid", "unfollowed"]
