"""Pages of HTML that need nothing but themselves: a graph to walk through, a timeline to zoom into."""

from funcgrad.pages.graph import PageNode as PageNode
from funcgrad.pages.graph import graph_page as graph_page
from funcgrad.pages.graph import graph_picture as graph_picture
from funcgrad.pages.page import page as page
from funcgrad.pages.timeline import Bar as Bar
from funcgrad.pages.timeline import timeline_page as timeline_page
