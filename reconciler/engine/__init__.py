"""The reconciler itself: documents, claims, three-way comparison, plan, transaction, state.

This room knows neither the provider nor the target by name. It turns "these keys should have these
values in these files" into a plan, and a plan into a transaction that is either done or undone.
"""
