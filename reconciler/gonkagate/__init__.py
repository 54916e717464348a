"""The provider: its key, its catalog of models, and how it should stand in a configuration.

Facts about GonkaGate live here and nowhere else; this room does not know how MiMoCode is started.
"""
