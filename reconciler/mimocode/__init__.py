"""The target: everything that is known about MiMoCode.

How it is started, which versions are known, where it reads its configuration, and what it must resolve
for a set-up to be called right.

Facts about MiMoCode live here and nowhere else; this room does not know which provider is set up.
"""
