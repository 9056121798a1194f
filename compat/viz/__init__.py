"""Pictures of what a program did: its autograd graph, and what the engine made of a step.

``make_dot`` draws the graph as torchviz does; ``svg`` and ``html`` draw it without Graphviz, the latter as a page to
explore; ``timeline`` shows what was recorded, cut, compiled and run.
"""

from compat.viz._dot import make_dot as make_dot
from compat.viz._events import Compiled as Compiled
from compat.viz._events import Cut as Cut
from compat.viz._events import Ran as Ran
from compat.viz._events import Read as Read
from compat.viz._events import Recorded as Recorded
from compat.viz._graph import html as html
from compat.viz._graph import svg as svg
from compat.viz._timeline import Timeline as Timeline
from compat.viz._timeline import timeline as timeline
