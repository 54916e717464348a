"""What we rely on in MiMoCode, as probes that are run against a `mimo` in a throw-away place.

`probes` is the table of claims, `experiments` what is set up and asked, `bench` carries that out with `wire`
at the other end of MiMoCode's connections, and `judge` makes findings of what was seen. Nothing here knows
which provider is set up: what its entry looks like is handed in.
"""
