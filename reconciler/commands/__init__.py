"""One module per verb: each walks the same road a little further, composed from the rooms below.

No command knows a terminal. People are asked through `Dialogue`, told of progress through `Progress`,
and given a `Report`, which is a value.
"""
