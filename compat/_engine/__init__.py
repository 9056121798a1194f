"""The lazy engine: operations are recorded as integers and run as one XLA program.

``value`` holds the data model, ``entry`` the interned operations, ``program`` the recording, ``compile`` the
execution, ``restless`` and ``ahead`` what it does about loops that a program a step does not suit, ``metrics`` and
``clock`` what the engine counts about itself.
"""

# Recording finds execution through `program.Execution`, which this import fills in.
from compat._engine import compile as compile
