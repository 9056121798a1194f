"""Rows of the special functions."""

from typing import Any

from compat._ops.declare import composite, op, ops
from compat._ops.overloads import SCALAR_EITHER
from funcgrad.ops import special as K

op(K.erf, inplace=True, out=True, namespaces="special")
op(K.erfc, inplace=True, out=True, namespaces="special")
op(K.erfinv, inplace=True, out=True, namespaces="special")
op(K.lgamma, inplace=True, out=True, namespaces="special:gammaln")
op(K.digamma, inplace=True, out=True, namespaces="special special:psi")
op(K.sinc, inplace=True, out=True, namespaces="special")
op(K.i0, inplace=True, out=True, namespaces="special")
op(
    K.xlogy,
    promote="input other",
    signatures=SCALAR_EITHER["other"],
    node=lambda a: (
        "XlogyBackward" + ("1" if isinstance(a["input"], type) else "2" if isinstance(a["other"], type) else "0")
    ),
    inplace=True,
    out=True,
    namespaces="special",
)

# names that exist in torch.special alone
_hidden = {"method": False, "function": False, "out": True}
for _kernel, _node in (
    (K.i0e, "SpecialI0EBackward0"),
    (K.i1, "SpecialI1Backward0"),
    (K.i1e, "SpecialI1EBackward0"),
    (K.ndtr, "MulBackward1"),
    (K.ndtri, "SpecialNdtriBackward0"),
    (K.log_ndtr, "SpecialLogNdtrBackward0"),
    (K.entr, "SpecialEntrBackward0"),
    (K.erfcx, "SpecialErfcxBackward0"),
):
    op(_kernel, node=_node, namespaces="special", **_hidden)
for _kernel, _node in ((K.xlog1py, "SpecialXlog1PyBackward0"), (K.zeta, "SpecialZetaBackward0")):
    _name = f"special_{_kernel.__name__}"
    op(_kernel, _name, promote="input other", node=_node, signatures=SCALAR_EITHER["other"],
       namespaces=f"special:{_kernel.__name__}", **_hidden)
op(
    K.gammainc,
    promote="input other",
    node="IgammaBackward0",
    namespaces="special",
    aliases="igamma",
    inplace=True,
    out=True,
)
op(
    K.gammaincc,
    promote="input other",
    node="IgammacBackward0",
    namespaces="special",
    aliases="igammac",
    inplace=True,
    out=True,
)
op(K.multigammaln, node="MvlgammaBackward0", namespaces="special", aliases="mvlgamma", inplace=True)
op(K.polygamma, "_polygamma", node="PolygammaBackward0", **_hidden)


@composite(method=False, namespaces="special")
def polygamma(n: int, input: Any, *, out: Any = None) -> Any:
    """The `n`-th derivative of ``digamma``."""
    return ops._polygamma(n, input) if out is None else ops._polygamma(n, input, out=out)


@composite(name="polygamma", function=False)
def _polygamma_method(input: Any, n: int) -> Any:
    """The `n`-th derivative of ``digamma``."""
    return ops._polygamma(n, input)
