"""What both stand-ins share: the wire types, the TLS server, faults, limits, statistics and the control endpoints.

A stand-in is an `App` (wire.py). `process.serve` puts it behind `gateway.Gateway`, which does for every request:

1. the control endpoints under `/_sandbox/` (loopback only),
2. the fault rules that act before the app, 3. the service protection limits,
4. `App.handle`, one request at a time in the event loop,
5. the time per row, then the rest of the latency, as sleeps that overlap, 6. the fault rules that act on the answer.
"""
