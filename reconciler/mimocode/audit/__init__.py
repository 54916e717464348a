"""What we rely on in MiMoCode, as probes that are run against a `mimo` in a throw-away place.

`probes` is the table of claims, `experiments` (with `contest` for the layers) what is set up and asked.
`bench` carries that out, with `wire` at the other end of MiMoCode's connections, and gives `cases`; `judge`
makes findings of them, with `answers` and `sent`. Nothing here knows which provider is set up: what its entry
looks like is handed in.
"""
