"""The specification: what PyTorch does, as observations, one module a subject.

A case is a function ``case_<name>(torch)`` with a docstring that states the rule. It gets the module under test and
returns plain observations: numbers, strings, booleans, None, lists, tuples, dicts, numpy arrays. It never imports
torch, and what it returns never depends on particular random values.
"""
